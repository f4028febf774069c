"""What every distribution does: sort arguments, keep to the support, and leave to SciPy what it does not cover."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_lite.core.cotangents import Tracked
from autograd_lite.core.dispatch import untracked
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import NotDifferentiableError
from autograd_lite.numpy._lists import stacked


class Distribution:
    """A distribution of SciPy's, with some methods that take Tensors.

    Without a Tensor among the arguments every method is SciPy's own, and so are all attributes not written here.

    Parameters
    ----------
    name : str
        SciPy's.
    shapes : tuple of str
        The parameters that have no default.
    optional : mapping of str to object
        Those behind them, with their defaults.
    covered : tuple of str
        The methods that take Tensors.
    """

    def __init__(self, name: str, shapes: tuple[str, ...], optional: Mapping[str, Any], covered: tuple[str, ...]):
        self.name, self.shapes, self.optional, self.covered = name, shapes, optional, covered
        self.__module__ = __name__.rpartition(".")[0]  # where pickle finds it

    def __repr__(self) -> str:
        return f"<distribution {self.name}: {', '.join(self.covered)} take Tensors>"

    def __reduce__(self) -> str:
        return self.name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        value = getattr(self._of_scipy(), name)
        return _without_tensors(value, f"scipy.stats.{self.name}.{name}", self.covered) if callable(value) else value

    def __call__(self, *args: Any, **keywords: Any) -> Frozen:
        """Return the distribution with its parameters fixed."""
        return Frozen(self, args, keywords)

    def _of_scipy(self) -> Any:
        return getattr(importlib.import_module("scipy.stats"), self.name)

    def _values(self, method: str, args: Sequence[Any], keywords: dict[str, Any]) -> list[Any]:
        """Return the parameters in order, defaults filled in and lists made arrays or Tensors."""
        names = (*self.shapes, *self.optional)
        given = dict(zip(names, args, strict=False))
        wrong = sorted(set(keywords) - set(names)) + sorted(set(keywords) & set(given))
        missing = [name for name in self.shapes if name not in given and name not in keywords]
        if len(args) > len(names) or wrong or missing:
            raise TypeError(
                f"{self.name}.{method} takes {', '.join(names)} after its first argument; got {len(args)} by position "
                f"and {sorted(keywords)} by name" + (f", but not {', '.join(missing)}" if missing else "")
            )
        given = {**self.optional, **given, **keywords}
        return [as_operand(given[name]) for name in names]

    def _holds_tensor(self, values: Sequence[Any]) -> bool:
        return any(isinstance(value, Tracked) for value in values)

    def _plainly(self, method: str, x: Any, args: Any, keywords: Any) -> Any:
        return getattr(self._of_scipy(), method)(x, *args, **keywords)


class Frozen:
    """A distribution with its parameters fixed, as ``norm(loc, scale)`` gives it.

    Parameters
    ----------
    distribution : Distribution
    args, keywords
        The parameters: numbers, arrays or Tensors.
    """

    def __init__(self, distribution: Distribution, args: tuple[Any, ...], keywords: dict[str, Any]):
        self.dist = distribution
        self.args = tuple(map(stacked, args))
        self.kwds = {name: stacked(value) for name, value in keywords.items()}

    def __repr__(self) -> str:
        return f"<{self.dist.name} with parameters {self.args} {self.kwds}>"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self.dist.covered:
            method = getattr(self.dist, name)
            return lambda *x: method(*x, *self.args, **self.kwds)
        label = f"scipy.stats.{self.dist.name}.{name}"
        if any(isinstance(value, Tensor) for value in (*self.args, *self.kwds.values())):
            raise NotDifferentiableError(_refusal(label, self.dist.covered))
        value = getattr(self.dist._of_scipy()(*self.args, **self.kwds), name)
        return _without_tensors(value, label, self.dist.covered) if callable(value) else value


def _refusal(label: str, covered: Sequence[str]) -> str:
    return (
        f"{label} takes no Tensors: {', '.join(covered)} do. Write it with functions that have a derivative rule, or "
        f"pass t.detach().numpy() in place of the Tensor t where a constant is meant."
    )


def _without_tensors(function: Callable[..., Any], label: str, covered: Sequence[str]) -> Callable[..., Any]:
    def plain(*args: Any, **keywords: Any) -> Any:
        if any(isinstance(stacked(value), Tensor) for value in (*args, *keywords.values())):
            raise NotDifferentiableError(_refusal(label, covered))
        return function(*args, **keywords)

    plain.__name__, plain.__doc__ = label.rpartition(".")[2], getattr(function, "__doc__", None)
    return plain


def as_operand(value: Any) -> Any:
    """Return a list as a Tensor if it holds one, and else as an array; anything else unchanged."""
    value = stacked(value)
    return np.asarray(value) if isinstance(value, list | tuple) else value


def may_hold(mask: Any) -> bool:
    """Say whether an element of a mask holds; of an array that is not NumPy's that is not asked, and it may."""
    return bool(np.any(mask)) if isinstance(mask, np.ndarray | np.generic | bool) else True


def log_or_minus_infinity(p: Any) -> Any:
    """Return log(p), with -inf and no slope where p is 0."""
    is_empty = untracked(p) == 0
    if not may_hold(is_empty):
        return np.log(p)
    return np.where(is_empty, -np.inf, np.log(np.where(is_empty, 1, p)))
