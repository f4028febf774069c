"""Random programs agree with themselves, with PyTorch and with JAX; and the comparison can tell when they do not."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from random_programs.backends import installed, with_jax, with_torch
from random_programs.comparing import in_single_precision, with_itself, with_peer
from random_programs.program import Program, Step, generate, shrink
from random_programs.steps import STEPS

import autograd_lite as ag
from autograd_lite.core.dispatch import IMPLEMENTATIONS
from autograd_lite.core.primitive import PRIMITIVES

ALONE, WITH_TORCH, WITH_JAX = range(60), range(1000, 1150), range(2000, 2004)


@pytest.fixture
def kept_implementations() -> Iterator[None]:
    before, declared = dict(IMPLEMENTATIONS), len(PRIMITIVES)
    yield
    del PRIMITIVES[declared:]
    IMPLEMENTATIONS.clear()
    IMPLEMENTATIONS.update(before)


def peer(name: str, run: Callable[..., Any]) -> Callable[..., Any]:
    """Return a peer, or skip the test where it is not installed."""
    if installed(name) is None:
        pytest.skip(f"{name} is not installed")
    return functools.partial(run, installed(name))


@pytest.mark.parametrize("seed", ALONE)
def test_a_program_agrees_with_itself(seed: int) -> None:
    program = generate(seed)
    assert with_itself(program) == [], str(program)


@pytest.mark.parametrize("seed", ALONE)
def test_a_program_stays_in_single_precision(seed: int) -> None:
    program = generate(seed)
    assert in_single_precision(program) == [], str(program)


@pytest.mark.parametrize("seed", WITH_TORCH)
def test_a_program_agrees_with_torch(seed: int) -> None:
    program = generate(seed)
    assert with_peer(program, peer("torch", with_torch)) == [], str(program)


@pytest.mark.parametrize("seed", WITH_JAX)
def test_a_program_agrees_with_jax(seed: int) -> None:
    program = generate(seed)
    assert with_peer(program, peer("jax", with_jax)) == [], str(program)


SMOOTH = [name for name, step in STEPS.items() if step.topic in ("elementwise", "arithmetic") and step.kinks is None]
ROUND = [(0.0, 0.0), (1.0, 1.0), (-1.0, -1.0), (2.0, 0.0), (0.0, 2.0), (1.0, -1.0)]


@pytest.mark.parametrize("point", ROUND, ids=str)
@pytest.mark.parametrize("name", [*SMOOTH, "logsumexp", "prod", "var"])
def test_a_smooth_step_has_no_special_points(name: str, point: tuple[float, float]) -> None:
    """Random numbers never meet zeros, ones and ties, where a rule's guard may cut a second derivative."""
    if STEPS[name].topic == "reductions":
        options = {"axis": None, "keepdims": False} | ({"ddof": 0} if name == "var" else {})
        program = Program(np.array(point), ((2,),), (Step(name, (0,), options),), (1,))
    else:
        inputs = (0, 1) if STEPS[name].topic == "arithmetic" else (0,)
        program = Program(np.array(point), ((), ()), (Step(name, inputs, {}), Step("sin", (2,), {})), (3, 1))
    assert with_itself(program) == [], str(program)


def test_the_programs_cover_every_kind_of_step() -> None:
    drawn = {step.name for seed in ALONE for step in generate(seed).steps}
    drawn |= {step.name for seed in WITH_TORCH for step in generate(seed).steps}
    assert drawn == set(STEPS)


def test_a_seed_gives_the_same_program_again() -> None:
    assert str(generate(3)) == str(generate(3))
    assert str(generate(3)) != str(generate(4))


def test_a_wrong_rule_is_caught_and_shrunk_to_its_step(kept_implementations: None) -> None:
    ag.primitive(np.arctan, kind="elementwise", array_function=np.arctan, batched=True, x=lambda g, x: g / (1 + x))
    program = next(p for p in map(generate, range(200)) if any(step.name == "arctan" for step in p.steps))
    wrong = with_itself(program)
    assert "differences of values" in wrong
    small = shrink(program, lambda candidate: "differences of values" in with_itself(candidate))
    assert [step.name for step in small.steps] == ["arctan"]


def test_a_wrong_second_derivative_is_caught(kept_implementations: None) -> None:
    def slope(x: Any) -> Any:
        return ag.stop_gradient(np.cos(x))

    ag.primitive(np.sin, kind="elementwise", array_function=np.sin, batched=True, x=lambda g, x: g * slope(x))
    program = Program(np.array([0.7]), ((1,),), (Step("sin", (0,), {}),), (1,))
    assert with_itself(program) == ["differences of gradients"]


def test_shrinking_drops_unused_steps_and_inputs() -> None:
    steps = (Step("sin", (0,), {}), Step("exp", (1,), {}), Step("cos", (2,), {}), Step("add", (3, 4), {}))
    program = Program(np.arange(3.0), ((2,), ()), steps, (5,))
    small = shrink(program, lambda candidate: any(step.name == "exp" for step in candidate.steps))
    assert (len(small.steps), small.shapes, small.x.tolist()) == (1, ((),), [2.0])
