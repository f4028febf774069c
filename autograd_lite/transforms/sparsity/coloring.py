"""Colouring: which rows or columns of a sparse matrix can be computed together, because they share no nonzero.

Columns that have no row in common get one colour, and their sum in one vector holds all of their elements (A. Curtis,
M. Powell & J. Reid, *On the estimation of sparse Jacobian matrices*, J. Inst. Math. Appl. 13, 1974). Of a symmetric
matrix an element may be read in its row or in its column, so that fewer colours do: those of a star colouring (A.
Gebremedhin, F. Manne & A. Pothen, *What color is your Jacobian?*, SIAM Review 47(4), 2005, section 4).
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np


def color_columns(pattern: Any) -> np.ndarray:
    """Return a colour for each column such that two columns of one colour share no row.

    Of bands the colours follow each other in turn, as many as the fullest row has elements; no fewer can do. Of other
    patterns greedy, in the order of the columns: the colours that a row has seen are the bits of one integer, so that
    the smallest free one is found without a loop.

    Parameters
    ----------
    pattern : scipy.sparse array of shape (m, n)

    Returns
    -------
    ndarray of int of shape (n,)
    """
    in_turn = _in_turn(pattern.tocsr())
    if in_turn is not None:
        return in_turn
    columns = pattern.tocsc()
    starts, rows = columns.indptr.tolist(), columns.indices.tolist()
    seen = [0] * pattern.shape[0]
    colors = []
    for start, end in itertools.pairwise(starts):
        taken = 0
        mine = rows[start:end]
        for row in mine:
            taken |= seen[row]
        bit = ~taken & (taken + 1)
        colors.append(bit.bit_length() - 1)
        for row in mine:
            seen[row] |= bit
    return np.array(colors, dtype=np.intp)


def _in_turn(pattern: Any) -> np.ndarray | None:
    """Return the columns' numbers modulo the size of the fullest row; None where two of a row would get one colour."""
    sizes = np.diff(pattern.indptr)
    count = int(sizes.max(initial=1))
    if count * sizes.size > 4 * pattern.nnz + 1000:  # a few full rows; counting slots would take memory
        return None
    colors = np.arange(pattern.shape[1]) % count
    slots = np.repeat(np.arange(sizes.size) * count, sizes) + colors[pattern.indices]
    return colors if np.bincount(slots).max(initial=0) <= 1 else None


def color_symmetric(pattern: Any) -> np.ndarray:
    """Return a star colouring of a symmetric pattern: a colour for each row.

    Neighbours differ in colour, and every path of four vertices has at least three colours.

    Parameters
    ----------
    pattern : scipy.sparse array of shape (n, n)

    Returns
    -------
    ndarray of int of shape (n,)
    """
    rows = pattern.tocsr()
    starts, columns = rows.indptr.tolist(), rows.indices.tolist()
    neighbors = [[j for j in columns[start:end] if j != i] for i, (start, end) in enumerate(itertools.pairwise(starts))]
    colors = [-1] * len(neighbors)
    for i, near in enumerate(neighbors):
        taken = 0
        for j in near:
            if colors[j] >= 0:
                taken |= 1 << colors[j]
        for j in near:
            taken |= _beyond(i, j, neighbors, colors)
        colors[i] = (~taken & (taken + 1)).bit_length() - 1
    return np.array(colors, dtype=np.intp)


def _beyond(i: int, j: int, neighbors: list[list[int]], colors: list[int]) -> int:
    """Return, as bits, the colours at distance two across j that would close a path of two colours."""
    taken = 0
    if colors[j] < 0:
        for k in neighbors[j]:
            if k != i and colors[k] >= 0:
                taken |= 1 << colors[k]
        return taken
    for k in neighbors[j]:
        # On a path i - j - k - l with l of the colour of j, i must differ from k.
        if k != i and colors[k] >= 0 and any(m != j and colors[m] == colors[j] for m in neighbors[k]):
            taken |= 1 << colors[k]
    return taken
