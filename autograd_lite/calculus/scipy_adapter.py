"""A function with its derivatives in the form that `scipy.optimize` asks for."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.calculus.objective import Evaluated, Objective, Packing


class ScipyFunctions(NamedTuple):
    """What `as_scipy` returns: functions of a flat vector and further arguments.

    Attributes
    ----------
    fun, jac, hess : callable
        Value, gradient of shape (n,), Hessian of shape (n, n) at ``x`` of shape (n,).
    hessp : callable
        ``hessp(x, v, *args)`` is the product of the Hessian with a vector.
    """

    fun: Callable[..., float]
    jac: Callable[..., np.ndarray]
    hess: Callable[..., np.ndarray]
    hessp: Callable[..., np.ndarray]


def as_scipy(f: Callable[..., Any], like: Any = None) -> ScipyFunctions:
    """Return a function with exact derivatives for the solvers of `scipy.optimize`.

    The function runs once at each point, whichever of the derivatives are asked for there.

    Parameters
    ----------
    f : callable
        ``f(x, *args)`` gives a number.
    like : array or container of arrays, optional
        What ``f`` takes; SciPy's flat vectors are put into this shape. A vector if not given.

    Returns
    -------
    ScipyFunctions
        ``fun``, ``jac``, ``hess`` and ``hessp``.

    Examples
    --------
    >>> import numpy as np
    >>> import scipy.optimize
    >>> from autograd_lite.calculus import as_scipy
    >>> p = as_scipy(lambda x: (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2)
    >>> result = scipy.optimize.minimize(p.fun, [-1.2, 1.0], jac=p.jac, hess=p.hess, method="trust-exact")
    >>> np.round(result.x, 6)
    array([1., 1.])
    """
    known: list[tuple[tuple[Any, ...], Objective]] = []  # with the arguments of the last call

    def at(x: Any, args: tuple[Any, ...]) -> Evaluated:
        vector = np.array(x, dtype=float)
        if not (known and len(args) == len(known[0][0]) and all(map(operator.is_, args, known[0][0]))):
            objective = Objective(f, Packing(vector if like is None else like, "as_scipy"), args, who="as_scipy")
            objective.curved = True
            known[:] = [(args, objective)]
        return known[0][1].at(vector)

    return ScipyFunctions(
        fun=lambda x, *args: at(x, args).value,
        jac=lambda x, *args: at(x, args).gradient,
        hess=lambda x, *args: at(x, args).hessian,
        hessp=lambda x, v, *args: at(x, args).hvp(np.asarray(v, dtype=float)),
    )
