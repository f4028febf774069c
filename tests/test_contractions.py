"""Contractions: any subscripts, through BLAS, without products that are summed afterwards; norms at zero."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import Tensor
from autograd_lite.core.graph import collect
from autograd_lite.rules import einsum as rules
from autograd_lite.rules.products import _cheapest_splits

LENGTHS = {"a": 2, "b": 3, "c": 1, "d": 4, "e": 2}


@st.composite
def sums(draw: Any) -> tuple[str, list[np.ndarray]]:
    """Draw subscripts of two to four operands, and operands with their axes in any order in memory."""
    terms = draw(st.lists(st.text("abcde", max_size=4), min_size=2, max_size=4))
    letters = sorted(set("".join(terms)))
    output = "".join(draw(st.permutations(letters))[: draw(st.integers(0, len(letters)))]) if letters else ""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    arrays = []
    for term in terms:
        order = draw(st.permutations(range(len(term))))
        x = rng.uniform(0.5, 2.0, [LENGTHS[term[k]] for k in order])
        arrays.append(x.transpose(np.argsort(order)) if len(term) else np.float64(x))
    return ",".join(terms) + "->" + output, arrays


@pytest.fixture(params=[None, 0], ids=["as measured", "all through BLAS"])
def threshold(request: pytest.FixtureRequest) -> Iterator[None]:
    """Contract small operands in NumPy's loop as usual, or through BLAS too."""
    with pytest.MonkeyPatch.context() as patch:
        rules._plan.cache_clear()
        if request.param is not None:
            patch.setattr(rules, "_FEW_PRODUCTS", request.param)
            patch.setattr(rules, "_SHORT_VECTOR", request.param)
        yield
        rules._plan.cache_clear()


@pytest.mark.usefixtures("threshold")
class TestSubscripts:
    @given(sums())
    @settings(max_examples=150, deadline=None)
    def test_value_and_gradients_are_those_of_the_definition(self, drawn: tuple[str, list[np.ndarray]]) -> None:
        subscripts, arrays = drawn
        wanted = np.einsum(subscripts, *arrays)
        leaves = [Tensor(x, requires_grad=True) for x in arrays]
        out = np.einsum(subscripts, *leaves)
        np.testing.assert_allclose(out.data, wanted, rtol=1e-12)
        g = np.random.default_rng(0).uniform(0.5, 2.0, np.shape(wanted))
        out.backward(g)
        inputs, _, _ = subscripts.partition("->")
        for k, (leaf, term) in enumerate(zip(leaves, inputs.split(","), strict=True)):
            # Contracted with the operand itself, a gradient of a multilinear function gives the value again.
            assert leaf.grad is not None
            assert leaf.grad.shape == arrays[k].shape
            np.testing.assert_allclose(np.sum(leaf.grad * arrays[k]), np.sum(g * wanted), rtol=1e-12)
            unit = np.zeros(arrays[k].shape)
            unit[(0,) * len(term)] = 1.0
            others = [unit if i == k else x for i, x in enumerate(arrays)]
            first = np.sum(g * np.einsum(subscripts, *others))
            np.testing.assert_allclose(leaf.grad[(0,) * len(term)], first, rtol=1e-12, atol=1e-12)

    @pytest.mark.parametrize("dtype", [np.float32, np.complex128, np.int64, np.float16])
    def test_every_dtype(self, dtype: Any) -> None:
        x, y = np.arange(6).reshape(2, 3).astype(dtype), np.arange(12).reshape(3, 4).astype(dtype)
        out = np.einsum("ij,jk->ki", Tensor(x), Tensor(y))
        np.testing.assert_array_equal(out.data, (x @ y).T)
        assert out.dtype == dtype


def peak(f: Callable[[], Any]) -> int:
    """Return how many bytes more than before were in use at one time."""
    f()
    tracemalloc.start()
    f()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


@pytest.mark.parametrize(
    ("f", "x_shape", "y_shape"),
    [
        (np.matmul, (40, 1, 2, 64), (1, 40, 64, 2)),
        (np.matmul, (2, 64), (300, 64, 2)),
        (np.matmul, (300, 2, 64), (64, 2)),
        (np.vecdot, (40, 1, 400), (40, 400)),
        (np.outer, (400,), (4,)),
        (lambda x, y: np.einsum("aik,bkj->abij", x, y), (40, 2, 64), (40, 64, 2)),
    ],
    ids=["stacks", "one for a stack", "stack for one", "vecdot", "outer", "einsum"],
)
def test_nothing_larger_than_operands_and_value_is_made(f: Any, x_shape: Any, y_shape: Any) -> None:
    x, y = np.ones(x_shape), np.ones(y_shape)
    g = np.ones(np.shape(f(x, y)))
    leaves = [Tensor(x, requires_grad=True), Tensor(y, requires_grad=True)]
    out = f(*leaves)
    sizes = x.nbytes + y.nbytes + g.nbytes
    product = 8 * int(np.prod(np.broadcast_shapes(x_shape[:-1], (*y_shape[:-2], 1)))) * x_shape[-1]
    most = peak(lambda: out.backward(g, retain_graph=True))
    assert most < 3 * sizes + 20_000
    assert f is not np.matmul or x.ndim + y.ndim < 8 or most < product / 2


def test_several_operands_are_contracted_two_at_a_time() -> None:
    leaves = [Tensor(np.ones((3, 3)), requires_grad=True) for _ in range(4)]
    out = np.einsum("ij,jk,kl,lm->im", *leaves)
    names = [node.plan.primitive.name for node in collect([out.node]).order]
    assert names.count("einsum") == 3


def test_chains_are_split_where_it_is_cheapest() -> None:
    split = _cheapest_splits([30, 35, 15, 5, 10, 20, 25])  # Cormen et al., figure 15.5
    assert split[0, 5] == 2
    assert split[0, 2] == 0
    assert split[3, 5] == 4


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: np.einsum("ij,jk", x), "2 terms in 'ij,jk' for 1 operands"),
        (lambda x: np.einsum("ijk->i", x), "'ijk' of 'ijk->i' does not describe an operand of 2 axes"),
        (lambda x: np.einsum("ij,ij", x, np.ones((2, 2))), "'j' has the lengths 3 and 2"),
        (lambda x: np.linalg.multi_dot([x]), "at least two arrays"),
        (lambda x: np.linalg.multi_dot([x, x[0], x]), "or vectors at the ends"),
        (lambda x: np.linalg.norm(x, "max"), "not 'max'"),
        (lambda x: np.linalg.matrix_power(x, 2), r"got the shape \(2, 3\)"),
        (lambda x: np.tensordot(x, x, 1), "do not match"),
        (lambda x: np.cross(x, np.ones(4)), "2 or 3 components"),
    ],
)
def test_refusals_say_what_was_wrong(call: Any, words: str) -> None:
    with pytest.raises((ValueError, np.linalg.LinAlgError), match=words):
        call(Tensor(np.ones((2, 3)), requires_grad=True))


@pytest.mark.parametrize("shapes", [((2,), (2,)), ((2,), (3,)), ((4, 3), (2,))])
def test_cross_products_in_the_plane_warn_as_numpys_do(shapes: Any) -> None:
    x, y = (np.arange(1.0, 1 + np.prod(shape)).reshape(shape) for shape in shapes)
    with pytest.warns(DeprecationWarning, match="2"):
        wanted = np.cross(x, y)
    with pytest.warns(DeprecationWarning, match="2"):
        np.testing.assert_array_equal(np.cross(Tensor(x), Tensor(y)).data, wanted)
    with pytest.warns(DeprecationWarning, match="2"):
        ag.check_grads(np.cross, (x, y), order=2)


# Norms at zero

ORDERS = [None, 0.5, 1, 1.5, 2, 3, 4, -1, -2.5, np.inf, -np.inf]


@pytest.mark.parametrize("order", ORDERS)
def test_the_subgradient_of_every_norm_of_vectors_is_zero_at_zero(order: Any) -> None:
    def f(x: Any) -> Any:
        with np.errstate(divide="ignore"):
            return np.linalg.norm(x, order)

    np.testing.assert_array_equal(ag.grad(f)(np.zeros(3)), np.zeros(3))
    assert np.all(np.isfinite(ag.hessian(f)(np.zeros(3))))
    slope = ag.grad(lambda x: np.sum(np.linalg.norm(x, order, axis=1)))
    with np.errstate(divide="ignore"):
        rows = slope(np.array([[0.0, 0.0, 0.0], [3.0, 0.0, -4.0]]))
    assert np.all(np.isfinite(rows))
    np.testing.assert_array_equal(rows[0], 0.0)
    assert rows[1, 1] == 0.0


@pytest.mark.parametrize("order", [None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf])
def test_the_subgradient_of_every_norm_of_matrices_is_zero_at_zero(order: Any) -> None:
    np.testing.assert_array_equal(ag.grad(lambda x: np.linalg.norm(x, order))(np.zeros((2, 3))), np.zeros((2, 3)))


@pytest.mark.parametrize("f", [np.linalg.norm, lambda x: np.linalg.norm(x, 2, axis=0), np.linalg.vector_norm])
def test_the_curvature_of_a_squared_norm(f: Any) -> None:
    found = ag.hessian(lambda x: f(x) ** 2)(np.array([3.0, 0.0, -4.0]))
    np.testing.assert_allclose(found, 2 * np.eye(3), atol=1e-14)


def test_norms_neither_overflow_nor_underflow_in_their_slopes() -> None:
    for order in (3, 7.5):
        x = np.array([1e-100, 2e-100])
        np.testing.assert_allclose(ag.grad(lambda x, p=order: np.linalg.norm(x * 1e99, p))(x), 1e99 * ag.grad(
            lambda x, p=order: np.linalg.norm(x, p))(np.array([1.0, 2.0])), rtol=1e-12)  # fmt: skip


@pytest.mark.parametrize("order", [None, 1, 3, np.inf, -np.inf, 0.5])
def test_norms_of_vectors_against_torch(order: Any) -> None:
    torch = pytest.importorskip("torch")
    x = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, -1.5]])
    leaf = torch.tensor(x, requires_grad=True)
    torch.linalg.vector_norm(leaf, 2 if order is None else order, dim=1).sum().backward()
    found = ag.grad(lambda x: np.sum(np.linalg.norm(x, order, axis=1)))(x)
    tame = np.isfinite(leaf.grad.numpy())  # of |x|^0.5 at 0 PyTorch has an infinite slope
    np.testing.assert_allclose(found[tame], leaf.grad.numpy()[tame], rtol=1e-12)


@pytest.mark.parametrize("order", ["fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf])
def test_norms_of_matrices_against_torch(order: Any) -> None:
    torch = pytest.importorskip("torch")
    x = np.random.default_rng(0).normal(size=(4, 3, 2))
    leaf = torch.tensor(x, requires_grad=True)
    torch.linalg.matrix_norm(leaf, order).sum().backward()
    found = ag.grad(lambda x: np.sum(np.linalg.matrix_norm(x, ord=order)))(x)
    np.testing.assert_allclose(found, leaf.grad.numpy(), rtol=1e-10, atol=1e-12)
