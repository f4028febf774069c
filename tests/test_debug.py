"""``debug()`` says where a NaN was born, forward or backward, and gives no false alarm."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite import Tensor


def leaf(value: Any) -> Tensor:
    return Tensor(np.asarray(value, dtype=float), requires_grad=True)


def line_of(function: Callable[..., Any], offset: int) -> str:
    return f"{__file__}:{inspect.getsourcelines(function)[1] + offset}"


def born_forward(x: Any) -> Any:
    y = x * 2.0
    z = np.log(y)  # the line that is to be named
    return np.sum(z * 3.0)


def born_backward(x: Any) -> Any:
    angle = np.arctan2(x, x)  # at the origin its value is 0 and its slope 0/0
    return np.sum(angle * 3.0)


def test_a_nan_born_in_the_forward_pass_is_traced_to_its_line() -> None:
    with ag.debug(forward=False), np.errstate(invalid="ignore"):
        out = born_forward(leaf([-1.0, 1.0]) ** 0.5)
        with pytest.raises(ag.NaNError, match="forward pass, in power"):
            out.backward()
        with pytest.raises(ag.NaNError, match="forward pass, in log") as caught:
            ag.grad(lambda x: born_forward(x) * np.sum(born_forward(x)))(np.array([-1.0, 1.0]))
    assert line_of(born_forward, 2) in str(caught.value)


def test_a_nan_born_in_the_sweep_is_traced_to_its_line() -> None:
    with ag.debug(), pytest.raises(ag.NaNError, match="backward sweep, in the rule of arctan2") as caught:
        born_backward(leaf([0.0, 1.0])).backward()
    assert line_of(born_backward, 1) in str(caught.value)


def test_infinite_contributions_that_cancel_are_no_fault_of_an_input() -> None:
    with ag.debug(), pytest.raises(ag.NaNError) as caught:
        ag.grad(lambda x: np.sqrt(x) - np.sqrt(x * 1.0))(0.0)
    assert "or an input" not in str(caught.value)


def test_a_nan_that_does_not_survive_is_no_alarm() -> None:
    guarded = [
        lambda x: np.where(x > 0, np.sqrt(x), 0.0),
        lambda x: np.where(x > 0, np.log(x), x),
        lambda x: np.where(x > 0, x**0.5, 0.0),
    ]
    with ag.debug(forward=False), np.errstate(all="ignore"):
        for function in guarded:
            for point in (-1.0, 0.0, 1.0):
                assert np.isfinite(ag.grad(function)(point))


def test_a_guarded_nan_is_not_blamed_for_another() -> None:
    def guilty(y: Any) -> Any:
        return np.sqrt(y).sum()

    x, y = leaf([-1.0]), leaf([-2.0])
    with ag.debug(forward=False), np.errstate(invalid="ignore"):
        out = np.where(x.data > 0, np.sqrt(x), 0).sum() + guilty(y)
        with pytest.raises(ag.NaNError) as caught:
            out.backward()
    assert line_of(guilty, 1) in str(caught.value)


def test_without_debug_a_nan_is_handed_on() -> None:
    x = leaf([-1.0, 1.0])
    with np.errstate(invalid="ignore"):
        born_forward(x).backward()
    assert x.grad.shape == (2,)
    y = leaf([-1.0, 1.0])
    with np.errstate(invalid="ignore"):
        np.sqrt(y).sum().backward()
    np.testing.assert_array_equal(np.isnan(y.grad), [True, False])


def test_a_nan_among_the_inputs_is_said_to_be_one() -> None:
    x = leaf([np.nan])
    with ag.debug(), pytest.raises(ag.NaNError, match="input"):
        (x * x).sum().backward()


def test_origins_are_recorded_under_debug_only() -> None:
    x = leaf(1.0)
    assert (x * x).node.extras is None
    with ag.debug():
        y = x * x
    origin = y.node.extras.origin
    assert origin.startswith(__file__)


def test_zero_that_wins_by_convention_warns_at_the_users_line() -> None:
    x = leaf(0.0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        (np.sqrt(x) * np.sqrt(x)).backward()
    assert [entry.category for entry in caught] == [ag.SingularPointWarning]
    assert caught[0].filename == __file__
    assert "sqrt" in str(caught[0].message)
    assert x.grad == 0.0
