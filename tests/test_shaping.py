"""Functions that move elements: against PyTorch and JAX, in the orders of memory, with words where they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensor_checks import MATRIX, VECTOR, assert_plain, assert_tensor, tracked

import autograd_lite as ag
import autograd_lite.numpy as anp
from autograd_lite import Tensor, UnsupportedArgumentError, check_grads

CUBE = np.arange(24.0).reshape(2, 3, 4) / 7 - 1

# Known to be wrong in other engines: the gradients of these, weighted, are those of PyTorch


AGAINST_TORCH = {
    "transpose with negative axes": (lambda x: np.transpose(x, (-1, 0, -2)), lambda torch, x: x.permute(2, 0, 1), CUBE),
    "tile, fewer repetitions": (lambda x: np.tile(x, (2, 3)), lambda torch, x: torch.tile(x, (2, 3)), CUBE),
    "tile, more repetitions": (lambda x: np.tile(x, (2, 1, 2)), lambda torch, x: torch.tile(x, (2, 1, 2)), MATRIX),
    "where, broadcast": (
        lambda x: np.where(np.array([[True], [False]]), x, 2 * x),
        lambda torch, x: torch.where(torch.tensor([[True], [False]]), x, 2 * x),
        VECTOR,
    ),
    "repeat, negative axis": (
        lambda x: np.repeat(x, [2, 0, 1], axis=-2),
        lambda torch, x: torch.repeat_interleave(x, torch.tensor([2, 0, 1]), dim=-2),
        CUBE,
    ),
    "diagonal of a wide matrix": (lambda x: np.diag(x, 1), lambda torch, x: torch.diag(x, 1), MATRIX),
    "diagonal of a tall matrix": (lambda x: np.diag(x, -1), lambda torch, x: torch.diag(x, -1), MATRIX.T),
    "broadcast_to": (
        lambda x: np.broadcast_to(x, (2, 2, 3)),
        lambda torch, x: torch.broadcast_to(x, (2, 2, 3)),
        MATRIX,
    ),
    "pad, reflected": (
        lambda x: np.pad(x, ((0, 0), (2, 1)), mode="reflect"),
        lambda torch, x: torch.nn.functional.pad(x, (2, 1), mode="reflect"),
        MATRIX,
    ),
    "roll along two axes": (lambda x: np.roll(x, (1, -2), (0, -1)), lambda torch, x: x.roll((1, -2), (0, 2)), CUBE),
    "rot90": (lambda x: np.rot90(x, 3, (1, 2)), lambda torch, x: torch.rot90(x, 3, (1, 2)), CUBE),
}


@pytest.mark.parametrize("name", AGAINST_TORCH)
def test_values_and_gradients_are_those_of_torch(name: str) -> None:
    torch = pytest.importorskip("torch")
    mine, theirs, x = AGAINST_TORCH[name]
    leaf = torch.tensor(x, requires_grad=True)
    out = theirs(torch, leaf)
    weights = np.random.default_rng(1).standard_normal(tuple(out.shape))
    (out**2 * torch.tensor(weights)).sum().backward()
    np.testing.assert_allclose(mine(x), out.detach().numpy())
    found = ag.grad(lambda x: np.sum(mine(x) ** 2 * weights))(x)
    np.testing.assert_allclose(found, leaf.grad.numpy(), rtol=1e-13, atol=1e-13)


AGAINST_JAX = {
    "insert": (lambda m, x: m.insert(x, m.array([0, 2]), x[0, 0], axis=1), MATRIX),
    "block": (lambda m, x: m.block([[x, x[:, :1]], [x[:1] * 2, m.ones((1, 1))]]), MATRIX),
    "fill_diagonal": (lambda m, x: m.fill_diagonal(x, x[0, 0] ** 2, inplace=False), MATRIX),
    "put_along_axis": (lambda m, x: m.put_along_axis(x, m.array([[1], [0]]), x[:, :1] * 2, 1, inplace=False), MATRIX),
    "choose": (lambda m, x: m.choose(m.array([0, 1, 0]), [x, x * x]), VECTOR),
    "pad, odd reflection": (lambda m, x: m.pad(x, 2, mode="reflect", reflect_type="odd"), VECTOR),
    "pad, ramps": (lambda m, x: m.pad(x, (2, 3), mode="linear_ramp", end_values=5.0), VECTOR),
    "pad, means": (lambda m, x: m.pad(x, ((1, 0), (2, 2)), mode="mean", stat_length=2), MATRIX),
    "vander": (lambda m, x: m.vander(x, 4), VECTOR),
    "resize": (lambda m, x: m.resize(x, (4, 2)), MATRIX),
    "apply_along_axis": (lambda m, x: m.apply_along_axis(lambda v: v * v[1], 0, x), MATRIX),
    "vectorize": (lambda m, x: m.vectorize(lambda a, b: a * b + a)(x, x[0]), MATRIX),
    "delete": (lambda m, x: m.delete(x, m.array([0]), axis=1), MATRIX),
}


@pytest.mark.parametrize("name", AGAINST_JAX)
def test_values_and_gradients_are_those_of_jax(name: str) -> None:
    jax = pytest.importorskip("jax")
    f, x = AGAINST_JAX[name]
    with jax.enable_x64(True):
        wanted = jax.jacobian(lambda x: f(jax.numpy, x))(jax.numpy.array(x))
        value = np.asarray(f(jax.numpy, jax.numpy.array(x)))
    np.testing.assert_allclose(f(anp, tracked(x)).data, value, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(ag.jacobian(lambda x: f(anp, x))(x), np.asarray(wanted), rtol=1e-12, atol=1e-12)


# Padding


WIDTHS = st.tuples(st.integers(0, 7), st.integers(0, 7))


@given(
    n=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    widths=st.tuples(WIDTHS, WIDTHS),
    mode=st.sampled_from(["constant", "edge", "linear_ramp", "maximum", "mean", "median", "minimum", "wrap"]),
)
def test_pads_of_any_width_are_those_of_numpy(n: Any, widths: Any, mode: Any) -> None:
    x = np.random.default_rng(0).standard_normal(n)
    np.testing.assert_allclose(np.pad(tracked(x), widths, mode=mode).data, np.pad(x, widths, mode=mode), atol=1e-14)


@given(
    n=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    widths=st.tuples(WIDTHS, WIDTHS),
    mode=st.sampled_from(["reflect", "symmetric"]),
    kind=st.sampled_from(["even", "odd"]),
)
def test_mirrored_pads_of_any_width_are_those_of_numpy(n: Any, widths: Any, mode: Any, kind: Any) -> None:
    x = np.random.default_rng(0).standard_normal(n)
    found = np.pad(tracked(x), widths, mode=mode, reflect_type=kind)
    np.testing.assert_allclose(found.data, np.pad(x, widths, mode=mode, reflect_type=kind), atol=1e-12)


def test_constants_of_a_pad_may_be_tensors_in_lists() -> None:
    def padded(t: Any) -> Any:
        return anp.pad(np.ones((1, 2)), 1, constant_values=((t, 2.0), (t * t, 0.0)))

    np.testing.assert_array_equal(padded(3.0), padded(tracked(3.0)).data)
    check_grads(padded, (3.0,), order=2)


def test_a_pad_with_infinite_constants_keeps_the_middle_exact() -> None:
    x = np.array([-0.0, np.inf])
    for value in (np.inf, 2.0, np.nan):
        found, wanted = np.pad(tracked(x), 1, constant_values=value).data, np.pad(x, 1, constant_values=value)
        np.testing.assert_array_equal(found, wanted)
        np.testing.assert_array_equal(np.signbit(found), np.signbit(wanted))


def test_a_pad_by_a_function_is_refused() -> None:
    with pytest.raises(UnsupportedArgumentError, match=r"np\.concatenate"):
        np.pad(tracked(VECTOR), 1, mode=lambda vector, widths, axis, keywords: None)


# Orders of memory


@pytest.mark.parametrize("laid", [MATRIX, np.asfortranarray(MATRIX), MATRIX.T], ids=["C", "F", "transposed"])
@pytest.mark.parametrize("order", ["C", "F", "A", "K"])
def test_orders_of_elements_are_those_of_numpy(laid: Any, order: Any) -> None:
    t = Tensor(laid, requires_grad=True, copy=False)
    assert_tensor(np.ravel(t, order), np.ravel(laid, order))
    assert_tensor(t.flatten(order), laid.flatten(order))
    if order != "K":
        assert_tensor(np.reshape(t, (3, 2), order), np.reshape(laid, (3, 2), order))
    np.ravel(t, order).backward(np.ravel(laid, order))
    np.testing.assert_array_equal(t.grad, laid)


def test_orders_that_cannot_be_kept_are_refused() -> None:
    t = Tensor(CUBE[:, ::2], requires_grad=True, copy=False)
    assert_tensor(np.ravel(t, "A"), np.ravel(CUBE[:, ::2], "A"))
    with pytest.raises(UnsupportedArgumentError, match="'C' or 'F'"):
        np.ravel(t, "K")
    with pytest.raises(UnsupportedArgumentError, match="'X'"):
        np.ravel(t, "X")


# Joining and looping


def test_blocks_of_wrong_nesting_say_so() -> None:
    t = tracked(VECTOR)
    with pytest.raises(ValueError, match="equally deep"):
        np.block([[t], t])
    with pytest.raises(ValueError, match="empty"):
        np.block([[t], []])
    with pytest.raises(TypeError, match="tuple"):
        np.block([(t, t)])


def test_blocks_and_choices_in_the_namespace() -> None:
    t = tracked(MATRIX)
    assert_tensor(anp.block([[t, 1.0 + t], [t * 2, t]]), np.block([[MATRIX, 1 + MATRIX], [MATRIX * 2, MATRIX]]))
    assert_tensor(anp.choose([[0, 1, 1]], [t, t[0, 0]]), np.choose([[0, 1, 1]], [MATRIX, MATRIX[0, 0]]))


def test_insertion_into_integers_makes_integers_as_in_numpy() -> None:
    assert_plain(np.insert(np.array([1, 2]), 1, tracked(2.7)), np.array([1, 2, 2]))
    assert np.insert(tracked(np.float32([1, 2])), 1, 2.5).dtype == np.float32


def test_joins_of_nothing_are_errors_in_words() -> None:
    with pytest.raises(ValueError, match=r"np\.stack joins scalars"):
        np.concatenate([tracked(1.0), tracked(2.0)])


def test_a_slice_function_may_give_plain_numbers() -> None:
    assert_plain(np.apply_along_axis(lambda v: 1.0, 0, tracked(MATRIX)), np.ones(3))
    found = np.apply_along_axis(lambda v, w, scale: v[0] * w * scale, 1, tracked(MATRIX), 2.0, scale=3.0)
    assert_tensor(found, MATRIX[:, 0] * 6)


@pytest.mark.parametrize("shape", [(), (2, 2, 2)])
def test_diag_of_neither_a_vector_nor_a_matrix_is_an_error(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"np\.diagonal"):
        np.diag(tracked(np.ones(shape)))


# vectorize


def test_vectorize_without_tensors_is_that_of_numpy() -> None:
    double = anp.vectorize(lambda x, y=1: x * y, otypes=[float], doc="Double.")
    assert isinstance(double, np.vectorize)
    assert double.__doc__ == "Double."
    assert_plain(double([1, 2], 3), np.array([3.0, 6.0]))
    assert_plain(anp.vectorize(lambda v: v.sum(), signature="(n)->()")(MATRIX), MATRIX.sum(-1))

    @anp.vectorize
    def decorated(x: Any) -> Any:
        return x + 1

    assert_plain(decorated(VECTOR), VECTOR + 1)


def test_vectorize_with_tensors_loops_and_stacks() -> None:
    t = tracked(VECTOR)
    relu = anp.vectorize(lambda x, y, scale: (scale * x if x > y else 0.0, x * y), excluded=["scale"])
    first, second = relu(t, y=[[0.0], [1.0]], scale=tracked(2.0))
    assert_tensor(first, [[1.0, 0, 4], [0, 0, 4]])
    assert_tensor(second, np.outer([0, 1], VECTOR))
    assert_tensor(anp.vectorize(lambda x, y: x * y, excluded=[1])(t, tracked(3.0)), 3 * VECTOR)
    assert anp.vectorize(lambda x: x * x, otypes=[np.float32])(t).dtype == np.float32
    check_grads(lambda x: anp.vectorize(lambda a: a**3 if a > 0 else a)(x), (VECTOR,), order=2)


def test_vectorize_refuses_in_words() -> None:
    with pytest.raises(UnsupportedArgumentError, match="signature"):
        anp.vectorize(lambda v: v.sum(), signature="(n)->()")(tracked(MATRIX))
    with pytest.raises(ValueError, match="no element"):
        anp.vectorize(lambda x: x)(tracked(np.zeros(0)))


# Making arrays


def test_require_and_full_like() -> None:
    t = tracked(VECTOR)
    assert anp.require(t, requirements="C") is t
    assert_tensor(anp.require([t[0], 1.0], np.float32), [0.5, 1.0], np.float32)
    assert_plain(anp.require([1, 2], float, "F"), np.array([1.0, 2.0]))
    assert_tensor(anp.full_like(np.zeros((2, 3), np.float32), t), np.float32([VECTOR, VECTOR]), np.float32)
    assert_tensor(np.full_like(tracked(MATRIX), t[0], shape=2), [0.5, 0.5])
    assert_plain(np.full_like(tracked(MATRIX), t[0], dtype=int), np.zeros((2, 3), int))


def test_keywords_that_change_nothing_are_taken() -> None:
    t = tracked(MATRIX)
    assert_tensor(np.reshape(t, 6, copy=True), MATRIX.ravel())
    assert_tensor(np.copy(t, order="F", subok=True), MATRIX)
    assert_tensor(np.astype(t, np.float32, copy=False), np.float32(MATRIX), np.float32)
    assert_tensor(np.broadcast_to(t, (1, 2, 3), subok=True), MATRIX[None])
    assert_tensor(np.permute_dims(t, (-1, 0)), MATRIX.T)
    assert_tensor(np.concat([t, t], axis=1), np.hstack([MATRIX, MATRIX]))
