"""Fitted parameters by name: value ± standard error."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from autograd_lite.core.tensor import Tensor
from autograd_lite.regression.pending import lazy_fields


@lazy_fields("standard_error")
@dataclass(frozen=True)
class Parameter:
    """A fitted parameter.

    Attributes
    ----------
    name : str
    value : float, or Tensor where it is being differentiated
    standard_error : float, or Tensor likewise
        0 for a fixed parameter, infinite for one that the data do not determine, NaN for one that a bound holds.
    fixed : bool
    lower, upper : float
        Its bounds.

    Examples
    --------
    >>> from autograd_lite.regression.parameters import Parameter
    >>> print(Parameter("rate", 0.48613, 0.0341))
    rate = 0.486 ± 0.034
    """

    name: str
    value: Any
    standard_error: Any
    fixed: bool = False
    lower: float = -math.inf
    upper: float = math.inf

    def __float__(self) -> float:
        return number(self.value)

    @property
    def note(self) -> str:
        """What is to be said beside the numbers: fixed, at a bound, not determined; or ''."""
        if self.fixed:
            return "fixed"
        error = number(self.standard_error)
        if math.isnan(error):
            return "at its bound" if number(self.value) in (self.lower, self.upper) else "uncertain"
        return "not determined" if math.isinf(error) else ""

    def __str__(self) -> str:
        note = f" ({self.note})" if self.note else ""
        return f"{self.name} = {with_error(number(self.value), number(self.standard_error))}{note}"


class Parameters(Mapping[str, Parameter]):
    """Parameters by name; by position too.

    Parameters
    ----------
    parameters : iterable of Parameter
    """

    def __init__(self, parameters: Iterable[Parameter]):
        self._by_name = {parameter.name: parameter for parameter in parameters}

    def __getitem__(self, key: str | int) -> Parameter:
        return list(self._by_name.values())[key] if isinstance(key, int) else self._by_name[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)

    def __repr__(self) -> str:
        return "\n".join(map(str, self._by_name.values()))


def number(value: Any) -> float:
    """Return a value as a plain number, without its history."""
    return float(value.data if isinstance(value, Tensor) else value)


def with_error(value: float, error: float) -> str:
    """Return value ± error, both to two digits of the error.

    Examples
    --------
    >>> from autograd_lite.regression.parameters import with_error
    >>> with_error(1234.56789, 0.0234), with_error(2.5e-9, 3.1e-10), with_error(5.0, 0.0)
    ('1234.568 ± 0.023', '(2.50 ± 0.31)e-09', '5')
    """
    if error == 0.0 or math.isnan(error):
        return f"{value:.6g}"
    if math.isinf(error):
        return f"{value:.6g} ± inf"
    if not math.isfinite(value):
        return f"{value} ± {error:.2g}"
    largest = max(abs(value), error)
    exponent = math.floor(math.log10(largest)) if largest > 0.0 else 0
    places = 1 - math.floor(math.log10(error))
    if -4 <= exponent < 7 and places >= 0:
        return f"{value:.{places}f} ± {error:.{places}f}"
    scale = 10.0**exponent
    places = max(places + exponent, 0)
    return f"({value / scale:.{places}f} ± {error / scale:.{places}f})e{exponent:+03d}"
