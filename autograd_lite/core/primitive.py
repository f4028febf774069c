"""The door for rules: declaring what stands for a NumPy function where a Tensor is among its arguments.

- `primitive` declares a function with derivative rules of its own;
- `implements` declares one that is composed of others, or that sorts NumPy's arguments for a primitive;
- `constant` declares functions whose derivative is zero wherever it exists;
- `refuse` declares functions that cannot be differentiated, and says what to use instead.

The package's own rules come in through this door, and users' do.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from autograd_lite.core.calling import several_call
from autograd_lite.core.dispatch import CONSTANTS, IMPLEMENTATIONS, REFUSALS
from autograd_lite.core.plan import ELEMENTWISE, GENERAL, LINEAR, MULTILINEAR, Primitive, Rule
from autograd_lite.core.recording import apply, binary_call, unary_call

Function = TypeVar("Function", bound=Callable[..., Any])

#: Every primitive, in the order of declaration.
PRIMITIVES: list[Primitive] = []


def primitive(
    function: Callable[..., Any],
    *,
    kind: str = GENERAL,
    name: str | None = None,
    array_function: Callable[..., Any] | None = None,
    outputs: int | None = None,
    each: Rule | None = None,
    batched: bool = False,
    selects: bool = False,
    lazy: bool = False,
    **rules: Rule | str | None,
) -> Callable[..., Any]:
    """Declare a differentiable function and its derivative rules.

    Parameters
    ----------
    function : callable
        Takes arrays by position and metadata by keyword, and returns an array.
    kind : {"elementwise", "linear", "multilinear", "general"}
        What its Jacobian is like: diagonal up to broadcasting; the function itself; the function itself in each
        argument; or anything. Forward mode follows from it.
    name : str, optional
        Shown in errors and pictures; the function's own if not given.
    array_function : callable, optional
        A NumPy function or ufunc that this stands for, if calls of it are to come here.
    outputs : int, optional
        How many arrays the function returns in a tuple; rules then get a tuple of cotangents, None where none arrived.
    each : callable, optional
        One rule ``each(g, i, ...)`` for all of a variable number of arguments, in place of ``rules``.
    batched : bool
        Whether the rules let leading batch axes on the cotangent pass through. If not, Jacobians loop over this one.
    selects : bool
        Whether zeros in the rules' answers are structural, as those of ``where`` are.
    lazy : bool
        Whether a rule may answer with a `LazyCotangent`.
    **rules : callable, None or str
        For each array argument, by name and in order: the rule, a lambda over the cotangent ``g`` and what it reads
        (arguments, ``out``, keywords, ``x_shape``, ``out_shape``) by name. None: never differentiated. A string:
        cannot be differentiated, and why.

    Returns
    -------
    callable
        The function for Tensors; on plain arrays it gives plain arrays.

    Examples
    --------
    >>> import numpy as np, autograd_lite as ag
    >>> cube = ag.primitive(lambda x: x**3, kind="elementwise", name="cube", x=lambda g, x: g * 3 * x**2)
    >>> float(ag.grad(cube)(2.0)), float(ag.grad(ag.grad(cube))(2.0))
    (12.0, 12.0)
    """
    declared = Primitive(
        function, kind=kind, name=name, outputs=outputs, each=each, batched=batched, selects=selects, lazy=lazy, **rules
    )
    PRIMITIVES.append(declared)
    make = _compiler(declared)
    recorded = _general_call(declared) if make is None else _compiled_on_first_use(declared, make, array_function)
    recorded.__name__ = declared.name
    recorded.__doc__ = function.__doc__
    if array_function is not None:
        IMPLEMENTATIONS[array_function] = recorded
    return recorded


def _compiler(declared: Primitive) -> Callable[[Primitive], Callable[..., Any]] | None:
    """Return what compiles the recording function of a primitive; None where `apply` has to do."""
    rules = declared.rules
    if declared.outputs is not None or not rules or not all(callable(rule) for rule in rules):
        return None
    if len(rules) == 1:
        return unary_call
    if len(rules) == 2 and declared.kind in (ELEMENTWISE, MULTILINEAR) and not declared.keywords:
        return binary_call
    return None if declared.keywords or isinstance(declared.function, np.ufunc) else several_call


def _general_call(declared: Primitive) -> Callable[..., Any]:
    """Return the function that applies a primitive by `apply`; one of a ufunc refuses its out=, where= and dtype=."""

    def recorded(*args: Any, **keywords: Any) -> Any:
        return apply(declared, args, keywords)

    def recorded_ufunc(*args: Any, **keywords: Any) -> Any:
        if keywords or len(args) != len(declared.arguments):
            signature.bind(*args, **keywords)
        return apply(declared, args)

    if not isinstance(declared.function, np.ufunc) or declared.each is not None:
        return recorded
    parameters = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY) for name in declared.arguments]
    signature = inspect.Signature(parameters)
    recorded_ufunc.__signature__ = signature  # pyright: ignore[reportFunctionMemberAccess]
    return recorded_ufunc


def _compiled_on_first_use(
    declared: Primitive,
    make: Callable[[Primitive], Callable[..., Any]],
    array_function: Callable[..., Any] | None,
) -> Callable[..., Any]:
    """Return a function that compiles itself when it is first called: compiling all at import would take 20 ms."""
    compiled: Callable[..., Any] | None = None

    def recorded(*args: Any, **keywords: Any) -> Any:
        nonlocal compiled
        if compiled is None:
            compiled = make(declared)
            compiled.__name__ = declared.name
            if array_function is not None and IMPLEMENTATIONS.get(array_function) is recorded:
                IMPLEMENTATIONS[array_function] = compiled
        return compiled(*args, **keywords)

    return recorded


# The package's own declarations: their rules let batch axes pass, which the table of operations in the tests checks.
elementwise = functools.partial(primitive, kind=ELEMENTWISE, batched=True)
linear = functools.partial(primitive, kind=LINEAR, batched=True)
multilinear = functools.partial(primitive, kind=MULTILINEAR, batched=True)
general = functools.partial(primitive, kind=GENERAL, batched=True)


def implements(*functions: Callable[..., Any]) -> Callable[[Function], Function]:
    """Declare the decorated function to stand for these NumPy functions where a Tensor is among the arguments.

    Parameters
    ----------
    *functions : callable
        Functions that NumPy dispatches on.

    Returns
    -------
    callable
        A decorator that gives the function back unchanged.
    """

    def declare(implementation: Function) -> Function:
        for function in functions:
            IMPLEMENTATIONS[function] = implementation
        return implementation

    return declare


def constant(*functions: Callable[..., Any]) -> None:
    """Declare functions that are constant almost everywhere: they run on the values and give plain arrays."""
    for function in functions:
        IMPLEMENTATIONS.pop(function, None)
    CONSTANTS.update(functions)


def refuse(*functions: Callable[..., Any], because: str) -> None:
    """Declare functions that cannot be differentiated.

    Parameters
    ----------
    *functions : callable
    because : str
        The reason, and the nearest function that can.
    """
    for function in functions:
        IMPLEMENTATIONS.pop(function, None)
        CONSTANTS.discard(function)
        REFUSALS[function] = because
