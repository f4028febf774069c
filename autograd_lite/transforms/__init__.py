"""Transforms of functions: gradients, Jacobians, Hessians, and what they are built from."""
