"""Pictures of functions of two variables and of losses: what is drawn is the function's, and bad input is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

import numpy as np
import pytest

from autograd_lite import StructureError, Tensor, calculus, draw, grad, nn
from autograd_lite.core.plotting import GRID, INK, is_dark
from autograd_lite.draw.heights import Hill, levels_of, points_of, ranges
from autograd_lite.draw.landscapes import filter_normalized
from autograd_lite.draw.ways import between
from autograd_lite.errors import ShapeError

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
plt = pytest.importorskip("matplotlib.pyplot")
colors = pytest.importorskip("matplotlib.colors")


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    plt.close("all")


def valley(p: Any) -> Any:
    return (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2


def saddle(x: Any, y: Any) -> Any:
    return x**2 - 3 * y**2


def drawn(axes: Any) -> Any:
    axes.figure.canvas.draw()
    return axes


def quivers(axes: Any) -> list[Any]:
    return [artist for artist in axes.collections if type(artist).__name__ == "Quiver"]


# Functions


def test_heights_and_slopes_are_those_of_the_function() -> None:
    x, y = np.linspace(-1, 1, 4), np.linspace(0, 2, 3)
    for function in (saddle, lambda p: saddle(p[0], p[1])):
        hill = Hill(function, "test")
        np.testing.assert_array_equal(hill.heights(x, y).z, [[saddle(a, b) for a in x] for b in y])
        np.testing.assert_allclose(hill.slopes(x, y)[2, 1], [2 * x[1], -6 * y[2]])
    assert Hill(np.hypot, "test").value(3.0, 4.0) == 5.0


def test_arrows_of_a_contour_point_uphill() -> None:
    (arrows,) = quivers(drawn(draw.contour(saddle, (-1, 1), (-1, 1), gradients=4)))
    assert arrows.U.size == 16
    for a, b, u, v in zip(arrows.X, arrows.Y, arrows.U.ravel(), arrows.V.ravel(), strict=True):
        slope = np.array(grad(saddle, (0, 1))(float(a), float(b)))
        assert slope @ [u, v] == pytest.approx(np.linalg.norm(slope) * np.hypot(u, v))
    assert quivers(draw.contour(saddle)) == []


def test_a_field_has_arrows_of_one_length_coloured_by_the_norm() -> None:
    for downhill in (False, True):
        (arrows,) = quivers(drawn(draw.vector_field(saddle, density=6, downhill=downhill)))
        np.testing.assert_allclose(np.hypot(arrows.U, arrows.V), 1.0)
        norms = np.hypot(2 * arrows.X, -6 * arrows.Y)
        np.testing.assert_allclose(np.ravel(arrows.get_array()), norms)
        assert np.sign(arrows.U[0]) == (1 if downhill else -1)


def test_a_field_with_a_pole_is_drawn_without_a_warning() -> None:
    axes = draw.vector_field(lambda x, y: 1 / (x * x + y * y), density=3)
    assert len(quivers(axes)) == 1


def test_a_path_is_drawn_from_its_start_to_its_end() -> None:
    path = np.array([[-1.2, 1.0], [-1.0, 1.1], [0.5, 0.2], [1.0, 1.0]])
    axes = drawn(draw.contour(valley, path=path))
    line, dots, start, end = axes.lines
    np.testing.assert_array_equal(np.transpose(line.get_data()), path)
    np.testing.assert_array_equal(np.transpose(dots.get_data()), path)
    np.testing.assert_array_equal([*start.get_xydata(), *end.get_xydata()], path[[0, -1]])
    low, high = axes.get_xlim()
    assert low < -1.2
    assert high > 1.0


def test_a_path_on_a_surface_lies_on_it_between_its_points() -> None:
    path = np.array([[-1.0, 1.0], [1.0, 1.0]])
    axes = drawn(draw.surface(saddle, path=path, resolution=8))
    x, y, z = axes.lines[0].get_data_3d()
    assert len(x) > 100
    np.testing.assert_allclose(z, saddle(x, y))
    np.testing.assert_array_equal(np.transpose(axes.lines[1].get_data_3d())[:, :2], path)
    way, parts = between(path)
    np.testing.assert_array_equal(way[::parts], path)


def test_results_of_calculus_are_paths() -> None:
    result = calculus.minimize(valley, np.array([-1.0, 1.0]))
    np.testing.assert_array_equal(points_of(result, "test")[-1], result.solution)
    drawn(draw.contour(valley, path=result))
    drawn(draw.contour(saddle, path=[Tensor([0.0, 1.0]), Tensor([1.0, 1.0])]))


def test_ranges_show_all_of_a_path() -> None:
    x, y = ranges(None, None, np.array([[0.0, 0.0], [4.0, 0.0]]))
    assert x[0] < 0
    assert x[1] > 4
    assert y[1] - y[0] > 1  # a strip, not a line
    assert ranges((0, 1), None, None) == ((0, 1), (-2.0, 2.0))


def test_levels_are_closer_at_the_bottom_of_a_steep_valley() -> None:
    x = np.linspace(-2, 2, 60)
    z = np.array([[valley((a, b)) for a in x] for b in x])
    levels = levels_of(z, 12)
    assert (np.diff(levels) > 0).all()
    assert np.mean(levels < np.median(z)) > 0.5
    even = levels_of(np.add.outer(x**2, x**2), 12)
    np.testing.assert_allclose(np.diff(even), even[1] - even[0])
    assert len(levels_of(np.ones((3, 3)), 5)) == 5


def test_a_tangent_plane_touches_and_says_its_equation() -> None:
    axes = drawn(draw.tangent_plane(lambda x, y: x**2 + 2 * y, (1.0, -1.0), resolution=8))
    assert axes.get_title() == "z = -1 + 2 (x − 1) + 2 (y + 1)"
    (dot,) = axes.lines
    assert [float(part[0]) for part in dot.get_data_3d()] == [1.0, -1.0, -1.0]
    drawn(draw.tangent_plane(lambda x, y: x**2 + y**2, (0, 0), resolution=8))


@pytest.mark.parametrize("dark", [False, True])
def test_words_can_be_read_in_light_and_dark_styles(dark: bool) -> None:
    with plt.style.context("dark_background" if dark else "default"):
        for axes in (draw.contour(saddle, resolution=9), draw.surface(saddle, resolution=9)):
            assert is_dark(axes.figure.get_facecolor()[:3]) == dark
            assert axes.xaxis.label.get_color() == (GRID if dark else INK)
        (arrows,) = quivers(draw.vector_field(saddle, density=3, resolution=9))
        longest = arrows.get_cmap()(1.0)[:3]
        assert is_dark(longest) != dark


def test_what_is_given_is_drawn_into() -> None:
    figure, axes = plt.subplots()
    assert draw.contour(saddle, axes=axes, resolution=9) is axes
    assert draw.vector_field(saddle, axes=axes, density=3, resolution=9) is axes
    space = figure.add_subplot(projection="3d")
    assert draw.surface(saddle, axes=space, resolution=9) is space


# Losses


def trained() -> tuple[Any, Callable[[], Any], list[dict[str, np.ndarray]]]:
    nn.seed(0)
    rng = np.random.default_rng(0)
    model = nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.5), nn.Tanh(), nn.Linear(3, 2))
    x, y = rng.normal(size=(8, 2)), rng.integers(0, 2, 8)
    path = [{n: t.data + rng.normal(size=t.shape) for n, t in model.named_parameters()} for _ in range(3)]
    return model, lambda: nn.cross_entropy(model(x), y), path


def test_a_landscape_leaves_the_model_as_it_was() -> None:
    model, loss, path = trained()
    before = [tensor.data for tensor in model.parameters()]
    drawn(draw.loss_landscape(model, loss, resolution=3))
    drawn(draw.loss_landscape(model, loss, path=path, kind="surface", resolution=3))
    with pytest.raises(ZeroDivisionError):
        draw.loss_landscape(model, lambda: 1 / 0, resolution=3)
    assert all(tensor.data is data for tensor, data in zip(model.parameters(), before, strict=True))
    assert model.training


def test_a_landscape_is_the_loss_along_the_directions() -> None:
    weight = Tensor(np.array([1.0, 2.0]), requires_grad=True)
    directions = [[np.array([1.0, 0.0])], [np.array([0.0, 1.0])]]
    axes = draw.loss_landscape(
        [weight], lambda: np.sum(weight**2), directions=directions, kind="surface", span=(1.0, 2.0), resolution=5
    )
    drawn(axes)
    assert axes.get_zlim()[0] <= 0.0  # at (0, 0)
    assert axes.get_zlim()[1] >= 2.0**2 + 4.0**2


def test_directions_have_the_lengths_of_the_filters() -> None:
    rng = np.random.default_rng(1)
    weights, direction = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    got = filter_normalized(direction, weights)
    np.testing.assert_allclose(np.linalg.norm(got, axis=1), np.linalg.norm(weights, axis=1))
    assert not filter_normalized(rng.normal(size=3), np.ones(3)).any()


# Bad input

MODEL = nn.Linear(2, 1)
BAD: list[tuple[type[Exception], str, Callable[[], Any]]] = [
    (StructureError, "a function of two variables", lambda: draw.contour(cast("Any", 3))),
    (ShapeError, "must give a real number", lambda: draw.contour(lambda p: p)),
    (StructureError, "the smaller first", lambda: draw.contour(saddle, (2, -2))),
    (StructureError, "a pair of numbers", lambda: draw.surface(saddle, 3)),
    (StructureError, "no value in the range", lambda: draw.contour(lambda x, y: np.log(-1 - x * x))),
    (StructureError, "at least two levels", lambda: draw.contour(saddle, levels=1)),
    (StructureError, "at least two points", lambda: draw.surface(saddle, resolution=1)),
    (StructureError, "a positive number", lambda: draw.contour(saddle, gradients=-1)),
    (StructureError, "a positive number", lambda: draw.vector_field(saddle, density=0)),
    (ShapeError, r"shape \(points, 2\)", lambda: draw.contour(saddle, path=np.ones((4, 3)))),
    (StructureError, "these are flat", lambda: draw.surface(saddle, axes=plt.subplots()[1])),
    (ShapeError, "a pair of numbers", lambda: draw.tangent_plane(saddle, (0, 0, 1))),
    (StructureError, "there f is -inf", lambda: draw.tangent_plane(lambda x, y: np.log(x) + y, (0, 0))),
    (StructureError, "there are 'contour' and 'surface'", lambda: draw.loss_landscape(MODEL, float, kind="x")),
    (StructureError, "pass lambda", lambda: draw.loss_landscape(MODEL, cast("Any", 3))),
    (StructureError, "resolution=1.*at least two", lambda: draw.loss_landscape(MODEL, float, resolution=1)),
    (StructureError, "no points", lambda: draw.loss_landscape(MODEL, float, path=[])),
    (StructureError, "two are needed, not 1", lambda: draw.loss_landscape(MODEL, float, directions=[[1]])),
    (StructureError, "is finite", lambda: draw.loss_landscape(MODEL, lambda: np.nan, resolution=3)),
    (ShapeError, "must be a number", lambda: draw.loss_landscape(MODEL, lambda: np.ones(2), resolution=3)),
    (StructureError, "there are none", lambda: draw.loss_landscape([], float)),
]


@pytest.mark.parametrize(("kind", "words", "call"), BAD, ids=[words for _, words, _ in BAD])
def test_bad_input_is_refused_in_words(kind: type[Exception], words: str, call: Callable[[], Any]) -> None:
    with pytest.raises(kind, match=words):
        call()
