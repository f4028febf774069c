"""Clipping of gradients, their accumulation, and the reasons why some are missing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite import Tensor, nn, optim

SHAPES: list[tuple[int, ...]] = [(3, 2), (), (4,), (0, 3)]


def with_gradients(scale: float = 1.0, dtype: str = "f8") -> list[Tensor]:
    rng = np.random.default_rng(0)
    parameters = [Tensor(np.zeros(shape, dtype), requires_grad=True) for shape in SHAPES]
    for p in parameters:
        p.grad = (scale * rng.normal(size=p.shape)).astype(dtype)[()]
    return [*parameters, Tensor(np.zeros(2, dtype), requires_grad=True)]


def gradients(parameters: list[Tensor]) -> np.ndarray:
    return np.concatenate([p.grad for p in parameters if p.grad is not None], axis=None)


def in_torch(torch: Any, parameters: list[Tensor]) -> list[Any]:
    theirs = [torch.tensor(p.data, requires_grad=True) for p in parameters]
    for mine, its in zip(parameters, theirs, strict=True):
        its.grad = None if mine.grad is None else torch.tensor(mine.grad)
    return theirs


@pytest.mark.parametrize("norm_type", [1.0, 2.0, 2, 3.5, math.inf])
@pytest.mark.parametrize("max_norm", [0.0, 0.1, 2.0, 100.0])
def test_clipping_by_norm_against_pytorch(max_norm: float, norm_type: float) -> None:
    torch = pytest.importorskip("torch")
    parameters = with_gradients()[:3]  # PyTorch takes no maximum of nothing
    theirs = in_torch(torch, parameters)
    total = optim.clip_grad_norm_(parameters, max_norm, norm_type)
    wanted = torch.nn.utils.clip_grad_norm_(theirs, max_norm, norm_type)
    np.testing.assert_allclose(total, wanted.item(), rtol=1e-14)
    np.testing.assert_allclose(gradients(parameters), np.concatenate([p.grad.numpy() for p in theirs], axis=None))


def test_clipping_by_norm() -> None:
    parameters = with_gradients()
    before = gradients(parameters)
    total = optim.clip_grad_norm_(iter(parameters), 0.5)
    np.testing.assert_allclose(total, np.linalg.norm(before))
    np.testing.assert_allclose(gradients(parameters), before * 0.5 / (total + 1e-6))
    assert parameters[-1].grad is None
    again = gradients(parameters)
    optim.clip_grad_norm_(parameters, 0.6)
    np.testing.assert_array_equal(gradients(parameters), again)


@pytest.mark.parametrize(("scale", "dtype"), [(1e25, "f4"), (1e-25, "f4"), (1e200, "f8"), (1e-200, "f8")])
def test_norms_neither_overflow_nor_vanish(scale: float, dtype: str) -> None:
    parameters = with_gradients(scale, dtype)
    wanted = np.linalg.norm(gradients(with_gradients(1.0)))
    np.testing.assert_allclose(optim.clip_grad_norm_(parameters, 1.0) / scale, wanted, rtol=1e-6)
    if scale > 1:
        np.testing.assert_allclose(np.linalg.norm(gradients(parameters)), 1.0, rtol=1e-6)


def test_clipping_is_in_place_where_it_can_be() -> None:
    for clip in (lambda p: optim.clip_grad_norm_(p, 0.1), lambda p: optim.clip_grad_value_(p, 0.1)):
        x, y, z = (Tensor(np.zeros(3), requires_grad=True) for _ in range(3))
        mine, fixed = np.full(3, 5.0), np.full(3, 5.0)
        fixed.flags.writeable = False
        x.grad, y.grad, z.grad = mine, fixed, Tensor(np.full(3, 5.0))
        clip([x, y, z])
        assert x.grad is mine
        assert mine.max() <= 0.1
        assert fixed.max() == 5.0
        assert y.grad.max() <= 0.1
        assert np.max(np.asarray(z.grad)) <= 0.1


def test_clipping_by_value() -> None:
    parameters = with_gradients(3.0)
    before = gradients(parameters)
    optim.clip_grad_value_(parameters, 0.7)
    np.testing.assert_array_equal(gradients(parameters), np.clip(before, -0.7, 0.7))
    assert np.any(before != gradients(parameters))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_norms_that_are_not_finite(bad: float) -> None:
    parameters = with_gradients()
    parameters[0].grad[1, 0] = bad
    before = gradients(parameters)
    with pytest.raises(ag.NaNError, match=r"parameter 0 of shape \(3, 2\): 1 of 6 elements"):
        optim.clip_grad_norm_(parameters, 1.0, error_if_nonfinite=True)
    np.testing.assert_array_equal(gradients(parameters), before)
    with np.errstate(invalid="ignore"):
        total = optim.clip_grad_norm_(parameters, 1.0)
    assert math.isnan(total) if math.isnan(bad) else total == math.inf


def test_no_gradients_at_all() -> None:
    x = Tensor(1.0, requires_grad=True)
    assert optim.clip_grad_norm_([], 1.0) == optim.clip_grad_norm_(x, 1.0) == 0.0
    optim.clip_grad_value_(x, 1.0)
    assert x.grad is None


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: optim.clip_grad_norm_(nn.Linear(1, 1), 1.0), ag.StructureError, "got a Linear: pass model.parameters"),
        (lambda: optim.clip_grad_norm_([np.ones(2)], 1.0), ag.StructureError, "number 0 is a ndarray"),
        (lambda: optim.clip_grad_norm_([], -1.0), ValueError, "max_norm=-1.0"),
        (lambda: optim.clip_grad_norm_([], math.nan), ValueError, "max_norm=nan"),
        (lambda: optim.clip_grad_norm_([], 1.0, 0.0), ValueError, "norm_type=0.0"),
        (lambda: optim.clip_grad_value_([], -1.0), ValueError, "clip_value=-1.0"),
    ],
)
def test_bad_input(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_gradients_accumulate_over_batches() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(8, 2)), rng.normal(size=(8, 1))
    found = []
    for parts in (1, 4):
        layer = nn.Linear(2, 1, generator=np.random.default_rng(1))
        optimizer = optim.SGD(layer.parameters(), lr=0.1)
        for rows in np.split(np.arange(8), parts):
            (np.mean((layer(x[rows]) - y[rows]) ** 2) / parts).backward()
        optimizer.step()
        found.append(np.concatenate([p.data for p in layer.parameters()], axis=None))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-13)


# Missing gradients


def test_reasons_for_missing_gradients() -> None:
    used, unused, cut = (Tensor([1.0], requires_grad=True, name=name) for name in ("used", "unused", "cut"))
    parameters = [used, unused, cut]
    loss = np.sum(used * used + cut.detach())
    before = optim.missing_gradients(parameters, loss)
    assert before["used"] == "the loss depends on it, but backward() was not called since zero_grad()"
    loss.backward()
    found = optim.missing_gradients(parameters, loss)
    assert list(found) == ["unused", "cut"]
    assert all(
        reason.startswith("the loss does not depend on it") and "detach()" in reason for reason in found.values()
    )
    assert "no backward() since zero_grad()" in optim.missing_gradients(parameters)["cut"]
    assert "the loss is a constant" in optim.missing_gradients([unused], Tensor(1.0))["unused"]
    assert "not tracked" in optim.missing_gradients([Tensor(1.0)])["parameter 0"]
    assert optim.missing_gradients([used], loss) == {}


def test_missing_gradients_of_a_model_have_its_names() -> None:
    first, second = nn.Linear(2, 3), nn.Linear(2, 1)
    loss = np.sum(first(np.ones((1, 2))))
    loss.backward()
    names = optim.missing_gradients(nn.Sequential(first, second).named_parameters(), loss)
    assert list(names) == ["1.weight", "1.bias"]


def test_reasons_after_the_step_are_refused() -> None:
    x, y = Tensor([1.0], requires_grad=True), Tensor([1.0], requires_grad=True)
    loss = np.sum(x * x)
    loss.backward()
    optim.SGD([x, y], lr=0.1).step()
    with pytest.raises(ag.SupersededError):
        optim.missing_gradients([y], loss)


def test_gradients_of_frozen_parameters_can_be_forgotten() -> None:
    model = nn.Linear(2, 2)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    model.requires_grad_(False)
    optimizer.zero_grad()
    assert all(value.grad is None for value in (model.weight, model.bias))


def test_gradients_can_be_set_to_zero() -> None:
    x, y = Tensor([1.0, 2.0], requires_grad=True), Tensor(3.0, requires_grad=True)
    optimizer = optim.SGD([x, y], lr=0.1)
    np.sum(x * x).backward()
    optimizer.zero_grad(set_to_none=False)
    np.testing.assert_array_equal(x.grad, [0.0, 0.0])
    assert y.grad is None
    optimizer.zero_grad()
    assert x.grad is None


def test_a_module_in_place_of_its_parameters_is_told_what_to_pass() -> None:
    with pytest.raises(ag.GraphError, match=r"module\.parameters\(\)"):
        optim.SGD(nn.Sequential(nn.Linear(2, 2)))
