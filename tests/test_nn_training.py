"""Data in batches, the trainer, callbacks, metrics and logs; what goes wrong is told in words."""

from __future__ import annotations

import copy
import csv
import itertools
import math
import pickle
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import Tensor, nn, optim
from autograd_lite.errors import DtypeError, GraphError, NaNError, ShapeError, StructureError
from autograd_lite.nn import training
from autograd_lite.nn.training import DataLoader, Trainer


def points(rows: int = 60) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(rows, 2))
    return x, (x[:, 0] > x[:, 1]).astype(int)


def classifier(dropout: float = 0.0) -> nn.Sequential:
    nn.seed(0)
    return nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Dropout(dropout), nn.Linear(8, 2))


def trainer(lr: float = 0.1, dropout: float = 0.0, **options: Any) -> Trainer:
    model = classifier(dropout)
    metrics = options.pop("metrics", training.accuracy)
    return Trainer(model, optim.SGD(model.parameters(), lr=lr), nn.cross_entropy, metrics, **options)


def fit(run: Trainer, epochs: int = 3, **options: Any) -> training.History:
    loader = options.pop("train", None) or DataLoader(*points(), batch_size=16, shuffle=True, seed=0)
    return run.fit(loader, epochs=epochs, **{"progress": False, **options})


# Data


@given(
    rows=st.integers(1, 40), size=st.integers(1, 50), shuffle=st.booleans(), drop=st.booleans(),
    seed=st.integers(0, 2**70), epoch=st.integers(0, 1000), data=st.data(),
)  # fmt: skip
def test_batches_are_the_rows_of_an_order_that_seed_and_epoch_tell(
    rows: int, size: int, shuffle: bool, drop: bool, seed: int, epoch: int, data: st.DataObject
) -> None:
    if drop and size > rows:
        return
    x, y = np.arange(rows), np.arange(rows * 2).reshape(rows, 2)
    loader, again = (DataLoader(x, y, batch_size=size, shuffle=shuffle, drop_last=drop, seed=seed) for _ in range(2))
    list(again.batches(epoch + 1))
    batches = list(loader.batches(epoch))
    assert len(batches) == len(loader)
    assert all(len(a) == size for a, _ in (batches if drop else batches[:-1]))
    order = np.concatenate([a for a, _ in batches])
    assert np.array_equal(order, again.order(epoch)[: len(order)])
    assert np.array_equal(np.sort(again.order(epoch)), x)
    assert len(order) == (rows - rows % size if drop else rows)
    assert all(np.array_equal(b, y[a]) for a, b in batches)
    start = data.draw(st.integers(0, len(batches)))
    for (a, b), (c, d) in itertools.zip_longest(again.batches(epoch, start), batches[start:], fillvalue=(None, None)):
        assert np.array_equal(a, c)
        assert np.array_equal(b, d)
    index = data.draw(st.integers(-len(batches), len(batches) - 1))
    assert np.array_equal(again.batch(epoch, index)[1], batches[index][1])
    assert np.array_equal(again.indices(epoch, index), batches[index][0])


def test_epochs_have_different_orders_and_loops_go_through_them() -> None:
    loader = DataLoader(np.arange(100), batch_size=100, shuffle=True, seed=0)
    loops = [next(iter(loader)) for _ in range(3)]
    assert all(np.array_equal(batch, loader.order(epoch)) for epoch, batch in enumerate(loops))
    assert len({tuple(batch) for batch in loops}) == 3
    assert loader.epoch == 3
    other = DataLoader(np.arange(100), batch_size=100, shuffle=True, seed=1)
    assert not np.array_equal(other.order(0), loader.order(0))


def test_seeds_come_from_the_generator_that_nn_seed_starts() -> None:
    def order() -> list[int]:
        return DataLoader(np.arange(50), shuffle=True).order(0).tolist()

    nn.seed(3)
    first = order()
    assert order() != first
    nn.seed(3)
    assert order() == first
    nn.seed(3)
    DataLoader(np.arange(50))  # draws nothing, since it shuffles nothing
    assert order() == first
    generators = [np.random.default_rng(5) for _ in range(2)]
    loaders = [DataLoader(np.arange(50), shuffle=True, generator=generator) for generator in generators]
    assert loaders[0].seed == loaders[1].seed


def test_batches_have_the_form_of_the_data() -> None:
    x, y = np.arange(6.0), np.arange(6)
    assert isinstance(next(iter(DataLoader(x))), np.ndarray)
    assert [type(part) for part in next(iter(DataLoader([1, 2, 3], y[:3])))] == [np.ndarray] * 2
    assert isinstance(next(iter(DataLoader((x,)))), tuple)
    batch = next(iter(DataLoader({"image": x, "label": y}, batch_size=4, shuffle=True, seed=0)))
    assert list(batch) == ["image", "label"]
    assert np.array_equal(batch["image"], batch["label"])
    assert len(batch["label"]) == 4
    assert next(iter(DataLoader(Tensor(x)))) is not None
    assert DataLoader(x, y).batch(0, 0)[0].base is x
    assert "array 0: (6,)" in repr(DataLoader(x, y, drop_last=True, batch_size=3))


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: DataLoader(), StructureError, "no arrays"),
        (lambda: DataLoader({}), StructureError, "no arrays"),
        (lambda: DataLoader(()), StructureError, "no arrays"),
        (lambda: DataLoader(np.zeros((0, 3)), np.zeros(0)), ShapeError, r"are empty \(shapes \(0, 3\), \(0,\)\)"),
        (lambda: DataLoader(np.zeros(3), np.zeros(4)), ShapeError, "array 0 has 3, array 1 has 4"),
        (lambda: DataLoader({"x": np.zeros(3), "y": np.zeros(2)}), ShapeError, "x has 3, y has 2"),
        (lambda: DataLoader(3.0), ShapeError, "single number 3.0"),
        (lambda: DataLoader([[1], [1, 2]]), ShapeError, "DataLoader: the rows of array 0 are not of one shape"),
        (lambda: DataLoader(np.zeros(3), (np.zeros(3),)), StructureError, "one tuple or dict of arrays is allowed"),
        (lambda: DataLoader(np.array([None, 1])), DtypeError, "dtype object"),
        (lambda: DataLoader(Tensor([1.0], requires_grad=True)), StructureError, "tracked Tensor"),
        (lambda: DataLoader(np.zeros(3), batch_size=4, drop_last=True), ShapeError, "of 3 rows has no batches"),
        (lambda: DataLoader(np.zeros(3), batch_size=0), ShapeError, "batch_size must be a positive integer"),
        (lambda: DataLoader(np.zeros(3), seed=-1), ShapeError, "seed must be an integer of at least 0"),
        (lambda: DataLoader(np.zeros(3), shuffle=True, generator=1), TypeError, "no numpy.random.Generator"),
        (lambda: DataLoader(np.zeros(3)).batch(0, 1), IndexError, "has 1 batches, and there is no number 1"),
    ],
)
def test_data_that_cannot_be_cut_are_told_in_words(make: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make()


def test_the_state_of_a_loader_moves_to_another() -> None:
    loader = DataLoader(np.arange(9), shuffle=True)
    list(loader)
    other = DataLoader(np.arange(9), shuffle=True)
    other.load_state_dict(loader.state_dict())
    assert np.array_equal(next(iter(loader)), next(iter(other)))
    with pytest.raises(StructureError, match="rows=9 there and 8 here"):
        DataLoader(np.arange(8), shuffle=True).load_state_dict(loader.state_dict())


# Training


def test_a_fit_is_the_loop_by_hand() -> None:
    run, model = trainer(), classifier()
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    loader = DataLoader(*points(), batch_size=16, shuffle=True, seed=0)
    history = fit(run, validation=points())
    for epoch in range(3):
        total, right = 0.0, 0.0
        for x, y in loader:
            optimizer.zero_grad()
            logits = model(x)
            loss = nn.cross_entropy(logits, y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            right += float(np.mean(logits.data.argmax(1) == y)) * len(x)
        assert history["loss"][epoch] == total / 60
        assert history["accuracy"][epoch] == right / 60
        with ag.no_grad():
            x, y = points()
            assert history["val_loss"][epoch] == nn.cross_entropy(model(x), y).item()
    for name, value in model.state_dict().items():
        assert np.array_equal(run.model.state_dict()[name], value)
    assert (run.epoch, run.batch, run.step) == (3, 0, 12)
    assert list(history) == ["loss", "accuracy", "val_loss", "val_accuracy", "lr"]
    assert history["lr"] == [0.1] * 3


def test_a_second_fit_goes_on_where_the_first_ended() -> None:
    once, twice = trainer(), trainer()
    fit(once, 5)
    loader = DataLoader(*points(), batch_size=16, shuffle=True, seed=0)
    fit(twice, 2, train=loader)
    history = fit(twice, 3, train=loader)
    assert history == once.history
    assert history is twice.history


def test_accumulated_gradients_are_those_of_one_large_batch() -> None:
    large, small = trainer(), trainer(accumulate=3)
    data = points(40)  # the groups have 24 and 16 rows, and the last batch is shorter than the others
    fit(large, train=[tuple(a[:24] for a in data), tuple(a[24:] for a in data)])
    small_batches = [tuple(a[low : min(low + 8, high)] for a in data) for low, high in
                     [(0, 24), (8, 24), (16, 24), (24, 40), (32, 37), (37, 40)]]  # fmt: skip
    fit(small, train=small_batches)
    assert small.step == large.step == 6
    for name, value in large.model.state_dict().items():
        assert small.model.state_dict()[name] == pytest.approx(value, rel=1e-12, abs=1e-14)
    assert small.history["loss"] == pytest.approx(large.history["loss"], rel=1e-12)


def test_gradients_are_clipped() -> None:
    class Norm(training.Callback):
        def on_step_end(self, trainer: Trainer) -> None:
            norms.append(math.sqrt(sum(float(np.sum(p.grad**2)) for p in trainer.model.parameters())))
            largest.append(max(float(np.max(np.abs(p.grad))) for p in trainer.model.parameters()))

    norms: list[float] = []
    largest: list[float] = []
    fit(trainer(clip_norm=0.05), callbacks=Norm())
    assert max(norms) == pytest.approx(0.05, rel=1e-4)
    norms, largest = [], []
    fit(trainer(clip_value=0.01), callbacks=Norm())
    assert max(largest) == 0.01


def test_lbfgs_trains_too() -> None:
    model = classifier()
    optimizer = optim.LBFGS(model.parameters(), max_iter=30, line_search_fn="strong_wolfe")
    run = Trainer(model, optimizer, nn.cross_entropy, training.accuracy)
    history = fit(run, train=[points()])
    assert history["loss"][-1] < 0.05
    x, y = points()
    assert history["loss"][0] == pytest.approx(nn.cross_entropy(classifier()(x), y).item())


def test_batches_of_other_forms() -> None:
    class Sum(nn.Module):
        def __init__(self) -> None:
            self.scale = Tensor(0.5, requires_grad=True)

        def forward(self, left: Any, right: Any) -> Any:
            return self.scale * left + right

    x = np.ones((6, 1))
    for data in (DataLoader(x, x, 3 * x), DataLoader({"left": x, "right": x, "target": 3 * x})):
        model = Sum()
        run = Trainer(model, optim.SGD(model.parameters(), lr=0.5), nn.mse_loss)
        fit(run, 20, train=data)
        assert model.scale.item() == pytest.approx(2)
    encoder = nn.Linear(3, 3)
    run = Trainer(encoder, optim.Adam(encoder.parameters(), lr=0.1), nn.mse_loss)
    history = fit(run, 100, train=DataLoader(np.random.default_rng(0).normal(size=(20, 3))))
    assert history["loss"][-1] < 0.01


def test_a_dict_of_one_array_is_input_and_target() -> None:
    class Encoder(nn.Module):
        def __init__(self) -> None:
            self.layer = nn.Linear(3, 3)

        def forward(self, x: Any) -> Any:
            return self.layer(x)

    model, data = Encoder(), DataLoader({"x": np.random.default_rng(0).normal(size=(20, 3))})
    run = Trainer(model, optim.Adam(model.parameters(), lr=0.1), nn.mse_loss)
    assert fit(run, 100, train=data)["loss"][-1] < 0.01
    assert run.predict(data).shape == (20, 3)


def test_another_objective_is_a_subclass() -> None:
    class Decay(Trainer):
        """Fits u' = -u with u(0) = 1 at points; a batch is the times alone."""

        def objective(self, batch: Any) -> tuple[Any, Any, Any]:
            u = self.model(batch)
            slope = ag.jvp(self.model, (batch,), (np.ones_like(batch),))[1]
            start = self.model(np.zeros((1, 1))) - 1.0
            return np.mean((slope + u) ** 2) + np.mean(start**2), u, np.exp(-batch)

    nn.seed(0)
    model = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1))
    t = np.linspace(0, 1, 20)[:, None]
    run = Decay(model, optim.LBFGS(model.parameters(), line_search_fn="strong_wolfe"), nn.mse_loss,
                training.RootMeanSquaredError())  # fmt: skip
    history = fit(run, 10, train=DataLoader(t, batch_size=20))
    assert history["root_mean_squared_error"][-1] < 1e-3


def test_fit_sets_training_mode_but_leaves_frozen_parts_alone() -> None:
    run = trainer(dropout=0.5)
    run.model[2].eval()
    fit(run, 1)
    assert not run.model[2].training
    run.model.eval()
    fit(run, 1)
    assert run.model[2].training


def test_evaluation_and_prediction_use_the_evaluation_mode_and_put_modes_back() -> None:
    run = trainer(dropout=0.5)
    x, y = points()
    run.model[0].eval()
    values = run.evaluate((x, y))
    with ag.no_grad():
        logits = run.model.eval()(x).data
    run.model.train()
    run.model[0].eval()
    assert values == {"loss": nn.cross_entropy(logits, y).item(), "accuracy": training.accuracy(logits, y)}
    assert run.evaluate(DataLoader(x, y, batch_size=7)) == pytest.approx(values, rel=1e-12)
    assert np.allclose(run.predict(x), logits, rtol=1e-13)
    assert np.allclose(run.predict(x, batch_size=7), logits, rtol=1e-13)
    assert np.allclose(run.predict(DataLoader(x, y)), logits, rtol=1e-13)
    assert type(run.predict(x)) is np.ndarray
    assert [module.training for module in run.model.layers] == [False, True, True, True]


def test_predictions_by_name() -> None:
    class Named(nn.Module):
        def __init__(self) -> None:
            self.layer = nn.Linear(2, 1)

        def forward(self, x: Any) -> Any:
            return {"twice": self.layer(x) * 2, "once": self.layer(x)}

    model, (x, _) = Named(), points()
    found = Trainer(model, optim.SGD(model.parameters(), lr=0.1), nn.mse_loss).predict(x, batch_size=7)
    np.testing.assert_allclose(found["once"], model.layer(x).data, rtol=1e-13)
    np.testing.assert_allclose(found["twice"], 2 * found["once"], rtol=1e-13)


def test_predictions_of_several_arrays() -> None:
    class Pair(nn.Module):
        def __init__(self) -> None:
            self.layer = nn.Linear(2, 1)

        def forward(self, x: Any) -> Any:
            return self.layer(x), x

    model = Pair()
    run = Trainer(model, optim.SGD(model.parameters(), lr=0.1), lambda p, t: nn.mse_loss(p[0], t))
    first, second = run.predict(points()[0], batch_size=7)
    assert first.shape == (60, 1)
    assert np.array_equal(second, points()[0])


def test_parameters_that_are_not_optimised_stay_and_gather_no_gradients() -> None:
    model = classifier()
    before = model.state_dict()
    run = Trainer(model, optim.SGD(model[3].parameters(), lr=0.1), nn.cross_entropy)
    fit(run, 1)
    after = model.state_dict()
    assert [np.array_equal(before[name], after[name]) for name in before] == [True, True, False, False]
    other = classifier()
    single = Trainer(other, optim.SGD(other[3].parameters(), lr=0.1), nn.cross_entropy)
    for start in range(4):  # the gradient is that of the last step alone
        fit(single, 1, train=[DataLoader(*points(), batch_size=16, shuffle=True, seed=0).batch(0, start)])
    assert np.array_equal(model[0].weight.grad, other[0].weight.grad)
    other.zero_grad()
    x, y = DataLoader(*points(), batch_size=16, shuffle=True, seed=0).batch(0, 3)
    nn.cross_entropy(other(x), y).backward()
    assert np.abs(other[0].weight.grad - model[0].weight.grad).max() < 0.05


def test_frozen_layers_train_when_the_optimizer_does_not_hold_them() -> None:
    model = classifier()
    model[0].requires_grad_(False)
    run = Trainer(model, optim.SGD(model.parameters(), lr=0.1), nn.cross_entropy)
    assert fit(run, 1).epochs == 1


def test_trainers_pickle_and_copy() -> None:
    run = trainer()
    fit(run, 1)
    for other in (copy.deepcopy(run), pickle.loads(pickle.dumps(run))):
        fit(other, 1)
        assert other.history.epochs == 2
    assert run.history.epochs == 1


def test_data_that_keep_their_batches_in_an_attribute_are_read_by_iteration() -> None:
    class Kept:
        def __init__(self) -> None:
            self.batches = [points()]

        def __iter__(self) -> Any:
            return iter(self.batches)

    assert fit(trainer(), 2, train=Kept()).epochs == 2


def test_a_fit_leaves_the_count_of_a_loader_alone() -> None:
    loader = DataLoader(*points(), shuffle=True)
    fit(trainer(), 2, train=loader)
    assert loader.epoch == 0


# Bad input


def test_a_nan_loss_stops_and_names_step_and_batch(tmp_path: Path) -> None:
    x, y = points()
    x[37, 1] = np.nan
    loader = DataLoader(x, y, batch_size=10)
    path = tmp_path / "run.npz"
    run = trainer()
    with pytest.raises(NaNError, match=r"nan at step 4 \(epoch 1, batch 4, rows 30, 31, .*\)") as caught:
        run.fit(loader, epochs=2, checkpoint=training.Checkpoint(path, steps=1), progress=False)
    assert "input 0 of this batch holds 1 values that are not finite" in str(caught.value)
    assert f"{path} keeps an earlier state" in str(caught.value)
    assert training.load_state(path)["step"] == 3
    assert all(np.isfinite(value).all() for value in run.model.state_dict().values())


def test_a_loss_that_overflows_names_the_learning_rate_and_the_parameters() -> None:
    model = nn.Linear(2, 1)
    run = Trainer(model, optim.SGD(model.parameters(), lr=1e150), nn.mse_loss)
    with np.errstate(all="ignore"), pytest.raises(NaNError, match=r"became (inf|nan) at step \d") as caught:
        fit(run, 9, train=DataLoader(np.ones((4, 2)), np.ones((4, 1))))
    assert "it is 1e+150" in str(caught.value)


@pytest.mark.parametrize(
    "loss",
    [
        lambda z, target: nn.binary_cross_entropy(nn.sigmoid(z), target),
        lambda z, target: nn.gaussian_nll_loss(z, target, np.exp(z)),
    ],
)
def test_a_nan_prediction_is_a_nan_loss_though_no_probability_or_variance(loss: Any) -> None:
    x = np.ones((8, 2))
    x[5] = np.nan
    model = nn.Linear(2, 1)
    trainer = Trainer(model, optim.SGD(model.parameters(), lr=0.1), loss)
    with pytest.raises(NaNError, match=r"nan at step 2 \(epoch 1, batch 2, rows 4, 5, 6, 7\)"):
        trainer.fit(nn.DataLoader(x, np.ones((8, 1)), batch_size=4), progress=False)


def test_a_nan_that_an_operation_makes_names_the_operation() -> None:
    class Log(nn.Module):
        def __init__(self) -> None:
            self.layer = nn.Linear(2, 1)

        def forward(self, x: Any) -> Any:
            return np.log(self.layer(x) - 100.0)

    model = Log()
    run = Trainer(model, optim.SGD(model.parameters(), lr=0.1), lambda p, t: np.mean(p - t))
    with np.errstate(all="ignore"), pytest.raises(NaNError, match="Parameters and data are finite") as caught:
        fit(run, 1, train=DataLoader(np.ones((4, 2)), np.ones((4, 1))))
    assert "invalid value encountered in log, in test_nn_training.py, line" in str(caught.value)
    assert "return np.log(self.layer(x) - 100.0)" in str(caught.value)


def test_clipping_finds_gradients_that_are_not_finite() -> None:
    class Root(nn.Module):
        def __init__(self) -> None:
            self.scale = Tensor(0.0, requires_grad=True)

        def forward(self, x: Any) -> Any:
            return np.sqrt(np.abs(x) * self.scale)

    model = Root()
    run = Trainer(model, optim.SGD(model.parameters(), lr=0.1), nn.mse_loss, clip_norm=1.0)
    with np.errstate(all="ignore"), pytest.raises(NaNError, match="scale"):
        fit(run, 1, train=DataLoader(np.ones((4, 1)), np.ones((4, 1))))


class Faulty(nn.Module):
    def __init__(self) -> None:
        self.used = nn.Linear(2, 2)
        self.unused = nn.Linear(2, 2, bias=False)
        self.detached = Tensor(1.5, requires_grad=True)
        self.cut = nn.Linear(2, 2, bias=False)
        self.norm = nn.BatchNorm1d(2)
        self.dropout = nn.Dropout(0.5)

    def forward(self, x: Any) -> Any:
        x = x * self.detached.item() + self.cut(x).detach()
        return self.used(self.norm(self.dropout(x)))


def test_parameters_without_gradients_are_listed_with_the_reason() -> None:
    model, other = Faulty(), nn.Linear(2, 2)
    other.bias.name = "stranger"
    once = copy.deepcopy(model)
    state = nn.initializers.generator_or_default(None).bit_generator.state
    once(next(DataLoader(*points(), batch_size=16, shuffle=True, seed=0).batches(0))[0])
    nn.initializers.generator_or_default(None).bit_generator.state = state
    run = Trainer(model, optim.SGD([*model.parameters(), other.bias], lr=0.1), nn.cross_entropy)
    data = model.detached.data
    with pytest.raises(GraphError, match="4 of 8 parameters have no gradient") as caught:
        fit(run, 1)
    lines = {line.split(":")[0].strip(): line for line in str(caught.value).splitlines()}
    assert "unused: the loss does not change with it" in lines["unused.weight"]
    assert "detached: the loss changes with it" in lines["detached"]
    assert "detached: the loss changes with it" in lines["cut.weight"]
    assert "not a parameter of this model" in lines["stranger"]
    for name, value in model.state_dict().items():  # the search put all back: statistics have moved by one batch
        assert np.array_equal(value, once.state_dict()[name]), name
    assert model.detached.data is data


def test_a_parameter_that_was_frozen_after_the_optimizer_was_made_is_named() -> None:
    model = classifier()
    run = Trainer(model, optim.SGD(model.parameters(), lr=0.1), nn.cross_entropy)
    model[0].requires_grad_(False)
    with pytest.raises(GraphError, match="frozen: it no longer has requires_grad") as caught:
        fit(run, 1)
    assert "2 of 4 parameters" in str(caught.value)


def test_parameters_without_gradients_may_be_allowed() -> None:
    model = Faulty()
    run = Trainer(model, optim.SGD(model.parameters(), lr=0.1), nn.cross_entropy, unused="ignore")
    assert fit(run, 1).epochs == 1


@pytest.mark.parametrize(
    ("loss", "error", "words"),
    [
        (lambda p, t: 1.0, GraphError, "the loss is a float, not a Tensor"),
        (lambda p, t: p.sum().detach(), GraphError, "the loss is a constant"),
        (lambda p, t: p.sum(0), ShapeError, r"the loss has shape \(2,\): one number"),
        (lambda p, t: p.sum() * 1j, DtypeError, "the loss has dtype complex128: one real number"),
        (lambda p, t: nn.cross_entropy(p, t + 5), IndexError, "label"),
        (lambda p, t: nn.cross_entropy(p, t[:-1]), ShapeError, "labels"),
    ],
)
def test_losses_that_are_none_are_told_in_words(loss: Any, error: type[Exception], words: str) -> None:
    model = classifier()
    with pytest.raises(error, match=words):
        fit(Trainer(model, optim.SGD(model.parameters(), lr=0.1), loss), 1)


class Dry:
    """Has batches in its first epoch only."""

    def __init__(self) -> None:
        self.batches_left = [points()]

    def __iter__(self) -> Any:
        while self.batches_left:
            yield self.batches_left.pop()


@pytest.mark.parametrize(
    ("train", "error", "words"),
    [
        ([], StructureError, "there are no batches"),
        (points(), TypeError, "DataLoader"),
        (points()[0], TypeError, "DataLoader"),
        (iter([points()]), TypeError, "an iterator, which can be read only once"),
        (3, TypeError, "gives no batches"),
        (Dry(), StructureError, "no batches in epoch 2"),
    ],
)
def test_data_without_batches_are_told_in_words(train: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        trainer().fit(train, epochs=2, progress=False)


def test_evaluation_of_nothing_is_told() -> None:
    with pytest.raises(StructureError, match="no batches"):
        trainer().evaluate([])


def test_rows_do_not_pass_for_batches() -> None:
    x, _ = points()
    for use in (trainer().evaluate, lambda x: fit(trainer(), validation=x)):
        with pytest.raises(TypeError, match=r"got an ndarray: pass a tuple of arrays, \(x, y\)"):
            use(x)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda m, o: Trainer(lambda x: x, o, nn.mse_loss), TypeError, "a Module is needed"),
        (lambda m, o: Trainer(m, 0.1, nn.mse_loss), TypeError, "an optimiser of autograd_lite.optim is needed"),
        (lambda m, o: Trainer(m, optim.SGD, nn.mse_loss), TypeError, "an optimiser of autograd_lite.optim is needed"),
        (lambda m, o: Trainer(m, o, "mse"), TypeError, "a function of"),
        (lambda m, o: Trainer(m, o, nn.MSELoss), TypeError, r"write MSELoss\(\)"),
        (lambda m, o: Trainer(m, o, nn.mse_loss, clip_norm=0), ValueError, "clip_norm=0"),
        (lambda m, o: Trainer(m, o, nn.mse_loss, clip_value=-1.0), ValueError, "clip_value=-1.0"),
        (lambda m, o: Trainer(m, o, nn.mse_loss, accumulate=0), ShapeError, "accumulate must be a positive integer"),
        (lambda m, o: Trainer(m, o, nn.mse_loss, unused="no"), ValueError, "'raise' or 'ignore'"),
        (lambda m, o: Trainer(m, o, nn.mse_loss, training.F1Score), TypeError, r"metrics=\[F1Score\(\)\]"),
        (lambda m, o: Trainer(m, o, nn.mse_loss, "accuracy"), TypeError, "neither a Metric"),
        (lambda m, o: Trainer(m, o, nn.mse_loss, lambda p, t: 0), StructureError, "a lambda has no name"),
        (lambda m, o: Trainer(m, o, nn.mse_loss, {"loss": len}), StructureError, "'loss' is taken"),
        (lambda m, o: Trainer(m, o, nn.mse_loss, [training.accuracy] * 2), StructureError, "two have one name"),
        (lambda m, o: fit(Trainer(m, o, nn.mse_loss), callbacks=[print]), TypeError, "is not a Callback"),
        (
            lambda m, o: fit(Trainer(m, o, nn.mse_loss), callbacks=training.EarlyStopping),
            TypeError,
            r"Call the class: callbacks=\[EarlyStopping\(\)\]",
        ),
        (
            lambda m, o: fit(Trainer(m, o, nn.mse_loss), callbacks=[training.Checkpoint("x")]),
            TypeError,
            r"Pass it as fit\(checkpoint",
        ),
        (lambda m, o: fit(Trainer(m, o, nn.mse_loss), epochs=-1), ShapeError, "epochs"),
        (lambda m, o: fit(Trainer(m, o, nn.mse_loss), progress="loud"), ValueError, "progress='loud'"),
    ],
)
def test_wrong_arguments_are_told_in_words(make: Any, error: type[Exception], words: str) -> None:
    model = classifier()
    with pytest.raises(error, match=words):
        make(model, optim.SGD(model.parameters(), lr=0.1))


# Callbacks


class Script(training.Callback):
    """Plays values of a metric, and notes when it is called."""

    def __init__(self, values: list[float] = ()) -> None:  # type: ignore[assignment]
        self.values = list(values)
        self.calls: list[str] = []

    def on_fit_begin(self, trainer: Trainer) -> None:
        self.calls.append("begin")

    def on_epoch_begin(self, trainer: Trainer) -> None:
        self.calls.append(f"epoch {trainer.epoch}")

    def on_step_end(self, trainer: Trainer) -> None:
        self.calls.append(f"step {trainer.step} batch {trainer.batch}")

    def on_epoch_end(self, trainer: Trainer) -> None:
        self.calls.append(f"end {trainer.epoch}")
        if self.values:
            trainer.logs["val_score"] = self.values[trainer.epoch]
            trainer.model[0].bias.data[0] = trainer.epoch

    def on_fit_end(self, trainer: Trainer) -> None:
        self.calls.append("done")

    def close(self) -> None:
        self.calls.append("close")


def test_callbacks_are_called_in_their_order() -> None:
    script = Script()
    fit(trainer(accumulate=2), 2, callbacks=[script])
    steps = ["step 1 batch 2", "step 2 batch 4"], ["step 3 batch 2", "step 4 batch 4"]
    wanted = ["begin", "epoch 0", *steps[0], "end 0", "epoch 1", *steps[1], "end 1", "done", "close"]
    assert script.calls == wanted


def test_callbacks_are_closed_after_an_error() -> None:
    script = Script([1.0])
    with pytest.raises(IndexError):
        fit(trainer(), 2, callbacks=script)
    assert script.calls[-1] == "close"
    assert "done" not in script.calls


@pytest.mark.parametrize(
    ("values", "options", "best", "epochs"),
    [
        ([1, 2, 3, 2, 2, 9], {}, 2, 5),
        ([1, 2, 3, 2, 3, 9], {}, 2, 5),
        ([1, 2, 3, 2, 4, 5], {}, 5, 6),
        ([3, 2, 1, 2, 2, 0], {"mode": "min"}, 2, 5),
        ([1, 2, 2.4, 2.5, 9, 9], {"min_delta": 0.5}, 1, 4),
        ([math.nan, math.nan, 5, math.nan, 1, 9], {"patience": 3}, 5, 6),
        ([math.nan] * 6, {}, None, 2),
    ],
)
def test_early_stopping_waits_and_puts_the_best_back(
    values: list[float], options: dict[str, Any], best: int | None, epochs: int
) -> None:
    stopping = training.EarlyStopping(**{"patience": 2, "monitor": "val_score", **options})
    run = trainer(lr=1e-9)
    fit(run, 6, callbacks=[Script(values), stopping])
    assert run.history.epochs == epochs
    assert stopping.best_epoch == best
    assert run.model[0].bias.data[0] == pytest.approx(epochs - 1 if best is None else best, abs=1e-6)
    assert (run.stopped is not None) == (epochs < 6)
    last = trainer(lr=1e-9)
    fit(last, 6, callbacks=[Script(values), training.EarlyStopping(
        **{"patience": 2, "monitor": "val_score", **options}, restore_best=False)])  # fmt: skip
    assert last.model[0].bias.data[0] == pytest.approx(epochs - 1, abs=1e-6)


def test_the_best_model_is_put_back_and_a_new_fit_starts_anew() -> None:
    best = training.BestModel(monitor="val_score")
    run = trainer(lr=1e-9)
    fit(run, 3, callbacks=[Script([1.0, 3.0, 2.0]), best])
    assert (best.best, best.best_epoch, run.stopped) == (3.0, 1, None)
    assert run.model[0].bias.data[0] == pytest.approx(1, abs=1e-6)
    fit(run, 1, callbacks=[Script([0.0] * 4), best])
    assert best.best == 0.0


def test_the_best_weights_are_kept_on_disk(tmp_path: Path) -> None:
    pytest.importorskip("safetensors")
    best = training.BestModel(monitor="val_score", restore=False, path=tmp_path / "best.safetensors")
    run = trainer(lr=1e-9)
    fit(run, 3, callbacks=[Script([1.0, 3.0, 2.0]), best])
    assert run.model[0].bias.data[0] == pytest.approx(2, abs=1e-6)
    nn.load_weights(run.model, tmp_path / "best.safetensors")
    assert run.model[0].bias.data[0] == pytest.approx(1, abs=1e-6)


def test_what_is_good_is_told_by_names_or_asked_for() -> None:
    assert training.callbacks.direction("auto", "val_loss", "X") == -1
    assert training.callbacks.direction("auto", "val_f1_score", "X") == 1
    assert training.callbacks.direction("auto", "root_mean_squared_error", "X") == -1
    with pytest.raises(ValueError, match="say mode='min' or mode='max'"):
        training.callbacks.direction("auto", "val_thing", "X")
    with pytest.raises(StructureError, match=r"only the values \['loss', 'accuracy', 'lr'\].*validation"):
        fit(trainer(), callbacks=training.EarlyStopping(monitor="val_loss"))
    for make in (lambda: training.EarlyStopping(0), lambda: training.BestModel(mode="up"),
                 lambda: training.BestModel(min_delta=-1)):  # fmt: skip
        with pytest.raises(ValueError, match="needed"):
            make()


def test_schedules_move_after_epochs_or_steps() -> None:
    run = trainer()
    history = fit(run, 3, callbacks=training.Schedule(optim.StepLR(run.optimizer, 1, 0.5)))
    assert history["lr"] == pytest.approx([0.1, 0.05, 0.025])
    run = trainer()
    history = fit(run, 3, callbacks=training.Schedule(optim.ExponentialLR(run.optimizer, 0.9), every="step"))
    assert history["lr"] == pytest.approx([0.1 * 0.9**n for n in (4, 8, 12)])


def test_plateaus_are_watched() -> None:
    run = trainer(lr=0.1)
    plateau = training.Schedule(optim.ReduceLROnPlateau(run.optimizer, mode="max", patience=0), monitor="val_score")
    history = fit(run, 4, callbacks=[Script([1.0, 2.0, 2.0, 2.0]), plateau])
    assert history["lr"] == pytest.approx([0.1, 0.1, 0.1, 0.01])
    with pytest.raises(ValueError, match="watches a value"):
        training.Schedule(plateau.scheduler, every="step")


def test_schedules_that_would_change_nothing_are_told() -> None:
    other = optim.StepLR(trainer().optimizer, 1)
    with pytest.raises(ValueError, match="belongs to another optimiser"):
        fit(trainer(), callbacks=training.Schedule(other))
    with pytest.raises(TypeError, match="a schedule such as"):
        training.Schedule(0.1)
    with pytest.raises(ValueError, match="'epoch' or 'step'"):
        training.Schedule(other, every="batch")


# Logs


def test_the_csv_file_is_the_history(tmp_path: Path) -> None:
    run = trainer()
    fit(run, 2, validation=points(), callbacks=training.CSVLogger(tmp_path / "log.csv"))
    fit(run, 1, callbacks=training.CSVLogger(tmp_path / "log.csv"))
    with (tmp_path / "log.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["epoch", "loss", "accuracy", "val_loss", "val_accuracy", "lr"]
    assert [row[0] for row in rows[1:]] == ["1", "2", "3"]
    assert [float(row[1]) for row in rows[1:]] == run.history["loss"]
    assert math.isnan(float(rows[3][3]))


class Writer:
    def __init__(self, folder: str = "", purge_step: int | None = None) -> None:
        self.folder, self.purge_step = folder, purge_step
        self.events: list[tuple[str, float, int]] = []
        self.calls: list[str] = []

    def add_scalar(self, name: str, value: float, step: int) -> None:
        self.events.append((name, value, step))

    def flush(self) -> None:
        self.calls.append("flush")

    def close(self) -> None:
        self.calls.append("close")


def test_tensorboard_gets_the_numbers_of_epochs_and_steps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made: list[Writer] = []

    def summary_writer(folder: str, purge_step: int) -> Writer:
        made.append(Writer(folder, purge_step))
        return made[-1]

    monkeypatch.setitem(sys.modules, "tensorboardX", types.SimpleNamespace(SummaryWriter=summary_writer))
    run = trainer()
    logger = training.TensorBoardLogger(tmp_path, every_steps=2)
    fit(run, 2, callbacks=logger)
    fit(run, 1, callbacks=logger)
    first, second = made
    assert (first.folder, first.purge_step, second.purge_step) == (str(tmp_path), 2, 10)
    assert [step for name, _, step in first.events if name == "batch_loss"] == [2, 4, 6, 8]
    assert [(value, step) for name, value, step in first.events if name == "loss"] == list(
        zip(run.history["loss"][:2], [4, 8], strict=True)
    )
    assert first.calls == ["flush", "flush", "close"]
    own = Writer()
    fit(run, 1, callbacks=training.TensorBoardLogger("unused", writer=own))
    assert {name for name, _, _ in own.events} == {"loss", "accuracy", "lr"}
    assert own.calls == ["flush"]


def test_tensorboard_events_are_real(tmp_path: Path) -> None:
    pytest.importorskip("tensorboardX")
    fit(trainer(), 1, callbacks=training.TensorBoardLogger(tmp_path))
    (events,) = tmp_path.iterdir()
    assert b"accuracy" in events.read_bytes()


def test_without_tensorboardx_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(ImportError, match="pip install"):
        fit(trainer(), callbacks=training.TensorBoardLogger("runs"))
    with pytest.raises(ValueError, match="every_steps=0"):
        training.TensorBoardLogger("runs", every_steps=0)


def test_history_fills_up_names_that_come_and_go() -> None:
    history = training.History()
    assert repr(history) == "History(0 epochs)"
    history.append({"a": 1.0})
    history.append({"b": 2.0})
    assert history.arrays()["a"] == pytest.approx([1.0, np.nan], nan_ok=True)
    assert history.row(-1)[::2] == history.row(1)[::2] == [2, 2.0]
    assert history.epochs == 2


# Progress


def test_lines_are_written_for_each_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    fit(trainer(), 2, progress="lines")
    lines = capsys.readouterr().out.splitlines()
    assert [line[:10] for line in lines] == ["epoch 1/2:", "epoch 2/2:"]
    assert "accuracy 0." in lines[0]
    fit(trainer(), 2)
    assert capsys.readouterr().out == ""


def test_without_tqdm_there_are_lines(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    fit(trainer(), 1, progress=True)
    assert "epoch 1/1" in capsys.readouterr().out
    with pytest.raises(ImportError, match=r"autograd_lite\[progress\]"):
        fit(trainer(), 1, progress="bar")


def test_the_bar_counts_batches_and_shows_the_last_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm")
    stop = Script()
    stop.on_epoch_end = lambda run: run.stop("enough") if run.epoch == 1 else None  # type: ignore[method-assign]
    fit(trainer(), 3, progress="bar", callbacks=stop)
    output = capsys.readouterr()
    assert "8/12" in output.err
    assert "accuracy" in output.err
    assert "stopped after epoch 2: enough" in output.out + output.err


def test_the_bar_counts_epochs_where_batches_cannot_be_counted(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm")

    class Stream:
        def __iter__(self) -> Any:
            return DataLoader(*points(), batch_size=16).batches(0)

    fit(trainer(), 2, progress="bar", train=Stream())
    assert "2/2" in capsys.readouterr().err


# Metrics


def gathered(metric: training.Metric, prediction: Any, target: Any, parts: int = 3) -> float:
    metric.reset()
    for p, t in zip(np.array_split(prediction, parts), np.array_split(target, parts), strict=True):
        metric.update(p, t)
    return metric.compute()


def test_metrics_are_those_of_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    generator = np.random.default_rng(0)
    scores, labels = generator.normal(size=(50, 4)), generator.integers(0, 3, 50)
    guess = scores.argmax(1)
    assert training.accuracy(scores, labels) == pytest.approx(metrics.accuracy_score(labels, guess))
    assert training.top_k_accuracy(2)(scores, labels) == pytest.approx(
        metrics.top_k_accuracy_score(labels, scores, k=2, labels=range(4))
    )
    assert gathered(training.F1Score(), scores, labels) == pytest.approx(
        metrics.f1_score(labels, guess, average="macro")
    )
    assert np.array_equal(training.confusion_matrix(scores, labels), metrics.confusion_matrix(labels, guess))
    assert np.array_equal(training.confusion_matrix(guess, labels), metrics.confusion_matrix(labels, guess))
    x, y = generator.normal(size=(2, 50)) + 1e6
    assert gathered(training.R2Score(), x, y) == pytest.approx(metrics.r2_score(y, x), rel=1e-9)
    assert gathered(training.RootMeanSquaredError(), x, y) == pytest.approx(metrics.root_mean_squared_error(y, x))
    assert training.mean_absolute_error(x, y) == pytest.approx(metrics.mean_absolute_error(y, x))


def test_binary_accuracy_compares_a_column_with_a_row() -> None:
    assert training.binary_accuracy(np.array([[1.0], [-1.0]]), np.array([1, 1])) == 0.5


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: training.accuracy(np.zeros((3, 1)), np.zeros(3)), ShapeError, "binary_accuracy"),
        (lambda: training.accuracy(np.zeros((3, 2)), np.zeros((3, 1))), ShapeError, r"\(3, 2\) and \(3, 1\)"),
        (lambda: training.binary_accuracy(np.zeros(3), np.zeros(4)), ShapeError, r"\(3,\) and \(4,\)"),
        (lambda: training.mean_absolute_error(np.zeros((3, 2)), np.zeros(3)), ShapeError, r"\(3, 2\) and \(3,\)"),
        (lambda: training.top_k_accuracy(0), ValueError, "at least 1"),
        (lambda: training.confusion_matrix(np.zeros(3), np.zeros(3)), ShapeError, "classes as integers"),
        (lambda: training.confusion_matrix([0, 5], [0, 1], 3), IndexError, "0 to 2 exist"),
        (lambda: training.Metric().reset(), NotImplementedError, "define reset"),
    ],
)
def test_metrics_of_wrong_shapes_are_told(call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()


def test_metrics_of_nothing_are_no_numbers() -> None:
    for metric in (training.R2Score(), training.RootMeanSquaredError(), training.F1Score()):
        metric.reset()
        assert math.isnan(metric.compute())


@pytest.mark.parametrize(("value", "words"), [(None, "None"), (np.ones((2, 3)), r"an array of shape \(2, 3\)")])
def test_metrics_that_give_no_number_are_named(value: Any, words: str) -> None:
    with pytest.raises(TypeError, match=f"the metric 'odd' gave {words}: one number is needed"):
        fit(trainer(metrics={"odd": lambda p, t: value}))


def test_names_of_metrics() -> None:
    run = trainer(metrics=[training.F1Score(), training.R2Score(), training.top_k_accuracy(2), training.accuracy])
    assert list(run.metrics) == ["f1_score", "r2_score", "top_2_accuracy", "accuracy"]
    assert list(trainer(metrics={"right": training.accuracy}).metrics) == ["right"]
