"""What a linear model multiplies its parameters with: columns of a design matrix, functions of x, or powers.

Each is a model ``model(x, p₁, ..., p_m)`` that the engine can record, and gives its columns in double-double as well,
perhaps in another basis that is better conditioned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_lite.errors import ShapeError, StructureError
from autograd_lite.regression.data import numbers_in
from autograd_lite.regression.double_double import DoubleDouble, two_sum
from autograd_lite.transforms.arguments import flatten, unflatten


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
    """

    def __init__(self, names: Sequence[str]):
        super().__init__(names, "linear")

    def __call__(self, x: Any, *parameters: Any) -> Any:
        """Return the products of rows and parameters."""
        matrix = np.stack([x[name] for name in self.names], axis=-1) if isinstance(x, Mapping) else x
        return matrix @ np.stack(parameters)

    def rows(self, x: Any) -> np.ndarray:
        """Return rows of columns as a matrix."""
        if isinstance(x, Mapping):
            missing = [name for name in self.names if name not in x]
            if missing:
                raise StructureError(f"predict: x has no column {missing[0]!r}; it needs {', '.join(self.names)}")
            return np.stack([np.asarray(x[name], float) for name in self.names], axis=-1)
        array = np.asarray(x, float)
        if array.ndim == 0 or array.shape[-1] != len(self.names):
            raise ShapeError(
                f"predict: x has shape {array.shape}, and {len(self.names)} columns are needed: {', '.join(self.names)}"
            )
        return array

    def at(self, x: Any) -> DoubleDouble:
        """Return the rows."""
        rows = self.rows(x)
        return DoubleDouble(rows.reshape(-1, rows.shape[-1]))

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
        """Return the functions' values, from extended precision where the platform and they have it."""
        leaves, structure = flatten(x)
        shape = np.broadcast_shapes(*(np.shape(leaf) for leaf in leaves))
        extended = unflatten(structure, [np.asarray(leaf).astype(np.longdouble) for leaf in leaves])
        columns = [self._values(i, x, extended, shape) for i in range(len(self.functions))]
        return DoubleDouble.of_extended(np.stack(columns, axis=1))

    def _values(self, i: int, x: Any, extended: Any, shape: tuple[int, ...]) -> np.ndarray:
        plain = np.asarray(self.functions[i](x))
        if plain.dtype.kind not in "fiub":
            raise StructureError(f"fit_linear: the function of {self.names[i]!r} returned {plain.dtype}, not numbers")
        if plain.shape not in ((), shape) and plain.size != np.prod(shape):
            raise ShapeError(
                f"fit_linear: the function of {self.names[i]!r} returned an array of shape {plain.shape}, and x has "
                f"values of shape {shape}"
            )
        try:
            with np.errstate(all="ignore"):
                found = np.asarray(self.functions[i](extended))
        except Exception:  # a function may do anything with numbers it was not written for; double precision serves
            found = plain
        # What differs by more than rounding was computed in another way, and not more precisely.
        close = found.shape == plain.shape and np.allclose(found.astype(float), plain.astype(float), 1e-9, 1e-300)
        values = found if close else plain
        return np.reshape(np.broadcast_to(values, shape) if values.shape == () else values, -1).astype(np.longdouble)

    def shape(self, x: Any) -> tuple[int, ...]:
        """Return the shape of a single variable."""
        return np.broadcast_shapes(*(np.shape(leaf) for leaf in flatten(x)[0]))


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
