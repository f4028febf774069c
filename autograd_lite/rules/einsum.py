"""Einstein summation, contracted through BLAS, forward and backward.

A sum over products is evaluated two operands at a time. A contraction of two falls into four groups of letters: those
in both operands and the output (a stack), those in both only (summed), and those of each operand alone. With the groups
in this order it is a stack of matrix products, and so is each of its derivatives: the trilinear form Σ g·x·y has three
of them, and the cotangent merely takes an operand's place. Batch axes of a cotangent join the letters that it has
alone, or, where both have them, the stack. A sum over more operands keeps what it has contracted on its way, so that
the derivatives with respect to all of them cost twice the value and not once the value for each.

The groups are described in T. G. Kolda & B. W. Bader, *Tensor decompositions and applications*, SIAM Review 51 (2009),
section 2.4 (unfolding); the orders of contraction are those of `np.einsum_path`.
"""

from __future__ import annotations

import functools
import math
import string
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_lite.core.primitive import constant, implements, multilinear
from autograd_lite.rules.matrices import diagonal
from autograd_lite.rules.shaping import as_array

_LETTERS = string.ascii_uppercase + string.ascii_lowercase  # in the order in which NumPy sorts letters and labels

# A contraction of two operands. The primitive knows the canonical form only: within a term letters differ, a letter
# has one length, and it is in at least two of the three terms.


class _Plan(NamedTuple):
    """How to contract two arrays; axes are permutations, shapes those after permuting."""

    method: str
    x_axes: Sequence[int] = ()
    x_shape: tuple[int, ...] = ()
    y_axes: Sequence[int] = ()
    y_shape: tuple[int, ...] = ()
    matrix_shape: tuple[int, ...] = ()
    out_shape: tuple[int, ...] = ()
    out_axes: Sequence[int] | None = None


def _contract(x: Any, y: Any, subscripts: str) -> Any:
    if type(x) is not np.ndarray or type(y) is not np.ndarray or not x.dtype.char == y.dtype.char in "dfDF":
        return np.einsum(subscripts, x, y)  # of another library: it knows best how; of whole numbers: BLAS does not
    plan = _plan(subscripts, x.shape, y.shape, _memory_order(x), _memory_order(y))
    if plan.method == "loop":
        return np.einsum(subscripts, x, y)
    left = x.transpose(plan.x_axes).reshape(plan.x_shape)
    right = y.transpose(plan.y_axes).reshape(plan.y_shape)
    if plan.method == "multiply":
        return left * right
    if plan.method == "swapped":
        left, right = right, left
    out = np.empty(plan.out_shape, x.dtype)  # not a reshaped view, which a sweep would copy before delivering it
    np.matmul(_for_blas(left), _for_blas(right), out=out.reshape(plan.matrix_shape))
    return out if plan.out_axes is None else out.transpose(plan.out_axes)


def _for_blas(matrix: np.ndarray) -> np.ndarray:
    """Return a copy of matrices that BLAS cannot read where they are: before 2.3 NumPy would fall back to a loop."""
    size = matrix.itemsize
    (rows, columns), (down, across) = matrix.shape[-2:], matrix.strides[-2:]
    if (across == size and down >= size * columns) or (down == size and across >= size * rows):
        return matrix
    return np.ascontiguousarray(matrix)


def _memory_order(x: np.ndarray) -> tuple[int, ...] | None:
    """Return the axes from the longest stride to the shortest; None if that is their own order."""
    if x.flags.c_contiguous:
        return None
    return tuple(sorted(range(x.ndim), key=lambda k: -abs(x.strides[k])))


# NumPy's own loop is at its best with vectors: below this many products for each matrix of a stack it beats BLAS'
# gemv (10,000 dot products of 3 numbers: 48 µs against 70), and below _FEW_PRODUCTS in all it saves the planning.
_SHORT_VECTOR = 64
_FEW_PRODUCTS = 512
_LOOP = _Plan("loop")


@functools.lru_cache(maxsize=2048)
def _plan(
    subscripts: str,
    x_shape: tuple[int, ...],
    y_shape: tuple[int, ...],
    x_order: tuple[int, ...] | None,
    y_order: tuple[int, ...] | None,
) -> _Plan:
    """Choose the method of a contraction, and the order of the axes, by their lengths and their place in memory."""
    first, second, out = _terms(subscripts)
    lengths = dict(zip(first + second, x_shape + y_shape, strict=True))
    if math.prod(lengths.values()) <= _FEW_PRODUCTS:
        return _LOOP
    x_letters = first if x_order is None else "".join(first[k] for k in x_order)
    y_letters = second if y_order is None else "".join(second[k] for k in y_order)
    stack = [letter for letter in out if letter in first and letter in second]
    larger = x_letters if math.prod(x_shape) >= math.prod(y_shape) else y_letters
    summed = [letter for letter in larger if letter in first and letter in second and letter not in out]
    if not summed:
        axes = [[term.index(letter) for letter in out if letter in term] for term in (first, second)]
        shapes = [tuple(lengths[letter] if letter in term else 1 for letter in out) for term in (first, second)]
        return _Plan("multiply", axes[0], shapes[0], axes[1], shapes[1])
    rows = [letter for letter in x_letters if letter not in second]  # in memory's order, so that merging copies nothing
    columns = [letter for letter in y_letters if letter not in first]

    def merged(*groups: list[str]) -> tuple[int, ...]:
        return (*(lengths[c] for c in stack), *(math.prod(lengths[c] for c in group) for group in groups))

    inner, height, width = merged(summed, rows, columns)[len(stack) :]
    if stack and 1 in (height, width) and inner * height * width < _SHORT_VECTOR:
        return _LOOP
    # What the output has last is made last, in the right factor, and needs no transposing then.
    swapped = bool(rows) and (out[-1] in rows or not columns)
    x_groups, y_groups = ((summed, rows), (columns, summed)) if swapped else ((rows, summed), (summed, columns))
    first_made, last_made = (columns, rows) if swapped else (rows, columns)
    made = [*stack, *first_made, *last_made]
    return _Plan(
        "swapped" if swapped else "product",
        [first.index(letter) for letter in (*stack, *x_groups[0], *x_groups[1])],
        merged(*x_groups),
        [second.index(letter) for letter in (*stack, *y_groups[0], *y_groups[1])],
        merged(*y_groups),
        merged(first_made, last_made),
        tuple(lengths[letter] for letter in made),
        [made.index(letter) for letter in out] if made != [*out] else None,
    )


@functools.lru_cache(maxsize=2048)
def _terms(subscripts: str) -> tuple[str, str, str]:
    inputs, _, out = subscripts.partition("->")
    first, _, second = inputs.partition(",")
    return first, second, out


@functools.lru_cache(maxsize=2048)
def _pulled(subscripts: str, lead: int, to_first: bool) -> str:
    """Return the contraction of a cotangent with ``lead`` batch axes and the other operand."""
    first, second, out = _terms(subscripts)
    batch = "".join([letter for letter in _LETTERS if letter not in subscripts][:lead])
    wanted, other = (first, second) if to_first else (second, first)
    return f"{batch}{out},{other}->{batch}{wanted}"


def _to_x(g: Any, y: Any, x_shape: tuple[int, ...], out_shape: tuple[int, ...], subscripts: str) -> Any:
    return contraction(g, y, subscripts=_pulled(subscripts, g.ndim - len(out_shape), True))


def _to_y(g: Any, x: Any, y_shape: tuple[int, ...], out_shape: tuple[int, ...], subscripts: str) -> Any:
    return contraction(g, x, subscripts=_pulled(subscripts, g.ndim - len(out_shape), False))


contraction = multilinear(_contract, name="einsum", x=_to_x, y=_to_y)

# NumPy's notation: repeated letters are diagonals, taken first; the ellipsis is spelled out in letters; an axis of
# length one beside a longer one of the same letter is dropped; a letter of one operand alone is summed at once.


@implements(np.einsum)
def einsum(*operands: Any, optimize: Any = None) -> Any:
    """Return the sum over products that subscripts describe, in NumPy's notation; ``optimize`` chooses the order."""
    subscripts, arrays = _parsed(operands)
    if len(arrays) == 2:
        canonical = _as_contraction(subscripts, arrays[0].shape, arrays[1].shape)
        if canonical is not None:
            return contraction(*arrays, subscripts=canonical)
    terms, output = _canonical(subscripts, tuple(x.ndim for x in arrays))
    pairs = [_with_letters_once(term, x) for term, x in zip(terms, arrays, strict=True)]
    if len(pairs) > 1:
        pairs = _without_broadcasting(pairs)
    else:
        _lengths(pairs)
    pairs = [_summed_alone(k, pairs, output) for k in range(len(pairs))]
    if len(pairs) > 2:
        pairs = _pairwise(pairs, output, optimize)
    if len(pairs) == 1:
        ((term, x),) = pairs
        axes = [term.index(letter) for letter in output]
        return x if axes == [*range(len(axes))] else np.transpose(x, axes)
    (first, x), (second, y) = pairs
    return contraction(x, y, subscripts=f"{first},{second}->{output}")


def _parsed(operands: tuple[Any, ...]) -> tuple[str, list[Any]]:
    """Return subscripts and operands, from either of NumPy's two ways to call ``einsum``."""
    if not operands:
        raise ValueError("np.einsum: subscripts and at least one operand are needed")
    if isinstance(operands[0], str):
        return operands[0], [as_array(x) for x in operands[1:]]
    lists = [*operands[1::2]] if len(operands) % 2 == 0 else [*operands[1:-1:2], operands[-1]]
    arrays = [as_array(x) for x in operands[: 2 * (len(operands) // 2) : 2]]
    texts = ["".join("..." if k is Ellipsis else _LETTERS[k] for k in letters) for letters in lists]
    if len(texts) > len(arrays):
        return ",".join(texts[:-1]) + "->" + texts[-1], arrays
    return ",".join(texts), arrays


@functools.lru_cache(maxsize=1024)
def _canonical(subscripts: str, ndims: tuple[int, ...]) -> tuple[tuple[str, ...], str]:
    """Return the operands' terms and the output's, ellipses spelled out.

    Raises
    ------
    ValueError
        If the subscripts do not fit the operands.
    """
    inputs, arrow, output = subscripts.replace(" ", "").partition("->")
    terms = inputs.split(",")
    if len(terms) != len(ndims):
        raise ValueError(f"np.einsum: {len(terms)} terms in {subscripts!r} for {len(ndims)} operands")
    spare = [letter for letter in _LETTERS if letter not in subscripts]
    widths = [n - len(term.replace("...", "")) if "..." in term else 0 for term, n in zip(terms, ndims, strict=True)]
    ellipsis = "".join(spare[: max(widths, default=0)])
    terms = [term.replace("...", ellipsis[len(ellipsis) - width :]) for term, width in zip(terms, widths, strict=True)]
    for term, n in zip(terms, ndims, strict=True):
        if len(term) != n or not set(term) <= set(_LETTERS):
            raise ValueError(f"np.einsum: the term {term!r} of {subscripts!r} does not describe an operand of {n} axes")
    letters = "".join(terms)
    if not arrow:
        return tuple(terms), ellipsis + "".join(
            sorted(x for x in set(letters) if letters.count(x) == 1 and x not in ellipsis)
        )
    if ellipsis and "..." not in output:
        raise ValueError(f"np.einsum: the output of {subscripts!r} lacks the ellipsis that its operands have")
    output = output.replace("...", ellipsis)
    if len(set(output)) < len(output) or not set(output) <= set(letters):
        raise ValueError(f"np.einsum: the output of {subscripts!r} must have different letters, all from its operands")
    return tuple(terms), output


@functools.lru_cache(maxsize=2048)
def _as_contraction(subscripts: str, x_shape: tuple[int, ...], y_shape: tuple[int, ...]) -> str | None:
    """Return the subscripts of the primitive for two operands, None if these must be prepared first."""
    (first, second), output = _canonical(subscripts, (len(x_shape), len(y_shape)))
    lengths = dict(zip(first + second, x_shape + y_shape, strict=True))
    given = [*zip(first, x_shape, strict=True), *zip(second, y_shape, strict=True)]
    alone = set(first) ^ set(second)
    if len(set(first)) + len(set(second)) < len(given) or not alone <= set(output):
        return None
    return f"{first},{second}->{output}" if all(lengths[letter] == n for letter, n in given) else None


def _with_letters_once(term: str, x: Any) -> tuple[str, Any]:
    """Take diagonals until no letter is repeated."""
    if len(set(term)) == len(term):
        return term, x
    for letter in dict.fromkeys(term):
        while term.count(letter) > 1:
            first, second = term.index(letter), term.index(letter, term.index(letter) + 1)
            if x.shape[first] != x.shape[second]:
                raise ValueError(f"np.einsum: {letter!r} has the lengths {x.shape[first]} and {x.shape[second]}")
            x = diagonal(x, 0, first, second)
            term = "".join(c for k, c in enumerate(term) if k not in (first, second)) + letter
    return term, x


def _lengths(pairs: Sequence[tuple[str, Any]]) -> dict[str, int]:
    """Return the length of each letter.

    Raises
    ------
    ValueError
        If a letter has two lengths, neither of them one.
    """
    lengths: dict[str, int] = {}
    for term, x in pairs:
        for letter, n in zip(term, x.shape, strict=True):
            known = lengths.setdefault(letter, n)
            if known == 1:
                lengths[letter] = n
            elif n not in (1, known):
                raise ValueError(f"np.einsum: {letter!r} has the lengths {known} and {n}")
    return lengths


def _without_broadcasting(pairs: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Drop axes of length one where the same letter is longer elsewhere, so that every letter has one length."""
    lengths = _lengths(pairs)
    made = []
    for term, x in pairs:
        short = tuple(k for k, (letter, n) in enumerate(zip(term, x.shape, strict=True)) if n == 1 != lengths[letter])
        if short:
            term, x = "".join(c for k, c in enumerate(term) if k not in short), np.squeeze(x, axis=short)
        made.append((term, x))
    return made


def _summed_alone(position: int, pairs: list[tuple[str, Any]], output: str) -> tuple[str, Any]:
    """Sum the operand at ``position`` along letters that nothing else has."""
    term, x = pairs[position]
    others = output.join(other for k, (other, _) in enumerate(pairs) if k != position) + output
    alone = tuple(k for k, letter in enumerate(term) if letter not in others)
    if not alone:
        return term, x
    return "".join(c for k, c in enumerate(term) if k not in alone), np.sum(x, axis=alone)


def _pairwise(pairs: list[tuple[str, Any]], output: str, optimize: Any) -> list[tuple[str, Any]]:
    """Contract two operands after another until two are left."""
    text = ",".join(term for term, _ in pairs) + "->" + output
    chosen = tuple(optimize) if isinstance(optimize, list) else optimize
    for step in _path(text, tuple(x.shape for _, x in pairs), chosen):
        taken = [pairs[k] for k in step]
        pairs = [pair for k, pair in enumerate(pairs) if k not in step]
        while len(taken) > 1 and len(pairs) + len(taken) > 2:
            (first, x), (second, y) = taken[:2]
            wanted = "".join(term for term, _ in (*pairs, *taken[2:])) + output
            target = "".join(letter for letter in dict.fromkeys(first + second) if letter in wanted)
            taken[:2] = [(target, contraction(x, y, subscripts=f"{first},{second}->{target}"))]
        pairs += taken
    return pairs


@functools.lru_cache(maxsize=256)
def _path(subscripts: str, shapes: tuple[tuple[int, ...], ...], optimize: Any) -> list[tuple[int, ...]]:
    """Return which operands to contract, one step after another; what is made goes to the end of the list."""
    if optimize in (None, True, False):
        optimize = "optimal" if len(shapes) <= 4 else "greedy"  # 4 operands have 18 orders, and the answer is kept
    operands = [np.broadcast_to(np.float64(0), shape) for shape in shapes]
    optimize = list(optimize) if isinstance(optimize, tuple) else optimize
    return [tuple(step) for step in np.einsum_path(subscripts, *operands, optimize=optimize)[0][1:]]


constant(np.einsum_path)
