"""A fit as a function of what is being differentiated: data, sigma, fixed values, a penalty, what the model reads.

At the optimum the gradient of the cost vanishes; the implicit function theorem does the rest for the parameters
(`calculus.implicit`). The Hessian is solved with in the singular basis of the Jacobian, which loses half as many digits
as its square would. What else a fit says is a function of the parameters and the data, and recorded when it is read,
by the formulas that gave the plain numbers.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from autograd_lite.calculus.fitting.polish import exact_basis
from autograd_lite.calculus.implicit import attached
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import NotDifferentiableError
from autograd_lite.regression.data import Data, numbers_in
from autograd_lite.regression.goodness import STATISTICS, Goodness
from autograd_lite.regression.parameters import Parameters
from autograd_lite.regression.pending import Pending
from autograd_lite.regression.roots import covariance_root
from autograd_lite.transforms.arguments import flatten, unflatten
from autograd_lite.transforms.reverse import custom_vjp, stop_gradient
from autograd_lite.transforms.second_order import jacobian

Fit = TypeVar("Fit")

#: How far the Jacobian, in the basis of its singular vectors, may be from orthonormal where it is recorded again.
_CLOSE = 1e-3


def is_tracked(*trees: Any) -> bool:
    """Say whether something that is being differentiated is among some containers."""
    for tree in trees:
        if tree is None:
            continue
        if any(isinstance(leaf, Tensor) and leaf.node is not None for leaf in flatten(tree)[0]):
            return True
    return False


def follow(
    result: Fit,
    x: Any,
    y: Any,
    sigma: Any,
    *,
    fixed: Any = None,
    ridge: Any = None,
    start: Any = None,
    scale_is_known: bool = True,
    who: str = "curve_fit",
) -> Fit:
    """Return a fit whose numbers are Tensors that depend on what is being differentiated; itself if nothing is.

    Parameters
    ----------
    result : FitResult
    x, y, sigma, fixed, ridge : as the fit was given them
    start : p0 as the fit was given it
    scale_is_known : bool
        Whether the scale of a robust loss was given.
    who : str
        The function that is asking, for messages.

    Raises
    ------
    NotDifferentiableError
        Where the parameters have no derivative.
    """
    plain: Any = result
    problem, optimum = plain.problem, plain.optimum
    held = {name: value for name, value in fixed.items() if value is not None} if isinstance(fixed, Mapping) else {}
    if fixed is not None and len(held) < problem.layout.start.size - problem.layout.free.size and is_tracked(start):
        raise NotDifferentiableError(f"{who}: to differentiate by what is fixed, give it as fixed={{'name': value}}")
    linked = optimum.where.recorded.traversal.foreign
    if not linked and not is_tracked(x, y, sigma, held, ridge):
        return result
    basis = exact_basis(problem, optimum)
    if basis is None or not basis.is_full:
        raise NotDifferentiableError(f"{who}: the optimum has no derivative: parameters are not determined")
    if not problem.loss.is_linear and not scale_is_known:
        raise NotDifferentiableError(
            f"{who}: the scale of the loss is estimated from the data, and how it depends on them is not followed; "
            "give it as loss_scale to differentiate through the fit"
        )
    followed = Followed(plain, _data(problem.data, x, y, sigma), held, ridge if is_tracked(ridge) else _penalty(plain))
    chosen = np.isin(np.arange(problem.size), basis.free)
    solve = basis.solve_hessian if problem.loss.is_linear else None
    followed.free = attached(followed.cost, optimum.x, chosen, solve=solve, who=who)
    return followed.result()


class Followed:
    """The quantities of a fit as Tensors.

    Parameters
    ----------
    plain : FitResult
        With plain numbers.
    data : Data
        With Tensors where they are being differentiated.
    held : dict of str to number or Tensor
        Parameters with given values.
    ridge : array of shape (m,), number, Tensor or None
        What each squared parameter is multiplied with and added to the sum of squares.

    Attributes
    ----------
    free : Tensor of shape (m,)
        The fitted parameters.
    """

    free: Any

    def __init__(self, plain: Any, data: Data, held: dict[str, Any], ridge: Any):
        self.plain, self.problem, self.data = plain, plain.problem, data
        self._held, self._ridge = held, ridge

    def result(self) -> Any:
        """Return the fit with Tensors, all but the parameters computed when they are read."""
        values = np.stack([_tensor(each) for each in self._whole(self.free)])
        parameters = Parameters(
            replace(each, value=values[i], standard_error=Pending(functools.partial(self._standard_error, i)))
            for i, each in enumerate(self.plain.parameters.values())
        )
        pending = {name: Pending(functools.partial(self._statistic, name)) for name in STATISTICS}
        pending["covariance"] = Pending(lambda: self._with_digits_of("covariance", self._covariance))
        return replace(self.plain, followed=self, values=values, parameters=parameters, **pending)

    def _statistic(self, name: str) -> Any:
        return self._with_digits_of(name, getattr(self._goodness, name))

    @functools.cached_property
    def reduced_chi_squared(self) -> Any:
        """Chi-squared by degrees of freedom."""
        found = self._goodness
        return self._with_digits_of("reduced_chi_squared", found.chi_squared / found.dof if found.dof > 0 else np.nan)

    @functools.cached_property
    def correlation(self) -> Any:
        """The covariance in units of the standard errors."""
        return self._with_digits_of("correlation", self._covariance / np.outer(self._errors, self._errors))

    @functools.cached_property
    def standard_errors(self) -> Any:
        """Of all parameters, fixed ones 0."""
        layout = self.problem.layout
        places = np.zeros((layout.start.size, layout.free.size))
        places[layout.free, np.arange(layout.free.size)] = 1.0
        return self._with_digits_of("standard_errors", places @ self._errors)

    def cost(self, free: Any) -> Any:
        """Return half of what the fit makes small."""
        found = self._residuals(free)
        total = np.sum(found * found) if self.problem.loss.is_linear else self.problem.loss.cost(found)
        return 0.5 * (total if self._ridge is None else total + np.sum(self._ridge * free * free))

    def _residuals(self, free: Any) -> Any:
        """Return model - y in standard deviations."""
        values = self.model_at(self.data.x, free) + np.zeros(self.problem.data.y.shape)
        return self.data.whitened(self.data.kept(np.reshape(values, -1)) - self.data.values)

    def model_at(self, x: Any, free: Any) -> Any:
        """Return what the model gives for free parameters."""
        layout = self.problem.layout
        return self.problem.model(x, *layout.packed(_leaves(layout, self._whole(free))))

    def _whole(self, free: Any) -> list[Any]:
        """Return all parameters from the free ones."""
        layout = self.problem.layout
        whole: list[Any] = list(layout.start)
        for k, i in enumerate(layout.free):
            whole[i] = free[k]
        for name, value in self._held.items():
            whole[layout.position(name, "fixed")] = value
        return whole

    def _standard_error(self, i: int) -> Any:
        return 0.0 if self.plain.parameters[i].fixed else self.standard_errors[i]

    @functools.cached_property
    def root(self) -> np.ndarray:
        """G of shape (m, k), with G Gᵀ the inverse Gram matrix."""
        return covariance_root(self.plain.optimum.basis, self.problem.size)

    @functools.cached_property
    def _at_optimum(self) -> Any:
        return self._residuals(self.free)

    @functools.cached_property
    def _orthogonal(self) -> Any:
        """J G, of the residuals as the loss scales them: its columns are orthonormal, unless there is a penalty."""
        moved = _moved(self._residuals, self.free, self.root)
        return self.problem.loss.scaled(self._at_optimum, moved)[1]

    @functools.cached_property
    def inner(self) -> Any:
        """(Gᵀ (Jᵀ J + diag ridge) G)⁻¹: close to the identity, so that it loses no digits, and differentiable."""
        root = self.root
        gram = self._orthogonal.T @ self._orthogonal
        if self._ridge is not None:
            gram = gram + root.T @ (np.reshape(self._ridge * np.ones(root.shape[0]), (-1, 1)) * root)
        if not np.max(np.abs(_plain_of(gram) - np.eye(root.shape[1])), initial=0.0) < _CLOSE:
            raise NotDifferentiableError(
                "the covariance has no derivative here: either the fit did not end at an optimum, or its columns are "
                "so close to depending on each other that the Jacobian has no digits to tell the change by"
            )
        return np.linalg.inv(gram)

    @functools.cached_property
    def _covariance(self) -> Any:
        return self._goodness.variance * (self.root @ self.inner @ self.root.T)

    @functools.cached_property
    def _errors(self) -> Any:
        """The standard errors of the free parameters, 1 where there are none."""
        variances = np.diag(self._covariance)
        exist = np.isfinite(np.diag(self.plain.covariance))
        return np.sqrt(np.where(exist, variances, 1.0))

    @functools.cached_property
    def _goodness(self) -> Goodness:
        # With a penalty the fit uses up the trace of the hat matrix.
        used: Any = self.problem.size
        if self._ridge is not None:
            used = np.sum((self._orthogonal @ self.inner) * self._orthogonal)
        return Goodness(self.data, self.problem.loss, self._at_optimum, used, self.plain.absolute_sigma)

    def _with_digits_of(self, name: str, recorded: Any) -> Any:
        """Return the plain quantity of a name, with the derivatives of the recorded one."""
        plain = getattr(self.plain, name)
        if not isinstance(recorded, Tensor):
            if np.all(np.isfinite(plain)):
                return plain  # a constant
            recorded = 0.0 * np.sum(self.free) + recorded
        return _shown(plain, recorded, name)


@np.errstate(invalid="ignore", over="ignore")
def predicted_tensors(result: Any, x: Any, with_errors: bool) -> tuple[Any, Any]:
    """Return the model at x, the data's if there is none, and its standard error, with the digits of the plain fit.

    The error is None where it is not asked for. Either the fit is being differentiated, or x alone.
    """
    plain, followed = result.plain, result.followed
    if followed is None:
        followed = Followed(plain, plain.problem.data, {}, None)
        followed.free, followed.inner = plain.optimum.x, np.eye(followed.root.shape[1])
    place = followed.data.x if x is None else x
    known, slopes = plain.problem.predicted(plain.optimum, numbers_in(_plain_of(place), "predict"))

    def values(free: Any) -> Any:
        return followed.model_at(place, free) + np.zeros(known.shape)

    found = _shown(known, values(followed.free), "the prediction")
    if not with_errors:
        return found, None
    spread = np.sqrt(plain.variance * np.sum(slopes * slopes, axis=1)).reshape(known.shape)
    moved = _moved(lambda free: np.reshape(values(free), -1), followed.free, followed.root)
    errors = np.sqrt(result.variance * np.sum((moved @ followed.inner) * moved, axis=1))
    return found, _shown(spread, np.reshape(errors, known.shape), "the standard error of the prediction")


def refused(result: Any, value: Any, what: str) -> Any:
    """Return what a fit says without a derivative: where the fit is being differentiated, a Tensor that raises so."""
    if result.followed is None:
        return value
    return _guarded(value + 0.0 * np.sum(result.followed.free), np.ones(np.shape(value), bool), f"{what} has none")


def _plain_of(tree: Any) -> Any:
    """Return a container with arrays in the place of Tensors."""
    leaves, structure = flatten(tree)
    return unflatten(structure, [leaf.data if isinstance(leaf, Tensor) else leaf for leaf in leaves])


def _moved(f: Callable[[Any], Any], free: Any, root: np.ndarray) -> Any:
    """Return the derivatives of f by the parameters, times a matrix."""
    return jacobian(lambda step: f(free + root @ step), mode="forward")(np.zeros(root.shape[1]))


def _shown(plain: Any, recorded: Any, what: str) -> Any:
    """Return plain numbers with the derivatives of recorded ones; what is not finite raises when it is swept."""
    if not isinstance(recorded, Tensor):
        return plain
    missing = ~np.isfinite(plain)
    if not missing.any():
        return plain + (recorded - stop_gradient(recorded))
    moving = np.where(missing, 0.0, recorded)
    why = (
        f"{what} is {np.unique(np.asarray(plain)[missing])[0]}: a bound holds the parameter, no data are left to tell "
        f"it by, or sigma is not in the units of y"
    )
    return _guarded(plain + (moving - stop_gradient(moving)), missing, why)


def _guarded(value: Any, missing: Any, why: str) -> Any:
    """Return a Tensor that raises when what is missing in it is differentiated."""

    def backward(_: Any, g: Any) -> tuple[Any]:
        if np.any(g.data[..., missing]):
            raise NotDifferentiableError(f"a fit was asked for a derivative that does not exist: {why}")
        return (g,)

    guarded = custom_vjp(lambda given: given, batched=True)
    guarded.defvjp(lambda given: (given, None), backward)
    return guarded(value)


def _penalty(result: Any) -> Any:
    """Return the penalty of a linear fit that has one."""
    return getattr(result.problem, "penalty", None)


def _data(data: Data, x: Any, y: Any, sigma: Any) -> Data:
    """Return the data with what is being differentiated in place."""
    positions, size = data.positions, data.y.size if data.positions is None else int(np.prod(np.shape(_plain_of(y))))
    if is_tracked(x):
        leaves, structure = flatten(data.x)
        pairs = zip(flatten(x)[0], leaves, strict=True)
        data = replace(data, x=unflatten(structure, [_chosen(*pair, positions, size) for pair in pairs]))
    if is_tracked(y):
        data = replace(data, y=y if positions is None or data.keep is not None else y[positions])
    if is_tracked(sigma) and data.factor is not None:
        matrix = sigma if positions is None else sigma[np.ix_(positions, positions)]
        data = replace(data, factor=np.linalg.cholesky(matrix), sigma=np.sqrt(np.diag(matrix)))
    elif is_tracked(sigma):
        spread = np.reshape(sigma, -1) if sigma.ndim else sigma * np.ones(data.size)
        data = replace(data, sigma=spread[positions] if positions is not None and sigma.ndim else spread)
    return data


def _chosen(given: Any, plain: np.ndarray, positions: np.ndarray | None, size: int) -> Any:
    """Return an array of x as the model gets it: itself if it is tracked, without the data that are left out."""
    if not is_tracked(given):
        return plain
    axis = given.ndim - 1 if given.ndim and given.shape[-1] == size else 0
    return given if positions is None or given.shape == plain.shape else np.take(given, positions, axis)


def _leaves(layout: Any, whole: list[Any]) -> list[Any]:
    leaves, start = [], 0
    for argument in layout.arguments:
        for shape in argument.shapes:
            size = int(np.prod(shape))
            part = whole[start : start + size]
            leaves.append(np.reshape(np.stack([_tensor(each) for each in part]), shape) if shape else part[0])
            start += size
    return leaves


def _tensor(value: Any) -> Tensor:
    return value if isinstance(value, Tensor) else Tensor(np.float64(value))
