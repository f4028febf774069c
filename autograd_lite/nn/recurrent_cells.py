"""Recurrent cells: one step of a recurrent layer, for loops over time that a user writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.errors import ShapeError
from autograd_lite.nn.arguments import as_floats, floating, got, parameter, whole
from autograd_lite.nn.initializers import generator_or_default, uniform_by_fan_in
from autograd_lite.nn.module import Module
from autograd_lite.nn.recurrent import checked_nonlinearity
from autograd_lite.nn.recurrent_primitives import KINDS, Kind, sequence


class Cell(Module):
    """What `RNNCell`, `LSTMCell` and `GRUCell` share; make one of those.

    Parameters
    ----------
    cell : str
        One of `KINDS`.
    input_size, hidden_size, bias, dtype, generator
        As those have them.
    """

    def __init__(
        self,
        cell: str,
        input_size: int,
        hidden_size: int,
        bias: bool,
        dtype: Any,
        generator: np.random.Generator | None,
    ):
        name = type(self).__name__
        self.cell = cell
        self.input_size = whole(input_size, name, "input_size")
        self.hidden_size = whole(hidden_size, name, "hidden_size")
        dtype = floating(dtype, name)
        drawing = generator_or_default(generator)
        rows = self.kind.gates * self.hidden_size

        def drawn(*shape: int) -> Any:
            return parameter(uniform_by_fan_in(shape, self.hidden_size, dtype, drawing))

        self.weight_ih = drawn(rows, self.input_size)
        self.weight_hh = drawn(rows, self.hidden_size)
        self.bias_ih = drawn(rows) if bias else None
        self.bias_hh = drawn(rows) if bias else None

    @property
    def kind(self) -> Kind:
        """What a step does."""
        return KINDS[self.cell]

    def forward(self, x: Any, hx: Any = None) -> Any:
        """Take one step.

        Parameters
        ----------
        x : Tensor or array of shape (batch, input_size) or (input_size,)
        hx : Tensor or array of shape (batch, hidden_size) or (hidden_size,), optional
            The state before; zeros if not given. Of an LSTM a pair of them, (h, c).

        Returns
        -------
        Tensor of the shape of ``hx``
            The state after; of an LSTM a pair of them.
        """
        x = as_floats(x, type(self).__name__)
        if x.ndim not in (1, 2) or x.shape[-1] != self.input_size:
            raise ShapeError(
                f"{type(self).__name__}(input_size={self.input_size}) expects an array or Tensor of shape "
                f"(batch, {self.input_size}) or ({self.input_size},), and got {got(x)}. It takes one step; a layer "
                f"({type(self).__name__.removesuffix('Cell')}) runs over sequences."
            )
        single = x.ndim == 1
        states = self._states(hx, x.shape[:-1])
        x = np.expand_dims(x, (0, 1) if single else 0)
        weights = [self.weight_ih, self.weight_hh]
        if self.bias_ih is not None:
            weights += [self.bias_ih, self.bias_hh]
        hidden, *others = sequence(self.kind, x, states, weights)
        found = [state[0] if single else state for state in (hidden[0], *others)]
        return found[0] if len(found) == 1 else tuple(found)

    def _states(self, hx: Any, batch: tuple[int, ...]) -> Sequence[Any]:
        wanted = (*batch, self.hidden_size)
        if hx is None:
            return [np.zeros(wanted if batch else (1, *wanted), self.weight_ih.dtype)] * self.kind.states
        given = hx if isinstance(hx, tuple | list) else (hx,)
        if [getattr(state, "shape", None) for state in given] != [wanted] * self.kind.states:
            raise ShapeError(
                f"{type(self).__name__}(hidden_size={self.hidden_size}) needs "
                f"{'a pair (h, c) of states' if self.kind.states == 2 else 'a state h'} of shape {wanted} beside this "
                f"input, and got {', '.join(got(state) for state in given) or 'nothing'}"
            )
        return given if batch else [np.expand_dims(state, 0) for state in given]

    def extra_repr(self) -> str:
        """Return the sizes."""
        return f"{self.input_size} → {self.hidden_size}{'' if self.bias_ih is not None else ', no bias'}"


class RNNCell(Cell):
    """One step of an `RNN`: h' = tanh(W x + b + U h + b'), or with max(·, 0) in place of tanh.

    Parameters
    ----------
    input_size, hidden_size : int
    bias : bool
    nonlinearity : {"tanh", "relu"}
    dtype : floating dtype
    generator : numpy.random.Generator, optional

    Attributes
    ----------
    weight_ih, weight_hh : Tensor of shape (hidden_size, input_size) and (hidden_size, hidden_size)
    bias_ih, bias_hh : Tensor of shape (hidden_size,), or None

    Raises
    ------
    ShapeError
        If a size is not a positive integer; when called, if the input or the state has another shape.
    ValueError
        If there is no such nonlinearity.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> cell = nn.RNNCell(3, 4)
    >>> h = cell(np.ones((2, 3)))
    >>> cell(np.ones((2, 3)), h).shape
    (2, 4)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        dtype: Any = float,
        generator: np.random.Generator | None = None,
    ):
        self.nonlinearity = checked_nonlinearity(nonlinearity, "RNNCell")
        super().__init__(nonlinearity, input_size, hidden_size, bias, dtype, generator)


class LSTMCell(Cell):
    """One step of an `LSTM`, whose state is the pair (h, c).

    Parameters
    ----------
    input_size, hidden_size : int
    bias : bool
    dtype : floating dtype
    generator : numpy.random.Generator, optional

    Attributes
    ----------
    weight_ih, weight_hh : Tensor of shape (4 * hidden_size, input_size) and (4 * hidden_size, hidden_size)
    bias_ih, bias_hh : Tensor of shape (4 * hidden_size,), or None

    Raises
    ------
    ShapeError
        If a size is not a positive integer; when called, if the input or a state has another shape.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> h, c = nn.LSTMCell(3, 4)(np.ones((2, 3)))
    >>> h.shape, c.shape
    ((2, 4), (2, 4))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        dtype: Any = float,
        generator: np.random.Generator | None = None,
    ):
        super().__init__("lstm", input_size, hidden_size, bias, dtype, generator)


class GRUCell(Cell):
    """One step of a `GRU`.

    Parameters
    ----------
    input_size, hidden_size : int
    bias : bool
    dtype : floating dtype
    generator : numpy.random.Generator, optional

    Attributes
    ----------
    weight_ih, weight_hh : Tensor of shape (3 * hidden_size, input_size) and (3 * hidden_size, hidden_size)
    bias_ih, bias_hh : Tensor of shape (3 * hidden_size,), or None

    Raises
    ------
    ShapeError
        If a size is not a positive integer; when called, if the input or the state has another shape.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> nn.GRUCell(3, 4)(np.ones(3)).shape
    (4,)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        dtype: Any = float,
        generator: np.random.Generator | None = None,
    ):
        super().__init__("gru", input_size, hidden_size, bias, dtype, generator)
