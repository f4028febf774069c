"""Transformers: the encoder layer, and the sinusoidal code of positions.

A. Vaswani et al., *Attention is all you need*, NeurIPS 2017.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.errors import ShapeError
from autograd_lite.nn.activations import gelu, relu
from autograd_lite.nn.arguments import as_floats, got, whole
from autograd_lite.nn.attention import MultiheadAttention
from autograd_lite.nn.dropout import Dropout
from autograd_lite.nn.layers import Linear
from autograd_lite.nn.module import Module
from autograd_lite.nn.normalization import LayerNorm

_ACTIVATIONS: dict[str, Callable[[Any], Any]] = {"relu": relu, "gelu": gelu}


class TransformerEncoderLayer(Module):
    """Attention of a sequence to itself and a network of two layers at each position, each added to its input.

    A. Vaswani et al., *Attention is all you need*, NeurIPS 2017, section 3.1; with ``norm_first`` as R. Xiong et al.,
    *On layer normalization in the transformer architecture*, ICML 2020, have it. With a causal mask it is a layer of a
    language model such as GPT.

    Parameters
    ----------
    d_model : int
        How many numbers each position has.
    nhead : int
        Heads of the attention, a divisor of ``d_model``.
    dim_feedforward : int
        Width of the network between its two layers.
    dropout : float
        Probability of dropping a weight of attention, a number inside of the network, and one of what is added.
    activation : {"relu", "gelu"} or callable
        Of the network.
    layer_norm_eps : float
    batch_first : bool
        Whether inputs are laid out as (batch, length, d_model) and not (length, batch, d_model).
    norm_first : bool
        Whether inputs are normalised before attention and network, and not the sums after them.
    bias : bool
        Whether linear layers and normalisations have one.
    dtype : floating dtype
        Of the parameters.
    generator : numpy.random.Generator, optional
        Where initial values and dropout come from; the one that ``nn.seed`` starts if not given.

    Attributes
    ----------
    self_attn : MultiheadAttention
    linear1, linear2 : Linear
    norm1, norm2 : LayerNorm
    dropout, dropout1, dropout2 : Dropout

    Raises
    ------
    ShapeError
        If a size is not a positive integer, or ``nhead`` no divisor; when called, if an input or a mask has another
        shape.
    ValueError
        If there is no such activation.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> layer = nn.TransformerEncoderLayer(8, nhead=2, dim_feedforward=16, batch_first=True)
    >>> layer(np.ones((3, 5, 8)), is_causal=True).shape
    (3, 5, 8)
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[[Any], Any] = "relu",
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        dtype: Any = float,
        generator: np.random.Generator | None = None,
    ):
        name = "TransformerEncoderLayer"
        whole(d_model, name, "d_model")
        whole(nhead, name, "nhead")
        if activation not in _ACTIVATIONS and not callable(activation):
            raise ValueError(f"{name}(activation={activation!r}): 'relu', 'gelu' or a function is needed")
        self.activation = activation
        self.norm_first = norm_first
        self.self_attn = MultiheadAttention(
            d_model, nhead, dropout, bias, batch_first=batch_first, dtype=dtype, generator=generator
        )
        self.linear1 = Linear(d_model, whole(dim_feedforward, name, "dim_feedforward"), bias, dtype, generator)
        self.dropout = Dropout(dropout, generator)
        self.linear2 = Linear(dim_feedforward, d_model, bias, dtype, generator)
        self.norm1, self.norm2 = (LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype) for _ in range(2))
        self.dropout1, self.dropout2 = Dropout(dropout, generator), Dropout(dropout, generator)

    def forward(self, src: Any, src_mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False) -> Any:
        """Return the layer's output.

        Parameters
        ----------
        src : Tensor or array of shape (length, batch, d_model), (batch, length, d_model) with ``batch_first``, or
            (length, d_model)
        src_mask : Tensor or array of shape (length, length) or (batch * nhead, length, length), optional
            True where a position may not attend to another; or floats, which are added to the scores.
        src_key_padding_mask : array of shape (batch, length), optional
            True where no position may attend to.
        is_causal : bool
            Whether each position may attend to itself and earlier ones only, whatever else the masks say.

        Returns
        -------
        Tensor of the shape of ``src``
        """
        masks = (src_key_padding_mask, src_mask, is_causal)
        if self.norm_first:
            src = src + self._attended(self.norm1(src), *masks)
            return src + self._transformed(self.norm2(src))
        src = self.norm1(src + self._attended(src, *masks))
        return self.norm2(src + self._transformed(src))

    def _attended(self, x: Any, padding: Any, mask: Any, is_causal: bool) -> Any:
        out, _ = self.self_attn(x, x, x, padding, need_weights=False, attn_mask=mask, is_causal=is_causal)
        return self.dropout1(out)

    def _transformed(self, x: Any) -> Any:
        activate = _ACTIVATIONS[self.activation] if isinstance(self.activation, str) else self.activation
        return self.dropout2(self.linear2(self.dropout(activate(self.linear1(x)))))


class PositionalEncoding(Module):
    """The input plus a code of each position: sines and cosines of wavelengths from 2π to 20000π.

        code[t, 2i] = sin(t / 10000^(2i/d))        code[t, 2i + 1] = cos(t / 10000^(2i/d))

    A. Vaswani et al., *Attention is all you need*, NeurIPS 2017, section 3.5. The code is no parameter, and not part of
    the state.

    Parameters
    ----------
    d_model : int
        d, how many numbers each position has.
    dropout : float
        Probability of dropping a number of the sum, while training.
    max_len : int
        How long sequences may be.
    batch_first : bool
        Whether inputs are laid out as (batch, length, d_model) and not (length, batch, d_model).
    generator : numpy.random.Generator, optional
        Where dropout comes from; the one that ``nn.seed`` starts if not given.

    Attributes
    ----------
    code : ndarray of shape (max_len, d_model)
    dropout : Dropout

    Raises
    ------
    ShapeError
        If a size is not a positive integer; when called, if the input has another shape or is too long.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> nn.PositionalEncoding(4)(np.zeros((2, 4))).round(2)
    array([[0.  , 1.  , 0.  , 1.  ],
           [0.84, 0.54, 0.01, 1.  ]])
    """

    def __init__(
        self,
        d_model: int,
        dropout: float = 0.0,
        max_len: int = 5000,
        batch_first: bool = False,
        generator: np.random.Generator | None = None,
    ):
        self.d_model = whole(d_model, "PositionalEncoding", "d_model")
        self.max_len = whole(max_len, "PositionalEncoding", "max_len")
        self.batch_first = batch_first
        self.dropout = Dropout(dropout, generator)
        angles = np.arange(max_len)[:, None] / 10000 ** (np.arange(0, d_model, 2) / d_model)
        self.code = np.empty((max_len, d_model))
        self.code[:, 0::2] = np.sin(angles)
        self.code[:, 1::2] = np.cos(angles[:, : d_model // 2])

    def forward(self, x: Any) -> Any:
        """Return ``x`` plus the code of its positions.

        Parameters
        ----------
        x : Tensor or array of shape (length, batch, d_model), (batch, length, d_model) with ``batch_first``, or
            (length, d_model)

        Returns
        -------
        Tensor or array of the shape of ``x``
        """
        x = as_floats(x, "PositionalEncoding")
        axis = 1 if self.batch_first and x.ndim == 3 else 0
        if x.ndim not in (2, 3) or x.shape[-1] != self.d_model or x.shape[axis] > self.max_len:
            order = "batch, length" if self.batch_first else "length, batch"
            raise ShapeError(
                f"PositionalEncoding(d_model={self.d_model}, max_len={self.max_len}) expects an array or Tensor of "
                f"shape ({order}, {self.d_model}) or (length, {self.d_model}), of a length up to {self.max_len}, and "
                f"got {got(x)}"
            )
        code = self.code[: x.shape[axis]].astype(x.dtype, copy=False)
        return self.dropout(x + (code[:, None] if axis == 0 and x.ndim == 3 else code))

    def extra_repr(self) -> str:
        """Return the sizes."""
        return f"{self.d_model}, up to {self.max_len}"
