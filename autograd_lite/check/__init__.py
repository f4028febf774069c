"""Finite differences, and the check of derivatives against them."""

from autograd_lite.check.differences import finite_difference
from autograd_lite.check.gradients import check_grads

__all__ = ["check_grads", "finite_difference"]
