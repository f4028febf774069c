"""What a row of the table of operations is, and the arrays that its samples stand for."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

FLOATS = (np.float64, np.float32)
COMPLEXES = (np.complex128, np.complex64)

#: How far inputs keep from an operation's kinks: finite differences reach 0.002 to each side.
MARGIN = 0.02


class Sample(NamedTuple):
    """Arguments of one call: shapes (or literal arrays) by position, metadata by keyword."""

    arguments: tuple[Any, ...]
    keywords: dict[str, Any]


def S(*arguments: Any, **keywords: Any) -> Sample:  # noqa: N802 - short, because the table is full of it
    """Return a sample."""
    return Sample(arguments, keywords)


@dataclass(frozen=True)
class Op:
    """One row: a function, and what it is called with.

    Parameters
    ----------
    name : str
    fn : callable
        Takes arrays by position and metadata by keyword; returns an array, or a list of them.
    samples : sequence of Sample
    domain : pair of float, or tuple of pairs
        Interval that inputs are drawn from; one for all arguments or one for each.
    kinks : tuple of float
        Values from which inputs keep away.
    reference : callable, optional
        What gives the right value on plain arrays; ``fn`` itself if not given.
    order : int
        Up to which order derivatives are checked.
    errors : sequence of Sample
        Calls that raise, on Tensors as on plain arrays.
    dtypes : tuple of dtypes
        `FLOATS`, or `COMPLEXES` for complex arguments, whose imaginary parts are drawn between -1 and 1.
    tol : float
        Relative, against finite differences.
    """

    name: str
    fn: Callable[..., Any]
    samples: Sequence[Sample]
    domain: Any = (-2.0, 2.0)
    kinks: tuple[float, ...] = ()
    reference: Callable[..., Any] | None = None
    order: int = 3
    errors: Sequence[Sample] = ()
    dtypes: tuple[Any, ...] = FLOATS
    tol: float = 1e-7


class Undispatched(Op):
    """A row of functions that make plain arrays of their arguments, as SciPy's do: no other library's arrays pass."""


@dataclass(frozen=True)
class Case:
    """One sample of one row."""

    op: Op
    index: int
    sample: Sample = field(compare=False)

    @property
    def seed(self) -> int:
        """The seed of everything random about this case."""
        return zlib.crc32(f"{self.op.name}/{self.index}".encode())

    @property
    def id(self) -> str:
        """The name in test reports, seed included."""
        return f"{self.op.name}-{self.index}-seed{self.seed}"

    def inputs(self) -> list[Any]:
        """Return the arguments, all elements of all of them different and away from kinks."""
        rng = np.random.default_rng(self.seed)
        shapes = [a for a in self.sample.arguments if isinstance(a, tuple)]
        count = sum(int(np.prod(shape)) for shape in shapes)
        levels = (rng.permutation(count) + rng.uniform(0.25, 0.75, count)) / max(count, 1)
        is_complex = np.dtype(self.op.dtypes[0]).kind == "c"
        imaginary = rng.uniform(0.2, 1.0, count) * rng.choice([-1.0, 1.0], count) if is_complex else None
        made: list[Any] = []
        start = 0
        for position, argument in enumerate(self.sample.arguments):
            if not isinstance(argument, tuple):
                made.append(np.array(argument, dtype=complex if is_complex else float)[()])
                continue
            low, high = self.op.domain[position] if isinstance(self.op.domain[0], tuple) else self.op.domain
            stop = start + int(np.prod(argument))
            values = self._off_kinks(low + (high - low) * levels[start:stop])
            if imaginary is not None:
                values = values + 1j * imaginary[start:stop]
            made.append(values.reshape(argument)[()])
            start = stop
        return made

    def _off_kinks(self, x: Any) -> Any:
        for kink in self.op.kinks:
            x = np.where(np.abs(x - kink) < MARGIN, x + MARGIN * np.where(x < kink, -1, 1), x)
        return x

    def fn(self, *arrays: Any) -> Any:
        """Call the function with this sample's metadata."""
        return self.op.fn(*arrays, **self.sample.keywords)

    def reference(self, *arrays: Any) -> list[Any]:
        """Return the right values on plain arrays, as a list."""
        return as_list((self.op.reference or self.op.fn)(*arrays, **self.sample.keywords))

    def directions(self, likes: Sequence[Any], salt: int) -> list[Any]:
        """Return random arrays of the shapes of ``likes``, complex where they are, with no component near zero."""
        rng = np.random.default_rng(self.seed + salt)

        def draw(shape: tuple[int, ...]) -> Any:
            return (rng.uniform(0.3, 1.0, shape) * rng.choice([-1.0, 1.0], shape))[()]

        return [
            draw(np.shape(like)) + 1j * draw(np.shape(like)) if np.iscomplexobj(like) else draw(np.shape(like))
            for like in likes
        ]


def as_list(value: Any) -> list[Any]:
    """Return several outputs as a list, one as a list of one."""
    return list(value) if isinstance(value, list | tuple) else [value]


def cases(table: Sequence[Op]) -> list[Case]:
    """Return a case for each sample of each row."""
    return [Case(op, index, sample) for op in table for index, sample in enumerate(op.samples)]
