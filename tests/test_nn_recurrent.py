"""Recurrent layers and cells: how they fit together, dropout, dtypes, errors; their values are golden ones."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from golden.case import flat_outputs

import autograd_lite as ag
from autograd_lite import ShapeError, Tensor, nn
from autograd_lite.core.graph import collect
from autograd_lite.nn.recurrent_primitives import KINDS, sequence

LAYERS = [nn.RNN, nn.LSTM, nn.GRU]
CELLS = [nn.RNNCell, nn.LSTMCell, nn.GRUCell]
RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 2, 3))


def states_of(value: Any) -> list[np.ndarray]:
    return [np.asarray(state.data) for state in flat_outputs(value)]


def gradients(layer: Any, out: Any) -> list[np.ndarray]:
    layer.zero_grad()
    np.sum(out * np.cos(np.arange(out.size)).reshape(out.shape)).backward()
    return [parameter.grad for parameter in layer.parameters()]


# How they fit together


@pytest.mark.parametrize("kind", LAYERS)
def test_names_of_parameters_are_pytorchs(kind: Any) -> None:
    layer = kind(3, 4, num_layers=2, bidirectional=True)
    rows = layer.kind.gates * 4
    assert {name: value.shape for name, value in layer.state_dict().items()} == {
        f"{part}_l{k}{way}": shape
        for k, width in enumerate((3, 8))
        for way in ("", "_reverse")
        for part, shape in {
            "weight_ih": (rows, width), "weight_hh": (rows, 4), "bias_ih": (rows,), "bias_hh": (rows,)
        }.items()
    }  # fmt: skip


@pytest.mark.parametrize("kind", LAYERS)
def test_a_sequence_in_pieces_gives_what_it_gives_at_once(kind: Any) -> None:
    layer = kind(3, 4, num_layers=2)
    whole, last = layer(X)
    first, between = layer(X[:2])
    second, end = layer(X[2:], between)
    np.testing.assert_allclose(np.concatenate([first, second]).data, whole.data, rtol=1e-13)
    for got, wanted in zip(states_of(end), states_of(last), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-13)


@pytest.mark.parametrize(("kind", "cell"), list(zip(LAYERS, CELLS, strict=True)))
def test_a_layer_is_a_loop_over_its_cell(kind: Any, cell: Any) -> None:
    layer, step = kind(3, 4), cell(3, 4)
    step.load_state_dict({name.removesuffix("_l0"): value for name, value in layer.state_dict().items()})
    states: Any = None
    hidden = []
    for x in X:
        states = step(x, states)
        hidden.append(states[0] if isinstance(states, tuple) else states)
    looped, (out, _) = np.stack(hidden), layer(X)
    np.testing.assert_allclose(looped.data, out.data, rtol=1e-13)
    for got, wanted in zip(gradients(step, looped), gradients(layer, out), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("kind", LAYERS)
def test_the_way_back_runs_over_the_reversed_sequence(kind: Any) -> None:
    both, forward = kind(3, 4, bidirectional=True), kind(3, 4)
    forward.load_state_dict(
        {name.removesuffix("_reverse"): value for name, value in both.state_dict().items() if "reverse" in name}
    )
    np.testing.assert_allclose(both(X)[0].data[..., 4:], forward(X[::-1])[0].data[::-1], rtol=1e-13)


@pytest.mark.parametrize("kind", LAYERS)
def test_a_layer_is_one_node_however_long_the_sequence(kind: Any) -> None:
    out, _ = kind(3, 4)(RNG.normal(size=(100, 2, 3)))
    assert len(collect([out.node]).order) <= 2


@pytest.mark.parametrize("kind", LAYERS)
def test_a_second_backward_gives_the_same(kind: Any) -> None:
    layer = kind(3, 4)
    out = layer(X)[0].sum()
    out.backward(retain_graph=True)
    first = [parameter.grad for parameter in layer.parameters()]
    layer.zero_grad()
    out.backward()
    for once, again in zip(first, layer.parameters(), strict=True):
        np.testing.assert_array_equal(once, again.grad)


@pytest.mark.parametrize("kind", LAYERS + CELLS)
def test_copies_and_pickles_work(kind: Any) -> None:
    layer = kind(3, 4)
    x = X if kind in LAYERS else X[0]
    for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        for got, wanted in zip(states_of(twin(x)), states_of(layer(x)), strict=True):
            np.testing.assert_array_equal(got, wanted)


def test_only_what_is_tracked_is_swept_to() -> None:
    layer = nn.LSTM(3, 4)
    x = Tensor(X, requires_grad=True)
    out, (_, c) = layer(x)
    (out.sum() + c.sum()).backward()
    assert x.grad.shape == X.shape
    fixed = [np.asarray(p.data) for p in layer.parameters()]
    alone = Tensor(X, requires_grad=True)
    out, c = sequence(KINDS["lstm"], alone, [np.zeros((2, 4))] * 2, fixed)
    (out.sum() + c.sum()).backward()
    np.testing.assert_allclose(alone.grad, x.grad, rtol=1e-13)


def test_plain_arrays_give_plain_arrays() -> None:
    weights = [RNG.normal(size=(4, 3)), RNG.normal(size=(4, 4))]
    (out,) = sequence(KINDS["tanh"], X, [np.zeros((2, 4))], weights)
    assert type(out) is np.ndarray
    with ag.no_grad():
        (out,) = sequence(KINDS["tanh"], X, [np.zeros((2, 4))], [Tensor(w, requires_grad=True) for w in weights])
    assert out.node is None


# Derivatives through the module


@pytest.mark.parametrize("kind", LAYERS)
def test_transforms_see_through_a_layer(kind: Any) -> None:
    layer = kind(2, 2, num_layers=2, bidirectional=True)
    x = RNG.normal(size=(3, 2, 2))
    ag.check_grads(lambda x: layer(x)[0], (x,), order=2)


# Dropout, dtypes, initial values


def test_dropout_acts_between_layers_while_training() -> None:
    layer = nn.RNN(3, 50, num_layers=2, dropout=0.5, generator=np.random.default_rng(1))
    plain = nn.RNN(3, 50, num_layers=2)
    plain.load_state_dict(layer.state_dict())
    first, second = layer(X)[1].data, layer(X)[1].data
    np.testing.assert_array_equal(first[0], second[0])
    assert not np.array_equal(first[1], second[1])
    np.testing.assert_array_equal(layer.eval()(X)[0].data, plain(X)[0].data)


def test_dropout_of_a_single_layer_is_pointed_out() -> None:
    with pytest.warns(UserWarning, match=r"GRU\(dropout=0.5, num_layers=1\): dropout acts between layers"):
        nn.GRU(3, 4, dropout=0.5)


@pytest.mark.parametrize("kind", LAYERS + CELLS)
def test_the_same_seed_gives_the_same_weights(kind: Any) -> None:
    one, two = (kind(3, 4, generator=np.random.default_rng(5)) for _ in range(2))
    for a, b in zip(one.parameters(), two.parameters(), strict=True):
        np.testing.assert_array_equal(a.data, b.data)
        assert np.abs(a.data).max() <= 0.5


@pytest.mark.parametrize("kind", LAYERS)
def test_single_precision_stays_single(kind: Any) -> None:
    layer, double = kind(3, 4, dtype=np.float32), kind(3, 4)
    double.load_state_dict(layer.state_dict())
    out, wanted = layer(X.astype(np.float32))[0], double(X)[0]
    assert out.dtype == np.float32
    np.testing.assert_allclose(out.data, wanted.data, rtol=1e-4, atol=1e-6)
    for got, want in zip(gradients(layer, out.astype(np.float32)), gradients(double, wanted), strict=True):
        assert got.dtype == np.float32
        np.testing.assert_allclose(got, want, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("kind", LAYERS)
def test_mixed_precision_is_the_wider_one(kind: Any) -> None:
    layer, double = kind(3, 4, dtype=np.float32), kind(3, 4)
    double.load_state_dict(layer.state_dict())
    out, wanted = layer(X)[0], double(X)[0]
    assert out.dtype == np.float64
    np.testing.assert_allclose(out.data, wanted.data, rtol=1e-13)
    assert all(grad.dtype == np.float32 for grad in gradients(layer, out))


@pytest.mark.parametrize("kind", LAYERS)
def test_gates_do_not_overflow(kind: Any) -> None:
    layer = kind(3, 4)
    out, _ = layer(1e6 * X)
    assert np.isfinite(out.data).all()
    assert all(np.isfinite(grad).all() for grad in gradients(layer, out))


def test_integers_are_taken_as_numbers() -> None:
    layer = nn.GRU(3, 4)
    x = np.arange(6).reshape(2, 1, 3)
    np.testing.assert_array_equal(layer(x)[0].data, layer(x.astype(float))[0].data)


def test_sizes_are_shown() -> None:
    layer = nn.LSTM(3, 4, 2, bias=False, batch_first=True, dropout=0.25, bidirectional=True)
    assert repr(layer).startswith("LSTM(3 → 4, 2 layers, no bias, batch first, dropout=0.25, bidirectional)")
    assert repr(nn.GRUCell(3, 4, bias=False)).startswith("GRUCell(3 → 4, no bias)")


# Errors


@pytest.mark.parametrize(
    ("shape", "options", "words"),
    [
        ((5, 2, 4), {}, r"LSTM\(input_size=3\) expects .* \(steps, batch, 3\), .* got shape \(5, 2, 4\)"),
        ((5, 2, 4), {"batch_first": True}, r"\(batch, steps, 3\)"),
        ((3,), {}, r"got shape \(3,\)"),
        ((0, 2, 3), {}, "sequences of no steps"),
        ((2, 0, 3), {"batch_first": True}, "sequences of no steps: with batch_first=True"),
    ],
)
def test_inputs_of_wrong_shapes(shape: Any, options: Any, words: str) -> None:
    with pytest.raises(ShapeError, match=words):
        nn.LSTM(3, 4, **options)(np.zeros(shape))


def test_a_batch_of_none_has_outputs_of_none() -> None:
    out, h = nn.GRU(3, 4)(np.zeros((5, 0, 3)))
    assert (out.shape, h.shape) == ((5, 0, 4), (1, 0, 4))


@pytest.mark.parametrize(
    ("states", "words"),
    [
        (np.zeros((1, 2, 4)), r"a pair \(h_0, c_0\) of initial states of shape \(2, 2, 4\).* got shape \(1, 2, 4\)"),
        ((np.zeros((2, 2, 4)), np.zeros((2, 1, 4))), r"got shape \(2, 2, 4\), shape \(2, 1, 4\)"),
        ((), "got nothing"),
        ((None, None), "got a NoneType, which has no shape"),
    ],
)
def test_initial_states_of_wrong_shapes(states: Any, words: str) -> None:
    with pytest.raises(ShapeError, match=words):
        nn.LSTM(3, 4, bidirectional=True)(X, states)


def test_initial_state_without_the_batch_axis() -> None:
    with pytest.raises(ShapeError, match=r"no batch axis needs an initial state h_0 of shape \(1, 4\), .*\(1, 1, 4\)"):
        nn.RNN(3, 4)(X[:, 0], np.zeros((1, 1, 4)))


@pytest.mark.parametrize("cell", CELLS)
def test_cells_with_wrong_shapes(cell: Any) -> None:
    with pytest.raises(
        ShapeError, match=r"expects .* \(batch, 3\) or \(3,\), and got shape \(2, 4\). It takes one step"
    ):
        cell(3, 4)(np.zeros((2, 4)))
    with pytest.raises(ShapeError, match=r"of shape \(2, 4\) beside this input, and got shape \(4,\)"):
        cell(3, 4)(X[0], np.zeros(4))


def test_constructors_with_wrong_arguments() -> None:
    with pytest.raises(ShapeError, match=r"LSTM\(hidden_size=0\)"):
        nn.LSTM(3, 0)
    with pytest.raises(ShapeError, match=r"GRUCell\(input_size=2.5\)"):
        nn.GRUCell(2.5, 3)  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match=r"RNN\(nonlinearity='sin'\): 'tanh' and 'relu'"):
        nn.RNN(3, 4, nonlinearity="sin")
    with pytest.raises(ValueError, match=r"dropout=.*a number from 0 to 1"):
        nn.RNN(3, 4, num_layers=2, dropout=1.5)
    with pytest.raises(ag.DtypeError, match="floating"):
        nn.GRU(3, 4, dtype=int)
