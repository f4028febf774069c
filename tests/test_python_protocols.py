"""Python's protocols: operators in both directions, numbers, containers, words, copies and pickles."""

from __future__ import annotations

import copy
import math
import operator
import pickle
from typing import Any

import numpy as np
import pytest
from tensor_checks import MATRIX, VECTOR, assert_plain, assert_tensor, tracked

from autograd_lite import (
    DetachError,
    InPlaceError,
    Tensor,
    grad,
)

# Operators, in both directions

OPERATORS = [
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.pow,
    operator.mod,
]
OTHERS = {
    "float": 1.5,
    "int": 2,
    "bool": True,
    "float64": np.float64(1.5),
    "float32": np.float32(1.5),
    "int64": np.int64(2),
    "array": np.array([1.5, 0.5, 2.0]),
    "0-d array": np.array(1.5),
    "array of ints": np.array([1, 2, 3]),
    "matrix": np.full((2, 3), 1.5),
    "list": [1.5, 0.5, 2.0],
    "tuple": (1, 2, 3),
    "Tensor": Tensor([1.5, 0.5, 2.0]),
}


@pytest.mark.parametrize("function", OPERATORS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("kind", OTHERS)
def test_operators_with_what_stands_on_either_side(function: Any, kind: str) -> None:
    x, other = tracked([0.5, 1.25, 2.0]), OTHERS[kind]
    value = np.asarray(other.data if isinstance(other, Tensor) else other)
    assert_tensor(function(x, other), function(x.data, value))
    assert_tensor(function(other, x), function(value, x.data))


@pytest.mark.parametrize("other", [MATRIX, MATRIX.tolist(), Tensor(MATRIX)], ids=["array", "list", "Tensor"])
def test_matrix_products_with_what_stands_on_either_side(other: Any) -> None:
    x = tracked(VECTOR)
    y = tracked([1.0, 2.0])
    assert_tensor(other @ x, MATRIX @ VECTOR)
    assert_tensor(y @ other, np.array([1.0, 2.0]) @ MATRIX)


def test_gradients_through_reflected_operators() -> None:
    x = tracked(VECTOR)
    np.sum(VECTOR * x + (3 - x) + np.float64(2.0) * x + 1 / x + 2**x).backward()
    expected = VECTOR - 1 + 2 - 1 / VECTOR**2 + 2**VECTOR * np.log(2)
    np.testing.assert_allclose(x.grad, expected, rtol=1e-14)


def test_unary_operators() -> None:
    x = tracked(VECTOR)
    assert_tensor(-x, -VECTOR)
    assert_tensor(+x, VECTOR)
    assert_tensor(abs(x), np.abs(VECTOR))
    assert_plain(round(x), np.round(VECTOR))
    assert_plain(round(x, 1), np.round(VECTOR, 1))


def test_floor_division_is_constant() -> None:
    assert_plain(tracked(VECTOR) // 2, VECTOR // 2)
    assert_plain(3 // tracked(VECTOR), 3 // VECTOR)
    assert_plain(VECTOR // tracked(VECTOR), VECTOR // VECTOR)


@pytest.mark.parametrize(
    "function", [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne], ids=lambda f: f.__name__
)
@pytest.mark.parametrize(
    "other", [0.5, np.float64(0.5), VECTOR[::-1], Tensor(VECTOR[::-1])], ids=lambda x: type(x).__name__
)
def test_comparisons_give_plain_arrays(function: Any, other: Any) -> None:
    value = other.data if isinstance(other, Tensor) else other
    assert_plain(function(tracked(VECTOR), other), function(VECTOR, value))
    assert_plain(function(other, tracked(VECTOR)), function(value, VECTOR))


def test_comparison_with_what_is_no_number() -> None:
    assert not tracked(1.0) == "a"  # noqa: SIM201
    assert tracked(1.0) != None  # noqa: E711
    with pytest.raises(TypeError):
        tracked(1.0) < "a"  # noqa: B015


def test_augmented_assignment_rebinds() -> None:
    for function in (operator.iadd, operator.isub, operator.imul, operator.itruediv, operator.ipow):
        x = old = tracked(VECTOR.copy())
        x = function(x, 2.0)
        assert x is not old
        np.testing.assert_array_equal(old.data, VECTOR)
        assert_tensor(x, function(VECTOR.copy(), 2.0))
    x = old = tracked(np.eye(3))
    x @= np.eye(3)
    assert x is not old


def test_writing_into_an_array_refuses_to_cut_the_graph() -> None:
    total = np.zeros(3)
    with pytest.raises(DetachError):
        total[:] = tracked(VECTOR)
    with pytest.raises((DetachError, ValueError)):
        grad(lambda x: operator.setitem(total, 0, x) or x)(1.0)
    np.testing.assert_array_equal(total, 0)


class Whole:
    """A class that knows nothing of Tensors, and answers all operators from the right."""

    def __radd__(self, other: Any) -> str:
        return "radd"

    def __rmatmul__(self, other: Any) -> str:
        return "rmatmul"

    def __rpow__(self, other: Any) -> str:
        return "rpow"


def test_a_class_with_reflected_operators_has_its_turn() -> None:
    assert tracked(VECTOR) + Whole() == "radd"
    assert tracked(VECTOR) @ Whole() == "rmatmul"
    assert tracked(VECTOR) ** Whole() == "rpow"
    assert tracked(VECTOR).__add__(Whole()) is NotImplemented
    with pytest.raises(TypeError):
        tracked(VECTOR) - Whole()


@pytest.mark.parametrize("other", ["a", None, object(), {"a": 1}, {1.0}, print], ids=lambda x: type(x).__name__)
@pytest.mark.parametrize("function", [*OPERATORS, operator.matmul], ids=lambda f: f.__name__)
def test_what_is_no_operand_raises_type_errors(function: Any, other: Any) -> None:
    if function is operator.mod and isinstance(other, str):
        pytest.skip("str % anything is formatting")
    words = None if isinstance(other, str) else "unsupported operand"  # a str has its own words for + and *
    with pytest.raises(TypeError, match=words):
        function(tracked(VECTOR), other)
    with pytest.raises(TypeError, match=words):
        function(other, tracked(VECTOR))


# Numbers


def test_numbers_of_tensors() -> None:
    t = tracked(2.5)
    assert (float(t), int(t), t.item(), bool(t), math.floor(float(t))) == (2.5, 2, 2.5, True, 2)
    assert isinstance(t.item(), float)
    assert tracked([[2.5]]).item() == 2.5
    assert not tracked(0.0)
    assert [10, 20, 30][Tensor(1)] == 20
    with pytest.raises(ValueError, match="ambiguous"):
        bool(tracked(VECTOR))
    with pytest.raises(ValueError, match=r"size 1|one element"):
        tracked(VECTOR).item()
    with pytest.raises(TypeError):
        operator.index(tracked(2.0))
    with pytest.raises(TypeError):
        float(tracked(VECTOR))
    with pytest.raises(TypeError):
        complex(tracked("a"))


@pytest.mark.parametrize("convert", [float, int, math.sin], ids=lambda f: f.__name__)
def test_numbers_inside_a_transform_would_cut_the_graph(convert: Any) -> None:
    with pytest.raises(DetachError, match=r"np\.f\(t\).*stop_gradient"):
        grad(lambda x: x * convert(x * x))(2.0)
    assert grad(lambda x: x * (x * x).item())(2.0) == 4.0
    assert grad(lambda x: x * x if x > 0 else x)(2.0) == 4.0


# Containers


def test_length_iteration_and_membership() -> None:
    t = tracked(MATRIX)
    assert len(t) == 2
    rows = list(t)
    assert [row.shape for row in rows] == [(3,), (3,)]
    rows[1].sum().backward()
    np.testing.assert_array_equal(t.grad, [[0, 0, 0], [1, 1, 1]])
    first, second = tracked([1.0, 2.0])
    assert (first.item(), second.item()) == (1.0, 2.0)
    assert 0.5 in t
    assert 7.0 not in t
    assert [x.item() for x in reversed(tracked(VECTOR))] == VECTOR[::-1].tolist()
    assert list(zip(tracked(VECTOR), range(3), strict=True))[2][0].item() == 2.0
    for call in (len, iter, list):
        with pytest.raises(TypeError, match=r"shape \(\)"):
            call(tracked(1.0))


def test_assignment_names_the_functional_update() -> None:
    t = tracked(VECTOR)
    with pytest.raises(InPlaceError, match=r"t\.at\[0\]\.set\(value\)"):
        t[0] = 1.0
    with pytest.raises(InPlaceError, match=r"t\.at\["):
        t[1:] += 1.0
    with pytest.raises((TypeError, AttributeError)):
        del t[0]


def test_tensors_hash_by_identity() -> None:
    x, y = tracked(1.0), tracked(1.0)
    assert len({x, y, x}) == 2
    assert {x: "x"}[x] == "x"
    assert y not in {x}
    assert hash(x) == hash(x)


def test_index_protocol_of_arrays() -> None:
    assert VECTOR[Tensor(1)] == -1.25
    assert_tensor(tracked(VECTOR)[Tensor([0, 2])], VECTOR[[0, 2]])
    assert_tensor(tracked(VECTOR)[tracked(VECTOR) > 0], VECTOR[VECTOR > 0])


# Words


@pytest.mark.parametrize(
    ("tensor", "words"),
    [
        (Tensor(1.5), "Tensor(1.5, dtype=float64)"),
        (tracked(np.float32(1.5)), "Tensor(1.5, dtype=float32, requires_grad=True)"),
        (tracked([1.0, 2.5], name="w"), "Tensor([1. , 2.5], dtype=float64, name='w', requires_grad=True)"),
        (np.sin(tracked(0.0)), "Tensor(0., dtype=float64, from sin)"),
        (tracked(2.0) * 3, "Tensor(6., dtype=float64, from multiply)"),
        (Tensor([[1, 2], [3, 4]]), "Tensor([[1, 2],\n        [3, 4]], dtype=int64)"),
        (Tensor([]), "Tensor([], dtype=float64)"),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_repr_shows_value_dtype_and_what_made_it(tensor: Tensor, words: str) -> None:
    assert repr(tensor) == words
    assert str(tensor) == words
    assert f"{tensor!r}" == words


def test_repr_of_a_large_tensor_is_short() -> None:
    assert len(repr(Tensor(np.zeros((1000, 1000))))) < 1000


def test_format() -> None:
    t = tracked(3.14159)
    assert f"{t:.2f}" == "3.14"
    assert f"{t:8.3f}" == "   3.142"
    assert f"{tracked([2.5]):.1f}" == "2.5"
    assert f"{t}" == repr(t)
    assert f"{tracked(VECTOR)}" == repr(tracked(VECTOR))
    assert "%.2f" % t.item() == "3.14"  # noqa: UP031


# Copies and pickles


@pytest.mark.parametrize(
    "duplicate", [copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))], ids=["deepcopy", "pickle"]
)
def test_leaves_can_be_copied_with_their_gradients(duplicate: Any) -> None:
    leaf = tracked(VECTOR, name="w")
    np.sum(leaf * leaf).backward()
    twin = duplicate(leaf)
    assert twin is not leaf
    assert (twin.name, twin.requires_grad, twin.is_leaf) == ("w", True, True)
    np.testing.assert_array_equal(twin.data, VECTOR)
    np.testing.assert_array_equal(twin.grad, 2 * VECTOR)
    assert not np.shares_memory(twin.data, leaf.data)
    assert not np.shares_memory(twin.grad, leaf.grad)
    np.sum(twin).backward()
    np.testing.assert_array_equal(leaf.grad, 2 * VECTOR)
    constant = duplicate(Tensor(np.float32(2.0)))
    assert (constant.requires_grad, constant.dtype, constant.item()) == (False, np.float32, 2.0)
    pair = duplicate([leaf, leaf])
    assert pair[0] is pair[1]


@pytest.mark.parametrize("duplicate", [copy.deepcopy, pickle.dumps], ids=["deepcopy", "pickle"])
def test_results_cannot_be_copied_apart_from_their_history(duplicate: Any) -> None:
    result = np.sin(tracked(1.0))
    with pytest.raises(DetachError, match=r"from sin.*history.*t\.detach\(\)"):
        duplicate(result)
    assert duplicate(result.detach())


def test_a_shallow_copy_keeps_the_history() -> None:
    x = tracked(2.0)
    twin = copy.copy(x * x)
    twin.backward()
    assert x.grad == 4.0
    again = x.copy() * 3
    again.backward()
    assert x.grad == 7.0
