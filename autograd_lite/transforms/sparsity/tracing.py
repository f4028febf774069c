"""Which outputs of a recorded computation can depend on which elements of an input, from index sets.

Each operation hands on, for each of its elements, the set of elements of the input that it depends on (A. Griewank & A.
Walther, *Evaluating Derivatives*, 2nd ed., SIAM 2008, section 7.1: sparsity by index domains). The sets of all elements
are the rows of one sparse matrix of booleans, and an operation multiplies it from the left.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autograd_lite.core.graph import Node, Traversal
from autograd_lite.core.outputs import SEVERAL
from autograd_lite.transforms.sparsity.local import local_patterns, sparse


def traced_pattern(traversal: Traversal, target: Node, out: Node | None, shape: tuple[int, int]) -> Any:
    """Return the pattern of the Jacobian of one output with respect to one primal, as a sparse array of booleans.

    Parameters
    ----------
    traversal : Traversal
        What lies between them.
    target : Node
        Of the primal.
    out : Node or None
        Of the output; None where it is a constant.
    shape : tuple of int
        Their sizes: (m, n).
    """
    sets: dict[Node, Any] = {target: sparse().eye_array(shape[1], dtype=bool, format="csr")}
    for node in reversed(traversal.order):
        inputs = list(dict.fromkeys(parent for parent in node.inputs if parent in sets))
        if not inputs:
            continue
        if node.dtype is SEVERAL:
            sets[node] = sum((_everything(sets[parent]) for parent in inputs[1:]), _everything(sets[inputs[0]]))
        elif inputs[0].dtype is SEVERAL:
            sets[node] = sparse().csr_array(sparse().vstack([sets[inputs[0]]] * math.prod(node.shape)))
        else:
            sets[node] = _combined(node, inputs, [sets[parent] for parent in inputs])
    found = sets.get(out) if out is not None else None
    return sparse().csr_array(shape, dtype=bool) if found is None else sparse().csr_array(found)


def _combined(node: Node, inputs: list[Node], sets: Sequence[Any]) -> Any:
    total = None
    for local, known in zip(local_patterns(node, inputs), sets, strict=True):
        part = known if local is None else local @ known
        total = part if total is None else total + part
    return total


def _everything(sets: Any) -> Any:
    """Return one row: what any of the elements depends on."""
    return sparse().csr_array(sets.sum(axis=0).reshape(1, -1) > 0)
