"""``debug()`` looks at sweeps: where a NaN or infinity is born in one, and which array was changed in between."""

from __future__ import annotations

import asyncio
import inspect
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


# The rule that gives a NaN or infinity although the values are finite
STEEP: list[tuple[str, Callable[[Any], Any], float]] = [
    ("sqrt", np.sqrt, 0.0),
    ("cbrt", np.cbrt, 0.0),
    ("arcsin", np.arcsin, 1.0),
    ("arccos", np.arccos, -1.0),
    ("power", lambda x: x**0.25, 0.0),
    ("arctan2", lambda x: np.arctan2(x, x), 0.0),
    ("multiply", lambda x: x * 1e-300 * 1e300 * 1e300 * 1e-300, 1e-10),
    ("hypot|sqrt", lambda x: np.sqrt(np.hypot(x, 0.0)), 0.0),
]


@pytest.mark.parametrize(("name", "function", "point"), STEEP[:6], ids=[row[0] for row in STEEP[:6]])
def test_the_rule_is_named_in_every_transform(name: str, function: Callable[[Any], Any], point: float) -> None:
    def total(x: Any) -> Any:
        y = function(x * 1.0)  # the line
        return np.sum(y * 2.0)

    at = np.array([0.5, point, 0.25])
    words = rf"backward sweep, in the rule of {name}"
    runs: list[tuple[str, Callable[[], Any]]] = [
        (words, lambda: total(leaf(at)).backward()),
        (words, lambda: ag.grad(total)(at)),
        (words, lambda: ag.jacobian(lambda x: function(x * 1.0), mode="reverse")(at)),
        (words, lambda: ag.vjp(total, at)[1](1.0)),
        (words, lambda: ag.hessian(total)(at)),
        (f"pushed forward, in the rule of {name}", lambda: ag.jvp(total, (at,), (np.ones(3),))),
        (f"pushed forward, in the rule of {name}", lambda: ag.jacfwd(total)(at)),
    ]
    for expected, run in runs:
        with ag.debug(), pytest.raises(ag.NaNError, match=expected) as caught:
            run()
        if "lambda x: function(x * 1.0)" not in str(caught.value):
            assert line_of(total, 1) in str(caught.value)


def test_one_of_a_thousand_rules_is_named() -> None:
    rng = np.random.default_rng(4)
    for _ in range(6):
        planted = int(rng.integers(1000))

        def chain(x: Any, planted: int = planted) -> Any:
            for step in range(1000):
                x = np.sin(x) if step % 2 else x * 0.95
                if step == planted:
                    x = x + np.sqrt(x - x.data)  # planted
            return np.sum(x)

        with ag.debug(), pytest.raises(ag.NaNError, match="backward sweep, in the rule of sqrt") as caught:
            chain(leaf([0.3, -0.2])).backward()
        assert line_of(chain, 4) in str(caught.value)


def test_zero_times_infinity_that_is_resolved_is_no_fault() -> None:
    for function in (
        lambda x: np.where(x > 0, np.sqrt(x), 0.0),
        lambda x: x * np.sqrt(x),
        lambda x: np.sqrt(x * x),
        lambda x: np.max(np.concatenate([np.sqrt(x), np.ones(1)])),
    ):
        with ag.debug():
            assert np.isfinite(ag.grad(lambda x, f=function: np.sum(f(x)))(np.array([0.0]))).all()
            assert np.isfinite(ag.jvp(function, (np.array([0.0]),), (np.ones(1),))[1]).all()


def test_a_second_derivative_names_the_first_ones_line() -> None:
    def total(x: Any) -> Any:
        return np.sum(x**1.5)  # value and slope are fine at 0, curvature is not

    with ag.debug(), pytest.raises(ag.NaNError) as caught:
        ag.hessian(total)(np.array([0.0, 1.0]))
    assert line_of(total, 1) in str(caught.value)
    assert "in the derivative rule of power" in str(caught.value)


def test_infinite_contributions_that_cancel_are_traced_to_their_birth() -> None:
    def difference(x: Any) -> Any:
        return np.sqrt(x) - np.sqrt(x * 1.0)

    with ag.debug(), pytest.raises(ag.NaNError, match=r"a gradient is NaN.*infinity was born.*rule of sqrt"):
        ag.grad(difference)(0.0)
    with ag.debug(infinity=False), pytest.raises(ag.NaNError, match="where contributions met"):
        ag.grad(difference)(0.0)


def test_a_checkpoint_is_looked_into() -> None:
    def block(x: Any) -> Any:
        return np.sqrt(x) * 2.0  # the line

    with (
        ag.debug(),
        pytest.raises(ag.NaNError, match=r"(?s)rule of checkpoint of block.*inside.*rule of sqrt") as caught,
    ):
        ag.grad(lambda x: ag.checkpoint(block)(x * 1.0))(0.0)
    assert line_of(block, 1) in str(caught.value)


def test_a_users_rule_is_named() -> None:
    @ag.custom_vjp
    def careless(x: Any) -> Any:
        return x * 1.0

    careless.defvjp(lambda x: (x * 1.0, None), lambda residuals, g: (g * np.nan,))
    with ag.debug(), pytest.raises(ag.NaNError, match="NaN was born in the backward sweep, in the rule of careless"):
        ag.grad(lambda x: careless(x) * 2.0)(1.0)


def test_threads_that_share_a_context_keep_their_checks() -> None:
    def work() -> None:
        for _ in range(20):
            x = leaf(np.linspace(0.1, 1.0, 50))
            np.sum(np.sin(x * x)).backward()
            with pytest.raises(ag.NaNError):
                np.log(x - 5.0)

    async def several() -> None:
        await asyncio.gather(*(asyncio.to_thread(work) for _ in range(4)))

    with ag.debug():
        asyncio.run(several())


def test_a_bad_cotangent_is_not_blamed_on_a_rule() -> None:
    with ag.debug(), pytest.raises(ag.NaNError, match="cotangent that the sweep started from"):
        (leaf([1.0, 2.0]) * 2.0).backward(np.array([np.nan, 1.0]))


def test_a_hook_is_suspected() -> None:
    x = leaf([1.0])
    x.register_hook(lambda g: g * np.nan)
    with ag.debug(), pytest.raises(ag.NaNError, match="in a hook"):
        (x * 2.0).backward()


def test_gradients_are_not_stored_when_it_stops() -> None:
    x = leaf([0.0])
    with ag.debug(), pytest.raises(ag.NaNError):
        np.sqrt(x).backward()
    assert x.grad is None


def test_inside_training_of_a_network() -> None:
    model = ag.nn.Sequential(ag.nn.Linear(3, 4), ag.nn.Tanh(), ag.nn.Linear(4, 1))
    optimizer = ag.optim.SGD(list(model.parameters()), 0.1)
    data = np.random.default_rng(0).normal(size=(8, 3))
    with ag.debug():
        for _ in range(3):
            loss = np.mean(model(data) ** 2)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
        model[0].weight.data[0, 0] = np.nan
        with pytest.raises(ag.NaNError, match="came into the forward pass, in affine, with its input w, the leaf"):
            model(data)


# Arrays changed in place


def change(array: np.ndarray) -> None:
    array[0] += 1.0


def test_a_changed_leaf_is_named() -> None:
    def loss(x: Any) -> Any:
        return np.sum(np.square(x))  # the line

    x = leaf([1.0, 2.0], "weights")
    with ag.debug():
        out = loss(x)
        change(x.data)
        with pytest.raises(ag.InPlaceError, match=r"argument x \(the leaf 'weights'\) of square, of shape") as caught:
            out.backward()
    assert line_of(loss, 1) in str(caught.value)
    assert x.grad is None


def test_a_changed_constant_is_named() -> None:
    x, target, matrix = leaf([1.0, 2.0]), np.array([3.0, 4.0]), np.ones((2, 2))
    with ag.debug():
        out = np.sum((x @ matrix) * target)
        change(target)
        with pytest.raises(ag.InPlaceError, match=r"argument y \(a constant\) of multiply"):
            out.backward()
        out = np.sum(x @ matrix)
        matrix[0, 0] = 7.0
        with pytest.raises(ag.InPlaceError, match=r"argument y \(a constant\) of matmul, of shape \(2, 2\)"):
            out.backward()


def test_a_changed_output_mask_or_index_is_named() -> None:
    x, mask, index = leaf([1.0, 2.0]), np.array([True, False]), np.array([0, 0, 1])
    with ag.debug():
        y = np.exp(x)
        out = np.sum(y)
        change(y.data)
        with pytest.raises(ag.InPlaceError, match="the output of exp"):
            out.backward()
        out = np.sum(np.where(mask, x, 0.0))
        mask[:] = False
        with pytest.raises(ag.InPlaceError, match=r"argument condition .* of where"):
            out.backward()
        out = np.sum(x[index])
        index[:] = 1
        with pytest.raises(ag.InPlaceError, match="argument index of getitem"):
            out.backward()


def test_what_no_rule_reads_may_change() -> None:
    x, offset = leaf([1.0, 2.0]), np.array([3.0, 4.0])
    with ag.debug():
        out = np.sum(x + offset)
        change(offset)
        change(x.data)
        out.backward()
    np.testing.assert_array_equal(x.grad, [1.0, 1.0])


def test_changes_are_seen_in_transforms_and_forward_mode() -> None:
    constant = np.array([1.0, 2.0])

    def changing(x: Any) -> Any:
        y = x * constant
        change(constant)
        return np.sum(y)

    for run in (ag.grad(changing), ag.hessian(changing), lambda x: ag.jvp(changing, (x,), (x,))):
        with ag.debug(), pytest.raises(ag.InPlaceError, match="constant"):
            run(np.ones(2))
    with ag.debug(changes=False):
        ag.grad(changing)(np.ones(2))
    ag.grad(changing)(np.ones(2))


def test_an_optimiser_step_after_backward_is_no_change() -> None:
    x = leaf([1.0, 2.0])
    optimizer = ag.optim.SGD([x], 0.1)
    with ag.debug():
        for _ in range(3):
            np.sum(x * x).backward()
            optimizer.step()
            optimizer.zero_grad()
