"""NumPy's protocols: its functions on Tensors, Tensors as arrays, and the data types that come out."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest
import scipy.special
from tensor_checks import MATRIX, VECTOR, assert_plain, assert_tensor, tracked

from autograd_lite import (
    DetachError,
    DtypeError,
    NotDifferentiableError,
    Tensor,
    UnsupportedArgumentError,
)

# NumPy's functions


def test_ufuncs_and_functions_dispatch() -> None:
    x = tracked(MATRIX)
    assert_tensor(np.sin(x), np.sin(MATRIX))
    assert_tensor(np.add(MATRIX, x), 2 * MATRIX)
    assert_tensor(np.multiply(2, x), 2 * MATRIX)
    assert_tensor(np.arctan2(np.float64(1.0), x), np.arctan2(1.0, MATRIX))
    assert_tensor(np.sum(x, axis=0), MATRIX.sum(axis=0))
    assert_tensor(np.mean(x, axis=(0, 1), keepdims=True), MATRIX.mean(keepdims=True))
    assert_tensor(np.concatenate([x, MATRIX]), np.concatenate([MATRIX, MATRIX]))
    assert_tensor(np.stack((MATRIX, x), axis=-1), np.stack((MATRIX, MATRIX), axis=-1))
    assert_tensor(np.where(MATRIX > 0, x, 0.0), np.where(MATRIX > 0, MATRIX, 0.0))
    assert_tensor(np.einsum("ij,kj->ik", x, MATRIX), MATRIX @ MATRIX.T)
    assert_tensor(np.linalg.norm(x), np.linalg.norm(MATRIX))


@pytest.mark.parametrize("name", ["amax", "amin", "max", "min"])
def test_both_names_of_extrema_dispatch(name: str) -> None:
    assert_tensor(getattr(np, name)(tracked(MATRIX), axis=0), getattr(MATRIX, name[-3:])(axis=0))


def test_the_names_of_numpy_linalg_dispatch() -> None:
    x = tracked(MATRIX)
    assert_tensor(np.linalg.matmul(x, MATRIX.T), MATRIX @ MATRIX.T)
    assert_tensor(np.linalg.outer(tracked(VECTOR), VECTOR), np.outer(VECTOR, VECTOR))
    assert_tensor(np.linalg.trace(x), np.trace(MATRIX))
    assert_tensor(np.linalg.diagonal(x), np.diagonal(MATRIX))
    assert_tensor(np.linalg.matrix_transpose(x), MATRIX.T)
    assert_tensor(np.linalg.tensordot(x, MATRIX, axes=2), np.tensordot(MATRIX, MATRIX))
    assert_tensor(np.linalg.vecdot(x, MATRIX), np.vecdot(MATRIX, MATRIX))


def test_the_diagonal_of_a_stack_of_matrices_is_that_of_the_last_axes_in_linalg() -> None:
    cube = np.arange(12.0).reshape(3, 2, 2)
    assert_tensor(np.diagonal(tracked(cube)), np.diagonal(cube))
    assert_tensor(np.linalg.diagonal(tracked(cube)), np.linalg.diagonal(cube))


def test_constant_functions_give_plain_arrays() -> None:
    x = tracked(MATRIX)
    for function in (
        np.floor,
        np.sign,
        np.isfinite,
        np.argmax,
        np.argsort,
        np.zeros_like,
        np.shape,
        np.ndim,
        np.nonzero,
    ):
        value, expected = function(x), function(MATRIX)
        assert type(value) is type(expected)
        np.testing.assert_array_equal(value, expected)
    assert np.allclose(x, MATRIX)
    assert np.array_equal(MATRIX, x)
    assert_plain(np.greater(x, 0), MATRIX > 0)


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (np.gcd, "numpy.gcd"),
        (np.packbits, "numpy.packbits"),
        (scipy.special.mathieu_a, "scipy.special.mathieu_a"),
    ],
)
def test_functions_without_a_rule_name_themselves_and_the_way_out(function: Any, name: str) -> None:
    args = (tracked(MATRIX),) * (function.nin if isinstance(function, np.ufunc) else 1)
    with pytest.raises(NotDifferentiableError) as caught:
        function(*args)
    assert str(caught.value).startswith(f"{name} has no derivative rule")
    assert "autograd_lite.primitive" in str(caught.value)
    assert "detach" in str(caught.value)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: np.unique(x), "numpy.unique cannot be differentiated: .*instead"),
        (lambda x: np.fill_diagonal(x, 0.0), r"in place; use autograd_lite\.numpy\.fill_diagonal"),
        (lambda x: np.copyto(np.zeros(3), x), r"in place; use t\.at"),
    ],
    ids=["unique", "fill_diagonal", "copyto"],
)
def test_functions_that_refuse_say_what_to_use(call: Any, words: str) -> None:
    with pytest.raises(NotDifferentiableError, match=words):
        call(tracked(VECTOR))


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda x: np.sin(x, out=np.zeros(3)), "out"),
        (lambda x: np.sin(VECTOR, out=x), "out"),
        (lambda x: np.add(x, 1.0, out=np.zeros(3)), "out"),
        (lambda x: np.add(x, 1.0, where=VECTOR > 0), "where"),
        (lambda x: np.exp(x, dtype=np.float32), "dtype"),
        (lambda x: np.exp(x, casting="unsafe"), "casting"),
        (lambda x: np.sum(x, out=np.zeros(())), "out"),
        (lambda x: np.matmul(x, x, out=np.zeros(())), "out"),
        (lambda x: np.clip(x, 0, 1, out=np.zeros(3)), "out"),
        (lambda x: np.concatenate([x, x], out=np.zeros(6)), "out"),
        (lambda x: x.sum(out=np.zeros(())), "out"),
    ],
)
def test_arguments_that_a_recorded_call_cannot_honour(call: Any, argument: str) -> None:
    with pytest.raises(UnsupportedArgumentError, match=rf"\b{argument}\b"):
        call(tracked(VECTOR))


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.add.reduce(x),
        lambda x: np.add.accumulate(x),
        lambda x: np.multiply.outer(x, x),
        lambda x: np.add.reduceat(x, [0, 2]),
        lambda x: np.add.at(np.zeros(3), [0, 1, 2], x),
    ],
    ids=["reduce", "accumulate", "outer", "reduceat", "at"],
)
def test_methods_of_ufuncs_name_what_to_use(call: Any) -> None:
    with pytest.raises(UnsupportedArgumentError, match=r"use the function that it stands for \(np\.sum"):
        call(tracked(VECTOR))


def test_none_is_the_default_of_out_and_dtype() -> None:
    assert_tensor(np.sum(tracked(VECTOR), None, out=None, dtype=None), VECTOR.sum())
    assert_tensor(np.sin(tracked(VECTOR), out=None), np.sin(VECTOR))


def test_python_function_arguments_are_checked_as_everywhere() -> None:
    with pytest.raises(TypeError):
        np.sum(tracked(VECTOR), axes=0)
    with pytest.raises(np.exceptions.AxisError):
        np.sum(tracked(VECTOR), axis=1)
    with pytest.raises(ValueError, match="broadcast"):
        tracked(VECTOR) + np.zeros(2)
    with pytest.raises(ValueError, match="reshape"):
        tracked(VECTOR).reshape(2, 2)


def test_lists_of_tensors_name_the_namespace_that_takes_them() -> None:
    with pytest.raises(DetachError, match=r"np\.stack .* autograd_lite\.numpy"):
        np.sum([tracked(1.0), tracked(2.0)])
    with pytest.raises(DetachError, match=r"numpy\.full "):
        np.full(2, tracked(1.0))


# Becoming a plain array, or a number


def test_plain_arrays_of_constants_and_of_nothing_tracked() -> None:
    t = Tensor(VECTOR)
    assert_plain(np.asarray(t), VECTOR)
    assert_plain(np.array(t, dtype=np.float32), VECTOR.astype(np.float32))
    assert np.shares_memory(np.asarray(t), t.data)
    assert not np.shares_memory(np.array(t), t.data)
    assert_plain(np.asarray([Tensor(1.0), Tensor(2.0)]), np.array([1.0, 2.0]))
    for convert in (
        np.asarray,
        np.array,
        np.asanyarray,
        lambda t: np.array([t, t]),
        lambda t: np.array(t, dtype=object),
    ):
        with pytest.raises(DetachError, match=r"detach\(\)\.numpy\(\)"):
            convert(tracked(VECTOR))
    assert_plain(tracked(VECTOR).numpy(), VECTOR)
    assert_plain(np.asarray(tracked(VECTOR).detach()), VECTOR)
    assert_plain(np.asarray(tracked(VECTOR), dtype=int), VECTOR.astype(int))
    assert tracked(VECTOR).tolist() == VECTOR.tolist()


# Data types


def test_only_floats_can_be_tracked() -> None:
    for data in (1, [1, 2], True, [True, False], np.arange(3), np.uint8(3)):
        assert Tensor(data).dtype.kind in "iub"
        expected = r"only floating-point numbers, real or complex, have derivatives.*dtype=float"
        with pytest.raises(DtypeError, match=expected):
            tracked(data)


@pytest.mark.parametrize("data", [1j, [1.0, 2j], np.ones(2, dtype=complex), np.complex64(1.0)], ids=repr)
def test_complex_numbers_are_numbers(data: Any) -> None:
    assert tracked(data).dtype == np.asarray(data).dtype
    assert (tracked(VECTOR[:2]) * data).dtype == (VECTOR[:2] * np.asarray(data)[()]).dtype
    np.testing.assert_array_equal((data - tracked(VECTOR[:2])).data, np.asarray(data) - VECTOR[:2])


@pytest.mark.parametrize("data", ["a", None, object(), ["a"], [None], {}], ids=repr)
def test_what_is_no_number_is_refused(data: Any) -> None:
    with pytest.raises(DtypeError, match="numbers are needed"):
        Tensor(data)


def test_ragged_lists_are_refused() -> None:
    with pytest.raises(ValueError, match="inhomogeneous"):
        Tensor([[1.0], [2.0, 3.0]])


@pytest.mark.parametrize("other", [2, 2.0, True, np.float32(2.0), np.float32([2.0, 1.0]), [1, 2]], ids=repr)
@pytest.mark.parametrize(
    "function", [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow], ids=lambda f: f.__name__
)
def test_float32_stays_float32(function: Any, other: Any) -> None:
    if isinstance(other, list):
        other = np.array(other, dtype=np.int16)
    for x in (tracked(np.float32([1.5, 2.0])), tracked(np.float32(1.5))):
        for result in (function(x, other), function(other, x)):
            assert result.dtype == np.float32
            np.sum(result).backward(retain_graph=True)
            assert x.grad.dtype == np.float32


@pytest.mark.parametrize("other", [np.float64(2.0), np.array(2.0), np.array([2.0, 1.0]), [2.0, 1.0]], ids=repr)
def test_float64_arrays_and_scalars_promote_as_in_numpy(other: Any) -> None:
    x = tracked(np.float32([1.5, 2.0]))
    for result in (x * other, other * x, np.multiply(x, other)):
        assert result.dtype == (x.data * other).dtype == np.float64
        x.zero_grad()
        np.sum(result).backward()
        assert x.grad.dtype == np.float32


def test_scalars_stay_scalars() -> None:
    t = tracked(2.0)
    for value in (
        t,
        t * t,
        np.sin(t),
        t * np.float64(2.0),
        np.array(2.0) * t,
        np.sum(tracked(VECTOR)),
        tracked(VECTOR)[0],
    ):
        assert isinstance(value.data, np.float64)
        assert value.shape == ()
        assert value.ndim == 0
        assert value.size == 1


# Subclasses


class Named(Tensor):
    """A Tensor with a word of its own."""


def test_subclasses_take_part_and_give_tensors() -> None:
    x = Named(VECTOR, requires_grad=True)
    for value in (x + 1, 1 + x, VECTOR * x, x * tracked(VECTOR), np.sin(x), np.sum(x), x[0], np.stack([x, x])):
        assert isinstance(value, Tensor)
        assert value.requires_grad
    np.sum(2 * x * x).backward()
    np.testing.assert_array_equal(x.grad, 4 * VECTOR)
    assert (x == VECTOR).all()


def test_subclasses_of_ndarray_are_arrays() -> None:
    class Labelled(np.ndarray):
        pass

    labelled = VECTOR.view(Labelled)
    assert_tensor(labelled * tracked(VECTOR), VECTOR * VECTOR)
    assert_tensor(tracked(VECTOR) * labelled, VECTOR * VECTOR)
    masked = np.ma.masked_array(VECTOR)
    assert_tensor(tracked(VECTOR) + masked, VECTOR + VECTOR)


# Augmented assignment to a plain array


def test_a_tensor_takes_the_place_of_an_array_that_it_is_added_to() -> None:
    t = tracked(VECTOR)
    total = kept = np.ones(len(VECTOR))
    total += t
    total *= 2.0
    assert_tensor(total, 2 * (1 + VECTOR))
    np.testing.assert_array_equal(kept, 1.0)
    total.sum().backward()
    np.testing.assert_array_equal(t.grad, 2.0)
    sums = {"total": np.zeros(len(VECTOR))}
    sums["total"] -= t
    assert_tensor(sums["total"], -VECTOR)


def test_a_call_with_out_is_refused_and_changes_nothing() -> None:
    total = np.ones(len(VECTOR))
    with pytest.raises(UnsupportedArgumentError, match="out="):
        np.add(total, tracked(VECTOR), out=total)
    with pytest.raises(DetachError):
        np.ones((2, len(VECTOR)))[0] += tracked(VECTOR)
    np.testing.assert_array_equal(total, 1.0)
