"""Attention as a single node of the graph: products, softmax and products, for all heads at once.

    P = softmax(q kᵀ s + m)        y = P v

with a scale s and a mask m that is added (A. Vaswani et al., *Attention is all you need*, NeurIPS 2017, section 3.2).
With the cotangent g of y, and D = P (g vᵀ - Σ P g vᵀ), the rows of P and D summing to one and zero:

    v ← Pᵀ g        q ← s D k        k ← s Dᵀ q        m ← D

Heads are views of the projections: numbers are never moved to lie head by head, and products write into place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.core.cotangents import fit
from autograd_lite.core.dispatch import untracked
from autograd_lite.core.sums import extremum, summed
from autograd_lite.nn.fused import fused
from autograd_lite.rules.axes import swap
from autograd_lite.rules.softmax import softmax


class Heads(NamedTuple):
    """How the heads lie in projections of shape (batch, length, features), or (length, batch, features).

    Attributes
    ----------
    number : int
        0 for arrays of shape (..., length, features) without heads.
    batch_first : bool
    """

    number: int = 0
    batch_first: bool = True

    def apart(self, projections: Sequence[Any]) -> Sequence[Any]:
        """Return q, k and v of shape (batch, heads, length, features), given each or all in one projection."""
        if not self.number:
            return projections
        if len(projections) == 3:
            return [self.split(x) for x in projections]
        x = projections[0]
        x = np.reshape(x, (*x.shape[:2], 3, self.number, x.shape[2] // (3 * self.number)))
        x = np.transpose(x, (2, 0, 3, 1, 4) if self.batch_first else (2, 1, 3, 0, 4))
        return [x[0], x[1], x[2]]

    def split(self, x: Any) -> Any:
        """Return one projection, or the output, with its heads apart; itself without heads."""
        if not self.number:
            return x
        x = np.reshape(x, (*x.shape[:2], self.number, x.shape[2] // self.number))
        return np.transpose(x, (0, 2, 1, 3) if self.batch_first else (1, 2, 0, 3))

    def together(self, y: Any) -> Any:
        """Return the output out of what the heads give."""
        if not self.number:
            return y
        y = np.transpose(y, (0, 2, 1, 3) if self.batch_first else (2, 0, 1, 3))
        return np.reshape(y, (*y.shape[:2], y.shape[2] * y.shape[3]))

    def product(self, shares: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Return the output of plain arrays: the same as ``together(shares @ v)``, without a copy."""
        if not self.number:
            return shares @ v
        lead = (len(v), shares.shape[2]) if self.batch_first else (shares.shape[2], len(v))
        out = np.empty((*lead, self.number * v.shape[3]), v.dtype)
        np.matmul(shares, v, out=self.split(out))
        return out


class Options(NamedTuple):
    """What attention reads beside arrays that are differentiated.

    Attributes
    ----------
    scale : float
    heads : Heads
    masked : bool
        Whether there is a mask among the arguments.
    alive : array or None
        Zero for queries that may not attend to anything, one for the others; shaped to broadcast against P.
    factors : array or None
        What P is multiplied by: a dropout's.
    weights : bool
        Whether P is an output.
    """

    scale: float
    heads: Heads = Heads()
    masked: bool = False
    alive: Any = None
    factors: Any = None
    weights: bool = False


def _computed(options: Options, *arguments: Any) -> tuple[Any, ...]:
    """Return what `attend` does, of any arrays."""
    *projections, mask = arguments if options.masked else (*arguments, None)
    q, k, v = options.heads.apart(projections)
    scores = (q * options.scale) @ swap(k)
    shares = softmax(scores if mask is None else scores + mask, axis=-1)
    for factors in (options.alive, options.factors):
        shares = shares if factors is None else shares * factors
    out = options.heads.together(shares @ v)
    return (out, shares) if options.weights else (out,)


class Attended:
    """Attention that has been computed of plain arrays.

    Attributes
    ----------
    outputs : tuple of ndarray
    """

    def __init__(self, options: Options, *arguments: np.ndarray):
        *self.projections, mask = arguments if options.masked else (*arguments, None)
        self.options = options
        q, self.k, self.v = options.heads.apart(self.projections)
        self.q = q * options.scale
        scores = self.q @ swap(self.k)
        if mask is not None:
            scores = scores + mask
        scores -= extremum(np.maximum, scores, (-1,), keepdims=True)
        np.exp(scores, scores)
        scores /= summed(scores, (-1,), keepdims=True)
        if options.alive is not None:
            scores *= options.alive
        self.shares = scores
        self.dropped = scores if options.factors is None else scores * options.factors
        out = options.heads.product(self.dropped, self.v)
        # A copy of what is kept, which users might write into before the sweep.
        self.outputs = (out, self.dropped.copy()) if options.weights else (out,)

    def pull(self, cotangents: Sequence[Any], tracked: Sequence[int]) -> list[Any]:
        """Return the contributions to the projections and to the mask."""
        heads = self.options.heads
        of_out, of_shares = (*cotangents, None)[:2]
        g = heads.split(np.zeros_like(self.outputs[0]) if of_out is None else of_out)
        into = fit(g @ swap(self.v), self.shares.shape)
        if of_shares is not None:
            into += of_shares
        if self.options.factors is not None:
            into *= self.options.factors
        into -= np.vecdot(self.shares, into)[..., None]
        into *= self.shares
        if not heads.number:
            parts = [into @ self.k, swap(into) @ self.q, swap(self.dropped) @ g]
            parts[0] *= self.options.scale
            return [*parts, into]
        blanks = [np.empty_like(projection, order="C") for projection in self.projections]
        of_q, of_k, of_v = heads.apart(blanks)
        np.matmul(into, self.k, out=of_q)
        of_q *= self.options.scale
        np.matmul(swap(into), self.q, out=of_k)
        np.matmul(swap(self.dropped), g, out=of_v)
        return [*blanks, into]


def attend(projections: Sequence[Any], mask: Any, options: Options) -> Sequence[Any]:
    """Attend, as one node of the graph.

    Parameters
    ----------
    projections : sequence of Tensor or array
        Queries, keys and values of shape (..., length, features), or laid out as the heads are, or all three beside
        each other in one.
    mask : Tensor, array or None
        What is added to the scores: minus infinity where a query may not attend to a key.
    options : Options
        Of which this fills in what depends on the mask.

    Returns
    -------
    sequence of Tensor or array
        The output and, if asked for, the weights P.
    """
    if mask is not None:
        mask, alive = _without_dead_rows(mask)
        options = options._replace(masked=True, alive=alive)

    def computed(*arguments: Any) -> tuple[Any, ...]:
        return _computed(options, *arguments)

    def passed(*arrays: np.ndarray) -> Attended:
        return Attended(options, *arrays)

    return fused("attention", [*projections, *([] if mask is None else [mask])], computed, passed)


def _without_dead_rows(mask: Any) -> tuple[Any, Any]:
    """Return a mask that lets every query attend to something, and zeros for those that it took that from."""
    values = untracked(mask)
    dead = np.all(values == -np.inf, axis=-1, keepdims=True)
    if type(dead) is np.ndarray and not dead.any():
        return mask, None
    return np.where(dead, values.dtype.type(0), mask), np.where(dead, values.dtype.type(0), values.dtype.type(1))
