"""Lagrange multipliers: minima, maxima and saddles on constraints."""
