"""Numbers of many digits, for Taylor coefficients that lose those of floating-point numbers by cancellation."""
