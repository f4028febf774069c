"""Every property, over every sample of every row of the table of operations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from operations import BROADCASTING, CASES, DECLARED, OPERATIONS, STEADY, Case, checks, constants
from operations.row import Undispatched, as_list, cases

from autograd_lite import Tensor
from autograd_lite.core.dispatch import IMPLEMENTATIONS
from autograd_lite.core.graph import collect


def every(selected: list[Case]) -> Any:
    """Parametrise over cases, with their seeds in the names."""
    return pytest.mark.parametrize("case", selected, ids=lambda case: case.id)


FIRST = [case for case in CASES if case.op.order >= 1]
SECOND = [case for case in CASES if case.op.order >= 2]
SINGLE = [case for case in SECOND if len(case.op.dtypes) > 1]
SEVERAL = [case for case in CASES if len(case.sample.arguments) > 1]


@every(CASES)
def test_value(case: Case) -> None:
    checks.value(case)


@every(FIRST)
def test_first_order(case: Case) -> None:
    checks.first_order(case)


@every(SECOND)
def test_second_order(case: Case) -> None:
    checks.second_order(case)


@every([case for case in CASES if case.op.order >= 3 and case.index < 3])
def test_third_order(case: Case) -> None:
    checks.third_order(case)


@pytest.mark.parametrize("record", [False, True], ids=["plain", "recorded"])
@pytest.mark.parametrize("lead", [(3,), (2, 2), (1,)], ids=str)
@every(SECOND)
def test_batched_cotangent(case: Case, lead: tuple[int, ...], record: bool) -> None:
    checks.batched(case, lead, record)


@every(FIRST)
def test_forward_mode(case: Case) -> None:
    checks.forward_mode(case)


@every(SECOND)
def test_mixed_modes(case: Case) -> None:
    checks.mixed_modes(case)


@every(SEVERAL)
def test_tracked_alone(case: Case) -> None:
    checks.tracked_alone(case)


@every(BROADCASTING)
def test_broadcasting(case: Case) -> None:
    checks.broadcasting(case)


@every(SINGLE)
def test_float32(case: Case) -> None:
    checks.float32(case)


@pytest.mark.parametrize("layout", checks.LAYOUTS)
@every(SECOND)
def test_not_contiguous(case: Case, layout: str) -> None:
    checks.layout(case, layout)


@every(SECOND)
def test_empty_inputs(case: Case) -> None:
    checks.empty_inputs(case)


@every(SECOND)
def test_inputs_unmodified(case: Case) -> None:
    checks.inputs_unmodified(case)


@every([case for case in SECOND if not isinstance(case.op, Undispatched)])
def test_duck_array(case: Case) -> None:
    checks.duck_array(case)


REFUSED = [Case(op, k, sample) for op in OPERATIONS for k, sample in enumerate(op.errors)]


@every(REFUSED)
def test_errors(case: Case) -> None:
    checks.errors(case)


def test_every_primitive_is_in_the_table() -> None:
    met = set()
    for case in CASES:
        leaves = checks.leaves_of(case.inputs())
        outs = as_list(case.fn(*leaves))
        cotangents = case.directions([out.data for out in outs], 1)
        reached = outs + checks.pull(outs, leaves, cotangents, record=True)
        nodes = [x.node for x in reached if isinstance(x, Tensor) and x.node is not None]
        met.update(node.plan.primitive for node in collect(nodes).order)
    missing = [primitive for primitive in DECLARED if primitive not in met]
    assert not missing, f"no row reaches {missing}"


def test_every_implementation_is_in_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    called, depth = set(), [0]

    def watched(function: Any, implementation: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            if depth[0] == 0:
                called.add(function)
            depth[0] += 1
            try:
                return implementation(*args, **kwargs)
            finally:
                depth[0] -= 1

        return call

    declared = dict(IMPLEMENTATIONS)
    for function, implementation in declared.items():
        monkeypatch.setitem(IMPLEMENTATIONS, function, watched(function, implementation))
    for case in CASES:
        case.fn(*checks.leaves_of(case.inputs()))
    missing = [function for function in declared if function not in called]
    assert not missing, f"no row calls {missing}"


def tensors(value: Any) -> Any:
    """Return arrays as tracked Tensors (integers as constants), in tuples too."""
    if isinstance(value, tuple):
        return tuple(tensors(item) for item in value)
    return Tensor(value, requires_grad=value.dtype.kind == "f") if isinstance(value, np.ndarray) else value


@pytest.mark.parametrize("function", constants.CALLS, ids=lambda function: function.__name__)
def test_constant_functions_give_plain_values(function: Any) -> None:
    arguments = constants.CALLS[function]
    found, wanted = function(*tensors(arguments)), function(*arguments)
    assert type(found) is type(wanted)
    for a, b in zip(as_list(found), as_list(wanted), strict=True):
        if isinstance(b, list | str):
            assert a == b
        else:
            np.testing.assert_array_equal(a, b)


def test_every_constant_function_is_in_the_table() -> None:
    missing = [function for function in STEADY if function not in constants.CALLS]
    assert not missing, f"no call of {missing}"


def test_names_are_unique() -> None:
    names = [op.name for op in OPERATIONS]
    assert len(set(names)) == len(names)
    assert len(cases(OPERATIONS)) == len({case.id for case in CASES})
