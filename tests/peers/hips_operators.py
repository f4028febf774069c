"""``autograd.differential_operators``, ``extend``, ``builtins`` and ``misc`` on autograd_lite."""

from __future__ import annotations

import builtins
import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_lite as ag
import autograd_lite.numpy as anp
from autograd_lite.core.dispatch import untracked
from autograd_lite.scipy import signal

from .hips_checks import Space, check_grads, make_jvp, make_vjp, name_of, unary_to_nary

# Differential operators


def _scalar_vjp(fun: Callable[[Any], Any], x: Any) -> tuple[Any, Any]:
    pull, out = make_vjp(fun, x)
    if Space(out).size != 1:
        raise TypeError("grad applies to functions with one real number as their value")
    return out, pull(Space(out).ones())


@unary_to_nary
def grad(fun: Callable[[Any], Any], x: Any) -> Any:
    """
    Returns a function which computes the gradient."""
    return _scalar_vjp(fun, x)[1]


@unary_to_nary
def value_and_grad(fun: Callable[[Any], Any], x: Any) -> Any:
    """Return value and gradient."""
    return _scalar_vjp(fun, x)


@unary_to_nary
def grad_and_aux(fun: Callable[[Any], Any], x: Any) -> Any:
    """Return the gradient of the first output and the second output."""
    return ag.grad(lambda x: builtins.tuple(fun(x)), has_aux=True)(x)


@unary_to_nary
def elementwise_grad(fun: Callable[[Any], Any], x: Any) -> Any:
    """Return the sum of each column of the Jacobian."""
    return ag.elementwise_grad(fun)(x)


@unary_to_nary
def deriv(fun: Callable[[Any], Any], x: Any) -> Any:
    """Return the derivative along ones."""
    return make_jvp(fun, x)(Space(x).ones())[1]


@unary_to_nary
def jacobian(fun: Callable[[Any], Any], x: Any) -> Any:
    """Return the Jacobian."""
    return ag.jacobian(fun)(x)


@unary_to_nary
def holomorphic_grad(fun: Callable[[Any], Any], x: Any) -> Any:
    """Return the complex derivative."""
    return ag.grad(fun, holomorphic=True)(x)


@unary_to_nary
def hessian(fun: Callable[[Any], Any], x: Any) -> Any:
    """Return the Hessian."""
    return ag.hessian(fun)(x)


@unary_to_nary
def make_hvp(fun: Callable[[Any], Any], x: Any) -> Any:
    """Return the function v ↦ H v, and the gradient."""
    return make_vjp(ag.grad(fun), x)


def hessian_tensor_product(fun: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """Return the function of the arguments and a tensor that gives H v."""

    def product(*args_and_v: Any) -> Any:
        *args, v = args_and_v
        return ag.hvp(lambda x: fun(*args[:argnum], x, *args[argnum + 1 :]), args[argnum], v)

    return product


def tensor_jacobian_product(fun: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """Return the function of the arguments and a tensor that gives the tensor contracted with the Jacobian."""

    def product(*args_and_v: Any) -> Any:
        *args, v = args_and_v
        return jacobian(lambda *args: np.tensordot(v, fun(*args), axes=np.ndim(v)), argnum)(*args)

    return product


def make_ggnvp(f: Callable[..., Any], g: Any = lambda x: 0.5 * np.sum(x**2, axis=-1), f_argnum: int = 0) -> Any:
    """Return the maker of products with the generalised Gauss-Newton matrix."""

    @unary_to_nary
    def make(f: Callable[[Any], Any], x: Any) -> Any:
        out, pull = ag.vjp(f, x)
        return lambda v: pull(ag.hvp(g, out, ag.jvp(f, (x,), (v,))[1]))[0]

    return make(f, f_argnum)


def grad_named(fun: Callable[..., Any], argname: str) -> Callable[..., Any]:
    """Return the gradient with respect to a named argument."""
    return grad(fun, list(inspect.signature(fun).parameters).index(argname))


def quick_grad_check(fun: Callable[..., Any], arg0: Any, extra_args: Any = (), **_: Any) -> None:
    """Check reverse mode to first order."""
    check_grads(lambda x: fun(x, *extra_args), modes=["rev"], order=1)(arg0)


OPERATORS = {
    "checkpoint": ag.checkpoint,
    "deriv": deriv,
    "elementwise_grad": elementwise_grad,
    "grad": grad,
    "grad_and_aux": grad_and_aux,
    "grad_named": grad_named,
    "hessian": hessian,
    "hessian_tensor_product": hessian_tensor_product,
    "hessian_vector_product": hessian_tensor_product,
    "holomorphic_grad": holomorphic_grad,
    "jacobian": jacobian,
    "make_ggnvp": make_ggnvp,
    "make_hvp": make_hvp,
    "make_jvp": unary_to_nary(make_jvp),
    "make_vjp": unary_to_nary(make_vjp),
    "tensor_jacobian_product": tensor_jacobian_product,
    "value_and_grad": value_and_grad,
    "vector_jacobian_product": tensor_jacobian_product,
}

# Primitives with rules that are added later. Arguments may be functions or containers here, so this is `custom_vjp`.

Maker = Callable[..., Callable[[Any], Any]]


class Primitive:
    """A function, and what makes its vjp with respect to all arguments in question at once."""

    def __init__(self, function: Callable[..., Any]):
        functools.update_wrapper(self, function)
        self.function = function
        self.make: Callable[[Any, Any, Any, Any], Any] | None = None
        self.deprecated: dict[int, Maker | None] = {}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        def run(*args: Any) -> Any:
            return self.function(*untracked(args), **kwargs)

        def forward(*args: Any) -> Any:
            out = rule(*args) if _recorded(args) else run(*args)
            return out, (out, args)

        def backward(residuals: Any, g: Any) -> Any:
            if self.make is None:
                raise NotImplementedError(f"VJP of {name_of(self)} not defined")
            out, args = residuals
            return self.make(out, args, kwargs, g)

        rule = ag.custom_vjp(run)
        rule.defvjp(forward, backward)
        return rule(*args)

    def defgrad(self, maker: Maker | None, argnum: int = 0) -> None:
        """Set the rule of one argument: ``maker(ans, *args)(g)``; the name of the oldest versions."""
        self.deprecated[argnum] = maker
        positions = sorted(self.deprecated)
        defvjp(self, *(self.deprecated[i] for i in positions), argnums=positions)

    def defvjp(self, rule: Callable[..., Any], argnum: int = 0) -> None:
        """Set the rule of one argument: ``rule(g, ans, vs, gvs, *args)``; the name of old versions."""
        self.defgrad(lambda ans, *args: lambda g: rule(g, ans, None, None, *args), argnum)

    def defvjp_is_zero(self, argnums: Any = (0,)) -> None:
        """Declare that nothing depends on these arguments."""
        for argnum in argnums:
            self.defgrad(None, argnum)


def _recorded(args: Any) -> bool:
    return any(isinstance(arg, ag.Tensor) and arg.node is not None for arg in args)


def defvjp(function: Primitive, *makers: Maker | None, argnums: Any = None) -> None:
    """Set one rule for each argument: ``maker(ans, *args, **kwargs)(g)``."""
    rules = dict(zip(range(len(makers)) if argnums is None else argnums, makers, strict=False))

    def make(ans: Any, args: Any, kwargs: Any, g: Any) -> Any:
        found = [rules.get(i) for i in range(len(args))]
        return builtins.tuple(None if maker is None else maker(ans, *args, **kwargs)(g) for maker in found)

    function.make = make


def defvjp_argnum(function: Primitive, maker: Callable[..., Any]) -> None:
    """Set one rule for all arguments: ``maker(argnum, ans, args, kwargs)(g)``."""
    function.make = lambda ans, args, kwargs, g: builtins.tuple(
        maker(i, ans, args, kwargs)(g) for i in range(len(args))
    )


def defvjp_argnums(function: Primitive, maker: Callable[..., Any]) -> None:
    """Set one rule for all arguments together: ``maker(argnums, ans, args, kwargs)(g)``."""
    function.make = lambda ans, args, kwargs, g: builtins.tuple(
        maker(builtins.tuple(range(len(args))), ans, args, kwargs)(g)
    )


def ignored(*_: Any, **__: Any) -> None:
    """Stand for ``defjvp`` and the like: forward mode follows from the reverse rules here."""


EXTEND = {
    "def_linear": ignored,
    "defjvp": ignored,
    "defjvp_argnum": ignored,
    "defjvp_argnums": ignored,
    "defvjp": defvjp,
    "defvjp_argnum": defvjp_argnum,
    "defvjp_argnums": defvjp_argnums,
    "notrace_primitive": lambda f: lambda *args, **kwargs: f(*untracked(args), **kwargs),
    "primitive": Primitive,
    "register_notrace": ignored,
    "vspace": Space,
}

# Built-in types: containers are traversed as they are, so each is just the type it is named after.


class _Like(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, cls.__bases__)


class Tuple(builtins.tuple, metaclass=_Like):
    """``autograd.tuple``: makes tuples."""

    def __new__(cls, *args: Any) -> Any:
        """Return a plain tuple."""
        return builtins.tuple(*args)


class List(builtins.list, metaclass=_Like):
    """``autograd.list``: makes lists."""

    def __new__(cls, *args: Any) -> Any:
        """Return a plain list."""
        return builtins.list(*args)


class Dict(builtins.dict, metaclass=_Like):
    """``autograd.dict``: makes dicts."""

    def __new__(cls, *args: Any, **items: Any) -> Any:
        """Return a plain dict."""
        return builtins.dict(*args, **items)


BUILTINS = {
    "dict": Dict,
    "isinstance": lambda value, kind: isinstance(untracked(value), kind),
    "list": List,
    "tuple": Tuple,
    "type": lambda value: type(untracked(value)),
}

# Helpers


def flatten(value: Any) -> tuple[Any, Callable[[Any], Any]]:
    """Return a container as one vector, and the function that makes the container of a vector again."""
    pull, flat = make_vjp(_flat, value)
    return flat, pull


def _flat(value: Any) -> Any:
    if isinstance(value, builtins.dict):
        value = [value[key] for key in sorted(value)]
    if isinstance(value, builtins.tuple | builtins.list):
        return np.concatenate([_flat(item) for item in value]) if value else np.zeros(0)
    return anp.ravel(value)


def fixed_point(f: Callable[[Any], Any], a: Any, x0: Any, distance: Callable[[Any, Any], Any], tol: float) -> Any:
    """Return the solution of x = f(a)(x) by iteration; differentiable in ``a`` by the implicit function theorem."""

    def solve(a: Any) -> Any:
        step, x = f(a), x0
        while distance(following := step(x), x) > tol:
            x = following
        return following

    def backward(residuals: Any, g: Any) -> Any:
        a, x = residuals
        pull = ag.vjp(lambda x: f(a)(x), x)[1]
        w = g
        while distance(following := pull(w)[0] + g, w) > tol:
            w = following
        return ag.vjp(lambda a: f(a)(x), a)[1](following)

    rule = ag.custom_vjp(solve)
    rule.defvjp(lambda a: (solve(a), (a, solve(a))), backward)
    return rule(a)


# What autograd adds to functions of NumPy and SciPy


def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """Return ``np.where``, whose arguments are by position only, by keyword too."""
    return anp.where(condition) if x is None and y is None else anp.where(condition, x, y)


def convolve(a: Any, b: Any, axes: Any = None, dot_axes: Any = ((), ()), mode: str = "full") -> Any:
    """Return the convolution along pairs of axes, contracted over others: axes left alone first, those of ``a`` before.

    ``scipy.signal.convolve`` knows neither ``axes`` nor ``dot_axes``; this is their meaning, in NumPy's functions.
    """
    if axes is None and dot_axes == ((), ()):
        return signal.convolve(a, b, mode)
    letters = iter("abcdefghijklmnopqrstuvwxyz")
    of_a, of_b = ([next(letters) for _ in x.shape] for x in (a, b))
    for i, j in zip(*dot_axes, strict=True):
        of_b[j] = of_a[i]
    summed, moved = {of_a[i] for i in dot_axes[0]}, []
    for i, j in zip(*(axes if axes is not None else [range(a.ndim)] * 2), strict=True):
        summed.add(of_b[j])
        moved.append(of_a[i])
    windows, subscripts = _windows(a, b, axes, of_a, of_b)
    kept = [x for x in of_a if x not in summed and x not in moved] + [x for x in of_b if x not in summed]
    full = np.einsum(f"{subscripts},{''.join(of_b)}->{''.join(kept + moved)}", windows, b)
    for k, (i, j) in enumerate(zip(*axes, strict=True)):
        n, m = a.shape[i], b.shape[j]
        start = {"full": 0, "same": (m - 1) // 2, "valid": min(n, m) - 1}[mode]
        length = {"full": n + m - 1, "same": n, "valid": abs(n - m) + 1}[mode]
        axis = len(kept) + k
        full = full[(slice(None),) * axis + (slice(start, start + length),)]
    return full


def _windows(a: Any, b: Any, axes: Any, of_a: list[str], of_b: list[str]) -> tuple[Any, str]:
    """Return ``a`` with each convolved axis as two, places and places of the kernel, and its letters."""
    names = list(of_a)
    for i, j in sorted(zip(*axes, strict=True), reverse=True):
        n, m = a.shape[i], b.shape[j]
        a = np.pad(a, [(m - 1, m - 1) if axis == i else (0, 0) for axis in range(a.ndim)])
        places = np.arange(n + m - 1)[:, None] + (m - 1) - np.arange(m)
        a = np.take(a, places, axis=i)
        names.insert(i + 1, of_b[j])
    return a, "".join(names)
