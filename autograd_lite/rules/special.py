"""Functions of `scipy.special`; imported when SciPy is."""
