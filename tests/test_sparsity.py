"""Sparse Jacobians and Hessians: patterns that contain every nonzero, colourings that lose none, and what they cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

import autograd_lite as ag
from autograd_lite import Sparsity
from autograd_lite.errors import NotDifferentiableError, ShapeError, StructureError
from autograd_lite.transforms.sparsity.coloring import color_columns, color_symmetric

Function = Callable[[Any], Any]


def rosenbrock(x: Any) -> Any:
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


# Function of twelve numbers, and how many elements its pattern has.
MAPS: dict[str, tuple[Function, int]] = {
    "products of neighbours": (lambda x: x[1:] * x[:-1], 22),
    "cumulative sum": (np.cumsum, 78),
    "constant matrix": (lambda x: x.reshape(3, 4) @ np.array([[1.0, 0], [0, 2], [3, 0], [0, 0]]), 9),
    "joined pieces": (lambda x: np.concatenate([x[:3], x[5:] * x[0]]), 17),
    "rolled": (lambda x: np.sin(np.roll(x, 2)) + x, 24),
    "sums of rows": (lambda x: np.sum(x.reshape(3, 4), axis=1) ** 2, 12),
    "sorted rows": (lambda x: np.sort(x.reshape(3, 4), axis=1), 48),
    "norms of columns": (lambda x: np.linalg.norm(x.reshape(3, 4), axis=0), 12),
    "padded": (lambda x: np.pad(x, 2)[1:-1], 12),
    "masked": (lambda x: np.where(np.arange(12) > 3, x, 0), 12),
    "differences": (np.diff, 22),
    "third differences": (lambda x: np.diff(x, 3), 36),
    "filtered": (lambda x: np.convolve(x, [1.0, -3.0, 3.0], "same"), 34),
    "extrapolated": (lambda x: 3 * x[2:-1] - 3 * x[1:-2] + x[:-3], 27),
    "nothing": (lambda x: np.ones(3), 0),
    "picked": (lambda x: x[np.array([0, 0, 3, 5])], 4),
    "outer product": (lambda x: np.outer(x[:3], x[3:6]), 18),
    "broadcast": (lambda x: x[:, None] * np.ones(2), 24),
    "inverse": (lambda x: np.linalg.inv(x[:4].reshape(2, 2) + 9 * np.eye(2)), 16),
    "eigenvalues": (lambda x: np.linalg.eigh(x[:9].reshape(3, 3) + np.diag([9.0, 5, 1]))[0], 27),
    "split and stacked": (lambda x: np.stack(np.split(x, 3)), 12),
    "itself": (lambda x: x, 12),
    "twice joined": (lambda x: np.concatenate([x, x]), 24),
}


@pytest.mark.parametrize("name", MAPS)
@pytest.mark.parametrize("mode", ["auto", "reverse", "forward"])
def test_a_sparse_jacobian_is_the_dense_one(name: str, mode: str) -> None:
    f, count = MAPS[name]
    x = np.random.default_rng(0).normal(size=12)
    dense = ag.jacobian(f)(x).reshape(-1, 12)
    found = ag.jacobian(f, sparsity="auto", mode=mode)(x)
    assert isinstance(found, sparse.csr_array)
    assert found.nnz == count
    assert found.toarray() == pytest.approx(dense, abs=1e-13)


def test_zero_values_do_not_hide_what_may_depend() -> None:
    x = np.zeros(5)
    assert ag.jacobian(lambda x: x[1:] * x[:-1], sparsity="auto")(x).nnz == 8
    assert ag.hessian(lambda x: np.sum(x**4), sparsity="auto")(x).nnz == 5


HESSIANS: dict[str, Function] = {
    "band": rosenbrock,
    "arrow": lambda x: x[0] * np.sum(x**2) + np.sum(np.sin(x[1:])),
    "arrow at the end": lambda x: np.sum(x[:-1] ** 3) * x[-1] + np.sum(x[2:] * x[:-2]),
    "grid": lambda x: np.sum(np.sin(x.reshape(3, 4)[1:] * x.reshape(3, 4)[:-1])),
    "diagonal": lambda x: np.sum(np.exp(x)),
    "blocks": lambda x: np.sum(np.prod(x.reshape(4, 3), axis=1)),
    "second differences": lambda x: np.sum(np.diff(x, 2) ** 4),
    "dense": lambda x: np.sum(x) ** 3,
    "linear": lambda x: np.sum(3 * x),
}


@pytest.mark.parametrize("name", HESSIANS)
def test_a_sparse_hessian_is_the_dense_one(name: str) -> None:
    x = np.random.default_rng(1).normal(size=12)
    dense = ag.hessian(HESSIANS[name])(x)
    found = ag.hessian(HESSIANS[name], sparsity="auto")(x)
    assert found.toarray() == pytest.approx(dense, abs=1e-10)


def test_an_arrow_takes_two_sweeps() -> None:
    x = np.random.default_rng(1).normal(size=40)
    found = Sparsity(ag.hessian(HESSIANS["arrow"], sparsity="auto")(x), symmetric=True)
    assert found.stars is not None
    assert found.stars.max() + 1 == 2
    assert found.rows.max() + 1 == 40


def test_ten_thousand_variables_of_a_band() -> None:
    n = 10_000
    x, v = np.random.default_rng(2).normal(size=(2, n))
    found = ag.hessian(rosenbrock, sparsity="auto")(x)
    assert found.nnz == 3 * n - 2
    assert found @ v == pytest.approx(ag.hvp(rosenbrock, x, v), abs=1e-9)
    kept = Sparsity(found, symmetric=True)
    assert kept.rows.max() + 1 == 3
    assert abs(ag.hessian(rosenbrock, sparsity=kept)(x + 1) - ag.hessian(rosenbrock, sparsity="auto")(x + 1)).max() == 0


def test_a_pattern_of_ones_own_and_chunks() -> None:
    x = np.random.default_rng(3).normal(size=6)
    band = np.eye(6, dtype=bool) | np.eye(6, k=1, dtype=bool) | np.eye(6, k=-1, dtype=bool)
    assert ag.hessian(rosenbrock, sparsity=band, chunk_size=1)(x).toarray() == pytest.approx(ag.hessian(rosenbrock)(x))
    shaped = ag.jacobian(lambda x: x.reshape(2, 3)[:, ::-1], sparsity="auto")(x)
    assert shaped.shape == (6, 6)
    single = ag.jacobian(np.tanh, sparsity="auto")(x.astype(np.float32))
    assert single.dtype == np.float32


def test_aux_comes_along() -> None:
    matrix, aux = ag.jacobian(lambda x: (x**2, "more"), has_aux=True, sparsity="auto")(np.ones(3))
    assert matrix.diagonal().tolist() == [2, 2, 2]
    assert aux == "more"


@st.composite
def patterns(draw: Any) -> Any:
    rows, columns = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    density = draw(st.floats(0, 0.6))
    seed = draw(st.integers(0, 10_000))
    return np.random.default_rng(seed).random((rows, columns)) < density


@given(patterns())
def test_columns_of_one_colour_share_no_row(pattern: Any) -> None:
    colors = color_columns(sparse.csr_array(pattern))
    for color in range(int(colors.max()) + 1):
        assert pattern[:, colors == color].sum(axis=1).max(initial=0) <= 1


@pytest.mark.parametrize("width", [1, 3, 4])
@pytest.mark.parametrize("n", [4, 50, 3000])
def test_bands_take_as_many_colors_as_they_are_wide(n: int, width: int) -> None:
    band = sparse.diags_array([np.ones(n - k) for k in range(width)], offsets=list(range(width)), format="csr")
    np.testing.assert_array_equal(color_columns(band), np.arange(n) % width)
    periodic = sparse.csr_array((np.ones(2 * n), (np.repeat(np.arange(n), 2), np.arange(1, 2 * n + 1) // 2 % n)))
    colors = color_columns(periodic)
    assert colors.max() <= 1 + n % 2
    assert (colors != np.roll(colors, 1)).all()


def test_a_full_row_takes_a_color_for_each_column_and_little_memory() -> None:
    n = 3000
    arrow = sparse.csr_array(sparse.eye_array(n) + sparse.csr_array((np.ones(n), ([0] * n, range(n))), shape=(n, n)))
    np.testing.assert_array_equal(color_columns(arrow), np.arange(n))


@given(patterns())
def test_star_colourings_recover_symmetric_matrices(pattern: Any) -> None:
    n = min(pattern.shape)
    square = pattern[:n, :n] | pattern[:n, :n].T
    colors = color_symmetric(sparse.csr_array(square))
    matrix = np.where(square, np.arange(1, n * n + 1).reshape(n, n) / 7, 0)
    matrix = matrix + matrix.T
    sums = np.stack([matrix[colors == c].sum(axis=0) for c in range(int(colors.max()) + 1)])
    for i, j in zip(*np.nonzero(square), strict=True):
        alone = square[colors == colors[i], j].sum() == 1
        assert (sums[colors[i], j] if alone else sums[colors[j], i]) == pytest.approx(matrix[i, j])


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1000))
def test_random_compositions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    steps: list[Function] = [
        lambda x: np.concatenate([x[2:], x[:2]]), np.sin, lambda x: x * np.roll(x, 1), lambda x: x[::-1] + 0 * x,
        lambda x: np.convolve(x, [1.0, 0, 2.0], "same"), lambda x: np.cumsum(x.reshape(2, 4), axis=1).reshape(-1),
        lambda x: np.where(x > 0, x, x**2), lambda x: x.reshape(4, 2).T.reshape(-1), lambda x: x - np.mean(x[:3]),
    ]  # fmt: skip
    chosen = [steps[i] for i in rng.integers(len(steps), size=4)]

    def f(x: Any) -> Any:
        for step in chosen:
            x = step(x)
        return x

    x = rng.normal(size=8)
    dense = ag.jacobian(f)(x)
    assert ag.jacobian(f, sparsity="auto")(x).toarray() == pytest.approx(dense, abs=1e-12)
    assert ag.hessian(lambda x: np.sum(f(x) ** 2), sparsity="auto")(x).toarray() == pytest.approx(
        ag.hessian(lambda x: np.sum(f(x) ** 2))(x), abs=1e-10
    )


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: ag.jacobian(np.sin, sparsity="maybe")(np.ones(2)), ValueError, "sparsity='maybe'"),
        (lambda: ag.jacobian(np.sin, sparsity=np.ones((2, 3)))(np.ones(2)), ShapeError, r"\(2, 3\).*\(2, 2\)"),
        (lambda: ag.jacobian(lambda x: (x, x), sparsity="auto")(np.ones(2)), StructureError, "2 go out"),
        (
            lambda: ag.jacobian(lambda x, y: x * y, (0, 1), sparsity="auto")(np.ones(2), np.ones(2)),
            StructureError,
            "2 come in",
        ),
        (
            lambda: ag.grad(lambda x: ag.jacobian(np.sin, sparsity="auto")(x).sum())(np.ones(2)),
            StructureError,
            "outer derivative",
        ),
        (
            lambda: ag.jacobian(lambda x: np.linalg.inv(x.reshape(90, 90) + 99 * np.eye(90)), sparsity="auto")(
                np.ones(8100)
            ),
            NotDifferentiableError,
            "inv.*sparsity=pattern",
        ),
    ],
)
def test_bad_input_is_an_error_in_words(call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()
