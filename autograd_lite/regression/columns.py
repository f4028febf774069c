"""What a linear model multiplies its parameters with: columns of a design matrix, functions of x, or powers.

Each is a model ``model(x, p₁, ..., p_m)`` that the engine can record, and gives its columns in double-double as well,
perhaps in another basis that is better conditioned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import ShapeError, StructureError
from autograd_lite.regression.data import numbers_in
from autograd_lite.regression.double_double import DoubleDouble, two_sum
from autograd_lite.transforms.arguments import flatten, unflatten

#: Up to so many values functions are tried with rational numbers, which takes microseconds for each.
_EXACT = 5_000


class Columns:
    """Columns of a linear model.

    Parameters
    ----------
    names : sequence of str
        Of the parameters.

    Attributes
    ----------
    transform : DoubleDouble of shape (m, m), or None
        What turns parameters of the basis that `at` gives into those of the model; None if they are the same.
    """

    transform: DoubleDouble | None = None

    def __init__(self, names: Sequence[str], title: str):
        self.names, self.__name__ = tuple(names), title

    def __call__(self, x: Any, *parameters: Any) -> Any:
        """Return the model's values, by functions that the engine records."""
        raise NotImplementedError

    def at(self, x: Any) -> DoubleDouble:
        """Return the columns at some x, of shape (n, m)."""
        raise NotImplementedError

    def shape(self, x: Any) -> tuple[int, ...]:
        """Return the shape of the model's values at some x."""
        return np.shape(x)


class Design(Columns):
    """The columns of a matrix; x is the matrix itself, other rows of it, or columns by name.

    Parameters
    ----------
    names : sequence of str
    intercept : bool
        Whether the first parameter is that of a column of ones, which x does not have.
    """

    def __init__(self, names: Sequence[str], intercept: bool = False):
        super().__init__(names, "linear")
        self.intercept = intercept

    @property
    def _given(self) -> tuple[str, ...]:
        return self.names[int(self.intercept) :]

    def __call__(self, x: Any, *parameters: Any) -> Any:
        """Return the products of rows and parameters."""
        matrix = np.stack([x[name] for name in self._given], axis=-1) if isinstance(x, Mapping) else x
        if self.intercept:
            return parameters[0] + matrix @ np.stack(parameters[1:])
        return matrix @ np.stack(parameters)

    def rows(self, x: Any) -> np.ndarray:
        """Return rows of columns as a matrix."""
        names = self._given
        if isinstance(x, Mapping) or hasattr(x, "columns"):
            missing = [name for name in names if name not in x]
            if missing:
                raise StructureError(f"predict: x has no column {missing[0]!r}; it needs {', '.join(names)}")
            return np.stack([np.asarray(x[name], float) for name in names], axis=-1)
        array = np.asarray(x, float)
        if array.ndim == 0 or array.shape[-1] != len(names):
            raise ShapeError(
                f"predict: x has shape {array.shape}, and {len(names)} columns are needed: {', '.join(names)}"
            )
        return array

    def at(self, x: Any) -> DoubleDouble:
        """Return the rows."""
        rows = self.rows(x)
        flat = rows.reshape(-1, rows.shape[-1])
        return DoubleDouble(np.hstack([np.ones((len(flat), 1)), flat]) if self.intercept else flat)

    def shape(self, x: Any) -> tuple[int, ...]:
        """Return the shape without the axis of columns."""
        return self.rows(x).shape[:-1]


class Functions(Columns):
    """Functions of x.

    Parameters
    ----------
    names : sequence of str
    functions : sequence of callable
        Each gets the whole x, and returns an array or a number.
    """

    def __init__(self, names: Sequence[str], functions: Sequence[Callable[[Any], Any]]):
        super().__init__(names, "linear")
        self.functions = tuple(functions)

    def __call__(self, x: Any, *parameters: Any) -> Any:
        """Return the sum of the functions, each times its parameter."""
        total = parameters[0] * self.functions[0](x)
        for parameter, function in zip(parameters[1:], self.functions[1:], strict=True):
            total = total + parameter * function(x)
        return total

    def at(self, x: Any) -> DoubleDouble:
        """Return the functions' values: exact where they are rational, else from extended precision."""
        leaves, structure = flatten(x)
        arrays = [np.asarray(leaf) for leaf in leaves]
        shape = np.broadcast_shapes(*(array.shape for array in arrays))
        finer = [unflatten(structure, [array.astype(np.longdouble) for array in arrays])]
        if len(self.functions) * np.prod(shape) <= _EXACT:
            finer.insert(0, unflatten(structure, [_fractions(array) for array in arrays]))
        columns = [self._values(i, x, finer, shape) for i in range(len(self.functions))]
        return DoubleDouble(*(np.stack([getattr(c, part) for c in columns], axis=1) for part in ("hi", "lo")))

    def _values(self, i: int, x: Any, finer: list[Any], shape: tuple[int, ...]) -> DoubleDouble:
        with np.errstate(all="ignore"):  # NaN is told of by those who ask for columns
            out = self.functions[i](x)
        plain = np.asarray(out.data if isinstance(out, Tensor) else out)
        if plain.dtype.kind not in "fiub":
            raise StructureError(f"fit_linear: the function of {self.names[i]!r} returned {plain.dtype}, not numbers")
        if plain.shape not in ((), shape) and plain.size != np.prod(shape):
            raise ShapeError(
                f"fit_linear: the function of {self.names[i]!r} returned an array of shape {plain.shape}, and x has "
                f"values of shape {shape}"
            )
        found = DoubleDouble(plain)
        for place in finer:
            try:
                with np.errstate(all="ignore"):
                    values = _double_double(np.asarray(self.functions[i](place)))
            except Exception:  # a function may do anything with numbers it was not written for; others serve
                continue
            # What differs by more than rounding was computed in another way, and not more precisely.
            if values is not None and values.shape == plain.shape and np.allclose(values.hi, found.hi, 1e-9, 1e-300):
                found = values
                break
        return DoubleDouble(*(np.reshape(np.broadcast_to(part, shape) if np.ndim(part) == 0 else part, -1)
                              for part in (found.hi, found.lo)))  # fmt: skip

    def shape(self, x: Any) -> tuple[int, ...]:
        """Return the shape of a single variable."""
        return np.broadcast_shapes(*(np.shape(leaf) for leaf in flatten(x)[0]))


def _fractions(array: np.ndarray) -> np.ndarray:
    """Return an array of rational numbers."""
    exact = np.empty(array.shape, object)
    for position, value in np.ndenumerate(array):
        exact[position] = Fraction(float(value))
    return exact


def _double_double(values: np.ndarray) -> DoubleDouble | None:
    """Return rational or extended numbers; None for others."""
    if values.dtype == np.longdouble:
        return DoubleDouble.of_extended(values)
    if values.dtype.kind == "i":
        return DoubleDouble(values)
    if values.dtype != object or not all(isinstance(value, Fraction | int) for value in values.ravel()):
        return None
    pairs = [DoubleDouble.of_fraction(Fraction(value)) for value in values.ravel()]
    return DoubleDouble(*(np.reshape([getattr(pair, part) for pair in pairs], values.shape) for part in ("hi", "lo")))


class Powers(Columns):
    """The powers of x, by way of Chebyshev polynomials of x mapped onto [-1, 1].

    Mapping and polynomials are computed in double-double, so that nothing of x is lost; the mapping divides by a power
    of two.

    Parameters
    ----------
    degree : int
    x : ndarray
        The data's, which set the domain.
    """

    def __init__(self, degree: int, x: np.ndarray):
        super().__init__([f"c{k}" for k in range(degree + 1)], "polynomial")
        low, high = float(np.min(x)), float(np.max(x))
        self.degree, self.centre = degree, 0.5 * low + 0.5 * high
        self.width = 2.0 ** float(np.ceil(np.log2(0.5 * high - 0.5 * low))) if high > low else 1.0
        self.transform = self._to_powers()

    def __call__(self, x: Any, *parameters: Any) -> Any:
        """Return the polynomial by Horner's rule."""
        total = parameters[-1]
        for parameter in parameters[-2::-1]:
            total = total * x + parameter
        return total

    def at(self, x: Any) -> DoubleDouble:
        """Return the Chebyshev polynomials."""
        flat = np.reshape(numbers_in(x, "predict"), -1)
        mapped = DoubleDouble(*two_sum(flat, -self.centre)).scaled(1.0 / self.width)
        columns = [DoubleDouble(np.ones(flat.size)), mapped]
        for _ in range(1, self.degree):
            columns.append((mapped * columns[-1]).scaled(2.0) - columns[-2])
        chosen = columns[: self.degree + 1]
        return DoubleDouble(*(np.stack([getattr(c, part) for c in chosen], axis=1) for part in ("hi", "lo")))

    def _to_powers(self) -> DoubleDouble:
        """Return the coefficients of each Chebyshev polynomial in powers of x, as columns."""
        size = self.degree + 1
        centre = DoubleDouble(self.centre)
        first = np.zeros(size)
        first[0] = 1.0
        columns = [DoubleDouble(first)]
        for k in range(1, size):
            before = columns[-1]
            shifted = DoubleDouble(*(np.concatenate([[0.0], part[:-1]]) for part in (before.hi, before.lo)))
            mapped = (shifted - centre * before).scaled(1.0 / self.width)
            columns.append(mapped if k == 1 else mapped.scaled(2.0) - columns[-2])
        return DoubleDouble(*(np.stack([getattr(c, part) for c in columns], axis=1) for part in ("hi", "lo")))
