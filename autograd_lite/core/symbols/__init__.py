"""Derivative rules run on symbols: what they say, in words that a person reads.

A rule is an expression over NumPy, so it runs on whatever speaks NumPy's protocols. Run on a `Symbol` it leaves the
expression of its answer behind, which is simplified and written as text or LaTeX. `rule_text` does that for one
recorded operation; `autograd_lite.explain.derivative` for a whole function.
"""

from autograd_lite.core.symbols.rules import rule_latex, rule_text

__all__ = ["rule_latex", "rule_text"]
