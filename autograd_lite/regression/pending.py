"""Fields of a result that are computed when they are first read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Kind = TypeVar("Kind", bound=type)


class Pending:
    """What a lazy field is given in the place of its value.

    Parameters
    ----------
    compute : callable
        Gives the value.
    """

    def __init__(self, compute: Callable[[], Any]):
        self.compute = compute


class _Lazy:
    """A field that holds its value, or a `Pending` one until it is read."""

    def __init__(self, name: str):
        self._name = name

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self._name] = value

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        value = instance.__dict__[self._name]
        if isinstance(value, Pending):
            value = instance.__dict__[self._name] = value.compute()
        return value


def lazy_fields(*names: str) -> Callable[[Kind], Kind]:
    """Return a decorator of dataclasses that lets fields be given as `Pending`."""

    def with_lazy_fields(kind: Kind) -> Kind:
        for name in names:
            setattr(kind, name, _Lazy(name))
        return kind

    return with_lazy_fields
