"""Derivative rules by topic.

Importing this declares the rules of arithmetic, shapes, indexing, reductions and products. The others are declared when
a function without a rule is first met, those of SciPy's functions once SciPy is loaded: reading all of them would take
most of the time of ``import autograd_lite``.
"""

import importlib

from autograd_lite.core.dispatch import LATE
from autograd_lite.rules import complex as complex
from autograd_lite.rules import constants as constants
from autograd_lite.rules import elementwise as elementwise
from autograd_lite.rules import indexing as indexing
from autograd_lite.rules import joining as joining
from autograd_lite.rules import products as products
from autograd_lite.rules import reductions as reductions
from autograd_lite.rules import shaping as shaping
from autograd_lite.rules import updates as updates


def _topics(names: str) -> tuple[str, ...]:
    return tuple(f"{__name__}.{name}" for name in names.split())


LATE["numpy"] = _topics(
    "decompositions determinants eigenvectors fft norms padding piecewise polynomials quantiles repeating scans "
    "signals softmax solving sorting spacing spectra statistics"
)
LATE["scipy.linalg"] = _topics("matrix_functions scipy_linalg structured")
LATE["scipy.special"] = _topics("special special_bessel special_gamma special_hypergeometric special_incomplete")
LATE["scipy.signal"] = _topics("scipy_signal")

_ALL = tuple(module for modules in LATE.values() for module in modules)


def declare_all() -> None:
    """Import every module of rules, and with it SciPy: for whoever wants to list them."""
    for module in _ALL:
        importlib.import_module(module)
