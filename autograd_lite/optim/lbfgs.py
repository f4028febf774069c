"""`LBFGS`: a quasi-Newton method that remembers a few differences of gradients in place of a Hessian."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_lite.calculus.minimization.limited_memory import inverse_hessian_times
from autograd_lite.calculus.minimization.line_search import Trial, strong_wolfe
from autograd_lite.errors import NaNError, StructureError
from autograd_lite.optim.hyperparameters import natural, number
from autograd_lite.optim.optimizer import Optimizer, evaluated, no_gradient
from autograd_lite.optim.rules import Rule
from autograd_lite.optim.states import matched_groups, packed_groups


class LBFGS(Optimizer):
    """L-BFGS: Newton's method with curvature measured along the way, for losses without noise.

    The direction is -H g, H being what the last ``history_size`` pairs of steps s and gradient differences y make of
    γI with γ = sᵀy / yᵀy (J. Nocedal & S. Wright, *Numerical Optimization*, 2nd ed., Springer 2006, algorithms 7.4
    and 7.5, equation 7.20). Without a line search the step has the length ``lr``.

    Each ``step`` makes up to ``max_iter`` iterations and calls ``closure``, which clears the gradients, computes the
    loss and runs ``backward``, as often as it needs. It is made for the whole data, not for mini-batches.

    Parameters
    ----------
    parameters : iterable of Tensor
        Tracked leaves, in one group.
    lr : float
        The length of a step, or the first one that the line search tries.
    max_iter : int
        Iterations in one ``step``.
    max_eval : int, optional
        Calls of the closure in one ``step``; 5/4 of ``max_iter`` if not given.
    tolerance_grad : float
        It ends when no element of the gradient is larger.
    tolerance_change : float
        It ends when neither an element of the parameters nor the loss changes by more.
    history_size : int
        How many pairs are remembered.
    line_search_fn : {None, "strong_wolfe"}
        With ``"strong_wolfe"`` the loss never rises, and ``lr=1`` is right.

    Raises
    ------
    StructureError
        If there are no parameters, one is given twice, or there are several groups.
    ValueError
        If a number is out of its range.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import Tensor, optim
    >>> x = Tensor([-1.2, 1.0], requires_grad=True)
    >>> optimizer = optim.LBFGS([x], max_iter=100, line_search_fn="strong_wolfe")
    >>> def rosenbrock():
    ...     optimizer.zero_grad()
    ...     loss = (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
    ...     loss.backward()
    ...     return loss
    >>> _ = optimizer.step(rosenbrock)
    >>> np.round(x.data, 3)
    array([1., 1.])
    """

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 1.0,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ):
        self._past = Past()
        super().__init__(
            parameters, lr, max_iter=max_iter, max_eval=max_iter * 5 // 4 if max_eval is None else max_eval,
            tolerance_grad=tolerance_grad, tolerance_change=tolerance_change, history_size=history_size,
            line_search_fn=line_search_fn,
        )  # fmt: skip

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Take the one group there can be."""
        if self.param_groups:
            raise StructureError("LBFGS has one direction for all parameters, so it takes one group of them only")
        super().add_param_group(group)

    @property
    def has_stepped(self) -> bool:
        """Whether a parameter was updated yet."""
        return self._past.iterations > 0

    def compose(self, group: Mapping[str, Any]) -> Sequence[Rule]:
        """Return no rules: the direction is made here."""
        for name in ("max_iter", "max_eval", "history_size"):
            natural(group[name], name, self._name)
        for name in ("tolerance_grad", "tolerance_change"):
            number(group[name], name, self._name)
        if group["line_search_fn"] not in (None, "strong_wolfe"):
            raise ValueError(f"LBFGS(line_search_fn={group['line_search_fn']!r}): None or 'strong_wolfe' is needed")
        return []

    def step(self, closure: Callable[[], Any] | None = None, error_if_nonfinite: bool = True) -> Any:
        """Make up to ``max_iter`` iterations.

        Parameters
        ----------
        closure : callable
            Clears the gradients, computes the loss, calls ``backward`` on it, and returns it.
        error_if_nonfinite : bool
            Whether to raise when the loss is NaN or infinite; if not, the iterations end.

        Returns
        -------
        Tensor
            The loss before the first iteration.

        Raises
        ------
        TypeError
            If there is no closure, or it returns no loss.
        NaNError
            If the loss is NaN or infinite where the iterations start, or after a step without a line search; the
            parameters are then those before that step.
        """
        if closure is None:
            raise TypeError(
                "LBFGS.step(closure) evaluates the loss several times: pass a function that calls zero_grad(), "
                "computes the loss, calls backward() on it and returns it"
            )
        if self.param_groups[0] != self._seen[0]:
            self._recompose(0)
        group = self.param_groups[0]
        first = evaluated(closure)
        if first is None:
            raise TypeError("LBFGS.step(closure): the closure must return the loss, and it returned None")
        here = Trial(0.0, float(first), 0.0, self._gradient())
        self._past.evaluations += 1
        calls = 1
        if not math.isfinite(here.loss):
            _check(here.loss, "where it starts", error_if_nonfinite)
            return first
        for iteration in range(group["max_iter"]):
            if _largest(here.gradient) <= group["tolerance_grad"] or calls >= group["max_eval"]:
                break
            x = self._point()
            there, used = self._advance(closure, x, here, last=iteration == group["max_iter"] - 1)
            calls += used
            self._past.evaluations += used
            if not math.isfinite(there.loss):
                self._put(x)
                _check(there.loss, f"after a step of length {there.length:.3g}", error_if_nonfinite)
                break
            moved = _largest(self._past.direction) * there.length
            if moved <= group["tolerance_change"] or abs(there.loss - here.loss) < group["tolerance_change"]:
                break
            here = there
        return first

    def _advance(self, closure: Callable[[], Any], x: np.ndarray, here: Trial, last: bool) -> tuple[Trial, int]:
        """Make one iteration from x; return what was found at its end, and how many times the closure was called."""
        group, past = self.param_groups[0], self._past
        past.turn(here.gradient, group["history_size"])
        slope = float(here.gradient @ past.direction)
        past.length = 0.0
        if slope > -group["tolerance_change"]:
            return here._replace(length=0.0), 0
        length = group["lr"] * (1.0 if past.iterations > 1 else min(1.0, 1 / float(np.abs(here.gradient).sum())))
        calls = 0

        def evaluate(length: float) -> Trial:
            nonlocal calls
            calls += 1
            self._put(x + length * past.direction)
            loss = float(evaluated(closure))
            gradient = self._gradient()
            return Trial(length, loss, float(gradient @ past.direction), gradient)

        if group["line_search_fn"]:
            origin = Trial(0.0, here.loss, slope, here.gradient)
            there = strong_wolfe(evaluate, origin, length, group["tolerance_change"] / _largest(past.direction))
            self._put(x + there.length * past.direction)
        elif last:  # nobody would use the loss and the gradient there
            self._put(x + length * past.direction)
            there = here._replace(length=length)
        else:
            there = evaluate(length)
        past.length = there.length
        return there, calls

    # All parameters as one vector

    def _point(self) -> np.ndarray:
        for block in self._blocks[0]:
            block.adopt()
        return np.concatenate([block.values for block in self._blocks[0]]).astype(np.float64)

    def _put(self, x: np.ndarray) -> None:
        start = 0
        for block in self._blocks[0]:
            block.put(x[start : start + block.values.size])
            start += block.values.size

    def _gradient(self) -> np.ndarray:
        """Return the gradient as one vector, zero where there is none."""
        parts: list[Any] = []
        for block in self._blocks[0]:
            gradients, _ = block.gradients()
            parts += [
                np.zeros(parameter.size) if gradient is None else np.reshape(gradient, -1)
                for gradient, parameter in zip(gradients, block.parameters, strict=True)
            ]
        if all(parameter.grad is None for parameter in self.parameters):
            raise no_gradient(self)
        return np.concatenate(parts).astype(np.float64)

    # What is remembered

    def state_dict(self) -> dict[str, Any]:
        """Return copies of everything that the next steps depend on beside the parameters.

        Returns
        -------
        dict
            As of any `Optimizer`; what concerns all parameters as one vector stands at position 0.
        """
        past = {name: np.array(value) if np.ndim(value) else value for name, value in vars(self._past).items()}
        return {"state": {0: past} if self._past.iterations else {}, "param_groups": packed_groups(self)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a stored state.

        Parameters
        ----------
        state : mapping
            From `state_dict` of an `LBFGS` with the same parameters.

        Raises
        ------
        StructureError
            If it does not fit; nothing is changed then.
        """
        (group,) = matched_groups(self, state)
        entries = state["state"]
        entry = entries.get(0, entries.get("0", {}))
        past, size = Past(), self._point().size
        wrong = sorted(set(entry) ^ set(vars(past))) if entry else []
        wrong += [name for name in ("direction", "gradient") if name in entry and np.shape(entry[name]) != (size,)]
        wrong += [name for name in ("steps", "changes") if name in entry and np.shape(entry[name])[1:] != (size,)]
        if wrong:
            raise StructureError(
                f"LBFGS.load_state_dict: {wrong} of the state are missing, unknown, or not of the length {size} of all "
                f"parameters together, so nothing was loaded"
            )
        for name, start in vars(past).items():
            value = entry.get(name, start)
            vars(past)[name] = np.array(value, float) if isinstance(start, np.ndarray) else type(start)(value)
        self.param_groups[0].update(group)
        self._past = past


class Past:
    """What L-BFGS remembers: pairs of steps and of what they changed in the gradient, the oldest first.

    Attributes
    ----------
    steps, changes : ndarray of shape (pairs, n)
        s and y.
    direction, gradient : ndarray of shape (n,)
        Of the last iteration, and where that started.
    length : float
        How many times that direction was gone.
    iterations, evaluations : int
        In all steps together.
    """

    def __init__(self) -> None:
        self.steps = self.changes = np.zeros((0, 0))
        self.direction = self.gradient = np.zeros(0)
        self.length = 0.0
        self.iterations = self.evaluations = 0

    def turn(self, gradient: np.ndarray, history_size: int) -> None:
        """Learn from the last step, and take the direction for this gradient."""
        if self.iterations == 0:
            self.steps = self.changes = np.zeros((0, gradient.size))
        else:
            step, change = self.length * self.direction, gradient - self.gradient
            if step @ change > 1e-10:  # else H would not be positive definite any more
                self.steps = np.vstack([self.steps, step])[-history_size:]
                self.changes = np.vstack([self.changes, change])[-history_size:]
        self.direction = -inverse_hessian_times(gradient, self.steps, self.changes)
        self.gradient = gradient
        self.iterations += 1


def _largest(vector: np.ndarray) -> float:
    return float(np.max(np.abs(vector), initial=0.0))


def _check(loss: float, where: str, strict: bool) -> None:
    """Raise about a loss that is no number, if asked for."""
    if strict:
        raise NaNError(
            f"LBFGS.step(): the loss is {loss} {where}, and the parameters are those from before. Try "
            f"line_search_fn='strong_wolfe', which shortens such steps, or a smaller lr."
        )
