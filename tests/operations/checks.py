"""One check for each property of a case; each raises AssertionError where the property does not hold."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from duck import DuckArray, unwrap

import autograd_lite as ag
from autograd_lite import Tensor
from autograd_lite.core.graph import collect
from autograd_lite.core.sweep import sweep
from autograd_lite.core.tensor import lift
from operations.row import Case, Sample, as_list

STEP = 1e-3

# What the checks are made of


def leaves_of(arrays: Sequence[Any]) -> list[Tensor]:
    """Return tracked Tensors of the arrays themselves, not of copies."""
    return [Tensor(x, requires_grad=True, copy=False) for x in arrays]


def pull(
    outs: Sequence[Any], leaves: Sequence[Tensor], cotangents: Sequence[Any], batch: int = 0, record: bool = False
) -> list[Any]:
    """Return the cotangent of each leaf, zeros where none arrives."""
    seeds: dict[Any, Any] = {}
    for out, cotangent in zip(outs, cotangents, strict=True):
        if isinstance(out, Tensor) and out.node is not None:
            seeds[out.node] = seeds[out.node] + cotangent if out.node in seeds else cotangent
    delivered = sweep(collect(seeds), seeds, batch, lift if record else None)
    lead = tuple(cotangents[0].shape[:batch])
    return [delivered[x.node] if x.node in delivered else _zeros(x, lead) for x in leaves]


def _zeros(leaf: Tensor, lead: tuple[int, ...]) -> Any:
    if isinstance(leaf.data, DuckArray):
        return DuckArray(np.zeros(lead + leaf.shape, leaf.dtype))
    return np.zeros(lead + leaf.shape, leaf.dtype)[()]


def plain(value: Any) -> Any:
    """Return the ndarray inside of a Tensor or a duck array."""
    return unwrap(value.data if isinstance(value, Tensor) else value)


def dot(lefts: Sequence[Any], rights: Sequence[Any]) -> Any:
    """Return the inner product of two lists of arrays: the real part of the sum of products."""
    return sum(np.real(np.sum(left * right)) for left, right in zip(lefts, rights, strict=True))


def gradient(case: Case, arrays: Sequence[Any], cotangents: Sequence[Any]) -> list[Any]:
    """Return the reverse gradient of the inner product of the outputs with cotangents."""
    leaves = leaves_of(arrays)
    return pull(as_list(case.fn(*leaves)), leaves, cotangents)


def hessian_product(
    case: Case, arrays: Sequence[Any], cotangents: Sequence[Any], directions: Sequence[Any]
) -> list[Any]:
    """Return the gradient of the inner product of the gradient with directions."""
    leaves = leaves_of(arrays)
    grads = pull(as_list(case.fn(*leaves)), leaves, cotangents, record=True)
    return _pull_scalar(dot(grads, directions), leaves)


def _pull_scalar(value: Any, leaves: Sequence[Tensor], record: bool = False) -> list[Any]:
    one = value.dtype.type(1)
    return pull([value], leaves, [DuckArray(one) if isinstance(leaves[0].data, DuckArray) else one], record=record)


def along(f: Callable[..., Sequence[Any]], arrays: Sequence[Any], directions: Sequence[Any]) -> list[Any]:
    """Return the derivative of ``f`` along directions, by central differences of fourth order."""

    def at(t: float) -> list[Any]:
        return [np.asarray(out) for out in f(*[x + t * v for x, v in zip(arrays, directions, strict=True)])]

    far, near, back, further = at(2 * STEP), at(STEP), at(-STEP), at(-2 * STEP)
    return [(8 * (b - c) - (a - d)) / (12 * STEP) for a, b, c, d in zip(far, near, back, further, strict=True)]


def numerical_gradient(case: Case, arrays: Sequence[Any], cotangents: Sequence[Any]) -> list[Any]:
    """Return the gradient of the inner product of the outputs with cotangents, element by element."""

    def value(*xs: Any) -> list[Any]:
        return [dot(case.reference(*xs), cotangents)]

    found = []
    for position, x in enumerate(arrays):
        column = np.zeros(np.size(x), np.asarray(x).dtype)
        for k in range(np.size(x)):
            for step in (1, 1j) if np.iscomplexobj(x) else (1,):  # the gradient is d/dRe - i d/dIm
                unit = [np.zeros(np.shape(y), np.asarray(y).dtype) for y in arrays]
                unit[position].reshape(-1)[k] = step
                column[k] += np.conj(step) * along(value, arrays, unit)[0]
        found.append(column.reshape(np.shape(x)))
    return found


def agree(got: Sequence[Any], wanted: Sequence[Any], tol: float, what: str) -> None:
    """Assert that two lists of arrays have equal shapes, and values equal to a relative tolerance."""
    for k, (a, b) in enumerate(zip(got, wanted, strict=True)):
        a, b = plain(a), plain(b)
        assert np.shape(a) == np.shape(b), f"{what} {k}: shape {np.shape(a)}, wanted {np.shape(b)}"
        scale = max(1.0, float(np.max(np.abs(b), initial=0.0)))
        np.testing.assert_allclose(a, b, rtol=tol, atol=tol * scale, err_msg=f"{what} {k}")


# The checks


def value(case: Case) -> None:
    """The value, its shape and its dtype are NumPy's, recorded or not; only constants of order 0 may be plain."""
    for dtype, tracked in itertools.product(case.op.dtypes, (True, False)):
        arrays = [dtype(x) for x in case.inputs()]
        wanted = case.reference(*arrays)
        outs = as_list(case.fn(*[Tensor(x, requires_grad=tracked) for x in arrays]))
        agree(outs, wanted, 1e-13 if dtype in (np.float64, np.complex128) else 1e-5, "value")
        for out, want in zip(outs, wanted, strict=True):
            assert out.dtype == want.dtype, f"the value has dtype {out.dtype}, wanted {want.dtype}"
            if case.op.order > 0:
                assert isinstance(out, Tensor), f"the result is {type(out)}, not a Tensor"
                assert isinstance(out.data, np.ndarray) == bool(out.ndim), "of shape () Tensors hold NumPy scalars"


def first_order(case: Case) -> None:
    """The reverse gradient is that of finite differences."""
    arrays = case.inputs()
    cotangents = case.directions(case.reference(*arrays), 1)
    agree(gradient(case, arrays, cotangents), numerical_gradient(case, arrays, cotangents), case.op.tol, "gradient")


def second_order(case: Case) -> None:
    """The recorded gradient is the gradient, and its derivative is that of finite differences."""
    arrays = case.inputs()
    cotangents, directions = case.directions(case.reference(*arrays), 1), case.directions(arrays, 2)
    leaves = leaves_of(arrays)
    recorded = pull(as_list(case.fn(*leaves)), leaves, cotangents, record=True)
    agree(recorded, gradient(case, arrays, cotangents), 1e-12, "recorded gradient")
    wanted = along(lambda *xs: gradient(case, xs, cotangents), arrays, directions)
    agree(hessian_product(case, arrays, cotangents, directions), wanted, case.op.tol, "second derivative")


def third_order(case: Case) -> None:
    """The derivative of the second derivative is that of finite differences."""
    arrays = case.inputs()
    cotangents, directions = case.directions(case.reference(*arrays), 1), case.directions(arrays, 2)
    further = case.directions(arrays, 3)
    leaves = leaves_of(arrays)
    grads = pull(as_list(case.fn(*leaves)), leaves, cotangents, record=True)
    products = _pull_scalar(dot(grads, directions), leaves, record=True)
    wanted = along(lambda *xs: hessian_product(case, xs, cotangents, directions), arrays, further)
    agree(_pull_scalar(dot(products, further), leaves), wanted, 10 * case.op.tol, "third derivative")


def batched(case: Case, lead: tuple[int, ...], record: bool) -> None:
    """A cotangent with batch axes gives the stack of what its rows give, and so does the derivative of that."""
    arrays = case.inputs()
    leaves = leaves_of(arrays)
    outs = as_list(case.fn(*leaves))
    cotangents = case.directions([np.broadcast_to(out.data, lead + out.shape) for out in outs], 4)
    stacked = pull(outs, leaves, cotangents, len(lead), record)
    directions = case.directions(stacked, 5)
    total = [np.zeros(x.shape) for x in leaves]
    for row in np.ndindex(*lead):
        single = pull(outs, leaves, [np.asarray(c[row])[()] for c in cotangents], record=record)
        agree([plain(s)[row] for s in stacked], single, 1e-12, f"row {row} of the batch, gradient")
        if record:
            more = _pull_scalar(dot(single, [np.asarray(v[row])[()] for v in directions]), leaves)
            total = [a + b for a, b in zip(total, more, strict=True)]
    if record:
        agree(_pull_scalar(dot(stacked, directions), leaves), total, 1e-11, "derivative of the batch, gradient")


def forward_mode(case: Case) -> None:
    """Tangents are those of finite differences, and adjoint to cotangents."""
    arrays = case.inputs()
    tangents = case.directions(arrays, 2)
    outs, pushed = ag.jvp(case.fn, tuple(arrays), tuple(tangents))
    wanted = case.reference(*arrays)
    agree(as_list(outs), wanted, 1e-13, "value")
    agree(as_list(pushed), along(case.reference, arrays, tangents), case.op.tol, "tangent")
    cotangents = case.directions(wanted, 1)
    left, right = dot(cotangents, as_list(pushed)), dot(gradient(case, arrays, cotangents), tangents)
    agree([left], [right], 1e-11, "<u, J v> against <J^T u, v>")
    for tangent in as_list(pushed):
        assert not any(np.shares_memory(tangent, given) for given in (*arrays, *tangents))


def mixed_modes(case: Case) -> None:
    """Forward over reverse and reverse over forward give the second derivative that reverse over reverse gives."""
    arrays = case.inputs()
    cotangents, directions = case.directions(case.reference(*arrays), 1), case.directions(arrays, 2)
    wanted = hessian_product(case, arrays, cotangents, directions)
    argnums = tuple(range(len(arrays)))

    def scalar(*xs: Any) -> Any:
        return dot(as_list(case.fn(*xs)), cotangents)

    def slope(*xs: Any) -> Any:
        return dot(as_list(ag.jvp(case.fn, xs, tuple(directions))[1]), cotangents)

    over_reverse = ag.jvp(ag.grad(scalar, argnums), tuple(arrays), tuple(directions))[1]
    agree(over_reverse, wanted, 1e-10, "forward over reverse, argument")
    agree(ag.grad(slope, argnums)(*arrays), wanted, 1e-10, "reverse over forward, argument")


def tracked_alone(case: Case) -> None:
    """Each argument's gradient is the same when the other arguments are plain arrays, or constant Tensors."""
    arrays = case.inputs()
    cotangents = case.directions(case.reference(*arrays), 1)
    wanted = gradient(case, arrays, cotangents)
    for position, x in enumerate(arrays):
        for others in (arrays, [Tensor(y) for y in arrays]):
            leaf = Tensor(x, requires_grad=True)
            outs = as_list(case.fn(*[leaf if k == position else other for k, other in enumerate(others)]))
            agree(pull(outs, [leaf], cotangents), [wanted[position]], 1e-12, f"gradient of argument {position} alone,")


def broadcasting(case: Case) -> None:
    """A broadcast argument's gradient is the sum over what it was broadcast to."""
    arrays = case.inputs()
    (out,) = case.reference(*arrays)
    cotangents = case.directions([out], 1)
    wide = gradient(case, [np.broadcast_to(x, np.shape(out)).copy()[()] for x in arrays], cotangents)
    wanted = []
    for g, x in zip(wide, arrays, strict=True):
        g = np.asarray(g)
        full = (1,) * (g.ndim - np.ndim(x)) + np.shape(x)
        axes = tuple(k for k, n in enumerate(full) if n == 1)
        wanted.append(np.sum(g, axis=axes).reshape(np.shape(x)))
    agree(gradient(case, arrays, cotangents), wanted, 1e-12, "gradient")


def in_single(x: Any) -> Any:
    """Return an array in single precision."""
    return np.complex64(x) if np.iscomplexobj(x) else np.float32(x)


def float32(case: Case) -> None:
    """In float32 the value and both derivatives are float32, and close to those in float64."""
    arrays = case.inputs()
    cotangents, directions = case.directions(case.reference(*arrays), 1), case.directions(arrays, 2)
    single = [[in_single(x) for x in group] for group in (arrays, cotangents, directions)]
    outs = as_list(case.fn(*leaves_of(single[0])))
    found = [outs, gradient(case, *single[:2]), hessian_product(case, *single)]
    wanted = [
        case.reference(*arrays),
        gradient(case, arrays, cotangents),
        hessian_product(case, arrays, cotangents, directions),
    ]
    for what, got, want in zip(("value", "gradient", "second derivative"), found, wanted, strict=True):
        for part in got:
            assert part.dtype in (np.float32, np.complex64), f"{what} has dtype {part.dtype}"
        agree(got, want, 2e-3, what)


LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "transposed": lambda x: np.ascontiguousarray(x.T).T,
    "strided": lambda x: np.repeat(x, 2, axis=-1)[..., ::2],
    "reversed": lambda x: np.ascontiguousarray(x[::-1])[::-1],
}


def layout(case: Case, name: str) -> None:
    """Inputs and cotangents that are not contiguous in memory give the same."""
    arrays = case.inputs()
    cotangents, directions = case.directions(case.reference(*arrays), 1), case.directions(arrays, 2)

    def laid(group: Sequence[Any]) -> list[Any]:
        return [LAYOUTS[name](x) if np.ndim(x) else x for x in group]

    outs = as_list(case.fn(*leaves_of(laid(arrays))))
    agree(outs, case.reference(*arrays), 1e-12, "value")
    wanted = gradient(case, arrays, cotangents)
    agree(gradient(case, laid(arrays), laid(cotangents)), wanted, 1e-12, "gradient")
    wanted = hessian_product(case, arrays, cotangents, directions)
    agree(hessian_product(case, *map(laid, (arrays, cotangents, directions))), wanted, 1e-11, "second derivative")


def emptied(case: Case) -> list[Case]:
    """Return this case with all axes of one length made empty, for each length; only where NumPy allows the call."""
    found = []
    shapes = [a for a in case.sample.arguments if isinstance(a, tuple)]
    for n in sorted({length for shape in shapes for length in shape} - {0}):
        arguments = tuple(
            tuple(0 if k == n else k for k in a) if isinstance(a, tuple) else a for a in case.sample.arguments
        )
        empty = Case(case.op, case.index, Sample(arguments, case.sample.keywords))
        try:
            allowed = empty.reference(*empty.inputs())
        except (ValueError, IndexError, TypeError, RuntimeError, RuntimeWarning, ZeroDivisionError):
            continue
        if allowed:
            found.append(empty)
    return found


def empty_inputs(case: Case) -> None:
    """Empty arrays go through value, first and second order, alone and batched, and every shape is right."""
    for empty in emptied(case):
        value(empty)
        arrays = empty.inputs()
        cotangents, directions = empty.directions(empty.reference(*arrays), 1), empty.directions(arrays, 2)
        shapes = [np.shape(x) for x in arrays]
        leaves = leaves_of(arrays)
        with np.errstate(invalid="ignore"):  # the sum of an empty row's infinities
            total = dot(as_list(empty.fn(*leaves)), cotangents)
        for found in (
            gradient(empty, arrays, cotangents),
            hessian_product(empty, arrays, cotangents, directions),
            _pull_scalar(total, leaves),
        ):
            assert [np.shape(g) for g in found] == shapes
            assert all(np.all(np.isfinite(g)) for g in found)
        batched(empty, (2,), record=False)


def inputs_unmodified(case: Case) -> None:
    """Nothing writes into inputs or cotangents, and no gradient's buffer is anybody else's."""
    arrays = case.inputs()
    cotangents = case.directions(case.reference(*arrays), 1)
    given = [x for x in (*arrays, *cotangents) if isinstance(x, np.ndarray)]
    before = [x.copy() for x in given]
    for x in given:
        x.flags.writeable = False
    leaves = leaves_of(arrays)
    outs = as_list(case.fn(*leaves))
    twice = [a + b for a, b in zip(pull(outs, leaves, cotangents), pull(outs, leaves, cotangents), strict=True)]
    buffers = [g for g in pull(outs, leaves, cotangents) if isinstance(g, np.ndarray)]
    for k, g in enumerate(buffers):
        assert g.flags.writeable, "a gradient is read-only"
        assert not any(np.shares_memory(g, x) for x in given), "a gradient is a view of an input or a cotangent"
        assert not any(np.shares_memory(g, x.data) for x in outs), "a gradient is a view of an output"
        assert not any(np.shares_memory(g, h) for h in buffers[:k]), "two gradients share one buffer"
        g += 1.0
    agree([g / 2 for g in twice], pull(outs, leaves, cotangents), 1e-12, "gradient again, after writing into the first")
    for x, old in zip(given, before, strict=True):
        np.testing.assert_array_equal(x, old)


def duck_array(case: Case) -> None:
    """An array that only speaks NumPy's protocols goes through value, first and second order, and forward mode."""
    arrays = case.inputs()
    cotangents, directions = case.directions(case.reference(*arrays), 1), case.directions(arrays, 2)
    ducks = [[DuckArray(x) for x in group] for group in (arrays, cotangents, directions)]
    outs = as_list(case.fn(*leaves_of(ducks[0])))
    found = {
        "value": (outs, case.reference(*arrays)),
        "gradient": (gradient(case, *ducks[:2]), gradient(case, arrays, cotangents)),
        "second derivative": (hessian_product(case, *ducks), hessian_product(case, arrays, cotangents, directions)),
    }
    for what, (got, want) in found.items():
        for part in got:
            inside = part.data if isinstance(part, Tensor) else part
            assert isinstance(inside, DuckArray), f"{what} is {type(inside).__name__}, no longer a duck array"
        agree(got, want, 1e-12, what)


def errors(case: Case) -> None:
    """A call that NumPy refuses is refused on Tensors too, with an exception of NumPy's kind."""
    arrays = case.inputs()
    try:
        case.reference(*arrays)
    except (ValueError, IndexError, TypeError) as error:
        refusal = error
    else:
        raise AssertionError("NumPy takes this call")
    kind = ValueError if isinstance(refusal, ValueError) else type(refusal)
    try:
        case.fn(*leaves_of(arrays))
    except kind:
        return
    raise AssertionError(f"NumPy raises {refusal!r}, and on Tensors nothing is raised")
