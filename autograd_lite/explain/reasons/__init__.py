"""Reasons why a gradient is what it is: the evidence of one sweep, and what it says of zeros, sizes, NaNs, absence."""
