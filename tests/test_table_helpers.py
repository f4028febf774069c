"""The checks themselves: each property, broken on purpose, must be caught by the check that holds it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from duck import DuckArray
from operations import Case, Op, S, checks
from operations.row import MARGIN, cases

import autograd_lite as ag
from autograd_lite.core.plan import ELEMENTWISE, GENERAL, LINEAR, Primitive
from autograd_lite.core.recording import apply


def declared(function: Callable[..., Any], kind: str = ELEMENTWISE, **options: Any) -> Callable[..., Any]:
    """Return a primitive that is not entered into the table of primitives."""
    primitive = Primitive(function, kind=kind, name="planted", **options)
    return lambda *arrays, **keywords: apply(primitive, arrays, keywords)


def case_of(fn: Callable[..., Any], *arguments: Any, reference: Any = None, **options: Any) -> Case:
    """Return the only case of a row made for one test."""
    return Case(Op("planted", fn, [S(*arguments)], reference=reference, **options), 0, S(*arguments))


SINE = declared(np.sin, x=lambda g, x: g * np.cos(x))

EVERY_CHECK: list[Callable[[Case], None]] = [
    checks.value,
    checks.first_order,
    checks.second_order,
    checks.third_order,
    lambda case: checks.batched(case, (3,), record=False),
    lambda case: checks.batched(case, (2, 2), record=True),
    checks.forward_mode,
    checks.mixed_modes,
    checks.tracked_alone,
    checks.float32,
    lambda case: checks.layout(case, "reversed"),
    checks.empty_inputs,
    checks.inputs_unmodified,
    checks.duck_array,
]


@pytest.mark.parametrize("check", EVERY_CHECK)
@pytest.mark.parametrize("shape", [(), (4,), (2, 3)], ids=str)
def test_right_rule_passes_every_check(check: Callable[[Case], None], shape: tuple[int, ...]) -> None:
    check(case_of(SINE, shape, reference=np.sin))


def _unwatched(x: Any) -> Any:
    """Return the arrays' own values where a rule would record: what makes a second derivative wrong."""
    return getattr(x, "data", x) if hasattr(x, "node") else x


def _writes(g: Any, x: Any) -> Any:
    x[...] = 0.0
    return g


def _writes_cotangent(g: Any) -> Any:
    g *= 2.0
    return g


def _double_in(x: Any) -> Any:
    return x * np.float64(2)


HALF_KNOWN = declared(np.exp, x=lambda g, x: g * np.exp(_unwatched(x)))

#: Declared in public: there a contribution of an elementwise rule is taken to have its input's dtype already.
CARELESS = ag.primitive(
    np.sin, kind=ELEMENTWISE, name="planted", batched=True, x=lambda g, x: g * np.cos(x) * np.float64(1)
)

PLANTED = {
    "wrong value": (checks.value, case_of(declared(np.cos, x=lambda g, x: -g * np.sin(x)), (3,), reference=np.sin)),
    "wrong shape": (checks.value, case_of(lambda x: SINE(x)[None], (3,), reference=np.sin)),
    "wrong factor": (checks.first_order, case_of(declared(np.sin, x=lambda g, x: g * np.cos(x) * 1.00001), (3,))),
    "wrong sign": (checks.first_order, case_of(declared(np.cos, x=lambda g, x: g * np.sin(x)), (3,))),
    "swapped arguments": (
        checks.first_order,
        case_of(declared(np.multiply, x=lambda g, x: g * x, y=lambda g, y: g * y), (3,), (3,)),
    ),
    "missing argument": (checks.first_order, case_of(declared(np.multiply, x=lambda g, y: g * y, y=None), (3,), (3,))),
    "constant slope": (checks.second_order, case_of(declared(np.sin, x=lambda g, x: g * np.cos(_unwatched(x))), (3,))),
    "wrong curvature": (
        checks.second_order,
        case_of(declared(np.sin, x=lambda g, x: g * declared(np.cos, x=lambda g, x: g * np.sin(x))(x)), (3,)),
    ),
    "wrong third derivative": (
        checks.third_order,
        case_of(
            declared(np.exp, x=lambda g, x: g * declared(np.exp, x=lambda g, x: g * np.exp(_unwatched(x)))(x)), (3,)
        ),
    ),
    "axis from the front": (
        lambda case: checks.batched(case, (3,), record=False),
        case_of(declared(lambda x: np.flip(x, 0), LINEAR, x=lambda g: np.flip(g, 0)), (3,)),
    ),
    "sum over the batch": (
        lambda case: checks.batched(case, (2, 2), record=False),
        case_of(declared(np.sum, GENERAL, x=lambda g: np.broadcast_to(np.mean(g), (*g.shape, 1))), (3,)),
    ),
    "called linear": (checks.forward_mode, case_of(declared(np.sin, LINEAR, x=lambda g, x: g * np.cos(x)), (3,))),
    "called elementwise": (
        checks.forward_mode,
        case_of(declared(np.cumsum, x=lambda g: np.flip(np.cumsum(np.flip(g)))), (3,)),
    ),
    "rule of a constant": (
        checks.tracked_alone,
        case_of(
            lambda x, y: SINE(x) * y if hasattr(y, "node") else SINE(x),
            (3,),
            (3,),
            reference=lambda x, y: np.sin(x) * y,
        ),
    ),
    "float64 in the value": (checks.value, case_of(_double_in, (3,), reference=lambda x: x * 2)),
    "float64 in the derivative": (checks.float32, case_of(CARELESS, (3,))),
    "memory order": (
        lambda case: checks.layout(case, "transposed"),
        case_of(
            declared(lambda x: np.ravel(x, "K"), LINEAR, x=lambda g, x: np.reshape(g, x.shape)),
            (2, 3),
            reference=np.ravel,
        ),
    ),
    "fails when empty": (
        checks.empty_inputs,
        case_of(declared(np.sum, GENERAL, x=lambda g, x: g * np.ones_like(x) * (x.shape[0] / x.shape[0])), (3,)),
    ),
    "writes into its input": (checks.inputs_unmodified, case_of(declared(np.sin, x=_writes), (3,))),
    "writes into the cotangent": (checks.inputs_unmodified, case_of(declared(np.sin, x=_writes_cotangent), (3,))),
    "makes an array of its argument": (
        checks.duck_array,
        case_of(declared(np.sin, x=lambda g, x: g * np.cos(np.asarray(x))), (3,)),
    ),
    "branches on values": (
        checks.duck_array,
        case_of(declared(np.absolute, x=lambda g, x: g if x[0] > 0 else -g), (3,), domain=(0.5, 1.0)),
    ),
    "uses a method": (checks.duck_array, case_of(declared(np.sum, GENERAL, x=lambda g, x: g + x.sum() * 0), (3,))),
    "takes what NumPy refuses": (checks.errors, case_of(lambda x: x, (3,), reference=lambda x: x.reshape(2))),
    "expects a refusal that is none": (checks.errors, case_of(np.sin, (3,))),
}


#: What is raised by NumPy or Python, where it is not the check itself.
RAISED = {
    "fails when empty": (ZeroDivisionError, "division by zero"),
    "writes into its input": (ValueError, "read-only"),
    "writes into the cotangent": (ValueError, "read-only"),
    "makes an array of its argument": (TypeError, "refuses to become a plain array"),
    "branches on values": (TypeError, "refuses to be a truth value"),
    "uses a method": (AttributeError, "no attribute 'sum'"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_planted_fault_is_caught(name: str) -> None:
    check, case = PLANTED[name]
    kind, words = RAISED.get(name, (AssertionError, None))
    with pytest.raises(kind, match=words):
        check(case)


def test_broadcasting_check_catches_a_sum_over_the_wrong_axis() -> None:
    wrong = declared(np.add, x=lambda g: g, y=lambda g, y_shape: g if g.shape == y_shape else np.mean(g, axis=0))
    with pytest.raises(AssertionError):
        checks.broadcasting(case_of(wrong, (3, 2), (2,), reference=np.add))


def test_inputs_are_different_from_each_other_and_away_from_kinks() -> None:
    case = case_of(np.add, (4, 5), (5,), (), kinks=(0, 1.5))
    drawn = np.concatenate([np.ravel(x) for x in case.inputs()])
    assert len(set(drawn)) == 26
    assert all(np.abs(drawn - kink).min() >= MARGIN for kink in (0, 1.5))


def test_inputs_depend_on_the_name_and_the_sample_only() -> None:
    op = Op("some", np.sin, [S((3,)), S((3,))])
    first, second = cases([op])
    np.testing.assert_array_equal(first.inputs()[0], first.inputs()[0])
    assert not np.array_equal(first.inputs()[0], second.inputs()[0])
    assert str(first.seed) in first.id


def test_finite_differences_are_of_fourth_order() -> None:
    slope = checks.along(lambda x: [x**5], [np.float64(1.1)], [np.float64(2.0)])[0]
    assert abs(slope - 10 * 1.1**4) < 1e-9


def test_duck_array_is_no_more_than_it_says() -> None:
    duck = DuckArray(np.arange(3.0))
    public = {name for name in dir(duck) if not name.startswith("_")}
    assert public == {"shape", "ndim", "dtype"}
    for refused in (np.asarray, bool, float, iter, len):
        with pytest.raises(TypeError):
            refused(duck)
    with pytest.raises(TypeError):
        duck[0] = 1.0
    with pytest.raises(TypeError):
        np.add.reduce(duck)


def test_duck_array_speaks_both_protocols() -> None:
    duck = DuckArray(np.arange(3.0))
    for found in (np.sin(duck), np.sum(duck), 2 * duck, np.ones(3) @ duck, duck > 1, duck[1:], np.stack([duck, duck])):
        assert isinstance(found, DuckArray)
