"""Functions of ``autograd_lite.numpy`` on lists that hold Tensors, and those that make arrays of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_lite.numpy as anp
from autograd_lite import DtypeError, ShapeError, Tensor, UnsupportedArgumentError, check_grads, no_grad

VECTOR = np.array([0.5, -1.25, 2.0])
MATRIX = np.array([[0.5, -1.0, 2.0], [1.5, 3.0, -0.5]])


def tracked(value: Any) -> Tensor:
    return Tensor(value, requires_grad=True)


a, b = 0.5, -1.25
LIST_CALLS = {
    "array": lambda m, a, b: m.array([a, b]),
    "array of arrays": lambda m, a, b: m.array([[a, 0.0], [1.0, b]]),
    "array of tuples": lambda m, a, b: m.array(((a, b), (b, a))),
    "array three deep": lambda m, a, b: m.array([[[a], [b]], [[2.0], [a * b]]]),
    "array of vectors": lambda m, a, b: m.array([a * VECTOR, VECTOR, [b, a, 1]]),
    "array of mixed depth": lambda m, a, b: m.array([[m.sin(a * VECTOR), [1, b, 2]], [VECTOR, VECTOR]]),
    "array of one axis more": lambda m, a, b: m.array([a, b], ndmin=3),
    "asarray": lambda m, a, b: m.asarray([a, b, 1]),
    "sin": lambda m, a, b: m.sin([a, b]),
    "add": lambda m, a, b: m.add([a, b], [b, 1.0]),
    "maximum": lambda m, a, b: m.maximum([a, b], 0.1),
    "sum": lambda m, a, b: m.sum([a, b, 2.0]),
    "sum by name": lambda m, a, b: m.sum(a=[[a, b], [b, b]], axis=0),
    "mean": lambda m, a, b: m.mean([a, b]),
    "max": lambda m, a, b: m.max([a, b]),
    "prod": lambda m, a, b: m.prod((a, b)),
    "dot": lambda m, a, b: m.dot([a, b], [b, 2.0]),
    "dot, second": lambda m, a, b: m.dot(VECTOR, [a, b, 1.0]),
    "matmul": lambda m, a, b: m.matmul([[a, b], [b, a]], [1.0, a]),
    "outer": lambda m, a, b: m.outer([a, b], [1, 2]),
    "einsum": lambda m, a, b: m.einsum("ij,j->i", [[a, 1.0], [b, a]], [b, 3.0]),
    "norm": lambda m, a, b: m.linalg.norm([a, b]),
    "diag": lambda m, a, b: m.diag([a, b]),
    "reshape": lambda m, a, b: m.reshape([a, b, a, b], (2, 2)),
    "transpose": lambda m, a, b: m.transpose([[a, b], [1.0, 2.0], [b, b]]),
    "where": lambda m, a, b: m.where([True, False], [a, b], [b, 1.0]),
    "concatenate": lambda m, a, b: m.concatenate([[a, b], [1.0], a * VECTOR]),
    "concatenate, plain first": lambda m, a, b: m.concatenate([[1.0, 2.0], a * VECTOR]),
    "stack": lambda m, a, b: m.stack([[a, b], [b, 1.0], [3, 4]], axis=1),
    "stack of numbers": lambda m, a, b: m.stack((a, 1.0, b)),
    "vstack": lambda m, a, b: m.vstack([[a, b], [1.0, a]]),
    "hstack": lambda m, a, b: m.hstack([a, [b, 1.0], 2.0]),
    "dstack": lambda m, a, b: m.dstack(([a, b], [1.0, 2.0])),
    "column_stack": lambda m, a, b: m.column_stack([[1.0, 2.0], [a, b]]),
    "append": lambda m, a, b: m.append([a, b], [1.0, a]),
    "append to an array": lambda m, a, b: m.append(VECTOR, a),
    "append rows": lambda m, a, b: m.append([[a, b]], [[1.0, 2.0]], axis=0),
    "full": lambda m, a, b: m.full((2, 3), a * b),
    "full of a row": lambda m, a, b: m.full((2, 2), [a, b]),
    "full_like": lambda m, a, b: m.full_like(MATRIX, a),
    "linspace": lambda m, a, b: m.linspace(a, b, 4),
    "linspace without end": lambda m, a, b: m.linspace(a, 1.0, 5, endpoint=False),
    "linspace along axis 1": lambda m, a, b: m.linspace([a, 0.0], [b, a], 3, axis=1),
    "linspace of one": lambda m, a, b: m.linspace(a, b, 1),
    "step of linspace": lambda m, a, b: m.linspace(a, b, 4, retstep=True)[1],
    "logspace": lambda m, a, b: m.logspace(a, b, 3),
    "logspace in a base": lambda m, a, b: m.logspace(0.0, b, 3, base=a),
    "arange": lambda m, a, b: m.arange(b, 2.0, a),
    "arange from 0": lambda m, a, b: m.arange(0, 2.1, a),
    "meshgrid": lambda m, a, b: m.stack(m.meshgrid([a, b, 1.0], [b, 2.0])),
    "meshgrid, ij": lambda m, a, b: m.stack(m.meshgrid([a, b, 1.0], [b, 2.0], indexing="ij")),
    "meshgrid of three": lambda m, a, b: m.stack(m.meshgrid([a, b], [b, 2.0, 1.0], [a, a])),
    "meshgrid, sparse": lambda m, a, b: m.add(*m.meshgrid([a, b, 1.0], [b, 2.0], sparse=True)),
    "select": lambda m, a, b: m.select([VECTOR > 1, VECTOR > 0], [a * VECTOR, [b, 1.0, b]], b * VECTOR),
    "select, by default 0": lambda m, a, b: m.select([MATRIX > 1], [a]),
    "r_": lambda m, a, b: m.r_[a, 1.0, b * VECTOR],
    "r_ of slices": lambda m, a, b: m.r_[0:3, a, 0:1:4j],
    "r_ of one": lambda m, a, b: m.r_[a * VECTOR],
    "r_ of lists": lambda m, a, b: m.r_[[a, b], [1, 2], b],
    "r_ along the last axis": lambda m, a, b: m.r_["-1", a * MATRIX, MATRIX],
    "r_ with axes": lambda m, a, b: m.r_["0,2", a * VECTOR, VECTOR],
    "r_ with placed axes": lambda m, a, b: m.r_["1,2,0", a * VECTOR, [1.0, 2.0, b]],
    "c_": lambda m, a, b: m.c_[[a, b], [1.0, a]],
    "c_ of matrices": lambda m, a, b: m.c_[a * MATRIX, [b, 1.0]],
}  # fmt: skip


@pytest.mark.parametrize("name", LIST_CALLS)
def test_values_and_derivatives_of_functions_on_lists(name: str) -> None:
    call = LIST_CALLS[name]
    value = call(anp, tracked(a), tracked(b))
    assert isinstance(value, Tensor)
    assert value.requires_grad
    expected = call(np, np.float64(a), np.float64(b))
    assert value.shape == np.shape(expected)
    np.testing.assert_allclose(value.data, expected, rtol=1e-14, atol=1e-15)
    check_grads(lambda a, b: call(anp, a, b), (a, b), order=2)


@pytest.mark.parametrize("name", LIST_CALLS)
def test_constant_tensors_in_lists_give_tensors(name: str) -> None:
    assert isinstance(LIST_CALLS[name](anp, Tensor(a), Tensor(b)), Tensor)
    with no_grad():
        assert isinstance(LIST_CALLS[name](anp, tracked(a), tracked(b)), Tensor)


def test_array_of_a_tensor_is_a_copy_and_asarray_is_the_tensor() -> None:
    t = tracked(VECTOR)
    assert anp.asarray(t) is t
    assert anp.asanyarray(t) is t
    assert anp.asfortranarray(t) is t
    assert anp.asarray(t, dtype=float) is t
    twin = anp.array(t)
    assert twin is not t
    assert not np.shares_memory(twin.data, t.data)
    assert anp.array(t, copy=False) is t
    anp.sum(twin * twin).backward()
    np.testing.assert_array_equal(t.grad, 2 * VECTOR)
    assert anp.array(t, ndmin=2).shape == (1, 3)
    assert anp.ascontiguousarray(tracked(2.0)).shape == (1,)
    assert not np.shares_memory(anp.asarray(t, copy=True).data, t.data)


def assert_integers(value: Any, expected: Any) -> None:
    assert type(value) is np.ndarray
    assert value.dtype == int
    assert value.tolist() == expected


def test_dtypes_of_arrays_made_of_tensors() -> None:
    t = tracked(np.float32(1.5))
    assert anp.array([t, 0.0, 1, True]).dtype == np.float32
    assert anp.array([t, np.float64(1.0)]).dtype == np.float64
    assert anp.array([t, t], dtype=np.float64).dtype == np.float64
    assert anp.array(t, dtype=np.float64).requires_grad
    assert_integers(anp.array([t, 2.7], dtype=int), [1, 2])
    assert anp.array([Tensor([1, 2]), [0.5, 1.5]]).dtype == np.float64
    assert anp.r_[t, 1.0].dtype == np.float32
    assert anp.linspace(0.0, t, 3).dtype == np.float32
    assert anp.linspace(Tensor(0), Tensor(1), 3).dtype == np.float64
    assert anp.arange(t, 4.0).dtype == np.float32
    assert anp.full((2,), t).dtype == np.float32
    assert anp.select([np.array([True, False])], [anp.full((2,), t)]).dtype == np.float32
    assert_integers(anp.full_like([1, 2], t), [1, 1])
    assert_integers(anp.full(2, t, dtype=int), [1, 1])


def test_lists_that_make_no_array_are_errors_in_words() -> None:
    t = tracked(1.0)
    with pytest.raises(ShapeError, match=r"unequal lengths, \[1, 2\]"):
        anp.array([[t, 1.0], [2.0]])
    with pytest.raises(ShapeError, match=r"unequal shapes"):
        anp.array([t, [2.0]])
    with pytest.raises(DtypeError, match="'a'"):
        anp.array([t, "a"])
    with pytest.raises(DtypeError, match="None"):
        anp.sum([t, None])
    with pytest.raises(UnsupportedArgumentError, match="like"):
        anp.array([t], like=VECTOR)
    with pytest.raises(ValueError, match="conditions"):
        anp.select([VECTOR > 0], [t, t])
    with pytest.raises(TypeError, match="boolean"):
        anp.select([VECTOR], [t])
    with pytest.raises(ValueError, match="indexing"):
        anp.meshgrid([t], [t], indexing="yx")
    with pytest.raises(ValueError, match="infs or NaNs"):
        anp.asarray_chkfinite([t, np.nan])


def test_isscalar_of_tensors() -> None:
    assert anp.isscalar(tracked(1.0))
    assert not anp.isscalar(tracked(VECTOR))


@pytest.mark.parametrize("offset", [0, 2, -1])
def test_make_diagonal_is_the_inverse_of_diagonal(offset: int) -> None:
    made = anp.make_diagonal(tracked(MATRIX), offset=offset)
    assert made.shape == (2, 3 + abs(offset), 3 + abs(offset))
    np.testing.assert_array_equal(np.diagonal(made.data, offset, -1, -2), MATRIX)
    assert np.count_nonzero(made.data) == np.count_nonzero(MATRIX)
    check_grads(lambda x: anp.make_diagonal(x, offset), (MATRIX,), order=2)


def test_a_long_list_makes_two_nodes() -> None:
    tensors = [tracked(float(i)) for i in range(2000)]
    matrix = anp.array([tensors[:1000], tensors[1000:]])
    assert matrix.shape == (2, 1000)
    assert matrix.node.plan.primitive.name == "reshape"
    assert len(matrix.node.inputs[0].inputs) == 2000
