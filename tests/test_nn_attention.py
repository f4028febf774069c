"""Attention and transformers: masks, layouts, dropout, dtypes, errors; their values are golden ones."""

from __future__ import annotations

import copy
import math
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import DtypeError, ShapeError, Tensor, nn
from autograd_lite.core.graph import collect

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 5, 6))
product = nn.scaled_dot_product_attention


def attention(**options: Any) -> Any:
    return nn.MultiheadAttention(6, 2, batch_first=True, generator=np.random.default_rng(1), **options)


# Masks


def test_a_causal_layer_does_not_look_ahead() -> None:
    layer = nn.TransformerEncoderLayer(6, 2, 8, dropout=0.0, batch_first=True)
    x = Tensor(X, requires_grad=True)
    (layer(x, is_causal=True)[:, 2] * np.arange(6.0)).sum().backward()  # of the bare sum, a constant by norm2, it is 0
    assert np.abs(x.grad[:, :3]).min() > 0
    assert not x.grad[:, 3:].any()
    np.testing.assert_array_equal(layer(X, is_causal=True).data, layer(X, src_mask=nn.causal_mask(5, 5)).data)


def test_padding_is_as_if_it_were_not_there() -> None:
    layer = attention()
    padding = np.array([[False, False, False, True, True]] * 2)
    out, weights = layer(X, X, X, key_padding_mask=padding)
    alone, shorter = layer(X, X[:, :3], X[:, :3])
    np.testing.assert_allclose(out.data, alone.data, rtol=1e-12)
    np.testing.assert_allclose(weights.data[..., :3], shorter.data, rtol=1e-12)
    assert not weights.data[..., 3:].any()


def test_masks_of_booleans_are_masks_of_infinities() -> None:
    layer, mask = attention(), nn.causal_mask(5, 5)
    by_number = layer(X, X, X, attn_mask=np.where(mask, -np.inf, 0.0))[0]
    np.testing.assert_array_equal(layer(X, X, X, attn_mask=mask)[0].data, by_number.data)
    np.testing.assert_array_equal(product(X, X, X, ~mask), product(X, X, X, np.where(mask, -np.inf, 0.0)))
    np.testing.assert_array_equal(product(X, X, X, ~mask), product(X, X, X, is_causal=True))


def test_who_may_attend_to_nothing_gets_zeros_and_finite_gradients() -> None:
    layer = attention()
    mask = np.zeros((5, 5), bool)
    mask[2] = True
    x = Tensor(X, requires_grad=True)
    out, weights = layer(x, x, x, attn_mask=mask)
    assert not weights.data[:, 2].any()
    np.testing.assert_array_equal(out.data[:, 2], 0)
    (out**2).sum().backward()
    assert np.isfinite(x.grad).all()
    assert all(np.isfinite(parameter.grad).all() for parameter in layer.parameters())


def test_causal_attention_ignores_a_mask_only_where_it_forbids_too() -> None:
    mask = np.zeros((5, 5), bool)
    mask[:, 0] = True
    mask[0, 0] = False
    both = product(X, X, X, ~(mask | nn.causal_mask(5, 5)))
    np.testing.assert_array_equal(product(X, X, X, ~mask, is_causal=True), both)


@given(st.integers(1, 4), st.integers(1, 5), st.integers(1, 5), st.integers(1, 3), st.integers(0, 99))
def test_weights_are_shares(batch: int, queries: int, keys: int, heads: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    layer = nn.MultiheadAttention(2 * heads, heads, generator=rng)
    q, k = rng.normal(size=(queries, batch, 2 * heads)), rng.normal(size=(keys, batch, 2 * heads))
    out, weights = layer(q, k, k, average_attn_weights=False)
    assert out.shape == q.shape
    assert weights.shape == (batch, heads, queries, keys)
    assert weights.data.min() >= 0
    np.testing.assert_allclose(weights.data.sum(-1), 1, rtol=1e-12)


# Layouts and nodes


def test_layouts_agree() -> None:
    first, last = attention(), nn.MultiheadAttention(6, 2)
    last.load_state_dict(first.state_dict())
    out = last(*[np.swapaxes(X, 0, 1)] * 3)[0]
    np.testing.assert_allclose(np.swapaxes(out.data, 0, 1), first(X, X, X)[0].data, rtol=1e-12)
    np.testing.assert_allclose(first(X[0], X[0], X[0])[0].data, first(X, X, X)[0].data[0], rtol=1e-12)


def test_the_same_input_is_projected_at_once_and_gives_the_same() -> None:
    layer = attention()
    x = Tensor(X, requires_grad=True)
    once, thrice = layer(x, x, x)[0], layer(x, x * 1.0, x * 1.0)[0]
    np.testing.assert_allclose(once.data, thrice.data, rtol=1e-12)
    assert len(collect([layer(X, X, X, need_weights=False)[0].node]).order) == 3
    gradients = []
    for out in (once, thrice):
        layer.zero_grad()
        (out**2).sum().backward()
        gradients.append([parameter.grad for parameter in layer.parameters()])
    for a, b in zip(*gradients, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def test_weights_may_be_written_into() -> None:
    layer = attention()
    x = Tensor(X, requires_grad=True)
    gradients = []
    for spoils in (False, True):
        x.zero_grad()
        out, weights = layer(x, x, x, average_attn_weights=False)
        if spoils:
            weights.data[...] = 7
        out.sum().backward()
        gradients.append(x.grad)
    np.testing.assert_array_equal(*gradients)


@pytest.mark.parametrize("options", [{}, {"kdim": 3, "vdim": 2}])
def test_names_of_parameters_are_pytorchs(options: Any) -> None:
    shapes = {name: value.shape for name, value in nn.MultiheadAttention(4, 2, **options).state_dict().items()}
    separate = {"q_proj_weight": (4, 4), "k_proj_weight": (4, 3), "v_proj_weight": (4, 2)}
    assert shapes == {
        **(separate if options else {"in_proj_weight": (12, 4)}),
        "in_proj_bias": (12,), "out_proj.weight": (4, 4), "out_proj.bias": (4,),
    }  # fmt: skip
    assert set(nn.TransformerEncoderLayer(4, 2, 3).state_dict()) == {
        "self_attn.in_proj_weight", "self_attn.in_proj_bias", "self_attn.out_proj.weight", "self_attn.out_proj.bias",
        *(f"{layer}.{part}" for layer in ("linear1", "linear2", "norm1", "norm2") for part in ("weight", "bias")),
    }  # fmt: skip


def test_transforms_see_through_an_encoder_layer() -> None:
    layer = nn.TransformerEncoderLayer(4, 2, 3, dropout=0.0, activation="gelu", norm_first=True)
    ag.check_grads(lambda x: layer(x, is_causal=True), (RNG.normal(size=(3, 1, 4)),), order=2)


def test_copies_and_pickles_work() -> None:
    layer = nn.TransformerEncoderLayer(6, 2, 8, activation="gelu").eval()
    for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        np.testing.assert_array_equal(twin(X).data, layer(X).data)


def test_an_activation_may_be_a_function() -> None:
    layer, named = nn.TransformerEncoderLayer(6, 2, 8, activation=nn.relu), nn.TransformerEncoderLayer(6, 2, 8)
    named.load_state_dict(layer.state_dict())
    np.testing.assert_array_equal(layer.eval()(X).data, named.eval()(X).data)


# Dropout, dtypes, initial values


def test_dropout_drops_weights_while_training() -> None:
    layer = attention(dropout=0.5)
    _, weights = layer(X, X, X, average_attn_weights=False)
    whole = layer.eval()(X, X, X, average_attn_weights=False)[1].data
    kept = weights.data != 0
    assert 0.2 < kept.mean() < 0.8
    np.testing.assert_allclose(weights.data[kept], 2 * whole[kept], rtol=1e-12)
    once, again = (product(X, X, X, dropout_p=0.5, generator=np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(once, again)
    assert not np.array_equal(once, product(X, X, X))


def test_an_encoder_layer_drops_while_training_only() -> None:
    layer = nn.TransformerEncoderLayer(6, 2, 8, dropout=0.5)
    assert not np.array_equal(layer(X).data, layer(X).data)
    layer.eval()
    np.testing.assert_array_equal(layer(X).data, layer(X).data)


def test_single_precision_stays_single() -> None:
    layer = nn.TransformerEncoderLayer(6, 2, 8, dropout=0.1, batch_first=True, dtype=np.float32)
    x = Tensor(X.astype(np.float32), requires_grad=True)
    out = nn.PositionalEncoding(6, batch_first=True)(layer(x, src_mask=np.zeros((5, 5)), is_causal=True))
    assert out.dtype == np.float32
    out.sum().backward()
    assert {g.dtype for g in [x.grad, *(p.grad for p in layer.parameters())]} == {np.dtype(np.float32)}


def test_the_same_seed_gives_the_same_weights_within_glorots_bound() -> None:
    one, two = (nn.MultiheadAttention(6, 2, generator=np.random.default_rng(5)) for _ in range(2))
    for a, b in zip(one.parameters(), two.parameters(), strict=True):
        np.testing.assert_array_equal(a.data, b.data)
    assert np.abs(one.in_proj_weight.data).max() <= math.sqrt(6 / 24)
    assert not one.in_proj_bias.data.any()
    assert not one.out_proj.bias.data.any()


def test_large_scores_do_not_overflow() -> None:
    near = 1e3 * np.eye(5)
    np.testing.assert_array_equal(product(near, near, X[0]), X[0])


# Positions


@pytest.mark.parametrize("width", [6, 5, 1])
def test_positions_are_coded_by_sines_and_cosines(width: int) -> None:
    code = nn.PositionalEncoding(width)(np.zeros((7, width)))
    wanted = [
        [(math.cos if k % 2 else math.sin)(t / 10000 ** ((k - k % 2) / width)) for k in range(width)] for t in range(7)
    ]
    np.testing.assert_allclose(code, wanted, rtol=1e-12, atol=1e-15)


def test_positions_are_along_the_axis_of_the_layout() -> None:
    code = nn.PositionalEncoding(6)(np.zeros((5, 6)))
    np.testing.assert_array_equal(nn.PositionalEncoding(6)(np.zeros((5, 2, 6)))[:, 1], code)
    np.testing.assert_array_equal(nn.PositionalEncoding(6, batch_first=True)(np.zeros((2, 5, 6)))[1], code)
    assert not nn.PositionalEncoding(6).state_dict()


# Errors


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        (
            ((4, 3), (5, 2), (5, 2)),
            r"a query of shape \(4, 3\), a key of \(5, 2\) and a value of \(5, 2\): they must be",
        ),
        (((4, 3), (5, 3), (6, 2)), "they must be"),
        (((3,), (5, 3), (5, 2)), "they must be"),
        (((4, 3), (0, 3), (0, 2)), "there is nothing to attend to"),
        (((4, 0), (5, 0), (5, 2)), "no features"),
        (((2, 4, 3), (3, 5, 3), (5, 2)), "do not broadcast"),
        (
            ((4, 3), (5, 3), (5, 2), (5, 4)),
            r"a mask of \(5, 4\), which do not broadcast: the mask must fit \(..., 4, 5\)",
        ),
        (((4, 3), (5, 3), (5, 2), (7, 4, 5)), r"a mask of \(7, 4, 5\), which do not broadcast"),
    ],
)
def test_products_of_wrong_shapes(shapes: Any, words: str) -> None:
    with pytest.raises(ShapeError, match=words):
        product(*[np.zeros(shape) for shape in shapes])


def test_masks_of_wrong_dtypes() -> None:
    with pytest.raises(DtypeError, match="attn_mask is of dtype int64: it is either boolean or"):
        product(X, X, X, np.ones((5, 5), int))
    with pytest.raises(DtypeError, match="key_padding_mask is of dtype int64"):
        attention()(X, X, X, key_padding_mask=np.zeros((2, 5), int))


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        (((2, 4, 5), (2, 5, 6), (2, 5, 6)), r"query of shape \(batch, L, 6\), a key of \(batch, S, 6\) .* \(2, 4, 5\)"),
        (((2, 4, 6), (3, 5, 6), (3, 5, 6)), r"got shape \(2, 4, 6\), shape \(3, 5, 6\)"),
        (((2, 4, 6), (2, 5, 6), (2, 4, 6)), "MultiheadAttention expects"),
        (((2, 4, 6), (5, 6), (5, 6)), "MultiheadAttention expects"),
        (((2, 4, 6), (2, 0, 6), (2, 0, 6)), "with S at least 1"),
        (((6,), (6,), (6,)), "MultiheadAttention expects"),
    ],
)
def test_attention_to_wrong_shapes(shapes: Any, words: str) -> None:
    with pytest.raises(ShapeError, match=words):
        attention()(*[np.zeros(shape) for shape in shapes])


@pytest.mark.parametrize(
    ("masks", "words"),
    [
        ({"attn_mask": np.zeros((5, 4), bool)}, r"attn_mask of shape \(5, 4\): .* must be \(5, 5\), or \(4, 5, 5\)"),
        ({"attn_mask": np.zeros((2, 5, 5), bool)}, r"attn_mask of shape \(2, 5, 5\)"),
        ({"key_padding_mask": np.zeros((5, 2), bool)}, r"key_padding_mask of shape \(5, 2\): .* must be \(2, 5\)"),
        ({"key_padding_mask": [True] * 5}, r"key_padding_mask of shape \(5,\)"),
    ],
)
def test_masks_of_wrong_shapes(masks: Any, words: str) -> None:
    with pytest.raises(ShapeError, match=words):
        attention()(X, X, X, **masks)


def test_constructors_with_wrong_arguments() -> None:
    with pytest.raises(ShapeError, match=r"embed_dim=7, num_heads=2\): .* must be a multiple"):
        nn.MultiheadAttention(7, 2)
    with pytest.raises(ShapeError, match=r"MultiheadAttention\(kdim=0\)"):
        nn.MultiheadAttention(6, 2, kdim=0)
    with pytest.raises(ShapeError, match="must be a multiple"):
        nn.TransformerEncoderLayer(7, 2)
    with pytest.raises(ValueError, match=r"activation='sine'\): 'relu', 'gelu' or a function"):
        nn.TransformerEncoderLayer(6, 2, activation="sine")
    with pytest.raises(ValueError, match=r"dropout=.*a number from 0 to 1"):
        nn.MultiheadAttention(6, 2, dropout=-0.1)
    with pytest.raises(DtypeError, match="floating"):
        nn.MultiheadAttention(6, 2, dtype=int)


def test_positions_of_wrong_shapes() -> None:
    code = nn.PositionalEncoding(6, max_len=4)
    for shape in ((5, 6), (4, 5), (6,)):
        with pytest.raises(ShapeError, match=r"PositionalEncoding\(d_model=6, max_len=4\) expects"):
            code(np.zeros(shape))
