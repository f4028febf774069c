"""Pictures of training: what is drawn is what is there."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_lite import Tensor, nn, optim
from autograd_lite.errors import ShapeError, StructureError
from autograd_lite.nn import training
from autograd_lite.nn.training import live, plots

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
plt = pytest.importorskip("matplotlib.pyplot")


@pytest.fixture(autouse=True)
def close_figures() -> Iterator[None]:
    yield
    plt.close("all")


def rendered(ax: Any) -> np.ndarray:
    """Return the picture as an array of shape (height, width, 4)."""
    ax.figure.canvas.draw()
    return np.asarray(ax.figure.canvas.buffer_rgba()).astype(float) / 255


class Halves(nn.Module):
    """Class 1 right of x₁ = 0, surely."""

    def __init__(self, outputs: int = 1) -> None:
        self.weight = Tensor([[20.0], [0.0]], requires_grad=True)
        self.outputs = outputs
        self.seen_in_training = False

    def forward(self, x: Any) -> Any:
        self.seen_in_training |= self.training
        score = x @ self.weight
        if self.outputs == 0:
            return score[:, 0]
        return score if self.outputs == 1 else np.concatenate([score * 0, score, score * 0 - 99], axis=1)


# History


def test_curves_are_the_history() -> None:
    history = {"loss": [1.0, 0.5, 0.25], "val_loss": [1.1, 0.9, 0.8], "accuracy": [0.1, 0.2, np.nan], "lr": [1.0] * 3}
    axes = training.plot_history(history)
    assert [ax.get_title() for ax in axes] == ["loss", "accuracy"]
    assert np.array_equal(axes[0].lines[1].get_xydata(), [[1, 1.1], [2, 0.9], [3, 0.8]])
    assert [text.get_text() for text in axes[0].get_legend().get_texts()] == ["training", "validation"]
    assert axes[1].get_legend() is None
    assert axes[0].get_yscale() == "linear"
    rendered(axes[0])


def test_a_loss_that_falls_far_is_drawn_over_a_logarithmic_axis() -> None:
    (ax,) = training.plot_history({"loss": [1.0, 0.01]})
    assert ax.get_yscale() == "log"
    (ax,) = training.plot_history({"loss": [1.0, 0.0]})
    assert ax.get_yscale() == "linear"


def test_curves_go_into_given_axes_and_by_names() -> None:
    figure, axes = plt.subplots(2, 1)
    found = training.plot_history({"a": [1.0], "b": [2.0], "val_c": [3.0]}, ["c", "a"], axes)
    assert list(found) == list(axes)
    assert found[0].lines[0].get_ydata()[0] == 3.0
    (lr,) = training.plot_history({"lr": [1.0, 0.5]}, ["lr"])
    assert lr.figure is not figure


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: training.plot_history({}), "nothing to draw"),
        (lambda: training.plot_history({"loss": []}), "nothing to draw"),
        (lambda: training.plot_history({"loss": [1.0]}, ["lost"]), r"\['lost'\]; it has \['loss'\]"),
        (lambda: training.plot_history({"a": [1.0], "b": [1.0]}, axes=[1]), "need as many axes, not 1"),
    ],
)
def test_curves_that_cannot_be_drawn(call: Any, words: str) -> None:
    with pytest.raises(StructureError, match=words):
        call()


# Decision boundaries


@pytest.mark.parametrize("outputs", [0, 1, 3])
def test_the_plane_has_the_colours_of_the_classes(outputs: int) -> None:
    model = Halves(outputs)
    x = np.array([[-1.0, -1.0], [1.0, 1.0]])
    ax = training.plot_decision_boundary(model, x, np.array([0, 1]), resolution=50)
    picture = ax.images[0].get_array()
    colours = [np.array(plots._rgb(colour)) for colour in plots.COLOURS[:2]]
    for column, colour in ((0, colours[0]), (-1, colours[1])):
        assert np.allclose(picture[:, column], 1 - 0.4 * (1 - colour), atol=1e-3)
    borders = [part for part in ax.collections if isinstance(part, matplotlib.contour.ContourSet)]
    assert len(borders) == max(1, outputs - 1)
    for border in borders:
        assert np.abs(border.get_paths()[0].vertices[:, 0]).max() < 0.05
    points = ax.collections[-1]
    assert np.array_equal(points.get_offsets(), x)
    assert np.allclose(points.get_facecolors()[:, :3], colours)
    assert ax.get_xlim() == pytest.approx((-1.16, 1.16))
    rendered(ax)


def test_the_model_is_in_evaluation_mode_for_the_picture_only() -> None:
    model = Halves()
    training.plot_decision_boundary(model, np.eye(2), resolution=5)
    assert not model.seen_in_training
    assert model.training


def test_boundaries_of_other_dtypes_columns_and_single_points() -> None:
    model = nn.Sequential(nn.Linear(2, 4, dtype=np.float32), nn.ReLU(), nn.Linear(4, 2, dtype=np.float32))
    ax = training.plot_decision_boundary(model, np.ones((1, 2)), np.array([[1]]), resolution=6)
    assert ax.get_xlim() == pytest.approx((0.92, 1.08))


def test_what_is_not_in_the_plane_is_told() -> None:
    with pytest.raises(ShapeError, match=r"points of shape \(rows, 2\)"):
        training.plot_decision_boundary(Halves(), np.ones((3, 3)))
    with pytest.raises(ShapeError, match=r"scores of shape \(\)"):
        training.plot_decision_boundary(Sum(), np.ones((3, 2)), resolution=5)
    with pytest.raises(ShapeError, match="3 points have 2 classes"):
        training.plot_decision_boundary(Halves(), np.ones((3, 2)), np.zeros(2))
    with pytest.raises(TypeError, match=r"got a int; a Module is needed, such as trainer\.model"):
        training.plot_decision_boundary(3, np.ones((3, 2)))  # type: ignore[arg-type]


class Sum(nn.Module):
    def forward(self, x: Any) -> Any:
        return np.sum(x)


# Confusion matrices


def test_confusions_are_counted_by_row() -> None:
    truth, guess = np.array([0, 0, 0, 1, 2]), np.array([0, 0, 1, 1, 1])
    ax = training.plot_confusion_matrix(guess, truth)
    texts = {(t.get_position()[1], t.get_position()[0]): t.get_text() for t in ax.texts}
    assert texts == {(0, 0): "2", (0, 1): "1", (1, 1): "1", (2, 1): "1"}
    assert ax.get_title() == "60.0% right"
    shares = training.plot_confusion_matrix(guess, truth, normalize=True, names=["a", "b", "long name"])
    assert [t.get_text() for t in shares.texts] == [".67", ".33", "1.00", "1.00"]
    assert [t.get_text() for t in shares.get_yticklabels()] == ["a", "b", "long name"]
    rendered(ax)


def test_scores_and_tensors_are_taken_too() -> None:
    scores = Tensor(np.eye(3))
    ax = training.plot_confusion_matrix(scores, np.array([0, 1, 2]))
    assert [t.get_text() for t in ax.texts] == ["1"] * 3
    with pytest.raises(ShapeError, match="3 classes and 4 names"):
        training.plot_confusion_matrix(np.eye(3), np.arange(3), list("abcd"))


# Filters


def test_filters_stand_in_a_mosaic() -> None:
    weights = np.arange(5 * 6, dtype=float).reshape(5, 6) - 10
    ax = training.plot_filters(weights, shape=(2, 3), columns=3)
    mosaic = np.ma.filled(ax.images[0].get_array().astype(float), np.nan)
    assert mosaic.shape == (2 * 3 + 1, 3 * 4 + 1)
    assert np.array_equal(mosaic[1:3, 5:8], weights[1].reshape(2, 3))
    assert np.array_equal(mosaic[4:6, 1:4], weights[3].reshape(2, 3))
    assert np.isnan(mosaic[0]).all()
    assert np.isnan(mosaic[4:6, 9:]).all()
    assert ax.images[0].get_clim() == (-19, 19)
    rendered(ax)


def test_filters_of_modules() -> None:
    model = nn.Sequential(nn.Conv2d(2, 3, 4), nn.Flatten(), nn.Linear(9, 2))
    assert training.plot_filters(model, columns=6).images[0].get_array().shape == (6, 31)
    colours = training.plot_filters(nn.Conv2d(3, 2, 2), columns=2).images[0].get_array()
    assert colours.shape == (4, 7, 3)
    assert np.all(np.asarray(colours)[0] == 1.0)
    assert training.plot_filters(nn.Linear(9, 4)).images[0].get_array().shape == (9, 9)
    with pytest.raises(ShapeError, match=r"no pictures of shape \(2, 2\)"):
        training.plot_filters(nn.Linear(5, 4))
    with pytest.raises(ShapeError, match="no parameter with two axes"):
        training.plot_filters(nn.LayerNorm(3))


def test_every_function_draws_into_given_axes() -> None:
    _, axes = plt.subplots(1, 3)
    assert training.plot_decision_boundary(Halves(), np.eye(2), resolution=5, ax=axes[0]) is axes[0]
    assert training.plot_confusion_matrix(np.eye(2), np.arange(2), ax=axes[1]) is axes[1]
    assert training.plot_filters(np.eye(4), ax=axes[2]) is axes[2]


def test_the_style_of_other_pictures_stays() -> None:
    before = dict(matplotlib.rcParams)
    training.plot_history({"loss": [1.0, 2.0]})
    assert dict(matplotlib.rcParams) == before


# Live


def fit(callback: training.Callback, epochs: int) -> training.Trainer:
    model = nn.Linear(2, 1)
    run = training.Trainer(model, optim.SGD(model.parameters(), lr=0.01), nn.mse_loss)
    loader = training.DataLoader(np.ones((4, 2)), np.ones((4, 1)))
    run.fit(loader, epochs=epochs, callbacks=callback, progress=False)
    return run


def test_a_live_picture_is_kept_up_to_date(tmp_path: Path) -> None:
    drawn = []

    def draw(trainer: training.Trainer) -> Any:
        drawn.append(trainer.history.epochs)
        return training.plot_history(trainer.history)

    fit(training.LivePlot(tmp_path / "curves.png", every=3, draw=draw), 7)
    assert drawn == [3, 6, 7]
    assert plt.imread(tmp_path / "curves.png").ndim == 3
    assert not plt.get_fignums()
    fit(training.LivePlot(tmp_path / "curves.svg"), 1)
    assert b"<svg" in (tmp_path / "curves.svg").read_bytes()


def test_in_a_notebook_the_picture_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = []

    class Handle:
        def update(self, figure: Any) -> None:
            shown.append("again")

    class Display:
        @staticmethod
        def display(figure: Any, display_id: bool) -> Handle:
            shown.append("first")
            return Handle()

    monkeypatch.setattr(live, "_in_notebook", lambda: True)
    monkeypatch.setitem(sys.modules, "IPython", Display)
    monkeypatch.setitem(sys.modules, "IPython.display", Display)
    fit(training.LivePlot(every=2), 4)
    assert shown == ["first", "again"]


def test_a_live_picture_needs_a_place() -> None:
    with pytest.raises(ValueError, match="needs a file"):
        fit(training.LivePlot(), 1)
    with pytest.raises(ValueError, match="every=0"):
        training.LivePlot("x.png", every=0)


def test_without_matplotlib_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"pip install 'autograd_lite\[plot\]'"):
        training.plot_history({"loss": [1.0]})
