"""Rules read from their own source: a lambda that is one expression, ``g / (1 + x * x)``, in a picture's notation."""

from __future__ import annotations

import ast
import functools
import linecache
import types
from collections.abc import Callable
from typing import Any

_LONGEST = 60  # characters: longer rules say nothing at a glance
_DOTS: dict[type, str] = {ast.Mult: " · ", ast.Div: " / ", ast.Add: " + ", ast.Sub: " − ", ast.MatMult: " @ "}
_RANKS: dict[type, int] = {ast.Add: 1, ast.Sub: 1, ast.Mult: 2, ast.Div: 2, ast.MatMult: 2, ast.Pow: 4}
_PREFIXES = ("np", "numpy", "math", "anp")


def rule_from_source(rule: Callable[..., Any]) -> str:
    """Return the text of a rule that is one short expression; '' for any other, or where there is no source.

    Parameters
    ----------
    rule : callable

    Returns
    -------
    str
    """
    code = getattr(rule, "__code__", None)
    return _from_code(code) if isinstance(code, types.CodeType) else ""


@functools.lru_cache(maxsize=512)
def _from_code(code: types.CodeType) -> str:
    found = _definition(code)
    if found is None:
        return ""
    try:
        text = _written(found, 0)
    except _UnwrittenError:
        return ""
    return text if len(text) <= _LONGEST else ""


class _UnwrittenError(Exception):
    """Something in a rule that a picture has no notation for."""


def _definition(code: types.CodeType) -> ast.expr | None:
    """Return the expression that a lambda, or a function of one return, gives."""
    here = code.co_firstlineno
    parameters = list(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
    candidates = []
    for node in _functions_in(code.co_filename):
        arguments = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
        if arguments != parameters or not node.lineno <= here <= (node.end_lineno or 0):
            continue
        if isinstance(node, ast.Lambda):
            if code.co_name == "<lambda>" and node.lineno == here:
                candidates.append(node.body)
        elif node.name == code.co_name:
            body = [line for line in node.body if not _is_text(line)]
            if len(body) == 1 and isinstance(body[0], ast.Return) and body[0].value is not None:
                candidates.append(body[0].value)
    if len(candidates) > 1:  # several lambdas in one line: Python knows the columns of the instructions
        spans = {p for p in code.co_positions() if None not in p}
        columns = {(p[0], p[2]) for p in spans}
        candidates = [node for node in candidates if _starts(node) & columns and not _outside(node, spans)]
    return candidates[0] if len(candidates) == 1 else None


def _starts(node: ast.expr) -> set[tuple[Any, Any]]:
    return {(part.lineno, part.col_offset) for part in ast.walk(node) if isinstance(part, ast.expr)}


def _outside(node: ast.expr, spans: set[Any]) -> bool:
    """Say whether an instruction comes from outside of an expression."""
    first, last = (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
    inside = [(line, column) for line, _, column, _ in spans if column is not None]
    return any(place < first or place > last for place in inside if place != (node.lineno, 0))


def _is_text(line: ast.stmt) -> bool:
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)


@functools.lru_cache(maxsize=64)
def _functions_in(filename: str) -> list[Any]:
    try:
        tree = ast.parse("".join(linecache.getlines(filename)))
    except (SyntaxError, ValueError):
        return []
    return [node for node in ast.walk(tree) if isinstance(node, ast.Lambda | ast.FunctionDef)]


def _written(node: ast.expr, rank: int) -> str:
    """Return an expression in the notation, in brackets where what stands around it binds more tightly."""
    match node:
        case ast.Name(id=name):
            return name.strip("_")
        case ast.Constant(value=value) if isinstance(value, int | float):
            return str(value)
        case ast.Attribute(value=ast.Name(id=prefix), attr=name) if prefix in _PREFIXES:
            return {"pi": "π"}.get(name, name)
        case ast.Attribute(attr=name):
            return f"{_written(node.value, 9)}.{name}"
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return f"−{_written(operand, 3)}"
        case ast.BinOp():
            return _product(node, rank)
        case ast.Call(func=function, args=args, keywords=[]):
            return f"{_written(function, 9)}({', '.join(_written(arg, 0) for arg in args)})"
    raise _UnwrittenError


def _product(node: ast.BinOp, rank: int) -> str:
    own = _RANKS.get(type(node.op))
    if own is None:
        raise _UnwrittenError
    if isinstance(node.op, ast.Pow):
        exponent = _written(node.right, 0)
        power = {"2": "²", "3": "³"}.get(exponent, f"^{exponent}" if exponent.isalnum() else f"^({exponent})")
        text = _written(node.left, 5) + power
    elif isinstance(node.op, ast.Mult) and ast.dump(node.left) == ast.dump(node.right) and rank < 3:
        text = f"{_written(node.left, 5)}²"
    else:
        right = own + (type(node.op) in (ast.Sub, ast.Div))
        text = _written(node.left, own) + _DOTS[type(node.op)] + _written(node.right, right)
    return f"({text})" if own < rank else text
