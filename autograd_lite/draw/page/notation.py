"""Formulas in a scene's notation, ``−g · x / y²``, as trees that become MathML in the page.

A tree is a list of a kind and its parts, as MathML Core has them (W3C, *MathML Core*): ``["frac", a, b]``,
``["sup", a, b]``, ``["mi", "x"]``. Three kinds are places that the page fills, once for each operation that shares the
formula: ``["g"]``, ``["out"]`` and ``["arg", name]``. What the notation does not know is written as it is, as text.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection
from typing import Any

Tree = list[Any]

_RAISED = {"²": "2", "³": "3", "ᵀ": "⊤", "⁻": "−", "¹": "1"}
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
_SCRIPTS = frozenset((*_RAISED, *_LOWERED))
_TOKEN = re.compile(
    r"\d+(?:\.\d+)?(?:e[+-]?\d+)?|[^\W\d²³¹ᵀ₀-₉][^\W²³¹ᵀ₀-₉]*|[²³ᵀ⁻¹]+|[₀-₉]+|\S"
)  # numbers, names, superscripts, subscripts, signs
_NAME = re.compile(r"[^\W\d]")
_SIGNS = {"·": "⋅", "@": "\u2062", "∗": "∗", "*": "⋅", "//": "÷"}
_PREFIXES = frozenset(("ln", "max", "min", "mean", "Re", "Im"))
_COMPARISONS = frozenset("<>≤≥=≠&∧∨,…:")
_BARS = {"x̄": "conj(x)", "ḡ": "conj(g)"}


def tree_of(text: str, arguments: Collection[str]) -> Tree:
    """Return the tree of a formula.

    Parameters
    ----------
    text : str
        In the notation of `draw.scene`.
    arguments : collection of str
        The names that stand for something beside ``g`` and ``out``.

    Returns
    -------
    list
    """
    return _tree_of(text, frozenset(arguments))


@functools.lru_cache(maxsize=1024)
def _tree_of(text: str, arguments: frozenset[str]) -> Tree:
    for written, meant in _BARS.items():
        text = text.replace(written, meant)
    value, _, condition = text.partition(" where ")
    try:
        if not condition:
            return _Reader(text, arguments).whole()
        condition, _, other = condition.partition(", else ")
        if not other and ", else " in value:
            return _Reader(text, arguments).whole()
        parts = [_Reader(part, arguments).whole() for part in (value, condition, other or "0")]
    except (_UnreadableError, RecursionError):
        return ["mtext", text]
    return ["cases", [parts[0], ["row", ["mtext", "where\u00a0"], parts[1]]], [parts[2], ["mtext", "else"]]]


class _UnreadableError(Exception):
    """A formula that is not in the notation."""


class _Reader:
    """Reads one formula from left to right: sums of products of powers, and words between them."""

    def __init__(self, text: str, arguments: frozenset[str]):
        self.tokens = _TOKEN.findall(text)
        self.at = 0
        self.arguments = arguments

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self.at += 1
        return token

    def expect(self, token: str) -> None:
        if self.take() != token:
            raise _UnreadableError

    def whole(self) -> Tree:
        """Return all of it."""
        tree = self.phrase("")
        if self.peek():
            raise _UnreadableError
        return tree

    def phrase(self, end: str) -> Tree:
        """Return sums, and commas, comparisons and words between them, up to a closing bracket."""
        parts: list[Tree] = []
        while self.peek() and self.peek() != end:
            token = self.peek()
            if token in _COMPARISONS:
                parts.append(["mo", self.take()])
            elif token in ("+", "−", "-") and parts and parts[-1][0] != "mo":
                parts.append(["mo", "−" if self.take() != "+" else "+"])
            elif self.is_word():
                parts.append(["mtext", self.words()])
            else:
                parts.append(self.sum())
        return _row(parts)

    def is_word(self) -> bool:
        """Say whether what comes is a word of a sentence: no operand, no function, longer than a letter."""
        token = self.peek()
        after = self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else ""
        if not _NAME.match(token) or self.is_operand(token) or len(token) == 1 or token in _PREFIXES:
            return False
        return after not in ("(", "[", "^", "/", "·", "@") and not (after and after[0] in _SCRIPTS)

    def words(self) -> str:
        """Return the words that come, with spaces around that MathML keeps."""
        words = []
        while self.is_word():
            words.append(self.take())
        return "\u00a0" + " ".join(words) + ("" if self.peek() == "," else "\u00a0")

    def is_operand(self, name: str) -> bool:
        return name in ("g", "out") or name in self.arguments

    def sum(self) -> Tree:
        parts = []
        if self.peek() in ("−", "-", "+"):
            parts.append(["mo", "−" if self.take() != "+" else "+"])
        parts.append(self.product())
        while self.peek() in ("+", "−", "-"):
            parts.append(["mo", "−" if self.take() != "+" else "+"])
            parts.append(self.product())
        return _row(parts)

    def product(self) -> Tree:
        """Return factors side by side; a fraction takes in the factor before it, but what flows back stays outside."""
        parts = [self.factor()]
        while True:
            token = self.peek()
            if token in _SIGNS:
                self.take()
                parts += [["mo", _SIGNS[token]], self.factor()]
            elif token in ("/", "mod"):
                self.take()
                below = self.factor()
                if token == "mod":
                    parts += [["mo", "mod"], below]
                elif parts[-1] == ["g"]:
                    parts += [["mo", "⋅"], ["frac", ["mn", "1"], _bare(below)]]
                else:
                    parts[-1] = ["frac", _bare(parts[-1]), _bare(below)]
            else:
                return _row(parts)

    def factor(self) -> Tree:
        token = self.peek()
        if token in ("√", "∛"):
            self.take()
            root = ["sqrt", _bare(self.factor())]
            return root if token == "√" else ["sup", ["row", ["mo", "("], root[1], ["mo", ")"]], ["mn", "1/3"]]
        if token in ("Σ", "Π"):
            self.take()
            return _row([["mo", {"Σ": "∑", "Π": "∏"}[token]], self.product()])
        if token in ("−", "-"):
            self.take()
            return _row([["mo", "−"], self.factor()])
        base = self.atom()
        while True:
            token = self.peek()
            if token == "^":
                self.take()
                base = ["sup", _grouped(base), _bare(self.factor())]
            elif token and set(token) <= set(_RAISED):
                raised = "".join(_RAISED[c] for c in self.take())
                base = ["sup", _grouped(base), ["mo" if raised == "⊤" else "mn", raised]]
            elif token == "[":
                self.take()
                index = self.phrase("]")
                self.expect("]")
                base = ["sub", _grouped(base), _row([["mo", "["], index, ["mo", "]"]])]
            else:
                return base

    def atom(self) -> Tree:
        token = self.take()
        if token in ("(", "⌊", "|"):
            close = {"(": ")", "⌊": "⌋", "|": "|"}[token]
            inside = self.phrase(close)
            self.expect(close)
            return _row([["mo", token], inside, ["mo", close]])
        if token[:1].isdigit():
            return ["mn", token]
        if _NAME.match(token):
            return self.named(token)
        raise _UnreadableError

    def named(self, name: str) -> Tree:
        if self.peek() == "(" and not (name in self.arguments or name == "g"):
            return self.call(name)
        tree: Tree = [name] if name in ("g", "out") else ["arg", name] if name in self.arguments else ["mi", name]
        if name == "logsumexp" or name in _PREFIXES:
            return _row([["mi", name], ["mo", "\u2061"], self.factor()])
        token = self.peek()
        if token and set(token) <= set(_LOWERED):
            tree = ["sub", tree, ["mn", "".join(_LOWERED[c] for c in self.take())]]
        return self.call_of(tree) if self.peek() == "(" and tree[0] == "sub" else tree

    def call(self, name: str) -> Tree:
        if name in ("exp", "conj", "conjugate", "absolute", "abs", "sqrt", "square", "swap"):
            self.take()
            inside = self.phrase(")")
            self.expect(")")
            return {
                "exp": ["sup", ["mi", "e"], inside],
                "sqrt": ["sqrt", inside],
                "square": ["sup", _grouped(inside), ["mn", "2"]],
                "swap": ["sup", _grouped(inside), ["mo", "⊤"]],
                "abs": _row([["mo", "|"], inside, ["mo", "|"]]),
                "absolute": _row([["mo", "|"], inside, ["mo", "|"]]),
            }.get(name, ["over", inside, ["mo", "¯"]])
        return self.call_of(["mi", {"log": "ln"}.get(name, name)])

    def call_of(self, function: Tree) -> Tree:
        """Return a function of what stands in brackets; ``tan²(x)`` comes as ``tan`` with its power."""
        self.expect("(")
        inside = self.phrase(")")
        self.expect(")")
        return _row([function, ["mo", "\u2061"], ["mo", "("], inside, ["mo", ")"]])


def _row(parts: list[Tree]) -> Tree:
    return parts[0] if len(parts) == 1 else ["row", *parts]


def _bracketed(tree: Tree) -> bool:
    return tree[0] == "row" and len(tree) == 4 and tree[1] == ["mo", "("] and tree[3] == ["mo", ")"]


def _bare(tree: Tree) -> Tree:
    """Return what stands in brackets that a fraction, a root or an exponent makes needless."""
    return tree[2] if _bracketed(tree) else tree


def _grouped(tree: Tree) -> Tree:
    """Return what may carry an exponent: in brackets where it is a fraction once it is filled."""
    if tree == ["g"] or (tree[0] == "row" and not _bracketed(tree) and tree[-1] not in (["mo", ")"], ["mo", "|"])):
        return ["row", ["mo", "("], tree, ["mo", ")"]]
    return tree
