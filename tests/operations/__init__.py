"""The declarative table of operations: each function with a rule, and what it is called with, by topic.

`OPERATIONS` is the table, `CASES` each sample of each row, and `checks` holds one function for each property that
every case must have. Exceptions live in the rows, never in a check.
"""

from autograd_lite.core.dispatch import CONSTANTS
from autograd_lite.core.primitive import PRIMITIVES
from autograd_lite.rules import declare_all
from operations import (
    complex,
    convolution,
    decompositions,
    elementwise,
    fft,
    indexing,
    linalg,
    networks,
    nn_attention,
    nn_layers,
    nn_losses,
    nn_recurrent,
    piecewise,
    reductions,
    scipy_linalg,
    shaping,
    sorting,
    special,
    statistics,
)
from operations.row import Case, Op, S, Sample, cases

TOPICS = (
    elementwise,
    complex,
    decompositions,
    fft,
    reductions,
    scipy_linalg,
    shaping,
    indexing,
    linalg,
    networks,
    nn_attention,
    nn_layers,
    nn_losses,
    nn_recurrent,
    convolution,
    piecewise,
    sorting,
    special,
    statistics,
)

OPERATIONS = [row for topic in TOPICS for row in topic.ROWS]
CASES = cases(OPERATIONS)
BROADCASTING = cases(elementwise.BINARY)

declare_all()

#: The package's own primitives, before any test declares one.
DECLARED = tuple(PRIMITIVES)

#: The package's own functions without a derivative.
STEADY = tuple(CONSTANTS)

__all__ = ["BROADCASTING", "CASES", "DECLARED", "OPERATIONS", "STEADY", "Case", "Op", "S", "Sample", "cases"]
