"""Modules and losses against PyTorch: against stored values always, live where it is installed."""

from __future__ import annotations

from typing import Any

import pytest
from golden import TOPICS, table
from golden.case import Golden, compare, run_ours, run_theirs, stored

CASES = [(topic, case) for topic in TOPICS for case in table(topic).CASES]

every = pytest.mark.parametrize(("topic", "case"), CASES, ids=[f"{topic}-{case.name}" for topic, case in CASES])


@pytest.fixture(scope="module")
def answers() -> dict[str, Any]:
    return {topic: stored(topic) for topic in TOPICS}


@every
def test_against_stored_values(topic: str, case: Golden, answers: dict[str, Any]) -> None:
    assert case.name in answers[topic], "not computed yet: python -m tests.golden"
    compare(case, run_ours(case), answers[topic][case.name])


@every
def test_against_pytorch(topic: str, case: Golden) -> None:
    torch = pytest.importorskip("torch")
    compare(case, run_ours(case), run_theirs(case, torch))


def test_names_are_unique() -> None:
    names = [case.name for _, case in CASES]
    assert len(set(names)) == len(names)


def test_a_wrong_answer_is_noticed() -> None:
    case = CASES[0][1]
    right = run_ours(case)
    wrong = {name: value * (1 + 1e-8) for name, value in right.items()}
    with pytest.raises(AssertionError, match="out 0"):
        compare(case, wrong, right)
    with pytest.raises(AssertionError, match="names differ"):
        compare(case, {}, right)
