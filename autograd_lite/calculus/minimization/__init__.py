"""Minimization: one file a method, the line search, the trust region, and `minimize` on top of them."""
