"""L-BFGS: the minima that it reaches, PyTorch's numbers, its line search, its state, and bad input."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite import Tensor, nn, optim
from autograd_lite.calculus.minimization.line_search import C1, C2, Trial, strong_wolfe


def rosenbrock(x: Any) -> Any:
    return ((1 - x[:-1]) ** 2 + 100 * (x[1:] - x[:-1] ** 2) ** 2).sum()


def beale(x: Any) -> Any:
    return ((np.array([1.5, 2.25, 2.625]) - x[0] * (1 - x[1] ** np.array([1, 2, 3]))) ** 2).sum()


def booth(x: Any) -> Any:
    return (x[0] + 2 * x[1] - 7) ** 2 + (2 * x[0] + x[1] - 5) ** 2


def stiff(x: Any) -> Any:
    return (10.0 ** np.arange(8) * (x - 1) ** 2).sum()


def quartic(x: Any) -> Any:
    return (np.cosh(x - np.arange(4.0)) - 1).sum()


def closure_of(optimizer: optim.Optimizer, function: Callable[..., Any]) -> Callable[[], Any]:
    def closure() -> Any:
        optimizer.zero_grad()
        loss = function(*optimizer.parameters)
        loss.backward()
        return loss

    return closure


@pytest.mark.parametrize(
    ("function", "start", "minimum"),
    [
        (rosenbrock, [-1.2, 1.0], [1, 1]),
        (rosenbrock, np.full(20, 0.3), np.ones(20)),
        (beale, [1.0, 1.0], [3, 0.5]),
        (booth, [0.0, 0.0], [1, 3]),
        (stiff, np.zeros(8), np.ones(8)),
        (quartic, np.full(4, 5.0), np.arange(4)),
    ],
    ids=["rosenbrock", "rosenbrock of 20", "beale", "booth", "stiff", "cosh"],
)
def test_minima(function: Callable[[Any], Any], start: Any, minimum: Any) -> None:
    x = Tensor(np.array(start, float), requires_grad=True)
    optimizer = optim.LBFGS(
        [x], max_iter=300, tolerance_change=1e-20, tolerance_grad=1e-10, line_search_fn="strong_wolfe"
    )
    losses = [float(optimizer.step(closure_of(optimizer, function))) for _ in range(2)]
    np.testing.assert_allclose(x.data, minimum, atol=1e-7)
    assert losses[1] < 1e-14


@pytest.mark.parametrize("options", [{}, {"history_size": 2, "max_iter": 20}, {"max_eval": 4}], ids=str)
def test_against_pytorch(options: dict[str, Any]) -> None:
    """Without a line search; with one, the trials are chosen differently."""
    torch = pytest.importorskip("torch")
    start = np.array([-1.2, 1.0, 0.5])
    x, y = Tensor(start, requires_grad=True), torch.tensor(start, requires_grad=True)
    options = {"lr": 1e-3, "max_iter": 7, **options}
    ours, theirs = optim.LBFGS([x], **options), torch.optim.LBFGS([y], **options)

    def their_closure() -> Any:
        theirs.zero_grad()
        loss = rosenbrock(y)
        loss.backward()
        return loss

    for _ in range(4):
        mine, its = ours.step(closure_of(ours, rosenbrock)), theirs.step(their_closure)
        np.testing.assert_allclose(float(mine), its.item(), rtol=1e-10)
        np.testing.assert_allclose(x.data, y.detach().numpy(), rtol=1e-10)


def test_several_parameters_of_several_dtypes() -> None:
    x = Tensor(np.zeros(2, np.float32), requires_grad=True)
    y, z = Tensor(0.0, requires_grad=True), Tensor(np.zeros((1, 2)), requires_grad=True)
    optimizer = optim.LBFGS([x, y, z], line_search_fn="strong_wolfe", max_iter=50)
    optimizer.step(closure_of(optimizer, lambda x, y, z: ((x - 1) ** 2).sum() + (y - 2) ** 2 + ((z - 3) ** 4).sum()))
    assert x.dtype == np.float32
    np.testing.assert_allclose(x.data, 1.0, atol=1e-3)
    np.testing.assert_allclose([float(y), *z.data[0]], [2, 3, 3], atol=1e-2)


def test_a_parameter_without_gradient_stays() -> None:
    x, y = Tensor([1.0], requires_grad=True), Tensor([5.0], requires_grad=True)
    optimizer = optim.LBFGS([x, y])
    optimizer.step(closure_of(optimizer, lambda x, y: (x * x).sum()))
    np.testing.assert_allclose(x.data, 0.0, atol=1e-6)
    assert y.data[0] == 5.0


def test_a_network_is_fitted() -> None:
    rng = np.random.default_rng(0)
    x = np.linspace(-1, 1, 40)[:, None]
    model = nn.Sequential(nn.Linear(1, 8, generator=rng), nn.Tanh(), nn.Linear(8, 1, generator=rng))
    optimizer = optim.LBFGS(model.parameters(), max_iter=300, line_search_fn="strong_wolfe")
    loss = closure_of(optimizer, lambda *_: np.mean((model(x) - np.sin(3 * x)) ** 2))
    optimizer.step(loss)
    assert float(loss()) < 1e-4


@pytest.mark.parametrize("store", ["copy", "pickle", "json"])
@pytest.mark.parametrize("search", [None, "strong_wolfe"])
def test_a_stored_state_goes_on_to_the_bit(store: str, search: str | None) -> None:
    def made(data: Any) -> optim.LBFGS:
        x = Tensor(data, requires_grad=True)
        return optim.LBFGS([x], lr=1.0 if search else 1e-3, max_iter=3, history_size=4, line_search_fn=search)

    optimizer = made(np.array([-1.2, 1.0, 0.5]))
    for _ in range(3):
        optimizer.step(closure_of(optimizer, rosenbrock))
    if store == "json":
        other = made(optimizer.parameters[0].data)
        other.load_state_dict(json.loads(json.dumps(optimizer.state_dict(), default=lambda a: a.tolist())))
    else:
        other = copy.deepcopy(optimizer) if store == "copy" else pickle.loads(pickle.dumps(optimizer))
    for one in (optimizer, other):
        for _ in range(3):
            one.step(closure_of(one, rosenbrock))
    np.testing.assert_array_equal(optimizer.parameters[0].data, other.parameters[0].data)
    assert optimizer.state_dict()["state"][0]["iterations"] == other.state_dict()["state"][0]["iterations"] > 9


def test_the_line_search_keeps_the_wolfe_conditions() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        a, b, c = rng.uniform(0.1, 5), rng.uniform(0, 3), rng.uniform(0.5, 8)

        def evaluate(t: float, a: float = a, b: float = b, c: float = c) -> Trial:
            # falls at 0, with waves that make other minima
            loss = a * (t - c) ** 2 + b * np.sin(3 * t)
            return Trial(t, loss, 2 * a * (t - c) + 3 * b * np.cos(3 * t), np.zeros(1))

        origin = evaluate(0.0)
        if origin.slope >= 0:
            continue
        found = strong_wolfe(evaluate, origin, 10.0 ** rng.uniform(-3, 2), 1e-12, evaluations=60)
        assert found.loss <= origin.loss + C1 * found.length * origin.slope
        assert abs(found.slope) <= -C2 * origin.slope


def test_the_line_search_steps_back_from_infinity() -> None:
    x = Tensor([1.0], requires_grad=True)
    optimizer = optim.LBFGS([x], lr=100.0, line_search_fn="strong_wolfe", max_iter=100)
    with np.errstate(all="ignore"):
        optimizer.step(closure_of(optimizer, lambda x: (x - np.log(x)).sum() + (x - 1.5).sum() ** 2))
    np.testing.assert_allclose(x.data, (1 + np.sqrt(3)) / 2, atol=1e-5)  # where 1 - 1/x + 2x - 3 = 0


def test_a_loss_that_is_nan() -> None:
    x = Tensor([1.0], requires_grad=True)
    optimizer = optim.LBFGS([x], lr=10.0)
    with np.errstate(all="ignore"):
        closure = closure_of(optimizer, lambda x: (np.log(x) * x).sum())
        with pytest.raises(ag.NaNError, match=r"the loss is nan after a step of length 10.* try|Try"):
            optimizer.step(closure)
        np.testing.assert_array_equal(x.data, [1.0])
        optimizer.step(closure, error_if_nonfinite=False)
        np.testing.assert_array_equal(x.data, [1.0])
        x.data[...] = -1.0
        with pytest.raises(ag.NaNError, match="where it starts"):
            optimizer.step(closure)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: optim.LBFGS([x]).step(), TypeError, r"pass a function that calls zero_grad\(\)"),
        (lambda x: optim.LBFGS([x]).step(lambda: None), TypeError, "must return the loss, and it returned None"),
        (lambda x: optim.LBFGS([x], line_search_fn="armijo"), ValueError, "line_search_fn='armijo'"),
        (lambda x: optim.LBFGS([x], max_iter=0), ValueError, "max_iter=0"),
        (lambda x: optim.LBFGS([x], history_size=1.5), ValueError, "history_size=1.5"),
        (lambda x: optim.LBFGS([x], tolerance_grad=-1), ValueError, "tolerance_grad=-1"),
        (lambda x: optim.LBFGS([{"params": [x]}, {"params": []}]), ag.StructureError, "one group of them only"),
        (lambda x: optim.LBFGS([x]).step(lambda: 1.0), ag.GraphError, "none of the 1 parameters has a gradient"),
        (lambda x: optim.LBFGS([x]).load_state_dict({"state": {0: {"s": 1}}, "param_groups": [
            {**optim.LBFGS([x]).state_dict()["param_groups"][0]}]}), ag.StructureError, "nothing was loaded"),
    ],
)  # fmt: skip
def test_bad_input(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call(Tensor([1.0], requires_grad=True))


def test_a_graph_from_before_the_step_refuses_a_sweep() -> None:
    x = Tensor([1.0, 3.0], requires_grad=True)
    optimizer = optim.LBFGS([x])
    loss = rosenbrock(x)
    optimizer.step(closure_of(optimizer, rosenbrock))
    with pytest.raises(ag.SupersededError):
        loss.backward()
