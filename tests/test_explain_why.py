"""``explain.why`` names planted causes rightly: kind, operation, line, and which elements."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite import Tensor, explain

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

RNG = np.random.default_rng(0)
WEIGHTS = RNG.normal(size=(4, 3))


def leaf(value: Any) -> Tensor:
    return Tensor(np.asarray(value, dtype=float), requires_grad=True)


def other(shape: Any = ()) -> Tensor:
    """Return something else that is tracked, so that the output has a history."""
    return Tensor(np.ones(shape), requires_grad=True)


class Planted(NamedTuple):
    kind: str  # that the first cause must be of
    operation: str
    function: Callable[[Any], Any]
    point: Any
    elements: int | None = None
    first: tuple[int, ...] | None = None


def detached_midway(x: Any) -> Any:
    y = np.sin(x) * 2.0
    return np.sum(y.detach() * other(x.shape))


def without_recording(x: Any) -> Any:
    with ag.no_grad():
        y = np.exp(x)
    return np.sum(y * other(x.shape))


def squared_after_relu(x: Any) -> Any:
    hidden = ag.nn.relu(x)
    return np.mean(hidden**2)


def product_after_relu(x: Any) -> Any:
    hidden = np.maximum(x, 0.0)
    return np.sum(hidden * hidden)


def residuals_masked(x: Any) -> Any:
    residuals = (x - 1.0) * np.zeros(2)
    return np.sum(residuals**2)


def softmax_by_hand(x: Any) -> Any:
    e = np.exp(x)
    return (e / np.sum(e))[0]


def on_another_way(x: Any) -> Any:
    p = np.tanh(x)
    return (p - 1.0) ** 2 + p  # the power's slope is zero, and what goes past it meets a flat tanh


def vanishing(x: Any) -> Any:
    for _ in range(60):
        x = np.sin(x) * 0.5
    return np.sum(x)


def exploding(x: Any) -> Any:
    for _ in range(60):
        x = x * 3.0
    return np.sum(x)


PLANTED = [
    # Flat
    Planted("dead relu", "maximum", lambda x: np.sum(np.maximum(x, 0)), [-1.0, 2.0, -3.0], 2, (0,)),
    Planted("dead relu", "relu", lambda x: np.sum(ag.nn.relu(x @ WEIGHTS - 50.0)), RNG.normal(size=(2, 4)), 8, (0, 0)),
    Planted("dead relu", "relu", lambda x: ag.nn.relu(x) * 3.0, -2.0, 1, ()),
    Planted("dead relu", "relu", lambda x: np.sum(ag.nn.relu(ag.nn.relu(x) - 1.0)), [-1.0, 0.5, 3.0], 2, (0,)),
    Planted("saturation", "tanh", lambda x: np.sum(np.tanh(x)), [40.0, 0.1], 1, (0,)),
    Planted("saturation", "tanh", lambda x: np.sum(np.tanh(x)), [17.0, 0.1], 1, (0,)),
    Planted("saturation", "sigmoid", lambda x: np.sum(ag.nn.sigmoid(100.0 * x) ** 2), [[1.0, -9.0], [0.001, 2.0]]),
    Planted("saturation", "softmax", lambda x: ag.nn.softmax(x)[0], [1000.0, 0.0], 2, (0,)),
    Planted("saturation", "erf", lambda x: np.sum(ag.scipy.special.erf(x)), [30.0, 0.0], 1, (0,)),
    Planted("clipped", "clip", lambda x: np.sum(np.clip(x, -1, 1)), [-5.0, 0.0, 5.0], 2, (0,)),
    Planted("clipped", "minimum", lambda x: np.sum(np.minimum(x * 2, 1.0)), [0.0, 3.0], 1, (1,)),
    Planted("masked", "where", lambda x: np.sum(np.where(x.data > 0, x * x, 1.0)), [2.0, -1.0], 1, (1,)),
    Planted("not selected", "getitem", lambda x: np.sum(x[1:3] ** 2), [1.0, 2.0, 3.0, 4.0, 5.0], 3, (0,)),
    Planted("not selected", "getitem", lambda x: np.sum((x * 2)[np.array([0, 2])]), [1.0, 2.0, 3.0], 1, (1,)),
    Planted("not selected", "max", lambda x: np.sum(np.max(x, axis=1)), [[1.0, 2.0], [4.0, 3.0]], 2, (0, 0)),
    Planted("multiplied by zero", "multiply", lambda x: np.sum(x * np.array([1.0, 0.0])), [3.0, 4.0], 1, (1,)),
    Planted("multiplied by zero", "multiply", lambda x: 0.0 * np.sum(np.sin(x)), [3.0, 4.0], 2, (0,)),
    Planted("multiplied by zero", "matmul", lambda x: np.sum(x @ np.zeros((3, 2))), np.ones((2, 3)), 6, (0, 0)),
    Planted("zero slope", "power", lambda x: np.sum(x**2), [1.0, 0.0], 1, (1,)),
    Planted("zero slope", "cos", np.cos, 0.0, 1, ()),
    Planted("kink", "absolute", lambda x: np.sum(np.abs(x)), [1.0, 0.0], 1, (1,)),
    Planted("kink", "norm", np.linalg.norm, [0.0, 0.0, 0.0], 3, (0,)),
    Planted("cancellation", "subtract", lambda x: np.sum(x - x), [1.0, 2.0], 2, (0,)),
    Planted("cancellation", "softmax", lambda x: np.sum(ag.nn.softmax(x)), [0.0, 0.0], 2, (0,)),
    Planted("zero times infinity", "sqrt", lambda x: np.sum(x * np.sqrt(x)), [1.0, 0.0], 1, (1,)),
    Planted("zero times infinity", "sqrt", lambda x: np.sum(np.sqrt(x) * 0.0), [1.0, 0.0], 1, (1,)),
    # A slope that is zero because of a value: what has made the value comes first
    Planted("dead relu", "relu", squared_after_relu, [-1.0, -2.0], 2, (0,)),
    Planted("dead relu", "maximum", product_after_relu, [-1.0, 2.0], 1, (0,)),
    Planted("masked", "where", lambda x: np.sum(np.where(x > 0, x, 0.0) ** 2), [-1.0, 2.0], 1, (0,)),
    Planted("multiplied by zero", "multiply", residuals_masked, [3.0, 4.0], 2, (0,)),
    Planted("zero slope", "power", lambda x: np.sum((x - np.ones(2)) ** 2), [1.0, 1.0], 2, (0,)),
    Planted("overflow", "exp", lambda x: np.log(np.sum(np.exp(x))), [1.0, 800.0], 2, (0,)),
    Planted("overflow", "exp", softmax_by_hand, [1.0, 800.0], 2, (0,)),
    Planted("saturation", "tanh", on_another_way, 30.0, 1, ()),
    Planted("zero times infinity", "sqrt", lambda x: np.sqrt(np.sum(x * x)), [0.0, 0.0], 2, (0,)),
    Planted("tie", "max", np.max, [2.0, 2.0], 2, (0,)),
    Planted("tie", "max", np.max, [1.0, 2.0, 2.0], 2, (1,)),
    Planted("tie", "max of windows", lambda x: np.sum(ag.nn.MaxPool1d(2)(x)), [[[1.0, 1.0, 3.0, 2.0]]], 2, (0, 0, 0)),
    Planted("tie", "maximum", lambda x: np.sum(np.maximum(x, np.array([1.0, 0.0]))), [1.0, 2.0], 1, (0,)),
    # No way at all
    Planted("detached", "multiply", detached_midway, [1.0, 2.0]),
    Planted("detached", "multiply", lambda x: np.sum(ag.stop_gradient(x) * other((2, 1))), [[1.0], [2.0]]),
    Planted("step function", "astype", lambda x: np.sum(x.astype(int) * other(2)), [1.0, -2.0]),
    Planted("step function", "heaviside", lambda x: np.sum(np.heaviside(x, 0.5) * other(2)), [1.0, -2.0]),
    Planted("step function", "argmax", lambda x: np.arange(2.0)[np.argmax(x)] * other(), [1.0, -2.0]),
    Planted("unused", "sin", lambda x: (np.sin(x), other())[1], [1.0, -2.0]),
    Planted("detached", "item", lambda x: x.item() * other(), 3.0),
    Planted("detached", "sum", lambda x: np.sum(x.detach()), [1.0, 2.0]),
    Planted("no_grad", "exp", without_recording, [1.0, 2.0]),
    Planted("step function", "round", lambda x: np.sum(np.round(x) * other(2)), [1.0, 2.0]),
    Planted("step function", "greater", lambda x: np.sum(np.where(np.greater(x, 0), other(2), 0.0)), [1.0, -2.0]),
    Planted("step function", "sign", lambda x: np.sum(np.sign(x)), [1.0, -2.0]),
    Planted("unused", "", lambda x: np.sum(other(3)), [1.0, 2.0]),
    Planted("integer", "", np.sum, np.arange(3)),
    # Too small, too large
    Planted("vanishing", "power", lambda x: x**400, 0.01, 1, ()),
    Planted("saturation", "exp", lambda x: np.sum(np.exp(x)), [-1000.0, 1.0], 1, (0,)),
    Planted("vanishing", "multiply", vanishing, [0.3, 0.2], 2, (0,)),
    Planted("vanishing", "multiply", lambda x: x * 1e-200 * 1e-200, 1.0, 1, ()),
    Planted("exploding", "multiply", exploding, [0.3, 0.2], 2, (0,)),
    Planted("small factor", "multiply", lambda x: np.sum(x * 1e-9), [0.3, 0.2], 2, (0,)),
    Planted("steep slope", "log", lambda x: np.sum(np.log(x)), [1.0, 1e-9], 1, (1,)),
    Planted("overflow", "exp", lambda x: np.sum(np.exp(x)), [0.0, 1000.0], 1, (1,)),
    Planted("division by zero", "divide", lambda x: np.sum(1.0 / x), [1.0, 0.0], 1, (1,)),
    Planted("infinite slope", "sqrt", lambda x: np.sum(np.sqrt(x)), [1.0, 0.0], 1, (1,)),
    Planted("infinite slope", "arcsin", lambda x: np.sum(np.arcsin(x)), [[1.0, 0.5]], 1, (0, 0)),
    # No number
    Planted("nan forward", "sqrt", lambda x: np.sum(np.sqrt(x) * 3.0), [1.0, -1.0], 1, (1,)),
    Planted("nan forward", "log", lambda x: np.sum(np.exp(np.log(x))), [1.0, -1.0], 1, (1,)),
    Planted("nan forward", "divide", lambda x: (x - x) / (x - x), 1.0, 1, ()),
    Planted("nan backward", "arctan2", lambda x: np.sum(np.arctan2(x, x)), [1.0, 0.0], 1, (1,)),
    Planted("nan backward", "sqrt", lambda x: np.sqrt(x) - np.sqrt(x * 1.0), 0.0),
    Planted("nan input", "multiply", lambda x: np.sum(x * np.array([np.nan, 1.0])), [1.0, 2.0], 1, (0,)),
]


@pytest.mark.parametrize("planted", PLANTED, ids=[f"{p.kind} {p.operation} {i}" for i, p in enumerate(PLANTED)])
def test_a_planted_cause_is_named(planted: Planted) -> None:
    finding = explain.why(planted.function, planted.point)
    cause = finding.causes[0]
    assert (cause.kind, cause.operation) == (planted.kind, planted.operation), finding
    assert not planted.operation or f"{__file__}:" in cause.line, finding
    if planted.elements is not None:
        assert (cause.elements, cause.first) == (planted.elements, planted.first), finding
    assert cause.kind in finding.text
    assert set(finding.kinds) <= set(explain.finding.KINDS)


def test_the_line_is_the_one() -> None:
    def model(x: Any) -> Any:
        hidden = x * 3.0
        gated = np.tanh(hidden)  # saturated
        return np.sum(gated)

    finding = explain.why(model, np.array([50.0]))
    number = inspect.getsourcelines(model)[1] + 2
    assert finding.causes[0].line == f"{__file__}:{number}, in model: gated = np.tanh(hidden)  # saturated"
    assert "at " + finding.causes[0].line in str(finding)


def by_data(x: Any) -> Any:
    values = np.asarray([[1.0, 2.0]]) @ x.data  # here
    return np.sum(values * other(1))


def by_data_midway(x: Any) -> Any:
    def level(t: Any) -> Any:
        return t.data.mean()  # here

    return level(np.tanh(x)) * other()


def by_data_and_chance(x: Any) -> Any:
    noise = np.random.default_rng().normal()
    return (x.data * 2.0).sum() * other() + noise  # here


def by_item(x: Any) -> Any:
    norm = np.sum(x**2).item()  # here
    return norm * other()


def by_float(x: Any) -> Any:
    norm = float(np.sum(x**2))  # here
    return norm * other()


def by_list(x: Any) -> Any:
    values = x.tolist()  # here
    return np.sum(np.array(values) * other(2))


def by_stop_gradient(x: Any) -> Any:
    target = ag.stop_gradient(np.sin(x))  # here
    difference = target - other(2)
    return np.sum(difference)


def by_int(x: Any) -> Any:
    count = int(x[0])  # here
    return count * other()


def by_whole_numbers(x: Any) -> Any:
    counts = np.asarray(x, dtype=int)  # here
    return np.sum(counts * other(2))


LEAVING = [by_data, by_data_midway, by_data_and_chance, by_item, by_float, by_list, by_stop_gradient]
STEPPING = [by_int, by_whole_numbers]


def marked_line(function: Callable[[Any], Any]) -> str:
    lines, start = inspect.getsourcelines(function)
    return f"{__file__}:{start + next(i for i, line in enumerate(lines) if line.rstrip().endswith('# here'))}"


@pytest.mark.parametrize("function", LEAVING + STEPPING)
def test_the_line_where_values_leave_their_history(function: Callable[[Any], Any]) -> None:
    finding = explain.why(function, np.array([1.2, 2.3]))
    assert finding.kinds[0] == ("step function" if function in STEPPING else "detached"), finding
    assert marked_line(function) in finding.causes[0].line, finding
    assert "data" not in vars(Tensor)


@pytest.mark.parametrize("function", [by_item, by_float, by_list, by_stop_gradient, *STEPPING])
def test_the_same_line_from_a_run_under_debug(function: Callable[[Any], Any]) -> None:
    x = leaf([1.2, 2.3])
    with ag.debug():
        output = function(x)
    assert marked_line(function) in explain.why(x, output).causes[0].line


def test_a_value_that_is_only_logged_cuts_nothing() -> None:
    def f(x: Any) -> Any:
        str(np.sum(x).item())
        return np.sum(other(2))

    assert explain.why(f, np.ones(2)).kinds == ["unused"]


def test_several_causes_are_ranked_each_with_its_elements() -> None:
    def model(x: Any) -> Any:
        return np.sum(np.maximum(x[:4], 0)) + np.sum(np.clip(x[4:6], -1, 1)) + np.sum(x[6:7] * 0.0)

    finding = explain.why(model, np.array([-1.0, -2.0, -3.0, 1.0, 5.0, 0.0, 1.0, 2.0]))
    found = {cause.kind: (cause.elements, cause.first) for cause in finding.causes}
    assert found == {
        "dead relu": (3, (0,)),
        "clipped": (1, (4,)),
        "multiplied by zero": (1, (6,)),
        "not selected": (1, (7,)),
    }
    assert finding.kinds[0] == "dead relu"
    assert "zero in 6 of 8" in finding.state


def test_states_that_differ_by_element_are_told_apart() -> None:
    finding = explain.why(
        lambda x: np.sum(np.sqrt(x) * np.array([1.0, 1.0, 0.0, 1e-12])), np.array([-1.0, 0.0, 4.0, 4.0])
    )
    kinds = {cause.kind: cause.first for cause in finding.causes}
    assert kinds["nan forward"] == (0,)
    assert kinds["infinite slope"] == (1,)
    assert kinds["multiplied by zero"] == (2,)
    assert kinds["small factor"] == (3,)


def test_a_masked_infinity_is_masked_first() -> None:
    finding = explain.why(lambda x: np.sum(np.where(x.data > 0, np.sqrt(x), 0.0)), np.array([0.0, 1.0]))
    assert finding.kinds == ["masked", "zero times infinity"]


def test_repeated_operations_are_one_cause() -> None:
    def model(x: Any) -> Any:
        total = x[0] * 0.0
        for row in range(3):
            total = total + np.sum(np.maximum(x[row], 0))
        return total

    finding = explain.why(model, -np.ones((3, 2)))
    relus = [cause for cause in finding.causes if cause.kind == "dead relu"]
    assert [(cause.count, cause.elements) for cause in relus] == [(3, 6)]


def test_the_layers_of_a_vanishing_product_are_named() -> None:
    finding = explain.why(vanishing, np.array([0.3]))
    assert "product of" in finding.text
    assert "multiply x60" in finding.text
    assert "sin x" in finding.text


def test_other_arguments_and_cotangents() -> None:
    finding = explain.why(lambda a, b: a * b, np.ones(3), np.array([1.0, 2.0, 3.0]), argnum=1)
    assert finding.causes == []
    assert "nothing unusual" in str(finding)
    np.testing.assert_array_equal(finding.gradient, np.ones(3))
    finding = explain.why(lambda x: x * 2.0, np.ones(3), cotangent=np.array([0.0, 1.0, 0.0]))
    assert (finding.kinds, finding.causes[0].elements) == (["zero cotangent"], 2)
    finding = explain.why(lambda x: x * 2.0, np.ones(3), tiny=3.0)
    assert "tiny" in finding.state


# A tensor and its output


def test_a_tensor_without_lines() -> None:
    x = leaf([-1.0, 2.0])
    loss = np.sum(np.maximum(x, 0) * 3.0)
    finding = explain.why(x, loss)
    assert finding.kinds == ["dead relu", "no backward"]
    assert "ag.debug()" in str(finding)
    assert explain.why(x, output=loss).kinds == finding.kinds


def test_under_debug_lines_are_known_and_a_released_graph_is_no_hindrance() -> None:
    with ag.debug():
        x = leaf([-1.0, 2.0])
        loss = np.sum(np.maximum(x, 0) * 3.0)
        loss.backward()
    finding = explain.why(x, loss)
    assert finding.kinds == ["dead relu"]
    assert __file__ in finding.causes[0].line
    assert loss.node.saved is None


def test_what_happened_to_the_graph_and_the_gradient() -> None:
    x = leaf([1.0, 2.0])
    y = x * 2.0
    loss = np.sum(y * y)
    assert explain.why(x, loss).kinds == ["no backward"]
    assert explain.why(y, loss).kinds[0] == "retain_grad"
    loss.backward()
    assert explain.why(y, loss).kinds == ["retain_grad"]
    x.zero_grad()
    assert explain.why(x, loss).kinds == ["zero_grad"]


def test_a_part_that_another_sweep_released() -> None:
    x = leaf([1.0, 2.0])
    y = x * x
    first, second = np.sum(y), np.sum(np.sin(y))
    first.backward()
    x.zero_grad()
    finding = explain.why(x, second)
    assert (finding.kinds, finding.causes[0].operation) == (["freed"], "multiply")


def test_an_update_in_place() -> None:
    x = leaf([1.0, 2.0])
    loss = np.sum(x * x)
    loss.backward(retain_graph=True)
    ag.optim.SGD([x], 0.1).step()
    assert explain.why(x, loss).kinds == ["superseded"]


def test_hooks() -> None:
    x = leaf([1.0, 2.0, 3.0])
    x.register_hook(lambda g: g * np.array([0.0, 0.5, 1.0]))
    causes = explain.why(x, np.sum(x * 3.0)).causes
    assert [(cause.kind, cause.first) for cause in causes[:2]] == [("hook", (0,)), ("hook", (1,))]


def test_hooks_on_the_way() -> None:
    x = leaf([1.0, 2.0])
    y = x * 2.0
    y.register_hook(lambda g: np.where(np.arange(2) == 1, 0.0, g))
    cause = explain.why(x, np.sum(y)).causes[0]
    assert (cause.kind, cause.operation, cause.elements, cause.first) == ("hook", "multiply", 1, (1,))


def test_what_is_stored_beside_what_is_swept() -> None:
    x = leaf([1.0, 2.0])
    loss = np.sum(x * x * 100.0)
    loss.backward(retain_graph=True)
    assert explain.why(x, loss).kinds == []
    loss.backward(retain_graph=True)
    assert explain.why(x, loss).kinds == ["accumulated"]
    ag.optim.clip_grad_norm_([x], 1.0)
    assert explain.why(x, loss).kinds == ["rescaled"]


def test_tensors_without_history() -> None:
    loss = np.sum(leaf([1.0]) * 2.0)
    assert explain.why(Tensor(np.ones(3)), loss).kinds == ["constant"]
    assert explain.why(Tensor(np.arange(3)), loss).kinds == ["integer"]
    with ag.no_grad():
        nothing = np.sum(leaf([1.0]) * 2.0)
    finding = explain.why(leaf([1.0]), nothing)
    assert finding.kinds == ["constant"]
    assert "no_grad" in finding.text
    assert explain.why(leaf([1.0])).kinds == ["no backward"]


def test_cuts_are_found_from_a_run_under_debug() -> None:
    with ag.debug():
        x = leaf([1.0, 2.0])
        y = np.sin(x) * 2.0
        z = y.detach()
        loss = np.sum(z * other(2))
        with ag.no_grad():
            w = np.exp(x)
        second = np.sum(w * other(2))
    assert explain.why(x, loss).kinds == ["detached"]
    assert explain.why(x, second).kinds == ["no_grad"]
    assert explain.why(w, second).kinds == ["no_grad"]
    assert explain.why(z, loss).kinds == ["detached"]
    assert __file__ in explain.why(x, second).causes[0].line


def test_an_output_that_lost_its_history_is_followed_from_a_run_under_debug() -> None:
    with ag.debug():
        x = leaf([1.0, 2.0])
        cut = np.sum(np.sin(x).detach() * 2.0)  # the arrays between are gone when the question is asked
        with ag.no_grad():
            silent = np.sum(np.exp(x) * 3.0)
        stepped = np.sum(np.heaviside(x, 0.5) * 3.0)
    found = [explain.why(x, output).causes[0] for output in (cut, silent, stepped)]
    assert [(cause.kind, cause.operation) for cause in found] == [
        ("detached", "multiply"), ("no_grad", "exp"), ("step function", "heaviside"),
    ]  # fmt: skip
    assert all(__file__ in cause.line for cause in found)


def test_an_output_that_is_a_plain_number_has_its_cause_too() -> None:
    x = leaf([[1.0, 2.0], [0.0, 1.0]])
    with ag.debug():
        accuracy = np.mean(np.argmax(x, axis=1) == np.array([0, 1]))
    cause = explain.why(x, accuracy).causes[0]
    assert (cause.kind, cause.operation) == ("step function", "argmax")
    assert explain.why(leaf([1.0]), 3.0).kinds == ["constant"]


def test_a_detached_leaf_is_seen_without_debug() -> None:
    x = leaf([1.0, 2.0])
    assert explain.why(x, np.sum(x.detach() * other(2))).kinds == ["detached"]
    assert explain.why(x, np.sum(other(2))).kinds == ["unused"]


def test_parameters_of_a_network() -> None:
    model = ag.nn.Sequential(ag.nn.Linear(4, 8), ag.nn.ReLU(), ag.nn.Linear(8, 1))
    model[0].bias.data[...] = -100.0
    with ag.debug():
        loss = np.mean(model(RNG.normal(size=(5, 4))) ** 2)
    finding = explain.why(model[0].weight, loss)
    assert (finding.kinds[0], finding.causes[0].elements) == ("dead relu", 32)
    finding = explain.why(model[2].weight, loss)
    assert (finding.kinds[0], finding.causes[0].operation) == ("multiplied by zero", "affine")


@pytest.mark.parametrize("kind", [ag.nn.RNN, ag.nn.LSTM, ag.nn.GRU])
def test_saturated_recurrent_layers(kind: Any) -> None:
    rng = np.random.default_rng(0)
    layer = kind(3, 4, generator=rng)
    for parameter in layer.parameters():
        parameter.data[...] *= 200
    output, _ = layer(5 * rng.normal(size=(6, 2, 3)))
    finding = explain.why(layer.weight_ih_l0, np.sum(output[-1]))
    assert finding.kinds[0] == "saturation"
    assert "not selected" not in finding.kinds


def test_a_deep_graph() -> None:
    def chain(x: Any) -> Any:
        for _ in range(10_000):
            x = np.tanh(x) * 0.99
        return x

    finding = explain.why(chain, 0.5)
    assert finding.kinds[0] == "vanishing"


def test_the_graph_and_its_gradients_are_left_alone() -> None:
    x = leaf([-1.0, 2.0])
    loss = np.sum(np.maximum(x, 0) * 3.0)
    explain.why(x, loss)
    assert x.grad is None
    loss.backward()
    np.testing.assert_array_equal(x.grad, [0.0, 3.0])


def test_bad_arguments_are_refused_in_words() -> None:
    with pytest.raises(ag.StructureError, match="takes a Tensor or a function, and got ndarray"):
        explain.why(np.ones(3))
    with pytest.raises(ag.StructureError, match="there is no argument 2"):
        explain.why(np.sin, 1.0, argnum=2)
    with pytest.raises(ag.StructureError, match="the function returned NoneType"):
        explain.why(lambda x: None, 1.0)
    with pytest.raises(ag.ShapeError, match=r"cotangent of shape \(3,\) for an output of shape \(2,\)"):
        explain.why(np.sin, np.ones(2), cotangent=np.ones(3))
    with pytest.raises(ag.StructureError, match="the output is str"):
        explain.why(leaf(1.0), "3.0")
    with pytest.raises(ag.StructureError, match="must be a number"):
        explain.why(np.sin, "x")
