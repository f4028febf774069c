"""Expressions: what stands for arrays while derivative rules run on symbols, and how it is simplified and written."""
