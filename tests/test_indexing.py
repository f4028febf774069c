"""Scatters against ``np.add.at``, and what NumPy's functions that write into arrays say on Tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from tensor_checks import tracked

import autograd_lite.numpy as anp
from autograd_lite import InPlaceError, NotDifferentiableError, Tensor, check_grads, grad, jacobian
from autograd_lite.rules import indexing

RNG = np.random.default_rng(5)


def added_at(index: Any, g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return what ``np.add.at`` makes of a cotangent with one batch axis."""
    wanted = np.zeros((len(g), *shape), g.dtype)
    for row, total in zip(g, wanted, strict=True):
        np.add.at(total, index, row)
    return wanted


def scattered(index: Any, g: np.ndarray, shape: tuple[int, ...], batch: tuple[int, ...]) -> Any:
    return indexing.add_at(g, indices=(indexing.canonical(index),), shape=shape, batch=batch)


@given(data=st.data(), shape=hnp.array_shapes(max_dims=3, max_side=4))
def test_a_scatter_is_what_add_at_gives(data: Any, shape: tuple[int, ...]) -> None:
    advanced = hnp.integer_array_indices(shape, result_shape=hnp.array_shapes(max_dims=2, max_side=9))
    basic = hnp.basic_indices(shape, allow_newaxis=True)
    masks = hnp.arrays(bool, shape)
    index = data.draw(st.one_of(basic, advanced, masks, st.tuples(advanced.map(lambda arrays: arrays[0]))))
    read = np.zeros(shape)[index]
    g = np.random.default_rng(0).standard_normal((2, *np.shape(read)))
    wanted = added_at(index, g, shape)
    np.testing.assert_allclose(scattered(index, g, shape, (2,)), wanted, atol=1e-13)
    np.testing.assert_allclose(scattered(index, g[0], shape, ()), wanted[0], atol=1e-13)


ROWS = RNG.integers(-40, 40, 700)
LONG = {
    "few long rows": (ROWS[:9], (40, 600)),
    "many short rows": (ROWS, (40, 30)),
    "many numbers": (RNG.integers(0, 40, 40_000), (40,)),
    "columns": ((slice(None), ROWS), (5, 40)),
    "last of three axes": ((..., ROWS), (2, 3, 40)),
    "middle of three axes": ((slice(None), ROWS), (2, 40, 7)),
    "two axes": ((ROWS, ROWS[::-1]), (40, 41, 3)),
    "two axes broadcast": ((ROWS[:30, None], ROWS[:25]), (40, 40)),
    "an integer beside": ((3, ROWS), (5, 40, 4)),
    "apart": ((ROWS, slice(None), ROWS), (40, 3, 41)),
    "a slice beside": ((slice(1, None), ROWS), (4, 40)),
    "a mask beside": ((np.arange(40) % 2 == 0, RNG.integers(0, 9, 20)), (40, 9, 8)),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.complex128])
@pytest.mark.parametrize("name", LONG)
def test_a_long_scatter_is_what_add_at_gives(name: str, dtype: Any) -> None:
    index, shape = LONG[name]
    g = RNG.standard_normal((2, *np.zeros(shape)[index].shape)).astype(dtype)
    found = scattered(index, g, shape, (2,))
    assert found.dtype == dtype
    tolerance = 1e-4 if dtype is np.float32 else 1e-12
    np.testing.assert_allclose(found, added_at(index, g, shape), rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(scattered(index, g[1], shape, ()), found[1], rtol=tolerance, atol=tolerance)


def test_basic_slices_and_masks_do_without_add_at(monkeypatch: pytest.MonkeyPatch) -> None:
    class Ufunc:
        def at(self, *_: Any) -> None:
            raise AssertionError("np.add.at was called")

    x = RNG.standard_normal((4, 5))
    total = lambda x: np.sum(x[1:3] * 2) + np.sum(x[::2, -1] ** 2) + x[0, 0] + np.sum(x[x > 0])  # noqa: E731
    wanted = grad(total)(x)
    monkeypatch.setattr(indexing.np, "add", Ufunc())
    rows = scattered((slice(1, 3),), np.ones((2, 5)), (4, 5), ())
    np.testing.assert_array_equal(rows, np.outer([0, 1, 1, 0], np.ones(5)))
    np.testing.assert_array_equal(scattered(x > 0, np.ones((x > 0).sum()), (4, 5), ()), x > 0)
    monkeypatch.undo()
    check_grads(total, (x,), order=2)
    assert wanted.shape == (4, 5)


def test_a_sum_of_scatters_and_arrays_of_two_dtypes() -> None:
    x = tracked(np.ones((3, 2)))
    (np.sum(x[1:]) + np.sum(x[[0, 0, 2]].astype(np.float32)) + np.sum(x * 3) + x[2, 1]).backward()
    np.testing.assert_array_equal(x.grad, [[5, 5], [4, 4], [5, 6]])


# What NumPy writes into


@pytest.mark.parametrize(
    ("write", "way_out"),
    [
        (lambda t: np.fill_diagonal(t, 0.0), r"autograd_lite\.numpy\.fill_diagonal\(t, value, inplace=False\)"),
        (lambda t: np.put_along_axis(t, np.array([[0]]), 1.0, 0), r"put_along_axis\(t, .*inplace=False"),
        (lambda t: np.put(t, [0], 1.0), r"t\.ravel\(\)\.at"),
        (lambda t: np.place(t, np.ones((2, 2), bool), [1.0]), r"t\.at\[mask\]\.set"),
        (lambda t: np.putmask(t, np.ones((2, 2), bool), [1.0]), r"np\.where"),
        (lambda t: np.copyto(t, np.ones((2, 2))), r"np\.where"),
    ],
)
def test_functions_that_write_name_the_way_out(write: Any, way_out: str) -> None:
    with pytest.raises(NotDifferentiableError, match=way_out):
        write(tracked(np.ones((2, 2))))


@pytest.mark.parametrize(
    ("write", "way_out"),
    [
        (lambda t: t.fill(0.0), "full_like"),
        (lambda t: t.put([0], 1.0), r"at\[indices\]"),
        (lambda t: t.itemset(0, 1.0), r"t\.at"),
        (lambda t: t.resize(3), r"np\.resize"),
        (lambda t: anp.fill_diagonal(t, 0.0), "inplace=False"),
        (lambda t: anp.fill_diagonal(np.zeros((2, 2)), t[0]), "inplace=False"),
        (lambda t: anp.put_along_axis(t, np.array([[0]]), 1.0, 0), "inplace=False"),
    ],
)
def test_methods_that_write_name_the_way_out(write: Any, way_out: str) -> None:
    with pytest.raises(InPlaceError, match=way_out):
        write(tracked(np.ones((2, 2))))


def test_functions_of_the_namespace_write_into_plain_arrays_as_numpy_does() -> None:
    a = np.zeros((2, 2))
    assert anp.fill_diagonal(a, [1.0, 2.0]) is None
    np.testing.assert_array_equal(a, np.diag([1.0, 2.0]))
    assert anp.put_along_axis(a, np.array([[1], [0]]), 5.0, 1) is None
    np.testing.assert_array_equal(a, [[1, 5], [5, 2]])


def test_functional_forms_leave_plain_arrays_as_they_are() -> None:
    a = np.zeros((2, 2))
    filled = anp.fill_diagonal(a, 1.0, inplace=False)
    np.testing.assert_array_equal(filled, np.eye(2))
    np.testing.assert_array_equal(anp.put_along_axis(a, np.array([[1], [0]]), 5.0, 1, inplace=False), [[0, 5], [5, 0]])
    np.testing.assert_array_equal(a, 0)
    assert not np.shares_memory(anp.fill_diagonal(a, [], inplace=False), a)


def test_functional_forms_carry_values_beside_plain_arrays() -> None:
    def on_the_diagonal(v: Any) -> Any:
        return anp.fill_diagonal(np.zeros((2, 2)), [v[0], v[1] ** 2], inplace=False)

    made = jacobian(on_the_diagonal)(np.array([1.0, 3.0]))
    np.testing.assert_array_equal(made[0, 0], [1, 0])
    np.testing.assert_array_equal(made[1, 1], [0, 6])


# Sizes, layouts and other attributes


def test_attributes_of_arrays() -> None:
    t = tracked(np.ones((2, 3), np.float32))
    assert (t.itemsize, t.nbytes) == (4, 24)
    assert (tracked(1.0).itemsize, tracked(1.0).nbytes) == (8, 8)
    assert isinstance(t.flat, Tensor)
    assert [float(x) for x in t.flat] == [1.0] * 6
    assert t.item(1, 2) == 1.0
    np.testing.assert_array_equal(Tensor([1.0, 3.0]).searchsorted(2.0), 1)
    np.testing.assert_array_equal(tracked([3.0, 1.0, 2.0]).partition(0).data[0], 1.0)
    assert tracked([3.0, 1.0, 2.0]).argpartition(0)[0] == 1
    np.testing.assert_array_equal(Tensor([1, 0]).choose([tracked(2.0), tracked(3.0)]).data, [3.0, 2.0])
