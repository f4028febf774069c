"""Every derivative at every singular point of the second table, and what stands about it in the documentation."""

from __future__ import annotations

import contextlib
import importlib.util
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from singular_points import OURS, SECTIONS, Between, Point

import autograd_lite as ag

NAMED = {f"{section}: {point.name}": point for section, points in SECTIONS.items() for point in points}


def at(points: dict[str, Point]) -> Any:
    """Parametrise over points, with their sections and names."""
    return pytest.mark.parametrize("point", [pytest.param(point, id=name) for name, point in points.items()])


every = at(NAMED)
twice = at({name: point for name, point in NAMED.items() if point.second is not None})


def quiet(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a function that does not pass on what NumPy says of the forward pass."""

    def call(x: Any) -> Any:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            return f(x)

    return call


def outputs(point: Point) -> Callable[[Any], Any]:
    """Return a point's function of one array."""
    return quiet(lambda x: point.fn(OURS, x))


def total(point: Point) -> Callable[[Any], Any]:
    """Return the sum of a point's outputs."""
    return quiet(lambda x: np.sum(point.fn(OURS, x)))


def where(point: Point) -> Any:
    """Return the array that a point's function is differentiated at."""
    return np.array(point.x, dtype=point.dtype)


def expected(point: Point, derivative: str) -> Any:
    """Return what wants the warning where one is due; all others are errors."""
    due = derivative in point.warns.split()
    return pytest.warns(ag.SingularPointWarning) if due else contextlib.nullcontext()


@contextlib.contextmanager
def whatever_is_warned() -> Any:
    """Let pass the warnings of a derivative that is not what is tested."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ag.SingularPointWarning)
        yield


def columns(derivative: Callable[[Any], Any], x: Any) -> Any:
    """Return the derivatives along all unit vectors, in the shape of x."""
    return np.reshape([derivative(unit.reshape(x.shape)) for unit in np.eye(x.size, dtype=x.dtype)], x.shape)


def assert_is(found: Any, answer: Any) -> None:
    """Assert that each element is right to twelve digits (five in single precision), also where it is tiny."""
    found = np.asarray(found)
    digits = 12 if found.dtype == np.float64 else 4.5
    wanted = np.broadcast_to(np.asarray(answer, dtype=float), found.shape)
    zero = wanted == 0
    np.testing.assert_allclose(found[zero], 0, atol=1e-15)
    np.testing.assert_allclose(found[~zero], wanted[~zero], rtol=10**-digits)


@every
def test_slope(point: Point) -> None:
    with expected(point, "first"):
        slope = ag.grad(total(point))(where(point))
    assert_is(slope, point.slope)


@every
def test_forward_mode(point: Point) -> None:
    x = where(point)
    found = columns(lambda unit: ag.jvp(total(point), (x,), (unit,))[1], x)
    assert_is(found, point.slope if point.forward is None else point.forward)


@every
def test_jacobian_in_one_sweep(point: Point) -> None:
    x = where(point)
    with expected(point, "jacobian"):
        jacobian = ag.jacobian(outputs(point), mode="reverse")(x)
    with np.errstate(invalid="ignore"):  # infinities of opposite sign
        slope = np.sum(jacobian, axis=tuple(range(jacobian.ndim - x.ndim)))
    assert_is(slope, point.slope)


@twice
def test_second_derivative(point: Point) -> None:
    with expected(point, "second"):
        second = ag.grad(lambda x: np.sum(ag.grad(total(point))(x)))(where(point))
    assert_is(second, point.second)


@twice
def test_hessian_in_one_sweep(point: Point) -> None:
    x = where(point)
    with expected(point, "hessian"):
        hessian = ag.hessian(total(point))(x)
    assert_is(np.sum(hessian, axis=tuple(range(hessian.ndim - x.ndim))), point.second)


@twice
def test_second_derivative_forward_over_reverse(point: Point) -> None:
    x = where(point)
    with whatever_is_warned():
        found = columns(lambda unit: np.sum(ag.jvp(ag.grad(total(point)), (x,), (unit,))[1]), x)
    assert_is(found, point.second)


@every
def test_a_row_is_complete(point: Point) -> None:
    assert point.why
    assert set(point.warns.split()) <= {"first", "jacobian", "second", "hessian"}
    for truth in (point.truth, point.second_truth):
        if isinstance(truth, Between):
            assert np.all(np.array(truth.low) <= np.array(truth.high))


def test_names_are_unique() -> None:
    assert len(NAMED) == sum(map(len, SECTIONS.values()))


# Beside the table


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_jacobian_beside_an_infinite_derivative(mode: str) -> None:
    found = ag.jacobian(np.sqrt, mode=mode)(np.array([0.0, 4.0]))
    np.testing.assert_array_equal(found, [[np.inf, 0.0], [0.0, 0.25]])


@pytest.mark.parametrize("f", [lambda x: x / x, lambda x: np.log(x) - np.log(x)])
def test_nan_that_is_real_survives(f: Any) -> None:
    with np.errstate(all="ignore"):
        assert np.isnan(ag.grad(f)(0.0))


def test_index_of_a_condition() -> None:
    x = np.array([-1.0, 2.0, 3.0])
    np.testing.assert_array_equal(ag.grad(lambda x: np.sum(x[x > 0] ** 2))(x), [0.0, 4.0, 6.0])


@pytest.mark.parametrize("entry", [lambda a: np.linalg.eigh(a)[1][0, 1], lambda a: np.linalg.svd(a)[0][0, 1]])
def test_one_vector_of_a_repeated_value_is_refused_in_words(entry: Any) -> None:
    with pytest.raises(ag.NotDifferentiableError, match="expm, sqrtm"):
        ag.grad(entry)(np.eye(2))


def test_the_second_derivative_of_a_function_of_repeated_eigenvalues_is_refused_in_words() -> None:
    with pytest.raises(ag.NotDifferentiableError, match="expm, sqrtm"):
        ag.hessian(lambda a: np.sum(np.exp(np.linalg.eigvalsh(a))))(np.eye(2))


# The page


@pytest.fixture(scope="module")
def generator() -> Any:
    path = Path(__file__).parent.parent / "docs" / "make_singular_points.py"
    found = importlib.util.spec_from_file_location("make_singular_points", path)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_the_page_is_current_but_for_the_other_libraries(generator: Any) -> None:
    page, us = generator.PAGE.read_text(), generator.ours()
    written = page.splitlines()
    tally: list[str] = []
    for title, points in SECTIONS.items():
        rows = written[written.index(f"## {title}") + 4 :][: len(points)]
        for row, point in zip(rows, points, strict=True):
            found = generator.answers(us, point)
            tally += generator.counts(found)
            before, after = generator.line(point, [found]).rsplit(" | ", 1)
            assert row.startswith(before + " |"), "run python docs/make_singular_points.py"
            assert row.endswith("| " + after), "run python docs/make_singular_points.py"
    *_, counted = generator.summary({us.name: tally})
    assert counted in written, "run python docs/make_singular_points.py"
    assert f"Of {len(tally)} derivatives" in page


def test_right_answers_are_told_from_wrong_ones(generator: Any) -> None:
    def right(value: Any, truth: Any, dtype: type = np.float64) -> bool:
        return generator.is_right(np.array(value, dtype=float), truth, dtype)

    assert right([0.0, 1.0], [0, 1])
    assert right([np.nan], [np.nan])
    assert right([np.inf], np.inf)
    assert not right([np.nan, 1.0], [0, 1])
    assert not right([0.0], [1e-300])
    assert right([4.5e-7], [4.50001e-7], np.float32)
    tie = Between([0, 0], [1, 1], 1)
    assert right([0.25, 0.75], tie)
    assert not right([1.0, 1.0], tie)
    assert not right([1.5, -0.5], tie)
    assert not right([np.nan, 1.0], tie)
    assert right([5.0], Between(0, np.inf))
