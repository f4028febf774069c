"""Hooks, retained gradients, the recording switch, threads and async tasks."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite import Tensor


def leaf(value: Any, **options: Any) -> Tensor:
    return Tensor(np.asarray(value, dtype=float), requires_grad=True, **options)


def is_recorded() -> bool:
    return (leaf(1.0) * 2.0).requires_grad


# Hooks


def test_a_hook_sees_the_finished_cotangent_once_a_sweep() -> None:
    x, seen = leaf([1.0, 2.0]), []
    y = x * 2
    y.register_hook(lambda g: seen.append(np.array(g)))
    out = (y * y + y).sum()
    out.backward(retain_graph=True)
    out.backward()
    assert len(seen) == 2
    np.testing.assert_array_equal(seen, [[5.0, 9.0]] * 2)


def test_a_hook_can_replace_the_cotangent() -> None:
    x = leaf([1.0, 2.0])
    y = x * 2
    y.register_hook(lambda g: np.clip(g, -1, 1))
    x.register_hook(lambda g: g * 10)
    (y * 100).sum().backward()
    np.testing.assert_array_equal(x.grad, [20.0, 20.0])


def test_hooks_run_in_the_order_of_registration() -> None:
    x = leaf(1.0)
    x.register_hook(lambda g: g + 1)
    x.register_hook(lambda g: g * 10)
    (x * 1.0).backward()
    assert x.grad == 20.0


def test_a_removed_hook_is_not_called() -> None:
    x, calls = leaf(1.0), []
    remove = x.register_hook(calls.append)
    keep = x.register_hook(lambda g: None)
    remove()
    (x * 1.0).backward()
    assert calls == []
    assert callable(keep)
    assert x.grad == 1.0


def test_removing_a_hook_twice_does_no_harm() -> None:
    x = leaf(1.0)
    remove = x.register_hook(lambda g: None)
    remove()
    remove()


def test_what_a_hook_returns_is_not_shared_with_the_gradient() -> None:
    x, mine = leaf([1.0, 2.0]), np.array([5.0, 6.0])
    x.register_hook(lambda g: mine)
    (x * 1.0).sum().backward()
    assert not np.shares_memory(x.grad, mine)
    np.testing.assert_array_equal(x.grad, mine)


def test_what_a_hook_keeps_does_not_change_later() -> None:
    x, y, seen = leaf([1.0, 2.0]), leaf([3.0, 4.0]), []
    s = x + y
    s.register_hook(seen.append)
    (s * 1.0 + x).sum().backward()
    x.grad[...] = -1
    y.grad[...] = -2
    np.testing.assert_array_equal(seen[0], [1.0, 1.0])


@pytest.mark.parametrize("method", ["retain_grad", "register_hook"])
def test_a_constant_takes_no_hooks(method: str) -> None:
    args = () if method == "retain_grad" else (lambda g: None,)
    with pytest.raises(ag.GraphError, match=method):
        getattr(Tensor(1.0), method)(*args)


def test_retained_gradients_of_interior_tensors_accumulate() -> None:
    x = leaf([1.0, 2.0])
    y = x * 2
    y.retain_grad()
    out = (y * y).sum()
    out.backward(retain_graph=True)
    np.testing.assert_array_equal(y.grad, [4.0, 8.0])
    out.backward()
    np.testing.assert_array_equal(y.grad, [8.0, 16.0])


def test_retain_grad_twice_is_once() -> None:
    y = leaf([1.0]) * 2
    y.retain_grad()
    y.retain_grad()
    y.sum().backward()
    np.testing.assert_array_equal(y.grad, [1.0])


def test_retain_grad_of_a_leaf_changes_nothing() -> None:
    x = leaf(3.0)
    x.retain_grad()
    (x * x).backward()
    assert x.grad == 6.0


def test_a_retained_gradient_is_right_where_the_sweep_ran_again_with_care() -> None:
    x = leaf([-1.0, 4.0])
    y = x * 1.0
    y.retain_grad()
    with np.errstate(invalid="ignore"):
        np.where(y.data > 0, np.sqrt(y), 0).sum().backward()
    np.testing.assert_array_equal(x.grad, [0.0, 0.25])
    np.testing.assert_array_equal(y.grad, [0.0, 0.25])


def test_hooks_get_tensors_in_a_recorded_sweep() -> None:
    x, seen = leaf(2.0), []
    y = x * x
    y.register_hook(seen.append)
    (y * y).backward(create_graph=True)
    assert isinstance(seen[0], Tensor)
    assert seen[0].requires_grad
    assert seen[0].item() == 8.0


# no_grad and enable_grad


def test_switches_nest_and_restore() -> None:
    assert is_recorded()
    with ag.no_grad():
        assert not is_recorded()
        with ag.enable_grad():
            assert is_recorded()
            with ag.no_grad():
                assert not is_recorded()
            assert is_recorded()
        assert not is_recorded()
    assert is_recorded()


def test_one_switch_can_be_entered_again_and_again() -> None:
    switch = ag.no_grad()
    for _ in range(2):
        with switch:
            with switch:
                assert not is_recorded()
            assert not is_recorded()
        assert is_recorded()


def test_an_exception_restores_the_switch() -> None:
    with pytest.raises(KeyError), ag.no_grad():
        raise KeyError
    assert is_recorded()


def test_switches_decorate_functions() -> None:
    @ag.no_grad()
    def off(x: Tensor) -> tuple[bool, bool]:
        """Say what is recorded."""
        return (x * x).requires_grad, on()

    @ag.enable_grad()
    def on() -> bool:
        return is_recorded()

    assert off(leaf(1.0)) == (False, True)
    assert off.__name__ == "off"
    assert off.__doc__ == "Say what is recorded."
    assert is_recorded()


def test_a_decorated_function_can_recur() -> None:
    @ag.no_grad()
    def down(n: int) -> list[bool]:
        return [is_recorded()] + (down(n - 1) if n else []) + [is_recorded()]

    assert not any(down(5))
    assert is_recorded()


def test_a_decorated_generator_is_switched_inside_only() -> None:
    @ag.no_grad()
    def generate() -> Iterator[bool]:
        for _ in range(3):
            yield is_recorded()

    inside_and_outside = [(inside, is_recorded()) for inside in generate()]
    assert inside_and_outside == [(False, True)] * 3
    assert inspect.isgeneratorfunction(generate)


def test_a_decorated_coroutine_is_switched_inside() -> None:
    @ag.no_grad()
    async def work() -> bool:
        await asyncio.sleep(0)
        return is_recorded()

    assert not asyncio.run(work())


def test_async_tasks_do_not_disturb_each_other() -> None:
    async def off(entered: asyncio.Event, leave: asyncio.Event) -> bool:
        with ag.no_grad():
            entered.set()
            await leave.wait()
            return is_recorded()

    async def main() -> tuple[bool, bool]:
        entered, leave = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(off(entered, leave))
        await entered.wait()
        meanwhile = is_recorded()
        leave.set()
        return meanwhile, await task

    assert asyncio.run(main()) == (True, False)


def test_threads_do_not_disturb_each_other() -> None:
    entered, leave, seen = threading.Event(), threading.Event(), []

    def off() -> None:
        with ag.no_grad():
            entered.set()
            assert leave.wait(10)
            seen.append(is_recorded())

    thread = threading.Thread(target=off)
    thread.start()
    assert entered.wait(10)
    assert is_recorded()
    leave.set()
    thread.join()
    assert seen == [False]


def test_one_switch_object_serves_several_threads() -> None:
    switch, barrier = ag.no_grad(), threading.Barrier(2)

    def off(first: bool) -> bool:
        if not first:
            barrier.wait(10)
        with switch:
            if first:
                barrier.wait(10)  # let the other one enter
            barrier.wait(10)  # both are inside
            inside = is_recorded()
            if not first:
                barrier.wait(10)  # the first one has left
        if first:
            barrier.wait(10)
        return inside or not is_recorded()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(off, [True, False])) == [False, False]


# Threads with shared leaves


def test_graphs_built_in_several_threads_accumulate_into_shared_leaves() -> None:
    w, threads, rounds = leaf(np.ones(3)), 8, 25
    inputs = np.arange(1.0, 1.0 + threads * rounds * 3).reshape(threads, rounds, 3)
    barrier = threading.Barrier(threads)

    def work(rows: np.ndarray) -> None:
        barrier.wait(10)
        for row in rows:
            y = w * row
            for _ in range(5):
                y = y + w
            (y * y).sum().backward()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, inputs))
    slope = inputs + 5  # y = slope * w with w = 1, so the gradient of y² is 2 slope²
    np.testing.assert_array_equal(w.grad, (2 * slope**2).sum(axis=(0, 1)))


def test_transforms_run_in_several_threads() -> None:
    points = np.linspace(0.1, 2.0, 16)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ag.grad(ag.grad(lambda x: np.sin(x) * x)), points))
    np.testing.assert_allclose(found, 2 * np.cos(points) - points * np.sin(points))


def test_the_parentheses_of_a_decorator_may_be_left_out() -> None:
    @ag.no_grad
    def off() -> bool:
        return is_recorded()

    assert not off()
    assert is_recorded()
