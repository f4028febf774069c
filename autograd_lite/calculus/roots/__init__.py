"""Roots: Newton-Raphson and Halley, safeguarded, for one variable and for systems."""
