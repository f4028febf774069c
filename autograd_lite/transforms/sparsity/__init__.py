"""Sparse Jacobians: which elements can be nonzero, which rows can travel together, and the sweep that finds them."""
