"""``scipy.linalg`` for Tensors and lists of them; everything else of it unchanged.

SciPy's functions convert their arguments to plain arrays; here they look for a rule first. SciPy is imported when one
of its functions is first used.
"""

from __future__ import annotations

import importlib
from typing import Any

from autograd_lite.core.dispatch import call
from autograd_lite.core.tensor import Tensor
from autograd_lite.numpy._lists import stacked
from autograd_lite.numpy._wrapping import stand_in


def __getattr__(name: str) -> Any:
    found = stand_in(getattr(_scipy_linalg(), name), __name__, undispatched=True)
    globals()[name] = found  # the next look-up is then a plain one
    return found


def __dir__() -> list[str]:
    return dir(_scipy_linalg())


def _scipy_linalg() -> Any:
    return importlib.import_module("scipy.linalg")


def cho_solve(c_and_lower: Any, b: Any, overwrite_b: bool = False, check_finite: bool = True) -> Any:
    """Return the solution of a x = b for a matrix given by its Cholesky factor.

    Parameters
    ----------
    c_and_lower : (array_like or Tensor of shape (n, n), bool)
        The factor, and whether it is the lower one: what `cho_factor` returns.
    b : array_like or Tensor of shape (n,) or (n, k)
        The right-hand sides.
    overwrite_b : bool
        Permission to overwrite ``b``, which is not used for Tensors.
    check_finite : bool
        Whether to raise for infinities and NaNs.

    Returns
    -------
    Tensor, or array if no argument is a Tensor, of the shape of ``b``

    Raises
    ------
    ValueError
        If an argument is not finite, or of the wrong shape.

    Notes
    -----
    Two triangular systems, c y = b and cᴴ x = y (G. H. Golub & C. F. Van Loan, *Matrix Computations*, 4th ed., 2013,
    section 4.2).

    Examples
    --------
    >>> import numpy as np, autograd_lite as ag
    >>> from autograd_lite.scipy.linalg import cho_factor, cho_solve
    >>> a, b = np.array([[4.0, 0.0], [0.0, 2.0]]), np.array([4.0, 4.0])
    >>> ag.grad(lambda b: np.sum(cho_solve(cho_factor(a), b)))(b)
    array([0.25, 0.5 ])
    """
    factor, is_lower = c_and_lower
    factor, b = stacked(factor), stacked(b)
    arguments = ((factor, is_lower), b, overwrite_b, check_finite)
    if isinstance(factor, Tensor) or isinstance(b, Tensor):
        return call(_scipy_linalg().cho_solve, arguments, {})
    return _scipy_linalg().cho_solve(*arguments)
