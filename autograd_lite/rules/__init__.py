"""Derivative rules by topic; importing this declares them all, those of SciPy's functions once SciPy is loaded."""

from autograd_lite.core.dispatch import LATE
from autograd_lite.rules import complex as complex
from autograd_lite.rules import constants as constants
from autograd_lite.rules import decompositions as decompositions
from autograd_lite.rules import determinants as determinants
from autograd_lite.rules import eigenvectors as eigenvectors
from autograd_lite.rules import einsum as einsum
from autograd_lite.rules import elementwise as elementwise
from autograd_lite.rules import fft as fft
from autograd_lite.rules import indexing as indexing
from autograd_lite.rules import joining as joining
from autograd_lite.rules import matrices as matrices
from autograd_lite.rules import norms as norms
from autograd_lite.rules import padding as padding
from autograd_lite.rules import piecewise as piecewise
from autograd_lite.rules import products as products
from autograd_lite.rules import quantiles as quantiles
from autograd_lite.rules import reductions as reductions
from autograd_lite.rules import repeating as repeating
from autograd_lite.rules import scans as scans
from autograd_lite.rules import shaping as shaping
from autograd_lite.rules import signals as signals
from autograd_lite.rules import softmax as softmax
from autograd_lite.rules import solving as solving
from autograd_lite.rules import sorting as sorting
from autograd_lite.rules import spacing as spacing
from autograd_lite.rules import spectra as spectra
from autograd_lite.rules import statistics as statistics
from autograd_lite.rules import updates as updates

LATE["scipy.linalg"] = (
    "autograd_lite.rules.matrix_functions",
    "autograd_lite.rules.scipy_linalg",
    "autograd_lite.rules.structured",
)
LATE["scipy.special"] = (
    "autograd_lite.rules.special",
    "autograd_lite.rules.special_bessel",
    "autograd_lite.rules.special_gamma",
    "autograd_lite.rules.special_hypergeometric",
    "autograd_lite.rules.special_incomplete",
)
LATE["scipy.signal"] = ("autograd_lite.rules.scipy_signal",)
