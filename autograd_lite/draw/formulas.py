"""What operations compute and what their rules say, in the notation of `scene`: ``x @ y``, ``g · cos(x)``.

The commonest are written down here, in the form in which textbooks have them, which the rules need not have: theirs is
the cheapest or most accurate. For what is not in the table a rule is run on symbols (`core.symbols`).
"""

from __future__ import annotations

import functools
import re
from typing import Any, NamedTuple

from autograd_lite.core.graph import Node
from autograd_lite.core.plan import Primitive
from autograd_lite.core.symbols import rule_text


class Formula(NamedTuple):
    """What an operation computes, and the rule of each argument."""

    value: str
    rules: dict[str, str]


def _unary(value: str, rule: str) -> Formula:
    return Formula(value, {"x": rule})


def _binary(value: str, x: str, y: str) -> Formula:
    return Formula(value, {"x": x, "y": y})


_REDUCED = "g, spread over x"
_TABLE: dict[str, Formula] = {
    "leaf": Formula("", {}),
    "argument": _unary("x", "g"),
    "output": Formula("", {"whole": "g"}),
    # Arithmetic
    "add": _binary("x + y", "g", "g"),
    "subtract": _binary("x − y", "g", "−g"),
    "multiply": _binary("x · y", "g · y", "g · x"),
    "divide": _binary("x / y", "g / y", "−g · x / y²"),
    "negative": _unary("−x", "−g"),
    "positive": _unary("x", "g"),
    "reciprocal": _unary("1 / x", "−g / x²"),
    "square": _unary("x²", "2 · g · x"),
    "remainder": _binary("x mod y", "g", "−g · ⌊x / y⌋"),
    "fmod": _binary("x mod y", "g", "−g · trunc(x / y)"),
    "sqrt": _unary("√x", "g / (2 · √x)"),
    "cbrt": _unary("∛x", "g / (3 · out²)"),
    # Exponentials and logarithms
    "exp": _unary("exp(x)", "g · exp(x)"),
    "exp2": _unary("2^x", "g · 2^x · ln 2"),
    "expm1": _unary("exp(x) − 1", "g · exp(x)"),
    "log": _unary("ln(x)", "g / x"),
    "log2": _unary("log₂(x)", "g / (x · ln 2)"),
    "log10": _unary("log₁₀(x)", "g / (x · ln 10)"),
    "log1p": _unary("ln(1 + x)", "g / (1 + x)"),
    "logaddexp": _binary("ln(exp(x) + exp(y))", "g · exp(x − out)", "g · exp(y − out)"),
    "logaddexp2": _binary("log₂(2^x + 2^y)", "g · 2^(x − out)", "g · 2^(y − out)"),
    # Trigonometric and hyperbolic functions
    "sin": _unary("sin(x)", "g · cos(x)"),
    "cos": _unary("cos(x)", "−g · sin(x)"),
    "tan": _unary("tan(x)", "g · (1 + tan²(x))"),
    "1 - x²": _unary("1 − x²", "−2 · g · x"),
    "arcsin": _unary("arcsin(x)", "g / √(1 − x²)"),
    "arccos": _unary("arccos(x)", "−g / √(1 − x²)"),
    "arctan": _unary("arctan(x)", "g / (1 + x²)"),
    "sinh": _unary("sinh(x)", "g · cosh(x)"),
    "cosh": _unary("cosh(x)", "g · sinh(x)"),
    "tanh": _unary("tanh(x)", "g · (1 − tanh²(x))"),
    "arcsinh": _unary("arsinh(x)", "g / √(1 + x²)"),
    "arccosh": _unary("arcosh(x)", "g / √(x² − 1)"),
    "arctanh": _unary("artanh(x)", "g / (1 − x²)"),
    "hypot": _binary("√(x² + y²)", "g · x / out", "g · y / out"),
    "cosine": _binary("x / √(x² + y²)", "g · y² / (x² + y²)^(3/2)", "−g · x · y / (x² + y²)^(3/2)"),
    "arctan2": _binary("atan2(x, y)", "g · y / (x² + y²)", "−g · x / (x² + y²)"),
    # Selection
    "absolute": _unary("|x|", "g · sign(x)"),
    "fabs": _unary("|x|", "g · sign(x)"),
    "maximum": _binary("max(x, y)", "g where x > y", "g where y > x"),
    "minimum": _binary("min(x, y)", "g where x < y", "g where y < x"),
    "fmax": _binary("max(x, y)", "g where x > y", "g where y > x"),
    "fmin": _binary("min(x, y)", "g where x < y", "g where y < x"),
    "where": _binary("x where condition, else y", "g where condition", "g where not condition"),
    "clip": Formula(
        "x limited to low … high",
        {"x": "g where low ≤ x ≤ high", "low": "g where x < low", "high": "g where x > high"},
    ),
    "relu": _unary("max(x, 0)", "g where x > 0"),
    "leaky_relu": _unary("x where x > 0, else slope · x", "g where x > 0, else slope · g"),
    "sigmoid": _unary("σ(x)", "g · σ(x) · (1 − σ(x))"),
    "softplus": _unary("ln(1 + exp(β · x)) / β", "g · σ(β · x)"),
    "log_sigmoid": _unary("ln σ(x)", "g · σ(−x)"),
    "softsign": _unary("x / (1 + |x|)", "g / (1 + |x|)²"),
    "tanhshrink": _unary("x − tanh(x)", "g · tanh²(x)"),
    "silu": _unary("x · σ(x)", "g · (σ(x) + x · σ(x) · (1 − σ(x)))"),
    "gelu": _unary("x · Φ(x)", "g · (Φ(x) + x · φ(x))"),
    # Reductions
    "sum": _unary("Σ x", _REDUCED),
    "mean": _unary("Σ x / n", "g / n, spread over x"),
    "max": _unary("max x", "g where x is the largest"),
    "min": _unary("min x", "g where x is the least"),
    "nanmax": _unary("max x", "g where x is the largest"),
    "nanmin": _unary("min x", "g where x is the least"),
    "prod": _unary("Π x", "g · out / x"),
    "softmax": _unary("softmax(x)", "out · (g − Σ g · out)"),
    "log_softmax": _unary("x − logsumexp(x)", "g − softmax(x) · Σ g"),
    "logsumexp": _unary("ln Σ exp(x)", "g · softmax(x)"),
    # Products of matrices
    "matmul": _binary("x @ y", "g @ yᵀ", "xᵀ @ g"),
    "linear": Formula("x @ wᵀ", {"x": "g @ w", "w": "gᵀ @ x"}),
    "affine": Formula("x @ wᵀ + b", {"x": "g @ w", "w": "gᵀ @ x", "b": "Σ g"}),
    "convolution": Formula("x ∗ weight", {"x": "g ∗ weight, turned round", "weight": "x ∗ g", "bias": "Σ g"}),
    # Places and shapes
    "getitem": _unary("x[index]", "g at index, else 0"),
    "scatter": Formula("x₀, x₁, … put at their places", {"*": "its part of g"}),
    "at.set": Formula("x, value at index", {"x": "g, 0 at index", "value": "g[index]"}),
    "at.add": Formula("x, + value at index", {"x": "g", "value": "g[index]"}),
    "reshape": _unary("x in another shape", "g in the shape of x"),
    "transpose": _unary("xᵀ", "gᵀ"),
    "broadcast_to": _unary("x, repeated", "Σ g over what was repeated"),
    "astype": _unary("x", "g"),
    "concatenate": Formula("x₀, x₁, … joined", {"*": "its part of g"}),
    "stack": Formula("x₀, x₁, … stacked", {"*": "its part of g"}),
    "real": _unary("Re x", "g"),
    "imag": _unary("Im x", "−i · g"),
    "conjugate": _unary("x̄", "ḡ"),
    # Losses
    "mse_loss": Formula(
        "mean (prediction − target)²",
        {"prediction": "g · 2 · (prediction − target) / n", "target": "g · 2 · (target − prediction) / n"},
    ),
    "cross_entropy": Formula("−mean ln softmax(logits)[labels]", {"logits": "g · (softmax − onehot) / n"}),
    "binary_cross_entropy_with_logits": Formula(
        "mean softplus(prediction) − target · prediction", {"prediction": "g · (σ(prediction) − target) / n"}
    ),
}

# Powers of a number are three primitives of one name.
_POWERS = {
    ("x",): Formula("x^exponent", {"x": "g · exponent · x^(exponent − 1)"}),
    ("y",): Formula("base^y", {"y": "g · out · ln(base)"}),
    ("x", "y"): Formula("x^y", {"x": "g · y · x^(y − 1)", "y": "g · out · ln(x)"}),
}
_EXPONENTS = {2: ("x²", "g · 2 · x"), 3: ("x³", "g · 3 · x²"), 1: ("x", "g"), 0.5: ("√x", "g / (2 · √x)")}
_LONGEST = 60  # characters: longer rules say nothing at a glance


def formula_of(primitive: Primitive, keywords: dict[str, Any]) -> str:
    """Return what an operation computes, '' where that is not known.

    Parameters
    ----------
    primitive : Primitive
    keywords : dict
        What it was called with; a power shows its exponent.

    Returns
    -------
    str
    """
    formula = _entry(primitive)
    if formula is None:
        return ""
    exponent = _exponent(primitive, keywords)
    return _EXPONENTS[exponent][0] if exponent is not None else with_numbers(formula.value, keywords)


def rule_of(primitive: Primitive, position: int, keywords: dict[str, Any]) -> str:
    """Return the rule of one argument as the table has it, else ''.

    Parameters
    ----------
    primitive : Primitive
    position : int
        Of the argument.
    keywords : dict

    Returns
    -------
    str
    """
    formula = _entry(primitive)
    if formula is None:
        return ""
    exponent = _exponent(primitive, keywords)
    if exponent is not None:
        return _EXPONENTS[exponent][1]
    name = primitive.arguments[position] if position < len(primitive.arguments) else "*"
    return with_numbers(formula.rules.get(name, formula.rules.get("*", "")), keywords)


def derived_rule(node: Node, i: int) -> str:
    """Return the rule of input number ``i``, found by running it on symbols; '' if it is long or will not run.

    Parameters
    ----------
    node : Node
    i : int

    Returns
    -------
    str
    """
    try:
        text = rule_text(node, i)
    except Exception:  # of any rule of anybody's: a picture does without
        return ""
    text = text.replace(" ⊙ ", " · ").replace("-", "−")
    return text if len(text) <= _LONGEST and not text.startswith("vjp") else ""


def with_numbers(text: str, numbers: dict[str, Any]) -> str:
    """Return a formula with numbers in the place of those names that stand for them."""
    known = {name: value for name, value in numbers.items() if type(value) in (int, float)}
    if not known:
        return text
    return re.sub(r"[A-Za-z_]+", lambda found: _number(known.get(found[0]), found[0]), text)


def _number(value: float | None, name: str) -> str:
    if value is None:
        return name
    return f"{value:.4g}" if value >= 0 else f"(−{-value:.4g})"


@functools.lru_cache(maxsize=256)
def is_ours(primitive: Primitive) -> bool:
    """Say whether the rules of a primitive are this package's, and none of the user's."""
    rules = (*primitive.rules, primitive.each)
    return all(rule.__module__.startswith("autograd_lite.") for rule in rules if callable(rule))


def _entry(primitive: Primitive) -> Formula | None:
    """Return the entry of a primitive; one of the user's that only shares a name with it has none."""
    if not is_ours(primitive):
        return None
    if primitive.name == "power":
        return _POWERS.get(primitive.arguments)
    formula = _TABLE.get(primitive.name)
    if formula is None or not primitive.arguments:
        return formula
    return formula if set(primitive.arguments) & set(formula.rules) else None


def _exponent(primitive: Primitive, keywords: dict[str, Any]) -> float | None:
    exponent = keywords.get("exponent") if primitive.name == "power" else None
    return exponent if type(exponent) in (int, float) and exponent in _EXPONENTS else None
