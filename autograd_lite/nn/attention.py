"""Attention: `scaled_dot_product_attention` and `MultiheadAttention`, with PyTorch's arguments and parameters."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_lite.core.dispatch import untracked
from autograd_lite.errors import DtypeError, ShapeError
from autograd_lite.nn.arguments import as_floats, floating, got, parameter, probability, whole
from autograd_lite.nn.attention_primitives import Heads, Options, attend
from autograd_lite.nn.dropout import Dropout
from autograd_lite.nn.initializers import xavier_uniform
from autograd_lite.nn.layers import Linear, transformed
from autograd_lite.nn.module import Module


def causal_mask(queries: int, keys: int) -> np.ndarray:
    """Return which keys each query may not attend to because they come later.

    Parameters
    ----------
    queries, keys : int

    Returns
    -------
    ndarray of bool, of shape (queries, keys)
        As `MultiheadAttention` takes it: True where attention is forbidden.

    Examples
    --------
    >>> from autograd_lite.nn import causal_mask
    >>> causal_mask(2, 3)
    array([[False,  True,  True],
           [False, False,  True]])
    """
    return np.arange(queries)[:, None] < np.arange(keys)


def _added(mask: Any, forbidden: bool, dtype: Any, what: str) -> Any:
    """Return a mask as what is added to scores: of booleans, minus infinity where it is ``forbidden``."""
    values = untracked(mask) if hasattr(mask, "shape") else np.asarray(mask)
    if values.dtype.kind == "b":
        return np.where(values == forbidden, dtype.type(-np.inf), dtype.type(0))
    if values.dtype.kind != "f":
        raise DtypeError(
            f"{what} is of dtype {values.dtype}: it is either boolean or, to be added to the scores, floating. "
            f"mask.astype(bool) makes one of zeros and ones."
        )
    mask = mask if hasattr(mask, "shape") else values
    return mask if values.dtype == dtype else mask.astype(dtype)


def _sum(masks: list[Any]) -> Any:
    """Return the sum of those that are there, None without any."""
    present = [mask for mask in masks if mask is not None]
    return sum(present[1:], present[0]) if present else None


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    generator: np.random.Generator | None = None,
) -> Any:
    """Return softmax(q kᵀ s + m) v: for each query the mean of the values, weighted by how well the keys match.

    A. Vaswani et al., *Attention is all you need*, NeurIPS 2017, equation 1.

    Parameters
    ----------
    query : Tensor or array of shape (..., L, E)
    key : Tensor or array of shape (..., S, E)
    value : Tensor or array of shape (..., S, V)
        Further axes broadcast.
    attn_mask : Tensor or array that broadcasts to (..., L, S), optional
        Of booleans: True where a query may attend to a key (the other way round than in `MultiheadAttention`; both are
        PyTorch's). Of floats: m. A query that may attend to nothing gets zeros.
    dropout_p : float
        Probability of dropping a weight; there is no evaluation mode here.
    is_causal : bool
        Whether query number i may attend to the keys 0 to i only.
    scale : float, optional
        s; 1/√E if not given.
    generator : numpy.random.Generator, optional
        Where dropout comes from.

    Returns
    -------
    Tensor, or array if all arguments are, of shape (..., L, V)

    Raises
    ------
    ShapeError
        If shapes do not belong together.
    DtypeError
        If the mask is neither of booleans nor of floats.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.nn import scaled_dot_product_attention
    >>> x = np.array([[1.0], [2.0], [3.0]])
    >>> scaled_dot_product_attention(np.zeros((3, 1)), x, x, is_causal=True)
    array([[1. ],
           [1.5],
           [2. ]])
    """
    query, key, value = (as_floats(x, "scaled_dot_product_attention") for x in (query, key, value))
    queries, keys = _lengths(query, key, value)
    if attn_mask is not None:
        attn_mask = _added(attn_mask, False, query.dtype, "scaled_dot_product_attention: attn_mask")
    try:
        lead = np.broadcast_shapes(query.shape[:-2], key.shape[:-2], value.shape[:-2])
        wanted = (*lead, queries, keys)
        fits = attn_mask is None or np.broadcast_shapes(attn_mask.shape, wanted) == wanted
    except ValueError:
        fits, wanted = False, (queries, keys)
    if not fits:
        raise ShapeError(
            f"scaled_dot_product_attention got a query of shape {query.shape}, a key of {key.shape}, a value of "
            f"{value.shape}{'' if attn_mask is None else f' and a mask of {attn_mask.shape}'}, which do not broadcast: "
            f"the mask must fit (..., {queries}, {keys}), and the axes before the last two each other"
        )
    causal = _added(causal_mask(queries, keys), True, query.dtype, "") if is_causal else None
    factors = None
    if probability(dropout_p, "scaled_dot_product_attention", "dropout_p"):
        factors = _dropped(dropout_p, wanted, query.dtype, generator)
    options = Options(1 / math.sqrt(query.shape[-1]) if scale is None else scale, factors=factors)
    return attend([query, key, value], _sum([attn_mask, causal]), options)[0]


def _dropped(p: float, shape: tuple[int, ...], dtype: Any, generator: np.random.Generator | None) -> Any:
    return Dropout(p, generator)(np.ones(shape, dtype))


def _lengths(query: Any, key: Any, value: Any) -> tuple[int, int]:
    """Return how many queries and keys there are, the shapes checked."""
    shapes = [query.shape, key.shape, value.shape]
    if min(map(len, shapes)) < 2 or shapes[0][-1] != shapes[1][-1] or shapes[1][-2] != shapes[2][-2]:
        raise ShapeError(
            f"scaled_dot_product_attention got a query of shape {shapes[0]}, a key of {shapes[1]} and a value of "
            f"{shapes[2]}: they must be (..., L, E), (..., S, E) and (..., S, V)"
        )
    if not shapes[1][-2]:
        raise ShapeError(f"scaled_dot_product_attention got a key of shape {shapes[1]}: there is nothing to attend to")
    if not shapes[0][-1]:
        raise ShapeError(f"scaled_dot_product_attention got a query of shape {shapes[0]}, which has no features")
    return shapes[0][-2], shapes[1][-2]


class MultiheadAttention(Module):
    """Attention of several heads, each in a space of its own that queries, keys and values are projected into.

    A. Vaswani et al., *Attention is all you need*, NeurIPS 2017, section 3.2.2: the outputs of
    `scaled_dot_product_attention` of all heads beside each other, projected once more.

    Parameters
    ----------
    embed_dim : int
        How many numbers queries and outputs have.
    num_heads : int
        A divisor of ``embed_dim``: each head has ``embed_dim / num_heads`` of them.
    dropout : float
        Probability of dropping a weight of attention, while training.
    bias : bool
        Whether the projections have one.
    kdim, vdim : int, optional
        How many numbers keys and values have; ``embed_dim`` if not given.
    batch_first : bool
        Whether inputs are laid out as (batch, length, features) and not (length, batch, features).
    dtype : floating dtype
        Of the parameters.
    generator : numpy.random.Generator, optional
        Where initial values and dropout come from; the one that ``nn.seed`` starts if not given.

    Attributes
    ----------
    in_proj_weight : Tensor of shape (3 * embed_dim, embed_dim)
        The projections of queries, keys and values below each other, drawn as Xavier Glorot & Yoshua Bengio (2010)
        have it. With ``kdim`` or ``vdim`` there are q_proj_weight, k_proj_weight and v_proj_weight instead.
    in_proj_bias : Tensor of shape (3 * embed_dim,), or None
    out_proj : Linear

    Raises
    ------
    ShapeError
        If a size is not a positive integer, or ``num_heads`` no divisor; when called, if an input or a mask has
        another shape.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> attention = nn.MultiheadAttention(8, num_heads=2, batch_first=True)
    >>> x = np.ones((3, 5, 8))
    >>> out, weights = attention(x, x, x, attn_mask=nn.causal_mask(5, 5))
    >>> out.shape, weights.shape
    ((3, 5, 8), (3, 5, 5))
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        dtype: Any = float,
        generator: np.random.Generator | None = None,
    ):
        name = "MultiheadAttention"
        self.embed_dim = n = whole(embed_dim, name, "embed_dim")
        self.num_heads = whole(num_heads, name, "num_heads")
        if n % self.num_heads:
            raise ShapeError(
                f"{name}(embed_dim={embed_dim}, num_heads={num_heads}): the numbers are shared out evenly among the "
                f"heads, so that embed_dim must be a multiple of num_heads"
            )
        self.kdim = n if kdim is None else whole(kdim, name, "kdim")
        self.vdim = n if vdim is None else whole(vdim, name, "vdim")
        self.dropout = probability(dropout, name, "dropout")
        self.batch_first = batch_first
        self.generator = generator
        dtype = floating(dtype, name)

        def drawn(*shape: int) -> Any:
            return parameter(xavier_uniform(shape, dtype=dtype, generator=generator))

        if self.kdim == self.vdim == n:
            self.in_proj_weight = drawn(3 * n, n)
        else:
            self.in_proj_weight = None
            self.q_proj_weight, self.k_proj_weight = drawn(n, n), drawn(n, self.kdim)
            self.v_proj_weight = drawn(n, self.vdim)
        self.in_proj_bias = parameter(np.zeros(3 * n, dtype)) if bias else None
        self.out_proj = Linear(n, n, bias, dtype, generator)
        if self.out_proj.bias is not None:
            self.out_proj.bias.data[...] = 0

    def forward(
        self,
        query: Any,
        key: Any,
        value: Any,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Any, Any]:
        """Attend.

        Parameters
        ----------
        query : Tensor or array of shape (L, batch, embed_dim), (batch, L, embed_dim) with ``batch_first``, or
            (L, embed_dim) without a batch
        key, value : Tensor or array of shape (S, batch, kdim) and (S, batch, vdim), likewise
        key_padding_mask : array of shape (batch, S), or (S,) without a batch, optional
            True where a key is not to be attended to by any query; or floats, which are added to the scores.
        need_weights : bool
            Whether to return the weights.
        attn_mask : Tensor or array of shape (L, S) or (batch * num_heads, L, S), optional
            True where a query may not attend to a key; or floats, which are added to the scores. A query that may
            attend to nothing gets zeros, where PyTorch has NaN if weights are needed.
        average_attn_weights : bool
            Whether to return the mean of the heads' weights.
        is_causal : bool
            Whether query number i may attend to the keys 0 to i only, whatever else the masks say.

        Returns
        -------
        output : Tensor of the shape of ``query``
        weights : Tensor of shape (batch, L, S), or (batch, num_heads, L, S) if they are not averaged, or None
            Those that were used, with what dropout left of them.
        """
        same = query is key is value
        name = "MultiheadAttention"
        query = as_floats(query, name)
        key, value = (query, query) if same else (as_floats(key, name), as_floats(value, name))
        single, size = self._sizes(query, key, value)
        if single:
            query, key, value = (np.expand_dims(x, 0) for x in (query, key, value))
        mask = self._mask(size, single, attn_mask, key_padding_mask, is_causal, query.dtype)
        factors = None
        if self.dropout and self.training:
            factors = _dropped(self.dropout, (size[0], self.num_heads, *size[1:]), query.dtype, self.generator)
        heads = Heads(self.num_heads, self.batch_first or single)
        scale = 1 / math.sqrt(self.embed_dim // self.num_heads)
        options = Options(scale, heads, factors=factors, weights=need_weights)
        output, *others = attend(self._projected(query, key, value, same), mask, options)
        output = self.out_proj(output)
        weights = others[0] if others else None
        if weights is not None and average_attn_weights:
            weights = np.mean(weights, axis=1)
        if single:
            return output[0], None if weights is None else weights[0]
        return output, weights

    def _projected(self, query: Any, key: Any, value: Any, same: bool) -> list[Any]:
        """Return queries, keys and values in the heads' spaces; all in one where they are projected from the same."""
        weight, bias, n = self.in_proj_weight, self.in_proj_bias, self.embed_dim
        if same and weight is not None:
            return [transformed(query, weight, bias)]
        if weight is None:
            parts = [self.q_proj_weight, self.k_proj_weight, self.v_proj_weight]
        else:
            parts = [weight[k * n : (k + 1) * n] for k in range(3)]
        shifts = [None if bias is None else bias[k * n : (k + 1) * n] for k in range(3)]
        return [transformed(x, part, shift) for x, part, shift in zip((query, key, value), parts, shifts, strict=True)]

    def _sizes(self, query: Any, key: Any, value: Any) -> tuple[bool, tuple[int, int, int]]:
        """Return whether there is no batch axis, and the lengths of batch, queries and keys."""
        shapes = [x.shape for x in (query, key, value)]
        single = len(shapes[0]) == 2
        wanted = [(2 if single else 3, width) for width in (self.embed_dim, self.kdim, self.vdim)]
        if [(len(shape), *shape[-1:]) for shape in shapes] == wanted:
            if single:
                leads = [(1, shape[0]) for shape in shapes]
            else:
                leads = [shape[:2] if self.batch_first else shape[1::-1] for shape in shapes]
            (n, queries), (m, keys), of_values = leads
            if n == m and (m, keys) == of_values and keys:
                return single, (n, queries, keys)
        lead = ("batch, L", "batch, S") if self.batch_first else ("L, batch", "S, batch")
        raise ShapeError(
            f"MultiheadAttention expects a query of shape ({lead[0]}, {self.embed_dim}), a key of ({lead[1]}, "
            f"{self.kdim}) and a value of ({lead[1]}, {self.vdim}), or all without the batch axis, with S at least 1; "
            f"it got {got(query)}, {got(key)} and {got(value)}"
        )

    def _mask(
        self, size: tuple[int, int, int], single: bool, attn_mask: Any, padding: Any, is_causal: bool, dtype: Any
    ) -> Any:
        """Return what is added to the scores, of a shape that broadcasts to (batch, heads, L, S); None for nothing."""
        n, queries, keys = size
        causal = _added(causal_mask(queries, keys), True, dtype, "") if is_causal else None
        if attn_mask is not None:
            attn_mask = _added(attn_mask, True, dtype, "MultiheadAttention: attn_mask")
            whole_shape = (n * self.num_heads, queries, keys)
            if attn_mask.shape not in ((queries, keys), whole_shape):
                raise ShapeError(
                    f"MultiheadAttention got an attn_mask of shape {attn_mask.shape}: with {queries} queries and "
                    f"{keys} keys it must be {(queries, keys)}, or {whole_shape} for each sequence and head"
                )
            if attn_mask.ndim == 3:
                attn_mask = np.reshape(attn_mask, (n, self.num_heads, queries, keys))
        if padding is not None:
            padding = _added(padding, True, dtype, "MultiheadAttention: key_padding_mask")
            if padding.shape != ((keys,) if single else (n, keys)):
                raise ShapeError(
                    f"MultiheadAttention got a key_padding_mask of shape {padding.shape}: with {keys} keys"
                    f"{'' if single else f' in {n} sequences'} it must be {(keys,) if single else (n, keys)}"
                )
            padding = np.reshape(padding, (n, 1, 1, keys))
        return _sum([attn_mask, padding, causal])

    def extra_repr(self) -> str:
        """Return the sizes."""
        return f"{self.embed_dim}, heads={self.num_heads}"
