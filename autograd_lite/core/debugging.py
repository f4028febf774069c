"""`debug`: where a NaN was born, and which line of the user's recorded an operation."""

from __future__ import annotations

from typing import Any

from autograd_lite.core.graph import Extras, Node
from autograd_lite.core.modes import Switch, user_frame
from autograd_lite.core.observing import OBSERVERS, observers


class debug(Switch):  # noqa: N801
    """Find where a NaN is born: a NaN that survives a sweep raises, naming the operation and its source line.

    Operations recorded inside remember the user's line that made them, which makes recording several times slower.

    Raises
    ------
    NaNError
        From ``backward`` or a transform inside the block, if a requested gradient holds a NaN.

    Examples
    --------
    >>> import autograd_lite as ag, numpy as np
    >>> with ag.debug(), np.errstate(invalid="ignore"):
    ...     x = ag.Tensor(-1.0, requires_grad=True)
    ...     try:
    ...         np.sqrt(x).backward()
    ...     except ag.NaNError as error:
    ...         print(str(error)[:60])
    a gradient is NaN. The NaN was born in the forward pass, in
    """

    variable = OBSERVERS

    @property
    def value(self) -> Any:
        """The observers inside: those outside, and one that notes where operations come from."""
        return (*observers(), Debugger())


class Debugger:
    """Notes on each recorded node the user's source line, and whether a NaN was born in it."""

    def recorded(self, node: Node, out: Any) -> None:
        """Take note of one operation."""
        extras = Extras.of(node)
        frame, _ = user_frame()
        extras.origin = f"{frame.f_code.co_filename}:{frame.f_lineno}"
        extras.has_nan = _has_nan(out)
        extras.born_nan = extras.has_nan and not any(
            parent.extras is not None and parent.extras.has_nan for parent in node.inputs
        )


def is_debugging() -> bool:
    """Say whether `debug` is on."""
    return any(isinstance(observer, Debugger) for observer in observers())


def _has_nan(value: Any) -> bool:
    if isinstance(value, tuple):
        return any(_has_nan(part) for part in value)
    dtype = getattr(value, "dtype", None)
    return bool((value != value).any()) if dtype is not None and hasattr(value, "any") else bool(value != value)
