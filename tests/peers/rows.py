"""What a peer tests of one function, in our words: a row, its samples, and the checks that they go through.

Forward: the value that NumPy gives, in each dtype, and that dtype. Backward: reverse mode against finite differences.
Double backward: the derivatives of that. The last two in double precision, as Chainer's own checks cast.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import autograd_lite as ag
from autograd_lite import Tensor
from autograd_lite.core.dispatch import untracked

ALL = (np.float16, np.float32, np.float64)
DOUBLE_AND_SINGLE = (np.float32, np.float64)  # what LAPACK and SciPy compute in
TOLERANCE = {np.float16: 5e-3, np.float32: 1e-5, np.float64: 1e-12}


@dataclass(frozen=True)
class Row:
    """One function of a peer.

    Parameters
    ----------
    name : str
        The peer's name of it.
    function : callable
        Ours: takes arrays by position, and keywords.
    samples : sequence of tuple
        Shapes of the arrays, and a dict of keywords behind them, if any.
    truth : callable, optional
        What gives the value on plain arrays; ``function`` itself if not given.
    bounds : pair, or sequence of pairs
        Between which elements are drawn, of all arrays or of each.
    kinks : tuple of float
        Values that elements keep 0.02 away from.
    prepared : callable, optional
        Makes the argument of an array that was drawn, such as a symmetric matrix.
    order : int
        0: only the value, and that nothing depends on the argument.
    dtypes : sequence of dtypes
        Whose values are compared.
    """

    name: str
    function: Callable[..., Any]
    samples: Sequence[tuple[Any, ...]]
    truth: Callable[..., Any] | None = None
    bounds: Any = (-1.0, 1.0)
    kinks: tuple[float, ...] = ()
    prepared: Callable[[Any], Any] | None = None
    order: int = 2
    dtypes: Sequence[Any] = ALL

    def arguments(self, index: int) -> tuple[list[Any], dict[str, Any]]:
        """Return the arrays of a sample, in double precision, and its keywords."""
        rng = np.random.default_rng(zlib.crc32(f"{self.name}/{index}".encode()))
        shapes = [part for part in self.samples[index] if not isinstance(part, dict)]
        keywords = next((part for part in self.samples[index] if isinstance(part, dict)), {})
        several = isinstance(self.bounds[0], tuple)
        arrays = []
        for k, shape in enumerate(shapes):
            x = rng.uniform(*(self.bounds[k] if several else self.bounds), size=shape)
            for kink in self.kinks:
                x = np.where(np.abs(x - kink) < 0.02, x + np.where(x < kink, -0.02, 0.02), x)
            arrays.append(np.asarray(x if self.prepared is None else self.prepared(x)))
        return arrays, keywords

    def tests(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """Yield the name and the body of each test."""
        for index in range(len(self.samples)):
            for dtype in self.dtypes:
                yield f"forward-{index}-{dtype.__name__}", lambda i=index, d=dtype: self.forward(i, d)
            if self.order == 0:
                yield f"backward-{index}", lambda i=index: self.independent(i)
            for order, name in list(enumerate(("backward", "double_backward"), 1))[: self.order]:
                yield f"{name}-{index}", lambda i=index, o=order: self.derivatives(i, o)

    def forward(self, index: int, dtype: Any) -> None:
        """Check value, shape and dtype on Tensors."""
        arrays, keywords = self.arguments(index)
        arrays = [x.astype(dtype) for x in arrays]
        tensors = [Tensor(x, requires_grad=True) for x in arrays]
        found = listed(self.function(*tensors, **keywords))
        wanted = listed((self.truth or self.function)(*arrays, **keywords))
        assert len(found) == len(wanted)
        for a, b in zip(found, wanted, strict=True):
            a, b = untracked(a), np.asarray(b)
            assert (a.shape, a.dtype) == (b.shape, b.dtype), f"{a.shape}, {a.dtype}; expected {b.shape}, {b.dtype}"
            np.testing.assert_allclose(a, b, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])

    def derivatives(self, index: int, order: int) -> None:
        """Check reverse mode up to an order."""
        arrays, keywords = self.arguments(index)
        ag.check_grads(lambda *x: self.function(*x, **keywords), tuple(arrays), order=order, modes="reverse")

    def independent(self, index: int) -> None:
        """Check that the derivative is zero."""
        arrays, keywords = self.arguments(index)
        pulled = ag.vjp(lambda *x: [1.0 * out for out in listed(self.function(*x, **keywords))], *arrays)[1]
        out = listed(self.function(*arrays, **keywords))
        assert all(not np.any(g) for g in pulled([np.ones(np.shape(part)) for part in out]))


def listed(value: Any) -> list[Any]:
    """Return several outputs as a list, one as a list of one."""
    return list(value) if isinstance(value, list | tuple) else [value]


def report(title: str, tests: Iterator[tuple[str, str, Callable[[], None]]], missing: dict[str, str]) -> int:
    """Run tests, given as function, name and body, and print the counts; return how many failed."""
    passed, failed, words = Counter[str](), Counter[str](), {}
    for function, name, body in tests:
        try:
            body()
            passed[function] += 1
        except Exception as error:  # a peer's test may fail in any way: it is counted, and the first reason kept
            failed[function] += 1
            words.setdefault(function, f"{name}: {type(error).__name__}: {str(error).strip().splitlines()[:1]}")
    total, wrong = passed.total() + failed.total(), failed.total()
    print(
        f"{title}: {total} tests of {len(set(passed) | set(failed))} functions, {total - wrong} passed, {wrong} failed"
    )
    for function, count in sorted(failed.items()):
        print(f"  {function}: {count} of {count + passed[function]} failed; {words[function]}")
    for name, reason in sorted(missing.items()):
        print(f"  not in our list: {name} ({reason})")
    return wrong
