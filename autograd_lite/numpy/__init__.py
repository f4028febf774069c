"""The drop-in namespace: ``import autograd_lite.numpy as np`` is NumPy for Tensors, and for lists of them.

Everything of NumPy is here under its name, and calls without a Tensor give what NumPy gives. There are three kinds:

- functions of arrays: a list that holds Tensors is an array to them, ``np.mean([a, b])``, and Tensors go straight to
  what the rules declare;
- functions that make arrays or loop in Python, which NumPy cannot dispatch: ``array``, ``full``, ``r_``, ``vectorize``,
  …; and two that write into an array, ``fill_diagonal`` and ``put_along_axis``, which give a new one with
  ``inplace=False``, as in jax.numpy. They are written out in the files beside this one;
- types, constants, submodules and all functions that take no arrays: NumPy's own objects.

``np.sin`` here is a function with the ufunc's attributes and methods (``np.add.reduce``, ``np.add.at``), not an
``np.ufunc``: it reaches the rule without NumPy's override machinery. On a tracked scalar ``np.sin(t)`` takes 0.51 µs
that way and 0.85 through NumPy, ``np.maximum(t, u)`` 1.13 and 1.40; on plain arrays the way around costs 0.07 to
0.15 µs. A callable object in place of a function would give back 0.06 of it. Functions of the second kind are defined
here; the others are wrapped when they are first asked for.
"""

import importlib
from typing import Any

import numpy as np

from autograd_lite.numpy._creation import arange as arange
from autograd_lite.numpy._creation import array as array
from autograd_lite.numpy._creation import asanyarray as asanyarray
from autograd_lite.numpy._creation import asarray as asarray
from autograd_lite.numpy._creation import asarray_chkfinite as asarray_chkfinite
from autograd_lite.numpy._creation import ascontiguousarray as ascontiguousarray
from autograd_lite.numpy._creation import asfortranarray as asfortranarray
from autograd_lite.numpy._creation import full as full
from autograd_lite.numpy._creation import full_like as full_like
from autograd_lite.numpy._creation import isscalar as isscalar
from autograd_lite.numpy._creation import piecewise as piecewise
from autograd_lite.numpy._creation import require as require
from autograd_lite.numpy._creation import select as select
from autograd_lite.numpy._joiner import c_ as c_
from autograd_lite.numpy._joiner import r_ as r_
from autograd_lite.numpy._updating import fill_diagonal as fill_diagonal
from autograd_lite.numpy._updating import make_diagonal as make_diagonal
from autograd_lite.numpy._updating import put_along_axis as put_along_axis
from autograd_lite.numpy._vectorizing import vectorize as vectorize
from autograd_lite.numpy._wrapping import stand_in

#: Submodules that are namespaces of their own here, loaded when first used.
_SUBMODULES = ("fft", "linalg", "random")


def __getattr__(name: str) -> Any:
    if name in _SUBMODULES:
        return importlib.import_module(f"{__name__}.{name}")
    if name == "__all__":
        return [*np.__all__, "make_diagonal"]
    found = stand_in(getattr(np, name), __name__)
    globals()[name] = found  # the next look-up is then a plain one
    return found


def __dir__() -> list[str]:
    return sorted({*dir(np), "make_diagonal"})
