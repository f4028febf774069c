"""What operations compute and what their rules say, in the notation of `scene`: ``x @ y``, ``g · cos(x)``.

The commonest are written down here, in the form in which textbooks have them. What is not in the table is read from
the rule's own source, where that is one expression.
"""

from __future__ import annotations

from typing import NamedTuple

from autograd_lite.core.plan import Primitive
from autograd_lite.draw.sources import rule_from_source


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
    "einsum": _binary("einsum(x, y)", "einsum(g, y)", "einsum(g, x)"),
    "linear": Formula("x @ wᵀ", {"x": "g @ w", "w": "gᵀ @ x"}),
    "affine": Formula("x @ wᵀ + b", {"x": "g @ w", "w": "gᵀ @ x", "b": "Σ g"}),
    "convolution": Formula("x ∗ weight", {"x": "g ∗ weight, turned round", "weight": "x ∗ g", "bias": "Σ g"}),
    # Places and shapes
    "getitem": _unary("x[index]", "g at index, else 0"),
    "scatter": _unary("x put at index", "g[index]"),
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
    "cross_entropy": Formula(
        "−mean ln softmax(logits)[labels]", {"logits": "g · (softmax(logits) − onehot(labels)) / n"}
    ),
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
_SQUARE = {2: "²", 3: "³"}


def formula_of(primitive: Primitive, keywords: dict[str, object]) -> str:
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
    return _with_exponent(formula.value, keywords)


def rule_of(primitive: Primitive, position: int, keywords: dict[str, object]) -> str:
    """Return the rule of one argument, '' where it is not known.

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
    name = primitive.arguments[position] if position < len(primitive.arguments) else "*"
    if formula is not None:
        rule = formula.rules.get(name, formula.rules.get("*", ""))
        if rule:
            return _with_exponent(rule, keywords)
    rule = primitive.rules[position] if position < len(primitive.rules) else primitive.each
    return rule_from_source(rule) if callable(rule) else ""


def _entry(primitive: Primitive) -> Formula | None:
    """Return the entry of a primitive; one that only shares a name with it, but not its arguments, is not its own."""
    if primitive.name == "power":
        return _POWERS.get(primitive.arguments)
    formula = _TABLE.get(primitive.name)
    if formula is None or not primitive.arguments or primitive.name == "output":
        return formula
    return formula if set(primitive.arguments) & set(formula.rules) else None


def _with_exponent(text: str, keywords: dict[str, object]) -> str:
    exponent = keywords.get("exponent")
    if "exponent" not in text or type(exponent) not in (int, float):
        return text.replace("base", str(keywords["base"])) if type(keywords.get("base")) in (int, float) else text
    assert isinstance(exponent, int | float)
    if exponent in (2, 3):
        lower = "x" if exponent == 2 else "x²"
        return f"x{_SQUARE[int(exponent)]}" if text.startswith("x") else f"g · {exponent:g} · {lower}"
    return text.replace("exponent − 1", f"{exponent - 1:.4g}").replace("exponent", f"{exponent:.4g}")
