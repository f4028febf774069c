"""Jacobians, Hessians, Hessian-vector products, and derivatives of elementwise functions.

A Jacobian is one batched sweep: the rows of the identity travel together as leading axes of one cotangent. A Hessian is
the Jacobian of a gradient that was recorded.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_lite.core.collector import full_passes_put_off
from autograd_lite.core.cotangents import cast
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import ShapeError, StructureError
from autograd_lite.transforms.arguments import Run, outputs_of, unflatten, zeros
from autograd_lite.transforms.forward import push_forward
from autograd_lite.transforms.reverse import grad, split_aux, vjp
from autograd_lite.transforms.sparsity.compressed import sparse_jacobian


def jacobian(
    f: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    mode: str = "auto",
    chunk_size: int | None = None,
    has_aux: bool = False,
    holomorphic: bool = False,
    sparsity: Any = None,
) -> Callable[..., Any]:
    """Return a function that gives the Jacobian of ``f``: every partial derivative of every output.

    Parameters
    ----------
    f : callable
        Returns an array, or a container of arrays; with ``has_aux`` a pair of that and anything.
    argnums : int or sequence of int
        The positional arguments to differentiate with respect to.
    mode : {"auto", "reverse", "forward"}
        Reverse costs as many rows as ``f`` has outputs, forward as many as it has inputs; auto takes the smaller.
    chunk_size : int, optional
        How many rows travel together, where memory asks for less than all of them.
    has_aux : bool
        Whether ``f`` returns a pair.
    holomorphic : bool
        Whether ``f`` is a holomorphic function of complex numbers. Without, arguments or outputs may be complex, not
        both: real outputs have the gradients of `grad` as their rows.
    sparsity : "auto", scipy.sparse array, or `Sparsity`, optional
        Where the Jacobian of one array with respect to one array can be nonzero; "auto" finds that out. It then comes
        as a ``scipy.sparse.csr_array`` of shape (outputs, inputs), at the cost of as many rows as its colouring has
        colours: five for a band of five, however long. A `Sparsity` keeps the colouring from call to call.

    Returns
    -------
    callable
        Takes the arguments of ``f`` and returns an array of shape ``out.shape + argument.shape``; for containers, a
        container of the outputs holding containers of the arguments. With ``has_aux`` a pair of that and aux.

    Raises
    ------
    ValueError
        If the mode or the chunk size makes no sense.
    DtypeError
        If complex numbers make the derivative no single matrix.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import jacobian
    >>> jacobian(lambda x: x[:2] ** 2 * x[2])(np.array([1.0, 2.0, 3.0]))
    array([[ 6.,  0.,  1.],
           [ 0., 12.,  4.]])
    """
    if mode not in ("auto", "reverse", "forward"):
        raise ValueError(f"jacobian(f, mode={mode!r}): the modes are 'auto', 'reverse' and 'forward'")
    if chunk_size is not None and chunk_size < 1:
        raise ValueError(f"jacobian(f, chunk_size={chunk_size!r}): at least one row at a time is needed")

    @functools.wraps(f)
    def transformed(*args: Any, **kwargs: Any) -> Any:
        with full_passes_put_off:
            run = Run(f, args, kwargs, argnums, "jacobian")
            out, aux = split_aux(run.out, "jacobian") if has_aux else (run.out, None)
            leaves, structure = outputs_of(out, "jacobian")
            rows, columns = sum([leaf.size for leaf in leaves]), sum([primal.size for primal in run.primals])
            has_complex = "c" in [tensor.data.dtype.kind for tensor in (*leaves, *run.primals)]
            if mode == "auto" and has_complex and not holomorphic:
                reverse = not any(leaf.dtype.kind == "c" for leaf in leaves)
            else:
                reverse = mode == "reverse" or (mode == "auto" and rows <= columns)
            run.check_complex(leaves, holomorphic, forward=not reverse)
            if sparsity is not None:
                result = sparse_jacobian(run, leaves, sparsity, mode, chunk_size)
                return (result, run.plain(aux)) if has_aux else result
            blocks = (_by_rows if reverse else _by_columns)(run, leaves, chunk_size)
            result = unflatten(structure, [run.packed(row) for row in blocks])
            return (result, run.plain(aux)) if has_aux else result

    return transformed


def jacrev(f: Callable[..., Any], argnums: int | Sequence[int] = 0, **options: Any) -> Callable[..., Any]:
    """Return `jacobian` in reverse mode: the better one where there are fewer outputs than inputs."""
    return jacobian(f, argnums, mode="reverse", **options)


def jacfwd(f: Callable[..., Any], argnums: int | Sequence[int] = 0, **options: Any) -> Callable[..., Any]:
    """Return `jacobian` in forward mode: the better one where there are fewer inputs than outputs."""
    return jacobian(f, argnums, mode="forward", **options)


def _by_rows(run: Run, outputs: list[Tensor], chunk_size: int | None) -> list[list[Any]]:
    """Return the blocks of the Jacobian, for each output one for each primal, by sweeping rows of the identity back."""
    blocks = []
    for out in outputs:
        if out.node is None:
            blocks.append([zeros(primal, out.shape) for primal in run.primals])
            continue
        traversal = run.traverse([out])
        chunks = [run.pull(traversal, {out.node: rows}, batch=1) for rows in _identity_rows(out, chunk_size)]
        blocks.append(
            [
                _reshaped(_joined(list(column), 0), out.shape + primal.shape)
                for column, primal in zip(zip(*chunks, strict=True), run.primals, strict=True)
            ]
        )
    return blocks


def _by_columns(run: Run, outputs: list[Tensor], chunk_size: int | None) -> list[list[Any]]:
    """Return the same blocks by pushing columns of the identity forward, for one primal after another."""
    traversal = run.traverse(outputs)
    blocks: list[list[Any]] = [[] for _ in outputs]
    for target, primal in zip(run.targets, run.primals, strict=True):
        record = run.recording and traversal.foreign
        chunks = [
            push_forward(traversal, {target: columns}, outputs, batch=1, record=record)
            for columns in _identity_rows(primal, chunk_size)
        ]
        for block, out, column in zip(blocks, outputs, zip(*chunks, strict=True), strict=True):
            joined = np.moveaxis(_joined(list(column), 0), 0, -1)
            block.append(_reshaped(joined, out.shape + primal.shape))
    return blocks


def _identity_rows(like: Tensor, chunk_size: int | None) -> list[Any]:
    """Return the identity on a Tensor's elements, in chunks of rows, each row shaped like the Tensor."""
    size = like.size
    identity = (_small_identity if size <= _SMALL else np.eye)(size, dtype=like.dtype)
    if like.ndim != 1:
        identity = identity.reshape(size, *like.shape)
    if chunk_size is None:
        return [identity]
    return [identity[start : start + chunk_size] for start in range(0, max(1, size), chunk_size)]


_SMALL = 128  # rows: identities up to here (131 kB in float64) are kept


@functools.lru_cache(maxsize=8)
def _small_identity(size: int, dtype: Any) -> np.ndarray:
    identity = np.eye(size, dtype=dtype)
    identity.flags.writeable = False
    return identity


def _joined(chunks: list[Any], axis: int) -> Any:
    return chunks[0] if len(chunks) == 1 else np.concatenate(chunks, axis=axis)


def _reshaped(value: Any, shape: tuple[int, ...]) -> Any:
    if value.shape == shape:
        return value
    value = np.reshape(value, shape)
    return value if shape or isinstance(value, Tensor) else value[()]


def hessian(
    f: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    chunk_size: int | None = None,
    holomorphic: bool = False,
    sparsity: Any = None,
) -> Callable[..., Any]:
    """Return a function that gives the Hessian of ``f``: the matrix of its second partial derivatives.

    Parameters
    ----------
    f : callable
        Returns a number, or an array or Tensor of size one.
    argnums : int or sequence of int
        The positional arguments to differentiate with respect to.
    chunk_size : int, optional
        How many rows are computed together.
    holomorphic : bool
        Whether ``f`` is a holomorphic function of complex numbers.
    sparsity : "auto", scipy.sparse array, or `Sparsity`, optional
        Where it can be nonzero, as for `jacobian`; its symmetry saves further colours.

    Returns
    -------
    callable
        Takes the arguments of ``f`` and returns an array of shape ``argument.shape + argument.shape``; for containers,
        containers of containers.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import hessian
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0]))
    array([[4., 2.],
           [2., 0.]])
    """
    gradient = grad(f, argnums, holomorphic=holomorphic)
    if sparsity is not None:
        return _sparse_hessian(gradient, argnums, chunk_size, sparsity)
    return jacobian(gradient, argnums, mode="reverse", chunk_size=chunk_size, holomorphic=holomorphic)


def _sparse_hessian(
    gradient: Callable[..., Any], argnums: int | Sequence[int], chunk_size: int | None, sparsity: Any
) -> Callable[..., Any]:
    @functools.wraps(gradient)
    def transformed(*args: Any, **kwargs: Any) -> Any:
        with full_passes_put_off:
            run = Run(gradient, args, kwargs, argnums, "hessian")
            leaves, _ = outputs_of(run.out, "hessian")
            return sparse_jacobian(run, leaves, sparsity, "reverse", chunk_size, symmetric=True)

    return transformed


def hvp(f: Callable[..., Any], x: Any, v: Any) -> Any:
    """Return the product of the Hessian of ``f`` at ``x`` with a vector, without making the Hessian.

    Reverse over reverse, at a small multiple of the cost of ``f`` (B. Pearlmutter, *Fast exact multiplication by the
    Hessian*, Neural Computation 6, 1994).

    Parameters
    ----------
    f : callable
        Returns a number.
    x : array, number, or container of them
        The point.
    v : the same
        The vector, in the container and shapes of ``x``.

    Returns
    -------
    The same container: H v.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import hvp
    >>> hvp(lambda x: np.sum(x**3), np.array([1.0, 2.0]), np.array([1.0, 0.5]))
    array([6., 6.])
    """
    return vjp(grad(f), x)[1](v)[0]


def elementwise_grad(f: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """Return a function that gives the derivative of an elementwise function at every element.

    Parameters
    ----------
    f : callable
        Maps an array to an array of the same shape, each element by itself: its Jacobian is diagonal.
    argnum : int
        The positional argument to differentiate with respect to.

    Returns
    -------
    callable
        Takes the arguments of ``f`` and returns the diagonal of the Jacobian, in the argument's shape.

    Raises
    ------
    ShapeError
        If the shapes differ, or the Jacobian is not diagonal: the answer would be sums of its columns. This is seen
        from the recorded operations where all are elementwise, and otherwise from one product with a random vector.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import elementwise_grad
    >>> elementwise_grad(lambda x: x**2)(np.array([1.0, 2.0, 3.0]))
    array([2., 4., 6.])
    """

    @functools.wraps(f)
    def transformed(*args: Any, **kwargs: Any) -> Any:
        run = Run(f, args, kwargs, argnum, "elementwise_grad")
        leaves, structure = outputs_of(run.out, "elementwise_grad")
        if len(run.primals) != 1 or structure is not None:
            raise StructureError("elementwise_grad: one array as the argument and one as the result are needed")
        (primal,), (out,) = run.primals, leaves
        if out.shape != primal.shape:
            raise ShapeError(
                f"elementwise_grad: the function maps shape {primal.shape} to shape {out.shape}, so it is not "
                f"elementwise. Use jacobian."
            )
        run.check_complex(leaves, holomorphic=primal.dtype.kind == out.dtype.kind == "c")
        if out.node is None:
            return zeros(primal)
        seed = np.ones_like(out.data) if out.ndim else out.dtype.type(1)
        derivative = run.pull(run.traverse([out]), {out.node: seed})[0]
        _check_diagonal(run, out, derivative.data if isinstance(derivative, Tensor) else derivative)
        return run.packed([derivative])

    return transformed


def _check_diagonal(run: Run, out: Tensor, diagonal: Any) -> None:
    """Raise unless the Jacobian is diagonal, so that J v = diagonal * v for every v."""
    traversal = run.traverse([out])
    on_path = [node for node in traversal.order if traversal.needed is None or node in traversal.needed]
    if all(node.plan.primitive.kind == "elementwise" and node.shape == out.shape for node in on_path):
        return
    direction = np.random.default_rng(0).uniform(0.5, 1.5, size=out.shape).astype(run.primals[0].dtype)[()]
    (pushed,) = push_forward(traversal, {run.targets[0]: direction}, [out])
    expected = cast(diagonal * direction, out.dtype)
    scale = max(np.max(np.abs(pushed), initial=0), np.max(np.abs(expected), initial=0))
    tolerance = math.sqrt(float(np.finfo(out.dtype).eps)) * scale
    wrong = np.abs(pushed - expected) > tolerance
    if np.any(wrong):
        raise ShapeError(
            f"elementwise_grad: the function is not elementwise: {int(np.sum(wrong))} of {out.size} outputs depend on "
            f"other elements of the argument too, and the answer would be sums of a Jacobian's columns. Use jacobian."
        )
