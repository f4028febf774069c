"""``scipy.integrate`` for Tensors: `odeint`; everything else of it unchanged.

SciPy is imported when something of it is first used.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd_lite.core.cotangents import Tracked
from autograd_lite.core.dispatch import untracked
from autograd_lite.core.plan import flatten_batch, stack_batch
from autograd_lite.core.recording import record_jointly
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import UnsupportedArgumentError
from autograd_lite.numpy._lists import stacked
from autograd_lite.transforms.reverse import vjp


def __getattr__(name: str) -> Any:
    found = getattr(_scipy_integrate(), name)
    globals()[name] = found  # the next look-up is then a plain one
    return found


def __dir__() -> list[str]:
    return dir(_scipy_integrate())


def _scipy_integrate() -> Any:
    return importlib.import_module("scipy.integrate")


def odeint(func: Callable[..., Any], y0: Any, t: Any, args: Any = (), **options: Any) -> Any:
    """Return the solution of dy/dt = func(y, t, ...) at given times, differentiable in all numbers that go in.

    Parameters
    ----------
    func : callable
        ``func(y, t, *args)`` gives dy/dt, of the shape of ``y``. It must not read a Tensor that is being differentiated
        from outside: pass it through ``args``.
    y0 : Tensor or array of shape (n,)
        The initial value.
    t : Tensor or array of shape (m,)
        Increasing or decreasing times; y0 is the value at the first.
    args : tuple of Tensor, array or number, or a single one
        Further arguments of ``func``.
    **options
        Those of `scipy.integrate.odeint`, such as ``rtol`` and ``atol``, for the solution and its adjoint.

    Returns
    -------
    Tensor of shape (m, n), or array if no argument is a Tensor

    Raises
    ------
    UnsupportedArgumentError
        If full output, or the times as the first argument of ``func``, is asked for with Tensors.

    Notes
    -----
    The adjoint a(t) = dL/dy(t) solves da/dt = -aᵀ ∂f/∂y backwards and jumps by the cotangent at each time of ``t``; the
    derivative in the arguments is ∫ aᵀ ∂f/∂args dt (R. Chen et al., *Neural ordinary differential equations*, NeurIPS
    2018, appendix B). It is exact up to the tolerances of the solver, not the derivative of the steps it took.

    Examples
    --------
    >>> import numpy as np, autograd_lite as ag
    >>> from autograd_lite.scipy.integrate import odeint
    >>> decay = lambda rate: odeint(lambda y, t, rate: -rate * y, np.array([1.0]), np.array([0.0, 1.0]), (rate,))[1, 0]
    >>> round(float(ag.grad(decay)(2.0)), 6)  # of exp(-rate)
    -0.135335
    """
    arguments = [stacked(value) for value in (y0, t, *(args if isinstance(args, tuple) else (args,)))]
    if not any(isinstance(value, Tensor) for value in arguments):
        return _scipy_integrate().odeint(func, y0, t, args, **options)
    if options.get("full_output") or options.get("tfirst"):
        raise UnsupportedArgumentError(
            "odeint with Tensors supports neither full_output nor tfirst: func is called as func(y, t, *args)"
        )
    plain = [np.asarray(untracked(value))[()] for value in arguments]
    solution = _scipy_integrate().odeint(
        lambda y, time, *rest: untracked(func(y, time, *rest)), plain[0], plain[1], tuple(plain[2:]), **options
    )
    tracked = [k for k, value in enumerate(arguments) if isinstance(value, Tensor) and value.node is not None]
    if not tracked:
        return Tensor(solution, copy=False)
    problem = _Problem(func, plain, tracked, solution, options)
    return record_jointly("odeint", [arguments[k] for k in tracked], [solution], problem.contributions)[0]


class _Problem:
    """An initial value problem that was solved, and what its adjoint needs.

    Parameters
    ----------
    func : callable
    plain : list of array
        Initial value, times and further arguments.
    tracked : list of int
        Which of them are differentiated.
    solution : array of shape (m, n)
    options : dict
        Of the solver.
    """

    def __init__(
        self,
        func: Callable[..., Any],
        plain: list[Any],
        tracked: list[int],
        solution: np.ndarray,
        options: dict[str, Any],
    ):
        self.func, self.plain, self.tracked, self.solution, self.options = func, plain, tracked, solution, options

    def contributions(self, values: Sequence[Any], g: Any, batch: int) -> list[Any]:
        """Return the cotangent of each tracked argument; batch rows one after another."""
        if batch:
            shape, rows = flatten_batch(g, batch)
            return [stack_batch(list(column), shape) for column in zip(*self._rows(values, rows), strict=True)]
        arguments = list(self.plain)
        for k, value in zip(self.tracked, values, strict=True):
            arguments[k] = value
        solution: Any = self.solution
        if any(isinstance(value, Tracked) for value in values):  # to be differentiated again
            solution = odeint(self.func, arguments[0], arguments[1], tuple(arguments[2:]), **self.options)
        return self._adjoint(arguments, solution, g)

    def _rows(self, values: Sequence[Any], rows: list[Any]) -> Iterator[list[Any]]:
        for row in rows:
            yield self.contributions(values, row, 0)

    def _adjoint(self, arguments: list[Any], solution: Any, g: Any) -> list[Any]:
        times, rest = arguments[1], arguments[2:]
        wanted = [k - 2 for k in self.tracked if k >= 2]
        adjoint = g[-1]
        gathered = np.zeros(sum(math.prod(rest[k].shape) for k in wanted))
        to_times = []
        for i in range(times.shape[0] - 1, 0, -1):
            to_times.append(np.sum(g[i] * self.func(solution[i], times[i], *rest)))
            adjoint, gathered = self._step_back(adjoint, gathered, solution[i], times[i - 1 : i + 1], rest, wanted)
            if i == 1:
                to_times.append(-np.sum(adjoint * self.func(solution[0], times[0], *rest)))
            adjoint = adjoint + g[i - 1]
        found: dict[int, Any] = {0: adjoint}
        found[1] = np.stack(to_times[::-1]) if to_times else np.zeros(times.shape)
        start = 0
        for k in wanted:
            size = math.prod(rest[k].shape)
            found[k + 2] = np.reshape(gathered[start : start + size], rest[k].shape)
            start += size
        return [found[k] for k in self.tracked]

    def _step_back(
        self, adjoint: Any, gathered: Any, y: Any, between: Any, rest: list[Any], wanted: list[int]
    ) -> tuple[Any, Any]:
        """Carry adjoint and gathered derivatives from one time to the one before, in the time s = -t."""
        n = y.shape[0]

        def backwards(state: Any, s: Any, *rest: Any) -> Any:
            def of_wanted(y: Any, *chosen: Any) -> Any:
                every = list(rest)
                for k, value in zip(wanted, chosen, strict=True):
                    every[k] = value
                return self.func(y, -s, *every)

            slope, pull = vjp(of_wanted, state[:n], *(rest[k] for k in wanted))
            return np.concatenate([-slope, *(np.reshape(part, -1) for part in pull(state[n : 2 * n]))])

        start = np.concatenate([y, adjoint, gathered])
        end = odeint(backwards, start, -between[::-1], tuple(rest), **self.options)[1]
        return end[n : 2 * n], end[2 * n :]
