"""Schedules: resuming, composing, what they leave alone, and bad input. Their numbers are in test_optim_golden."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from golden_optim import CASES, metric

import autograd_lite as ag
from autograd_lite import Tensor, optim

SCHEDULES = [case for case in CASES if case.schedule is not None and not case.groups]

every = pytest.mark.parametrize("case", SCHEDULES, ids=lambda case: case.name)


def optimizer_of(case: Any = None, **options: Any) -> optim.Optimizer:
    x = Tensor([1.0, 2.0], requires_grad=True)
    return getattr(optim, case.optimizer)([x], **case.options) if case else optim.SGD([x], **{"lr": 1.0, **options})


def go(optimizer: optim.Optimizer, scheduler: optim.Scheduler, steps: range) -> list[Any]:
    """Return the learning rates, and the parameters at the end."""
    found: list[Any] = []
    for step in steps:
        optimizer.parameters[0].grad = np.cos([step, step + 1.0])
        optimizer.step()
        found.append(optimizer.lr)
        scheduler.step(*([metric(step)] if isinstance(scheduler, optim.ReduceLROnPlateau) else []))
    return [*found, *optimizer.parameters[0].data]


@every
def test_a_loaded_state_goes_on_to_the_bit(case: Any) -> None:
    optimizer = optimizer_of(case)
    assert case.schedule is not None
    scheduler = case.schedule(optim, optimizer)
    go(optimizer, scheduler, range(37))
    stored = json.loads(json.dumps(scheduler.state_dict()))
    state = copy.deepcopy(optimizer.state_dict())
    other = getattr(optim, case.optimizer)(
        [Tensor(optimizer.parameters[0].data, requires_grad=True)], **{**case.options, "lr": 0.7}
    )
    resumed = case.schedule(optim, other)
    other.load_state_dict(state)
    resumed.load_state_dict(stored)
    assert resumed.get_last_lr() == scheduler.get_last_lr()
    assert go(optimizer, scheduler, range(37, 90)) == go(other, resumed, range(37, 90))


@every
def test_copies_and_pickles_go_on(case: Any) -> None:
    optimizer = optimizer_of(case)
    assert case.schedule is not None
    scheduler = case.schedule(optim, optimizer)
    go(optimizer, scheduler, range(20))
    clone: Callable[[Any], Any] = copy.deepcopy if "Lambda" in case.name else lambda o: pickle.loads(pickle.dumps(o))
    twin = clone(scheduler)
    assert go(twin.optimizer, twin, range(20, 40)) == go(optimizer, scheduler, range(20, 40))


def test_curves_are_what_steps_follow() -> None:
    for case in SCHEDULES:
        if case.schedule is None or "Plateau" in case.name or "Chained" in case.name:
            continue
        optimizer = optimizer_of(case)
        scheduler = case.schedule(optim, optimizer)
        rates = go(optimizer, scheduler, range(80))[:80]
        assert rates == [scheduler.curve(0, epoch) for epoch in range(80)], case.name


def test_what_else_changes_the_learning_rate_stays() -> None:
    optimizer = optimizer_of()
    scheduler = optim.ExponentialLR(optimizer, 0.5)
    go(optimizer, scheduler, range(2))
    optimizer.lr = 1.0
    assert go(optimizer, scheduler, range(2, 5))[:3] == [1.0, 0.5, 0.25]


def test_a_plateau_during_a_schedule_lasts() -> None:
    optimizer = optimizer_of()
    scheduler, plateau = optim.StepLR(optimizer, 3, 0.5), optim.ReduceLROnPlateau(optimizer, factor=0.1, patience=0)
    rates = []
    for step in range(7):
        optimizer.parameters[0].grad = np.ones(2)
        optimizer.step()
        scheduler.step()
        plateau.step(1.0 if step != 3 else 0.5)
        rates.append(round(optimizer.lr, 10))
    assert rates == [1.0, 0.1, 0.005, 0.005, 0.0005, 0.000025, 0.0000025]


def test_warm_up_from_nothing() -> None:
    optimizer = optimizer_of()
    for scheduler in (optim.LinearLR(optimizer, 0.0, total_iters=4), optim.WarmupCosineLR(optimizer, 4, 8)):
        assert scheduler.curve(0, 0) == 0.0
        assert scheduler.curve(0, 4) == 1.0
    optimizer = optimizer_of()
    rates = go(optimizer, optim.LinearLR(optimizer, 0.0, total_iters=4), range(6))[:6]
    assert rates == [0.0, 0.25, 0.5, 0.75, 1.0, 1.0]


def test_down_to_nothing_and_up_again() -> None:
    optimizer = optimizer_of()
    optimizer.param_groups[0]["initial_lr"] = 1.0
    scheduler = optim.CosineAnnealingLR(optimizer, 4)
    optimizer.lr = 0.5  # so that the ratio of two points of the curve is taken, which at its bottom is not defined
    rates = go(optimizer, scheduler, range(9))[:9]
    assert rates[0] == 0.5
    assert rates[4] == 0.0
    np.testing.assert_allclose(rates[8], 1.0, rtol=1e-12)


def test_one_cycle_moves_the_momentum() -> None:
    for optimizer, read in (
        (optimizer_of(momentum=0.5), lambda group: group["momentum"]),
        (optim.Adam(optimizer_of().parameters), lambda group: group["betas"][0]),
    ):
        scheduler = optim.OneCycleLR(optimizer, 0.1, 11, pct_start=0.5)
        found = []
        for step in range(10):
            found.append(read(optimizer.param_groups[0]))
            go(optimizer, scheduler, range(step, step + 1))
        assert max(found) == found[0] == 0.95
        assert found[5] == min(found) < 0.86


def test_a_schedule_that_is_stepped_first_warns() -> None:
    for make in (lambda o: optim.StepLR(o, 3), lambda o: optim.ChainedScheduler([optim.StepLR(o, 3)])):
        with pytest.warns(UserWarning, match=r"called before optimizer.step\(\)"):
            make(optimizer_of()).step()


def test_a_sequence_may_hold_a_sequence() -> None:
    optimizer = optimizer_of()
    inner = optim.SequentialLR(
        optimizer, [optim.ConstantLR(optimizer, 0.5, 9), optim.ExponentialLR(optimizer, 0.5)], [2]
    )
    outer = optim.SequentialLR(optimizer, [optim.ConstantLR(optimizer, 0.1, 9), inner], [2])
    assert go(optimizer, outer, range(7))[:7] == [0.1, 0.1, 0.5, 0.5, 1.0, 0.5, 0.25]


def test_repr() -> None:
    assert repr(optim.StepLR(optimizer_of(), 3)) == "StepLR(epoch 0, lr=[1.0])"


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda o: optim.StepLR(o.parameters, 3), ag.StructureError, r"StepLR\(optimizer\) got a list"),
        (lambda o: optim.StepLR(o, 0), ValueError, r"StepLR\(step_size=0\): a whole number, 1 or more"),
        (lambda o: optim.StepLR(o, 2.5), ValueError, r"step_size=2.5"),
        (lambda o: optim.StepLR(o, 2, -1), ValueError, r"gamma=-1"),
        (lambda o: optim.MultiStepLR(o, [3, -1]), ValueError, r"milestones=-1"),
        (lambda o: optim.LinearLR(o, total_iters=0), ValueError, r"total_iters=0"),
        (lambda o: optim.LambdaLR(o, [abs, abs]), ag.StructureError, r"a list of 1, one a group"),
        (lambda o: optim.LambdaLR(o, 0.5), ag.StructureError, r"a function"),
        (lambda o: optim.WarmupCosineLR(o, 5, 5), ValueError, r"total_steps=5\): a whole number, 6 or more"),
        (lambda o: optim.CosineAnnealingWarmRestarts(o, 0), ValueError, r"T_0=0"),
        (lambda o: optim.OneCycleLR(o, 1.0), ValueError, "total_steps, or both"),
        (lambda o: optim.OneCycleLR(o, 1.0, 9, pct_start=2.0), ValueError, r"pct_start=2.0"),
        (lambda o: optim.OneCycleLR(o, 1.0, 9, anneal_strategy="cubic"), ValueError, "'cubic'"),
        (lambda o: optim.OneCycleLR(o, [1.0, 2.0], 9), ag.StructureError, r"max_lr=\[1.0, 2.0\]\): one number, or 1"),
        (lambda o: optim.OneCycleLR(optim.Adagrad(o.parameters), 1.0, 9), ag.StructureError, "Adagrad has no momentum"),
        (lambda o: optim.ReduceLROnPlateau(o, "down"), ValueError, "mode='down'"),
        (lambda o: optim.ReduceLROnPlateau(o, factor=1.0), ValueError, "factor=1.0"),
        (lambda o: optim.ReduceLROnPlateau(o, min_lr=[0.1, 0.2]), ag.StructureError, "min_lr"),
        (lambda o: optim.ReduceLROnPlateau(o).step(), TypeError, "needs the metric"),
        (lambda o: optim.ReduceLROnPlateau(o).step(float("nan")), ValueError, "got NaN"),
        (lambda o: optim.SequentialLR(o, [], []), ag.StructureError, "got none"),
        (lambda o: optim.SequentialLR(o, [optim.StepLR(o, 3)], [2]), ag.StructureError, "change 0 times"),
        (lambda o: optim.SequentialLR(o, [optim.StepLR(optimizer_of(), 3)], []), ag.StructureError, "another opt"),
        (lambda o: optim.ChainedScheduler([optim.ReduceLROnPlateau(o)]), ag.StructureError, "without a metric"),
        (lambda o: optim.StepLR(o, 3).load_state_dict(optim.ExponentialLR(o, 0.5).state_dict()), ag.StructureError,
         "another schedule"),
        (lambda o: optim.Scheduler(o), TypeError, "without a method curve"),
    ],
)  # fmt: skip
def test_bad_input(make: Callable[[Any], Any], error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        make(optimizer_of())


def test_a_cycle_ends() -> None:
    optimizer = optimizer_of(momentum=0.5)
    scheduler = optim.OneCycleLR(optimizer, 1.0, 3)
    go(optimizer, scheduler, range(3))
    with pytest.raises(ValueError, match="called 4 times, and total_steps=3"):
        scheduler.step()


def test_a_group_added_later_is_noticed() -> None:
    optimizer = optimizer_of()
    scheduler = optim.StepLR(optimizer, 3)
    go(optimizer, scheduler, range(1))
    optimizer.add_param_group({"params": [Tensor(1.0, requires_grad=True)]})
    with pytest.raises(ag.StructureError, match="2 groups, and had 1"):
        scheduler.step()
