"""Finite differences beside reverse and forward mode: errors, times, and the page that says what follows.

The difference formulas are those of `autograd_lite.check.differences`. Errors are taken against derivatives by hand in
extended precision (`numpy.longdouble`, 64 bits of mantissa on x86), times are CPU times on one thread. The page and its
pictures are made of the numbers of a run alone:

    python -m benchmarks --suite finite-differences --page
"""

from benchmarks.finite_differences.page import markdown, write_page
from benchmarks.finite_differences.study import measure

__all__ = ["markdown", "measure", "write_page"]
