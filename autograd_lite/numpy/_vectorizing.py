"""``vectorize``: a function of numbers applied to every element of arrays and Tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import UnsupportedArgumentError
from autograd_lite.numpy._creation import asarray
from autograd_lite.numpy._lists import stacked


class vectorize(np.vectorize):  # noqa: N801 - NumPy's name  # pyright: ignore[reportIncompatibleVariableOverride]
    """A function of numbers, called with every element of its arguments, broadcast against each other.

    This is ``numpy.vectorize``, a loop in Python, also where a Tensor is among the arguments: the function then gets
    Tensors of shape (), one call for each element, and the results are stacked. A ``signature`` does not go together
    with Tensors.

    Examples
    --------
    >>> import autograd_lite as ag, autograd_lite.numpy as np
    >>> half_wave = np.vectorize(lambda x: np.sin(x) if x > 0 else 0.0)
    >>> ag.elementwise_grad(half_wave)(np.array([-1.0, 0.0, np.pi]))
    array([ 0.,  0., -1.])
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        args = tuple(map(stacked, args))
        kwargs = {name: stacked(value) for name, value in kwargs.items()}
        looped = {key: value for key, value in [*enumerate(args), *kwargs.items()] if key not in self.excluded}
        if not any(isinstance(value, Tensor) for value in looped.values()):
            return super().__call__(*args, **kwargs)
        if self.signature is not None:
            raise UnsupportedArgumentError(
                f"vectorize(..., signature={self.signature!r}) does not take Tensors: loop over the leading axes and "
                f"np.stack the results."
            )
        arrays = np.broadcast_arrays(*map(asarray, looped.values()))
        shape = arrays[0].shape
        flat = [np.reshape(array, -1) for array in arrays]
        if not flat[0].size:
            raise ValueError(
                f"vectorize of {self.pyfunc} got arguments of shape {shape}, with no element to call it on"
            )
        made = [self._called_with(args, kwargs, dict(zip(looped, row, strict=True))) for row in zip(*flat, strict=True)]
        if isinstance(made[0], tuple):
            return tuple(self._laid(column, k, shape) for k, column in enumerate(zip(*made, strict=True)))
        return self._laid(made, 0, shape)

    def _called_with(self, args: tuple[Any, ...], kwargs: dict[str, Any], row: dict[Any, Any]) -> Any:
        """Return what the function gives with one element in place of each array."""
        return self.pyfunc(
            *(row.get(k, value) for k, value in enumerate(args)),
            **{name: row.get(name, value) for name, value in kwargs.items()},
        )

    def _laid(self, results: Any, number: int, shape: tuple[int, ...]) -> Any:
        whole = np.reshape(np.stack([asarray(result) for result in results]), shape)
        return whole if self.otypes is None else whole.astype(self.otypes[number])
