"""Linear regression on any columns: `fit_linear`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import DtypeError, ShapeError, StructureError
from autograd_lite.regression.columns import Columns, Design, Functions
from autograd_lite.regression.data import Data, data_of
from autograd_lite.regression.differentiable import is_tracked
from autograd_lite.regression.linear_result import LinearFit, fitted

_WHO = "fit_linear"


def fit_linear(
    design: Any,
    y: Any,
    sigma: Any = None,
    ridge: Any = 0.0,
    *,
    x: Any = None,
    intercept: bool = False,
    names: Sequence[str] | None = None,
    absolute_sigma: bool | None = None,
    nan_policy: str = "raise",
) -> LinearFit:
    """Fit a sum of columns, or of functions of x, by least squares, to the last digit.

    Parameters
    ----------
    design : array_like of shape (n, p), data frame or dict of columns, or sequence or dict of functions
        The columns that the parameters are multiplied with. Functions take ``x``.
    y : array_like of shape (n,)
        Masked elements are left out.
    sigma : float, array_like of shape (n,), or covariance matrix of shape (n, n), optional
        Standard deviations of y.
    ridge : float or array_like of shape (p,)
        λ ≥ 0: λ Σ pⱼ² is added to chi-squared, with 0 for parameters that are not to be made small. A single number
        leaves out the intercept of ``intercept=True``.
    x : array_like or container of arrays, optional
        What the functions take.
    intercept : bool
        Whether a column of ones is put in front, for a parameter called intercept.
    names : sequence of str, optional
        Of the columns or functions. By default their own, or b0, b1, ...
    absolute_sigma : bool, optional
        Whether ``sigma`` is in the units of y, as it is taken to be where it is given; see `curve_fit`.
    nan_policy : {"raise", "omit"}
        What to do about NaN in the data.

    Returns
    -------
    LinearFit
        Where design, x, y, sigma or ridge is being differentiated, its numbers are Tensors.

    Raises
    ------
    ShapeError, StructureError, DtypeError
        For bad input, naming the argument and the position.
    NotDifferentiableError
        If columns depend on each other, and the fit is being differentiated.

    Warns
    -----
    RuntimeWarning
        If columns depend on each other, with the combination of parameters that is not determined.

    Notes
    -----
    Minimizes |W(A p - y)|² + λ|p|² by QR with column pivoting and iterative refinement in double-double (Å. Björck,
    *Numerical Methods for Least Squares Problems*, SIAM 1996, sections 2.7.3 and 2.9): parameters and standard errors
    are those of the given numbers, whatever the condition number up to about 1e13. Functions are evaluated in extended
    precision where the platform has it, and those that can take `fractions.Fraction`, such as powers, exactly.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.regression import fit_linear
    >>> t = np.linspace(0.0, 3.0, 7)
    >>> y = [1.02, 1.47, 1.85, 2.03, 1.89, 1.62, 1.12]
    >>> fit = fit_linear({"offset": np.ones_like, "wave": np.sin}, y, x=t)
    >>> print(fit.parameters)
    offset = 0.999 ± 0.016
    wave = 1.010 ± 0.024
    """
    columns, data = _columns_and_data(design, y, sigma, x, bool(intercept), names, nan_policy)
    penalty = _penalty(ridge, len(columns.names), bool(intercept))
    if penalty is None and data.size < len(columns.names):
        raise ShapeError(
            f"{_WHO}: y has {data.size} value(s) that count, and {len(columns.names)} parameters are to be fitted "
            f"({', '.join(columns.names)}): leave some out, bring more data, or set ridge"
        )
    if intercept and np.ndim(_plain(ridge)) == 0 and isinstance(ridge, Tensor):
        ridge = ridge * np.minimum(np.arange(len(columns.names)), 1.0)
    absolute = sigma is not None if absolute_sigma is None else bool(absolute_sigma)
    method = "qr" if penalty is None else "ridge"
    given = {"x": _variable(design) if x is None else x, "y": y, "sigma": sigma, "ridge": ridge}
    return fitted(columns, data, _WHO, absolute, given, penalty, method=method)


def _variable(design: Any) -> Any:
    """Return the columns as what the model takes, with what is being differentiated in place."""
    if isinstance(design, Mapping) and is_tracked(*design.values()):
        columns = [each if isinstance(each, Tensor) else Tensor(np.asarray(each, float)) for each in design.values()]
        return np.stack(columns, axis=1)
    return design


def _plain(value: Any) -> Any:
    return value.data if isinstance(value, Tensor) else value


def _columns_and_data(
    design: Any, y: Any, sigma: Any, x: Any, intercept: bool, names: Sequence[str] | None, nan_policy: str
) -> tuple[Columns, Data]:
    functions = _functions(design)
    if functions is not None:
        if x is None:
            raise StructureError(f"{_WHO}: the design consists of functions, and x, which they take, is not given")
        data = data_of(x, y, sigma, nan_policy, _WHO)
        constant = [_constant] if intercept else []
        chosen = _checked(names, list(functions), len(functions), intercept)
        columns: Columns = Functions(chosen, [*constant, *functions.values()])
        found = columns.at(data.x).hi
        wrong = np.argwhere(~np.isfinite(found))
        if wrong.size:
            i, j = wrong[0]
            raise StructureError(f"{_WHO}: the function of {columns.names[j]!r} is {found[i, j]} at x[{i}]")
        _check_y(data, found.shape[0])
        return columns, data
    if x is not None:
        raise StructureError(f"{_WHO}: x is what functions take, and the design consists of numbers")
    matrix, found_names = _matrix(design)
    columns = Design(_checked(names, found_names, matrix.shape[1], intercept), intercept)
    return columns, _complete(matrix, y, sigma, nan_policy)


def _constant(x: Any) -> float:
    """Return one, for any x: pickles by its name."""
    return 1.0


def _functions(design: Any) -> dict[str, Callable[[Any], Any]] | None:
    """Return functions by name, or None for numbers."""
    if isinstance(design, Mapping):
        given = {str(name): each for name, each in design.items()}
    elif isinstance(design, list | tuple) and any(callable(each) and not hasattr(each, "shape") for each in design):
        labels = [getattr(each, "__name__", "") for each in design]
        plain = all(label.isidentifier() for label in labels) and len(set(labels)) == len(labels)
        given = {label if plain else f"b{i}": each for i, (label, each) in enumerate(zip(labels, design, strict=True))}
    else:
        return None
    is_function = [callable(each) and not hasattr(each, "shape") for each in given.values()]
    if not any(is_function):
        return None
    if not all(is_function):
        name = list(given)[is_function.index(False)]
        raise StructureError(f"{_WHO}: the design holds functions, and {given[name]!r} as {name!r}, which is none")
    return given


def _matrix(design: Any) -> tuple[np.ndarray, list[str] | None]:
    """Return the columns as a matrix, and their names if they have some."""
    names = None
    if hasattr(design, "columns") and hasattr(design, "to_numpy"):
        names, design = [str(name) for name in design.columns], design.to_numpy()
    elif isinstance(design, Mapping):
        names = [str(name) for name in design]
        lengths = {name: np.shape(_plain(column)) for name, column in design.items()}
        if len(set(lengths.values())) > 1 or any(len(shape) != 1 for shape in lengths.values()):
            raise ShapeError(f"{_WHO}: the columns of the design need one shape (n,), and have {lengths}")
        design = np.stack([np.asarray(_plain(column)) for column in design.values()], axis=1)
    array = np.asarray(_plain(design))
    try:
        array = array.astype(np.float64) if array.dtype.kind != "c" else array
    except (TypeError, ValueError) as error:
        raise DtypeError(f"{_WHO}: the design is of dtype {array.dtype}, and numbers are needed: {error}") from error
    if array.dtype.kind == "c":
        raise DtypeError(f"{_WHO}: the design is complex; stack real and imaginary parts")
    if array.ndim != 2 or not array.shape[1]:
        raise ShapeError(
            f"{_WHO}: the design has shape {array.shape}, and is a matrix with a row for each of y and a column for "
            f"each parameter; a single column is design[:, None]"
        )
    return array, names


def _complete(matrix: np.ndarray, y: Any, sigma: Any, nan_policy: str) -> Data:
    """Return the data, without rows that miss something if these are to be left out."""
    if np.ndim(_plain(y)) == 1 and matrix.shape[0] != np.size(_plain(y)):
        raise ShapeError(f"{_WHO}: the design has {matrix.shape[0]} rows, and y has {np.size(_plain(y))} values")
    wrong = np.argwhere(~np.isfinite(matrix) if nan_policy == "raise" else np.isinf(matrix))
    if wrong.size:
        i, j = wrong[0]
        advice = "; nan_policy='omit' leaves such rows out" if np.isnan(matrix[i, j]) else ""
        raise StructureError(f"{_WHO}: design[{i}, {j}] is {matrix[i, j]}{advice}")
    places = np.where(np.isnan(matrix).any(axis=1), np.nan, np.arange(matrix.shape[0]))
    data = data_of(places, y, sigma, nan_policy, _WHO)
    _check_y(data, None)
    return replace(data, x=matrix[data.x.astype(int)])


def _check_y(data: Data, rows: int | None) -> None:
    if data.y.ndim != 1 or rows not in (None, data.y.size):
        raise ShapeError(f"{_WHO}: y has shape {data.y.shape}, and a single axis, of {rows or 'n'} values, is needed")


def _checked(names: Sequence[str] | None, found: list[str] | None, count: int, intercept: bool) -> list[str]:
    """Return the names of the parameters."""
    chosen = [str(name) for name in names] if names is not None else found
    if chosen is None:
        chosen = [f"b{i + intercept}" for i in range(count)]
    elif len(chosen) != count or len(set(chosen)) != count:
        raise StructureError(f"{_WHO}: names has {chosen}, and {count} different names are needed")
    if intercept and "intercept" in chosen:
        raise StructureError(f"{_WHO}: intercept=True adds a column called 'intercept', and there is one already")
    return ["intercept", *chosen] if intercept else chosen


def _penalty(ridge: Any, count: int, intercept: bool) -> np.ndarray | None:
    """Return the penalty on each squared parameter, or None if there is none."""
    array = np.asarray(_plain(ridge), float)
    if array.ndim > 1 or array.size not in (1, count):
        raise ShapeError(
            f"{_WHO}: ridge has shape {array.shape}; it is a number, or one for each of {count} parameters"
        )
    if not np.all(np.isfinite(array)) or np.any(array < 0.0):
        raise StructureError(f"{_WHO}: ridge is {array.tolist()}, and has to be finite and not negative")
    if not array.any():
        return None
    shared = np.array(np.broadcast_to(array, (count,)))
    if intercept and array.ndim == 0:
        shared[0] = 0.0
    return shared
