"""``debug()`` stops in the forward pass: at the operation where a NaN or infinity is born, with its inputs and line."""

from __future__ import annotations

import asyncio
import inspect
import threading
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite import Tensor

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def leaf(value: Any, name: str | None = None) -> Tensor:
    return Tensor(np.asarray(value, dtype=float), requires_grad=True, name=name)


def line_of(function: Callable[..., Any], offset: int) -> str:
    return f"{__file__}:{inspect.getsourcelines(function)[1] + offset}"


# What is born: the operation that gives a NaN or infinity from numbers, and the word for it
BIRTHS: list[tuple[str, str, Callable[[Any], Any], Any]] = [
    ("NaN", "log", np.log, [-1.0, 1.0]),
    ("NaN", "sqrt", np.sqrt, [1.0, -4.0]),
    ("NaN", "power", lambda x: x**0.5, [-1.0]),
    ("NaN", "divide", lambda x: x / x, [0.0, 2.0]),
    ("NaN", "arcsin", np.arcsin, [2.0]),
    ("NaN", "arccosh", np.arccosh, [0.5]),
    ("NaN", "arctanh", np.arctanh, [1.5]),
    ("NaN", "log1p", np.log1p, [-2.0]),
    ("infinity", "log", np.log, [0.0, 1.0]),
    ("infinity", "exp", np.exp, [1000.0]),
    ("infinity", "divide", lambda x: 1 / x, [0.0]),
    ("infinity", "multiply", lambda x: x * 1e300, [1e300]),
    ("infinity", "matmul", lambda x: x @ np.full((2, 2), 1e300), [1e300, 1e300]),
    ("infinity", "einsum", lambda x: np.einsum("i,i->", x, x), [1e200, 1e200]),
    ("infinity", "sum", np.sum, [1e308, 1e308]),
    ("infinity", "cosh", np.cosh, [[1000.0]]),
    ("infinity", "prod", np.prod, [1e200, 1e200]),
    ("infinity", "concatenate|multiply", lambda x: np.concatenate([x, x * 1e308]), [1e10]),
]


@pytest.mark.parametrize(("noun", "name", "function", "point"), BIRTHS, ids=[f"{b[1]} {b[0]}" for b in BIRTHS])
def test_it_stops_where_one_is_born(noun: str, name: str, function: Callable[[Any], Any], point: Any) -> None:
    x = leaf(point, "depth") * 1.0
    with ag.debug(), pytest.raises(ag.NaNError, match=f"{noun} was born in the forward pass, in ({name})") as caught:
        function(x)
    assert "input" in str(caught.value)
    with ag.debug(), pytest.raises(ag.NaNError, match=f"{noun} was born"):
        ag.grad(lambda x: np.sum(function(x)))(np.asarray(point, dtype=float))


def test_operation_inputs_and_line_are_named() -> None:
    def model(x: Any, rate: Any) -> Any:
        scaled = x * rate
        return np.log(scaled)  # the line

    x = leaf([1.0, -2.0], "dose")
    with ag.debug(), pytest.raises(ag.NaNError) as caught:
        model(x, np.array([3.0, 4.0]))
    text = str(caught.value)
    assert f"{line_of(model, 2)}, in model: return np.log(scaled)  # the line" in text
    assert "input x: shape (2,), float64, values from -8 to 3, mean -2.5" in text
    assert f"the result of multiply at {line_of(model, 1)}" in text
    assert "output: shape (2,), float64, 1 of 2 NaN (first at [1])" in text


def test_constants_and_leaves_are_told_apart() -> None:
    x = leaf([0.0], "dose")
    with ag.debug(), pytest.raises(ag.NaNError) as caught:
        np.divide(x, np.array([0.0]))
    assert "input x: shape (1,), float64, value 0.0; the leaf 'dose'" in str(caught.value)
    assert "input y: shape (1,), float64, value 0.0; a constant" in str(caught.value)


def test_a_nan_that_comes_in_is_not_born_here() -> None:
    with ag.debug(), pytest.raises(ag.NaNError, match="came into the forward pass, in add, with its input y, a const"):
        leaf([1.0, 2.0]) + np.array([np.nan, 0.0])
    with ag.debug(), pytest.raises(ag.NaNError, match=r"came into .* in multiply, with its input x, the leaf 'dose'"):
        leaf([1.0, np.nan], "dose") * 2.0


def test_one_of_a_thousand_operations_is_named() -> None:
    ways = [(np.log, "log"), (np.sqrt, "sqrt"), (np.arcsin, "arcsin"), (np.log1p, "log1p"), (np.arccosh, "arccosh")]
    rng = np.random.default_rng(3)
    for _ in range(10):
        planted, (function, name) = int(rng.integers(1000)), ways[rng.integers(len(ways))]

        def chain(x: Any, planted: int = planted, function: Any = function) -> Any:
            for step in range(1000):
                x = np.sin(x) if step % 2 else x * 0.9
                if step == planted:
                    x = x + function(x * 0.0 - 3.0)  # planted
            return np.sum(x)

        with ag.debug(), pytest.raises(ag.NaNError, match=rf"in {name}: its inputs had none") as caught:
            chain(leaf([0.3, -0.2]))
        assert f"{line_of(chain, 4)}, in chain: x = x + function(x * 0.0 - 3.0)  # planted" in str(caught.value)


def test_legitimate_infinities_pass() -> None:
    scores = leaf([[1.0, 2.0], [3.0, 4.0]])
    with ag.debug():
        masked = np.where(np.eye(2) > 0, scores, -np.inf)
        np.sum(ag.nn.softmax(masked)).backward()
        np.pad(scores, 1, constant_values=np.inf)
        np.sum(scores + np.array([np.inf, 0.0]))
    with ag.debug(infinity=False):
        x = leaf([0.0, 1.0])
        np.sum(np.where(x.data > 0, np.log(x), 0.0)).backward()
        np.testing.assert_array_equal(x.grad, [0.0, 1.0])
        with pytest.raises(ag.NaNError, match="in log"):
            np.log(x - 1.0)


def test_options_turn_checks_off() -> None:
    with ag.debug(forward=False):
        y = np.log(leaf([-1.0]))
        assert y.node.extras.origin.startswith(__file__)
    with ag.debug(forward=False, backward=False):
        x = leaf([0.0])
        np.sqrt(x).backward()
        assert np.isinf(x.grad)


def test_blocks_nest_and_the_innermost_holds() -> None:
    with ag.debug():
        with ag.debug(forward=False):
            np.log(leaf(-1.0))
        with pytest.raises(ag.NaNError):
            np.log(leaf(-1.0))
    assert np.isnan(np.log(leaf(-1.0)).data)


def test_it_decorates_with_and_without_options() -> None:
    @ag.debug
    def strict(x: Any) -> Any:
        return np.log(x)

    @ag.debug(infinity=False)
    def lenient(x: Any) -> Any:
        return np.log(x)

    @ag.debug(infinity=False)
    async def later(x: Any) -> Any:
        await asyncio.sleep(0)
        return np.log(x)

    @ag.debug()
    def steps(x: Any) -> Any:
        yield x
        yield np.log(x)

    with pytest.raises(ag.NaNError):
        strict(leaf(0.0))
    assert np.isneginf(lenient(leaf(0.0)).data)
    assert np.isneginf(asyncio.run(later(leaf(0.0))).data)
    with pytest.raises(ag.NaNError):
        asyncio.run(later(leaf(-1.0)))
    run = steps(leaf(-1.0))
    next(run)
    np.log(leaf(-1.0))  # between two steps it is off
    with pytest.raises(ag.NaNError):
        next(run)


def test_threads_and_tasks_do_not_disturb_each_other() -> None:
    seen = []

    def elsewhere() -> None:
        seen.append(np.isnan(np.log(leaf(-1.0)).data))

    async def strict() -> None:
        with ag.debug():
            await asyncio.sleep(0.01)
            with pytest.raises(ag.NaNError):
                np.log(leaf(-1.0))

    async def free() -> None:
        await asyncio.sleep(0.005)
        seen.append(np.isnan(np.log(leaf(-1.0)).data))

    async def both() -> None:
        await asyncio.gather(strict(), free())

    with ag.debug():
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
    asyncio.run(both())
    assert seen == [True, True]


def test_what_is_not_recorded_is_seen_too() -> None:
    with ag.debug(), ag.no_grad(), pytest.raises(ag.NaNError, match="born in log, which was not recorded") as caught:
        np.log(leaf(-1.0))
    assert __file__ in str(caught.value)
    with ag.debug(), pytest.raises(ag.NaNError, match="born in sqrt, which was not recorded"):
        np.sqrt(Tensor([-1.0]))


# Broadcasting


@pytest.mark.parametrize("operation", [np.subtract, np.add, np.multiply, np.divide, np.maximum])
def test_accidental_broadcasting_warns_at_its_line(operation: Callable[..., Any]) -> None:
    prediction, target = leaf(np.ones((3, 1))), np.arange(1.0, 4.0)
    for left, right in ((prediction, target), (target, prediction), (prediction, leaf(target))):
        with ag.debug(), pytest.warns(UserWarning, match=r"broadcasts to \(3, 3\)") as caught:
            operation(left, right)
        assert caught[0].filename == __file__
        assert "reshape(3)" in str(caught[0].message)


def test_accidental_broadcasting_of_three_warns() -> None:
    prediction, target = leaf(np.ones((3, 1))), np.arange(3.0)
    for make in (lambda: np.where(target > 0, prediction, 0.0), lambda: np.clip(prediction, -target, target)):
        with ag.debug(), pytest.warns(UserWarning, match=r"broadcasts to \(3, 3\)"):
            make()


def test_broadcasting_that_is_meant_is_silent() -> None:
    x = leaf([1.0, 2.0, 3.0])
    with warnings.catch_warnings(), ag.debug():
        warnings.simplefilter("error")
        x[:, None] - x  # all pairs of one array's elements
        x - np.ones((1, 3))
        np.ones((3, 1)) * leaf([1.0])
        leaf(np.ones((2, 3))) + np.ones(3)
        leaf(np.ones((4, 1))) * np.ones((1, 4))
        leaf(np.ones((1, 1))) + np.ones(1)
    with warnings.catch_warnings(), ag.debug(broadcasts=False):
        warnings.simplefilter("error")
        leaf(np.ones((3, 1))) - np.ones(3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        leaf(np.ones((3, 1))) - np.ones(3)


def test_losses_that_warn_themselves_warn_once() -> None:
    with ag.debug(), pytest.warns(UserWarning, match="broadcasting") as caught:
        ag.nn.mse_loss(leaf(np.ones((3, 1))), np.ones(3))
    assert len(caught) == 1
