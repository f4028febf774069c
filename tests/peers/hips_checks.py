"""Vector spaces and gradient checks in them: ``autograd.core.vspace`` and ``autograd.test_util``.

The pairing of cotangents with tangents is bilinear, as in the engine: Re(Σ c v). A check of reverse mode compares
Re(Σ vjp(c) v) with Re(Σ c (f(x + h v) - f(x - h v)) / 2h) for random complex c and v.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import autograd_lite as ag
from autograd_lite.core.dispatch import untracked
from autograd_lite.transforms.arguments import flatten, unflatten

TOLERANCE = 1e-6
STEP = 1e-6


class Space:
    """The vector space that a value is an element of: its containers, shapes and dtypes."""

    def __init__(self, value: Any):
        leaves, self.structure = flatten(value)
        arrays = [np.asarray(untracked(leaf)) for leaf in leaves]
        wrong = [array.dtype for array in arrays if array.dtype.kind not in "fc"]
        if wrong:
            raise TypeError(f"no vector space of {value!r}: it holds {wrong[0]}")
        self.kinds = [(array.shape, array.dtype) for array in arrays]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Space) and (self.structure, self.kinds) == (other.structure, other.kinds)

    def __repr__(self) -> str:
        return f"Space({self.structure}, {self.kinds})"

    @property
    def shape(self) -> Any:
        """The shape of the array."""
        return self.kinds[0][0]

    @property
    def iscomplex(self) -> bool:
        """Whether a leaf is complex."""
        return any(dtype.kind == "c" for _, dtype in self.kinds)

    @property
    def size(self) -> int:
        """The number of real dimensions."""
        return sum(int(np.prod(shape)) * (2 if dtype.kind == "c" else 1) for shape, dtype in self.kinds)

    def filled(self, make: Callable[[Any, Any], Any]) -> Any:
        """Return the element whose leaves are ``make(shape, dtype)``."""
        return unflatten(self.structure, [np.asarray(make(*kind), dtype=kind[1])[()] for kind in self.kinds])

    def mapped(self, function: Callable[..., Any], *values: Any) -> Any:
        """Return the element whose leaves are ``function`` of the values' leaves."""
        columns = [flatten(value)[0] for value in values]
        return unflatten(self.structure, [function(*leaves) for leaves in zip(*columns, strict=True)])

    def zeros(self) -> Any:
        """Return zero."""
        return self.filled(np.zeros)

    def ones(self) -> Any:
        """Return ones; on a complex leaf 1 + i."""
        return self.filled(lambda shape, dtype: np.full(shape, 1 + 1j if dtype.kind == "c" else 1, dtype))

    def randn(self) -> Any:
        """Return a normally distributed element, from NumPy's global state, which the tests seed."""

        def draw(shape: Any, dtype: Any) -> Any:
            real = np.random.standard_normal(shape)  # noqa: NPY002
            return real + 1j * np.random.standard_normal(shape) if dtype.kind == "c" else real  # noqa: NPY002

        return self.filled(draw)

    def standard_basis(self) -> Any:
        """Yield one unit vector for each real dimension."""
        for k, (shape, dtype) in enumerate(self.kinds):
            for unit in (1.0, 1.0j) if dtype.kind == "c" else (1.0,):
                for index in np.ndindex(*shape):
                    leaves = [np.zeros(*kind) for kind in self.kinds]
                    leaves[k][index] = unit
                    yield unflatten(self.structure, [leaf[()] for leaf in leaves])

    def add(self, x: Any, y: Any) -> Any:
        """Return x + y."""
        return self.mapped(lambda a, b: a + b, x, y)

    def scalar_mul(self, x: Any, a: Any) -> Any:
        """Return a x."""
        return self.mapped(lambda leaf: leaf * a, x)

    def covector(self, x: Any) -> Any:
        """Return the cotangent whose pairing with v is the inner product of x with v."""
        return self.mapped(np.conj, x) if self.iscomplex else x

    def inner_prod(self, x: Any, y: Any) -> Any:
        """Return the real inner product."""
        pairs = zip(flatten(x)[0], flatten(y)[0], strict=True)
        return sum(np.sum(np.real(np.conj(a) * b)) for a, b in pairs)


def make_vjp(f: Callable[[Any], Any], x: Any) -> tuple[Callable[[Any], Any], Any]:
    """Return the function c ↦ cᵀ J and the value, of a function of one argument."""
    out, pull = ag.vjp(f, x)
    return (lambda g: pull(g)[0]), out


def make_jvp(f: Callable[[Any], Any], x: Any) -> Callable[[Any], tuple[Any, Any]]:
    """Return the function v ↦ (f(x), J v), of a function of one argument."""
    return lambda v: ag.jvp(f, (x,), (v,))


def name_of(f: Any) -> str:
    """Return the name of a function."""
    return getattr(f, "__name__", "[unknown name]")


def unary_to_nary(operator: Callable[..., Any]) -> Callable[..., Any]:
    """Give an operator on functions of one argument an ``argnum``: one number, or several for a tuple of arguments."""

    @functools.wraps(operator)
    def of_several(fun: Callable[..., Any], argnum: Any = 0, *rest: Any, **options: Any) -> Callable[..., Any]:
        single = isinstance(argnum, int)

        def transformed(*args: Any, **kwargs: Any) -> Any:
            def of_one(x: Any) -> Any:
                chosen = dict(zip([argnum], [x], strict=True) if single else zip(argnum, x, strict=True))
                positions = {position % len(args): value for position, value in chosen.items()}
                return fun(*(positions.get(i, arg) for i, arg in enumerate(args)), **kwargs)

            of_one.__name__ = name_of(fun)
            x = args[argnum] if single else tuple(args[i] for i in argnum)
            return operator(of_one, x, *rest, **options)

        transformed.__name__ = f"{name_of(operator)}_of_{name_of(fun)}_wrt_argnum_{argnum}"
        transformed.__doc__ = f"    {name_of(operator)} of function {name_of(fun)} with respect to argument {argnum}."
        return transformed

    return of_several


def scalar_close(a: Any, b: Any) -> bool:
    """Say whether two numbers agree, absolutely or relatively."""
    return bool(abs(a - b) < TOLERANCE or abs(a - b) / abs(a + b) < TOLERANCE)


def nd(f: Callable[[Any], Any], x: Any) -> Callable[[Any], Any]:
    """Return the function v ↦ J v by central differences."""
    space, out = Space(x), Space(f(x))

    def along(v: Any) -> Any:
        ahead, behind = (f(space.add(x, space.scalar_mul(v, h))) for h in (STEP / 2, -STEP / 2))
        return out.scalar_mul(out.add(ahead, out.scalar_mul(behind, -1.0)), 1.0 / STEP)

    return along


def check_vjp(f: Callable[[Any], Any], x: Any) -> None:
    """Check reverse mode along random directions."""
    pull, y = make_vjp(f, x)
    space, out = Space(x), Space(y)
    v, w = space.randn(), out.randn()
    pulled = space.covector(pull(out.covector(w)))
    assert Space(pulled) == space, f"{Space(pulled)} is not {space}"
    found, expected = space.inner_prod(v, pulled), out.inner_prod(w, nd(f, x)(v))
    assert scalar_close(expected, found), (
        f"Derivative (VJP) check of {name_of(f)} failed at {x}: {found}, and by differences {expected}"
    )


def check_jvp(f: Callable[[Any], Any], x: Any) -> None:
    """Check forward mode along a random direction."""
    v = Space(x).randn()
    check_equivalent(make_jvp(f, x)(v)[1], nd(f, x)(v))


def check_equivalent(x: Any, y: Any) -> None:
    """Check that two values are elements of one space, and equal along a random direction."""
    space = Space(x)
    assert space == Space(y), f"{space} is not {Space(y)}"
    v = space.randn()
    assert scalar_close(space.inner_prod(x, v), space.inner_prod(y, v)), f"{x} is not {y}"


@unary_to_nary
def check_grads(f: Callable[[Any], Any], x: Any, modes: Sequence[str] = ("fwd", "rev"), order: int = 2) -> None:
    """Check derivatives up to an order, in every mix of modes."""
    assert set(modes) <= {"fwd", "rev"}, modes
    for mode in modes:
        if mode == "fwd":
            check_jvp(f, x)
            v = Space(x).randn()
        else:
            check_vjp(f, x)
            v = Space(f(x)).randn()
        if order > 1:
            check_grads(_derivative(f, mode), (0, 1), modes, order=order - 1)(x, v)


def _derivative(f: Callable[[Any], Any], mode: str) -> Callable[[Any, Any], Any]:
    def along(x: Any, v: Any) -> Any:
        return make_jvp(f, x)(v)[1] if mode == "fwd" else make_vjp(f, x)[0](v)

    along.__name__ = f"{'jvp' if mode == 'fwd' else 'vjp'}_{name_of(f)}"
    return along


def combo_check(fun: Callable[..., Any], *options: Any, **more: Any) -> Callable[..., None]:
    """Return a function that checks every combination of the arguments and keywords it is given lists of."""

    def check(*args: Any, **kwargs: Any) -> None:
        for chosen in itertools.product(*args):
            for values in itertools.product(*kwargs.values()):
                check_grads(fun, *options, **more)(*chosen, **dict(zip(kwargs, values, strict=True)))

    return check
