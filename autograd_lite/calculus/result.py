"""What a solver answers: the point, how good it is, why it ended and what it cost.

Every solver of `autograd_lite.calculus` returns a `Result`, or a frozen dataclass derived from it that adds what only
that solver knows. Why it ended is a `Reason`: a named value that says whether it is a success, and what to do if not.
"""

from __future__ import annotations

import copy
import enum
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, NamedTuple, Self

from autograd_lite.calculus.plots import plot_result


class Reason(enum.Enum):
    """Why a solver ended: a named outcome, and advice.

    Attributes
    ----------
    words : str
        What happened.
    advice : str
        What to do about it; empty for a success.
    converged : bool
        Whether it is a success.

    Examples
    --------
    >>> from autograd_lite.calculus import Reason
    >>> Reason.MAX_ITERATIONS.converged, Reason.MAX_ITERATIONS.advice
    (False, 'Raise max_iterations, start from the point that was returned, or try another method.')
    """

    CONVERGED = ("the tolerances are met", "", True)
    PRECISION = ("no further progress is possible in floating point", "", True)
    MAX_ITERATIONS = (
        "the iterations are used up",
        "Raise max_iterations, start from the point that was returned, or try another method.",
        False,
    )
    STOPPED = ("the callback asked to stop", "Start from the point that was returned to go on.", False)
    NO_PROGRESS = (
        "no step made it better, though the tolerances are not met",
        "Check the derivatives (autograd_lite.check_grads) and whether the function has kinks or noise; rescale the "
        "variables, or try another method or start.",
        False,
    )
    NOT_FINITE_AT_START = (
        "the function or its derivative is NaN or infinite at the start",
        "Start where the function is finite; autograd_lite.debug() names the operation that made a NaN.",
        False,
    )
    NOT_FINITE = (
        "a NaN or an infinity appeared, and could not be avoided by shorter steps",
        "Start elsewhere, set bounds, or keep the function from leaving its domain (np.where).",
        False,
    )
    UNBOUNDED = (
        "the value falls without end",
        "Check the sign of the function (minimize -f to maximize f); set bounds or add a penalty.",
        False,
    )
    DIVERGED = (
        "the iterates run away",
        "Start nearer, give a bracket or bounds, or use a damped method or a smaller step.",
        False,
    )
    SADDLE = (
        "a stationary point that is no minimum: the gradient vanishes, and the curvature is negative somewhere",
        "Start beside it, or use a method that follows negative curvature (method='trust-region').",
        False,
    )
    ZERO_DERIVATIVE = (
        "the derivative vanishes where the function does not, so Newton's step is infinite",
        "Start elsewhere, or give a bracket where the function changes sign.",
        False,
    )
    CYCLE = (
        "the iterates repeat themselves",
        "Start elsewhere, or give a bracket where the function changes sign.",
        False,
    )
    NO_ROOT = (
        "no root was found: |f| has a minimum above zero",
        "Check whether there is a root; start elsewhere, or give a bracket where the function changes sign.",
        False,
    )
    NO_SIGN_CHANGE = (
        "the function has the same sign at both ends of the bracket",
        "Choose ends where the signs differ, or give a start (x0=...) in place of a bracket.",
        False,
    )
    DISCONTINUITY = (
        "the sign changes at a jump or a pole, and not at a root",
        "Exclude the jump from the bracket.",
        False,
    )
    RANK_DEFICIENT = (
        "the rows or columns of the Jacobian depend on each other, to within rounding",
        "In a fit, fix or remove parameters that the data do not determine. Among constraints, remove those that "
        "follow from others or contradict them, write g(x) = 0 in place of g(x)² = 0, or start elsewhere.",
        False,
    )
    INFEASIBLE = (
        "the constraints could not be met together",
        "Check the constraints against each other, or start nearer to a point that meets them.",
        False,
    )

    def __init__(self, words: str, advice: str, converged: bool):
        self.words, self.advice, self.converged = words, advice, converged

    def __repr__(self) -> str:
        return f"Reason.{self.name}"

    def __str__(self) -> str:
        return f"{self.words}. {self.advice}".rstrip(". ") + "."


@dataclass(frozen=True)
class Evaluations:
    """How often the function and its derivatives were evaluated, each counted as one.

    Attributes
    ----------
    value, gradient, hessian, hvp, jacobian : int
        A value and a gradient that are computed together count in both; ``jacobian`` is of a vector of residuals.
    """

    value: int = 0
    gradient: int = 0
    hessian: int = 0
    hvp: int = 0
    jacobian: int = 0

    @property
    def total(self) -> int:
        """All of them together."""
        return self.value + self.gradient + self.hessian + self.hvp + self.jacobian

    def __add__(self, other: Evaluations) -> Evaluations:
        return Evaluations(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))


class Record(NamedTuple):
    """One iteration, as callbacks see it and the history keeps it.

    Attributes
    ----------
    iteration : int
        0 is the start.
    solution : array or container
        The point, in the container of the start; None in the history of large problems.
    value : float
        What the solver makes small.
    measure : float
        What vanishes at a solution: the largest element of the gradient, or of the residual.
    length : float
        Of the step that led here; NaN at the start.
    """

    iteration: int
    solution: Any
    value: float
    measure: float
    length: float


@dataclass(frozen=True)
class Applied:
    """A function of x with its further arguments: unlike a lambda it can be pickled where the function can."""

    function: Callable[..., Any]
    args: tuple[Any, ...]

    def __call__(self, x: Any) -> Any:
        """Return its value."""
        return self.function(x, *self.args)


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a solver found.

    Attributes
    ----------
    solution : array, number or container of them
        The best point, in the container of the start.
    value : float or array
        Of the function there.
    reason : Reason
        Why it ended.
    iterations : int
    evaluations : Evaluations
    history : tuple of Record
        One for each iteration, the start first.
    method : str
        What was used.
    function : callable or None
        What was solved, as a function of the solution; `plot` draws its contours. Lost where a result is pickled with
        a function that cannot be, such as a lambda.
    """

    solution: Any
    value: Any
    reason: Reason
    iterations: int
    evaluations: Evaluations
    history: tuple[Record, ...] = field(repr=False, default=())
    method: str = ""
    function: Callable[..., Any] | None = field(repr=False, compare=False, default=None)

    #: What `plot` calls the measure, and whether it draws the value, as one that is made small.
    measured: ClassVar[str] = "measure"
    is_value_small: ClassVar[bool] = True

    @property
    def converged(self) -> bool:
        """Whether the reason is a success."""
        return self.reason.converged

    @property
    def message(self) -> str:
        """Why it ended and what to do about it, as a sentence."""
        return str(self.reason)

    def __getstate__(self) -> dict[str, Any]:
        return {name: _without_unpicklable(value) for name, value in self.__dict__.items()}

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        made = object.__new__(type(self))
        made.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return made

    def plot(self, axes: Any = None) -> Any:
        """Draw the convergence in log scale and, for two variables, the path over contours.

        Parameters
        ----------
        axes : Axes or sequence of Axes, optional
            Where to draw; a new figure if not given.

        Returns
        -------
        Axes or ndarray of Axes
        """
        return plot_result(self, axes)


def _without_unpicklable(value: Any) -> Any:
    """Return functions, or sequences of them, only if they can be pickled: else None or nothing."""
    functions = value if isinstance(value, tuple | list) else (value,)
    if not functions or not all(callable(each) for each in functions):
        return value
    try:
        pickle.dumps(value)
    except (pickle.PicklingError, AttributeError, TypeError):
        return () if functions is value else None
    return value
