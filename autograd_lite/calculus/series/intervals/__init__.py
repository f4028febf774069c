"""Interval arithmetic on arrays: every answer contains the true one."""

from autograd_lite.calculus.series.intervals import arrays as arrays
from autograd_lite.calculus.series.intervals import elementary as elementary
from autograd_lite.calculus.series.intervals.interval import Interval, Undecided, noted

__all__ = ["Interval", "Undecided", "noted"]
