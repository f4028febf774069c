"""Runs that are killed, interrupted and resumed: the same numbers to the bit; files that are never half written."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_lite import Tensor, nn, optim
from autograd_lite.errors import NaNError, StructureError
from autograd_lite.nn import training
from autograd_lite.nn.files import write_atomically
from autograd_lite.nn.training.interrupts import Interrupts
from autograd_lite.nn.training.randomness import Randomness
from tests import training_worker as worker

WORKER = Path(worker.__file__)


def assert_same(found: Any, wanted: Any, path: str = "") -> None:
    """Compare to the bit: nested dicts, lists, arrays and numbers."""
    if isinstance(wanted, dict):
        assert list(found) == list(wanted), path
        for key in wanted:
            assert_same(found[key], wanted[key], f"{path}/{key}")
    elif isinstance(wanted, list | tuple):
        assert len(found) == len(wanted), path
        for index, item in enumerate(wanted):
            assert_same(found[index], item, f"{path}/{index}")
    elif isinstance(wanted, np.ndarray | np.generic):
        assert found.dtype == wanted.dtype, path
        assert found.shape == wanted.shape, path
        assert found.tobytes() == wanted.tobytes(), path
    else:
        assert found == wanted or (found != found and wanted != wanted), f"{path}: {found} and {wanted}"


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The result of a run that nobody disturbs, and that keeps no checkpoint either."""
    folder = tmp_path_factory.mktemp("undisturbed")
    found = worker.result(worker.fit(folder, checkpoint=None))
    return {**found, "log": (folder / "log.csv").read_text()}


def assert_undisturbed(run: training.Trainer, folder: Path, undisturbed: dict[str, Any]) -> None:
    assert_same({**worker.result(run), "log": (folder / "log.csv").read_text()}, undisturbed)


# Killed


def start(folder: Path, pause: float, epochs: int) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(WORKER.parent.parent)}
    return subprocess.Popen(
        [sys.executable, str(WORKER), str(folder), "--pause", str(pause), "--epochs", str(epochs)],
        stdout=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip


def kill_often(folder: Path, kills: int, pause: float, epochs: int, longest: float) -> int:
    """Start the run and kill it at random moments, then let it come to its end; return how often it had resumed.

    The pauses of the run take longer than all of its lives together, so it does not end before.
    """
    moments = np.random.default_rng(kills).uniform(0, longest, kills)
    assert 13 * epochs * pause > moments.sum()
    resumed = 0
    for moment in moments:
        with start(folder, pause, epochs) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
            resumed += (folder / "run.npz").exists()
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(moment)
            process.kill()
            assert process.wait() == -signal.SIGKILL
    with start(folder, 0.0, epochs) as process:
        process.communicate()
        assert process.returncode == 0
    return resumed


@pytest.mark.parametrize(
    ("kills", "pause", "epochs", "longest"),
    [(2, 0.01, 4, 0.4), pytest.param(20, 0.003, 80, 0.4, marks=pytest.mark.slow)],
)
def test_a_killed_run_comes_to_the_same_numbers(
    kills: int, pause: float, epochs: int, longest: float, tmp_path: Path
) -> None:
    (tmp_path / "whole").mkdir()
    whole = worker.result(worker.fit(tmp_path / "whole", epochs=epochs, checkpoint=None))
    assert kill_often(tmp_path, kills, pause, epochs, longest) >= kills - 2
    assert_same(training.load_state(tmp_path / "result.npz"), whole)
    assert (tmp_path / "log.csv").read_text() == (tmp_path / "whole" / "log.csv").read_text()


class KilledError(Exception):
    pass


class Kill(training.Callback):
    """Ends a run as a crash would, with nothing saved, at a step."""

    def __init__(self, step: int, method: str = "on_step_end"):
        setattr(self, method, self.strike)
        self.step = step

    def on_step_end(self, trainer: training.Trainer) -> None:
        """Be called."""

    def strike(self, trainer: training.Trainer) -> None:
        if trainer.step >= self.step:
            raise KilledError


@pytest.mark.parametrize("method", ["on_step_end", "on_epoch_begin", "on_epoch_end", "on_fit_end"])
@pytest.mark.parametrize("step", [1, 13, 27])
def test_a_crash_at_any_place_comes_to_the_same_numbers(
    step: int, method: str, tmp_path: Path, undisturbed: dict[str, Any]
) -> None:
    checkpoint = training.Checkpoint(tmp_path / "run.npz", steps=1)
    with pytest.raises(KilledError):
        worker.fit(tmp_path, checkpoint=checkpoint, more=[Kill(step, method)])
    run = worker.fit(tmp_path, checkpoint=checkpoint)
    assert_undisturbed(run, tmp_path, undisturbed)


def test_saving_changes_no_number(tmp_path: Path, undisturbed: dict[str, Any]) -> None:
    run = worker.fit(tmp_path, checkpoint=training.Checkpoint(tmp_path / "run.npz", steps=1))
    assert_undisturbed(run, tmp_path, undisturbed)


def test_a_finished_run_returns_at_once(tmp_path: Path, undisturbed: dict[str, Any]) -> None:
    worker.fit(tmp_path)
    run = worker.fit(tmp_path, more=[Kill(0)])
    assert_undisturbed(run, tmp_path, undisturbed)


def test_a_finished_run_goes_on_when_more_epochs_are_asked_for(tmp_path: Path, undisturbed: dict[str, Any]) -> None:
    worker.fit(tmp_path, epochs=3)
    assert_undisturbed(worker.fit(tmp_path), tmp_path, undisturbed)


def test_without_resume_a_run_starts_anew(tmp_path: Path, undisturbed: dict[str, Any]) -> None:
    worker.fit(tmp_path, epochs=2)
    assert_undisturbed(worker.fit(tmp_path, resume=False), tmp_path, undisturbed)


def test_a_run_that_was_stopped_early_stays_stopped(tmp_path: Path) -> None:
    class Enough(training.Callback):
        def on_epoch_end(self, trainer: training.Trainer) -> None:
            if trainer.epoch == 1:
                trainer.stop("enough")

    first = worker.fit(tmp_path, more=[Enough()])
    second = worker.fit(tmp_path)
    assert first.stopped == second.stopped == "enough"
    assert_same(second.state_dict(), first.state_dict())
    assert second.history.epochs == 2


# Interrupted


class CtrlC(training.Callback):
    def __init__(self, step: int, times: int = 1):
        self.step, self.times = step, times

    def on_step_end(self, trainer: training.Trainer) -> None:
        if trainer.step == self.step:
            for _ in range(self.times):
                signal.raise_signal(signal.SIGINT)


def test_ctrl_c_saves_between_two_steps(tmp_path: Path, undisturbed: dict[str, Any]) -> None:
    checkpoint = training.Checkpoint(tmp_path / "run.npz", seconds=1e9)
    run = worker.trainer()
    with pytest.raises(KeyboardInterrupt, match=r"epoch 2, batch 10, step 18, and saved to .*run\.npz"):
        worker.fit(tmp_path, run=run, checkpoint=checkpoint, more=[CtrlC(18)])
    assert checkpoint.load()["step"] == 18
    assert run.history.epochs == 1
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert_undisturbed(worker.fit(tmp_path, checkpoint=checkpoint), tmp_path, undisturbed)


def test_in_a_notebook_the_interrupted_trainer_itself_goes_on(tmp_path: Path, undisturbed: dict[str, Any]) -> None:
    run = worker.trainer()
    for step in (18, 40):
        with pytest.raises(KeyboardInterrupt):
            worker.fit(tmp_path, run=run, more=[CtrlC(step)])
    assert_undisturbed(worker.fit(tmp_path, run=run), tmp_path, undisturbed)


def test_ctrl_c_in_validation_leaves_the_state_from_before_it(tmp_path: Path, undisturbed: dict[str, Any]) -> None:
    run = worker.trainer()
    calls = iter(range(1000))

    def interrupting(prediction: Any, target: Any) -> float:
        if not run.model.training and next(calls) == 3:
            noise = worker.noise.normal()
            signal.raise_signal(signal.SIGINT)
            return noise
        return 0.0

    run.metrics = {"interrupting": interrupting, **run.metrics}
    x, y = worker.data()
    one_by_one = nn.DataLoader(x[200:], y[200:], batch_size=10)
    train = nn.DataLoader(x[:200], y[:200], batch_size=8, shuffle=True, seed=4)
    with pytest.raises(KeyboardInterrupt, match=r"epoch 2, batch 25"):
        run.fit(train, one_by_one, 3, checkpoint=tmp_path / "run.npz", progress=False)
    state = training.load_state(tmp_path / "run.npz")
    assert (state["epoch"], state["batch"]) == (1, 25)

    clean = worker.trainer()
    clean.metrics = {"interrupting": lambda p, t: 0.0, **clean.metrics}
    resumed = worker.trainer()
    resumed.metrics = clean.metrics
    clean.fit(train, one_by_one, 3, progress=False)
    resumed.fit(train, one_by_one, 3, checkpoint=tmp_path / "run.npz", progress=False)
    assert_same(resumed.state_dict(), clean.state_dict())


def test_a_second_ctrl_c_stops_at_once_and_the_last_checkpoint_stays(
    tmp_path: Path, undisturbed: dict[str, Any]
) -> None:
    checkpoint = training.Checkpoint(tmp_path / "run.npz", seconds=1e9, steps=10)
    with pytest.raises(KeyboardInterrupt) as caught:
        worker.fit(tmp_path, checkpoint=checkpoint, more=[CtrlC(18, times=2)])
    assert not str(caught.value)
    assert checkpoint.load()["step"] == 10
    assert_undisturbed(worker.fit(tmp_path, checkpoint=checkpoint), tmp_path, undisturbed)


def test_ctrl_c_without_a_checkpoint_says_where_it_was(capfd: pytest.CaptureFixture[str]) -> None:
    run = training.Trainer(model := nn.Linear(4, 3), optim.SGD(model.parameters(), lr=0.1), nn.cross_entropy)
    loader = nn.DataLoader(*worker.data(), batch_size=20)
    with pytest.raises(KeyboardInterrupt, match="epoch 1, batch 3, step 3;"):
        run.fit(loader, callbacks=CtrlC(3), progress="lines")
    assert "press it again" in capfd.readouterr().err
    assert run.step == 3


def test_a_meaning_that_ctrl_c_has_already_is_kept() -> None:
    heard = []
    before = signal.signal(signal.SIGINT, lambda *_: heard.append(1))
    try:
        with Interrupts() as interrupts:
            signal.raise_signal(signal.SIGINT)
        assert heard == [1]
        assert not interrupts.noted
    finally:
        signal.signal(signal.SIGINT, before)


def test_training_works_in_another_thread(tmp_path: Path, undisturbed: dict[str, Any]) -> None:
    runs: list[training.Trainer] = []
    thread = threading.Thread(target=lambda: runs.append(worker.fit(tmp_path)))
    thread.start()
    thread.join()
    assert_undisturbed(runs[0], tmp_path, undisturbed)


# Other data than DataLoaders


class OwnOrder:
    """Batches in an order from NumPy's global generator, with noise of its own, and a count of its epochs."""

    def __init__(self) -> None:
        self.x, self.y = worker.data()
        self.generator = np.random.RandomState(7)
        self.epoch = 0

    def __iter__(self) -> Iterator[Any]:
        self.epoch += 1
        for part in np.array_split(np.random.permutation(len(self.x)), 10):  # noqa: NPY002
            yield self.x[part] + self.generator.normal(scale=0.1, size=(len(part), 4)) * self.epoch, self.y[part]

    def state_dict(self) -> dict[str, Any]:
        return {"epoch": self.epoch}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.epoch = state["epoch"]


@pytest.mark.parametrize("kind", [OwnOrder, lambda: list(nn.DataLoader(*worker.data(), batch_size=23))])
def test_data_of_any_kind_are_gone_on_with(kind: Any, tmp_path: Path) -> None:
    def fitted(more: list[training.Callback], checkpoint: Any) -> training.Trainer:
        np.random.seed(3)  # noqa: NPY002
        run = worker.trainer()
        run.fit(kind(), None, 4, more, checkpoint=checkpoint, progress=False)
        return run

    whole = fitted([], None)
    checkpoint = training.Checkpoint(tmp_path / "run.npz", steps=1)
    for step in (3, 11, 14, 15):
        with pytest.raises(KilledError):
            fitted([Kill(step)], checkpoint)
    assert_same(fitted([], checkpoint).state_dict(), whole.state_dict())


# Generators wherever they are


def test_generators_are_found_where_people_put_them() -> None:
    sources = {name: np.random.default_rng(i) for i, name in enumerate(("closed", "default", "nested", "held"))}
    closed = sources["closed"]

    class Holder:
        def __init__(self) -> None:
            self.table = {"a": [1, (sources["nested"],)]}
            self.itself = self

        def draw(self) -> float:
            return worker.noise.normal()

    def loss(prediction: Any, target: Any, generator: Any = sources["default"]) -> Any:
        return closed.normal() + generator.normal()

    found = Randomness(loss=loss, holder=Holder().draw, model=nn.Dropout(0.5, generator=sources["held"]))
    assert {id(generator) for generator, _ in found.generators} == {*map(id, sources.values()), id(worker.noise)}


def test_generators_are_put_back() -> None:
    legacy, python, modern = np.random.RandomState(1), random.Random(2), np.random.Generator(np.random.MT19937(3))
    randomness = Randomness(sources=[legacy, python, modern])

    def draw() -> list[float]:
        own = nn.initializers.generator_or_default(None).normal()
        everywhere = [np.random.normal(), random.gauss(0, 1), own]  # noqa: NPY002
        return [legacy.normal(), python.gauss(0, 1), modern.normal(), *everywhere]

    draw()
    state = randomness.state_dict()
    first = draw()
    assert draw() != first
    randomness.load_state_dict(state)
    assert draw() == first


def test_a_generator_that_was_not_there_is_named() -> None:
    state = Randomness().state_dict()
    with pytest.raises(StructureError, match=r"model\.generator has no state"):
        Randomness(model=nn.Dropout(0.5, generator=np.random.default_rng(0))).load_state_dict(state)
    Randomness(callbacks=[nn.Dropout(0.5, generator=np.random.default_rng(0))]).load_state_dict(state)
    state = Randomness(a=np.random.default_rng(0)).state_dict()
    with pytest.raises(StructureError, match="does not fit"):
        Randomness(a=np.random.Generator(np.random.Philox(0))).load_state_dict(state)


# What does not fit


def small(path: Path, epochs: int = 2, width: int = 3, **options: Any) -> training.Trainer:
    nn.seed(0)
    model = nn.Sequential(nn.Linear(2, width), nn.Linear(width, 1))
    run = training.Trainer(model, optim.SGD(model.parameters(), lr=0.1), nn.mse_loss, options.pop("metrics", ()))
    loader = nn.DataLoader(np.ones((10, 2)), np.ones((10, 1)), **{"batch_size": 4, "shuffle": True, **options})
    run.fit(loader, epochs=epochs, checkpoint=path, progress=False)
    return run


def test_another_architecture_is_told_in_words(tmp_path: Path) -> None:
    small(tmp_path / "run.npz")
    with pytest.raises(StructureError, match=r"0\.weight has shape \(3, 2\), and \(4, 2\) is needed"):
        small(tmp_path / "run.npz", width=4)


def test_other_data_are_told_in_words(tmp_path: Path) -> None:
    small(tmp_path / "run.npz")
    with pytest.raises(StructureError, match="batch_size=4 there and 5 here"):
        small(tmp_path / "run.npz", batch_size=5)
    with pytest.raises(StructureError, match="seed="):
        small(tmp_path / "run.npz", seed=1)


def test_a_seed_that_was_drawn_is_taken_from_the_checkpoint(tmp_path: Path) -> None:
    def fit(more: list[training.Callback]) -> training.Trainer:
        run = worker.trainer()
        loader = nn.DataLoader(*worker.data(), shuffle=True, generator=np.random.default_rng())
        run.fit(loader, epochs=2, callbacks=more, checkpoint=checkpoint, progress=False)
        seeds.append(loader.seed)
        return run

    seeds: list[int] = []
    checkpoint = training.Checkpoint(tmp_path / "run.npz", steps=1)
    with pytest.raises(KilledError):
        fit([Kill(3)])
    first = checkpoint.load()["train"]["seed"]
    fit([])
    assert seeds == [first]


def test_other_metrics_within_an_epoch_are_told_in_words(tmp_path: Path) -> None:
    checkpoint = training.Checkpoint(tmp_path / "run.npz", steps=1)
    with pytest.raises(KilledError):
        worker.fit(tmp_path, checkpoint=checkpoint, more=[Kill(4)])
    run = worker.trainer()
    run.metrics = {}
    with pytest.raises(StructureError, match="keep the metrics"):
        worker.fit(tmp_path, run=run, checkpoint=checkpoint)


def test_each_call_of_fit_has_a_checkpoint_of_its_own(tmp_path: Path) -> None:
    run = small(tmp_path / "run.npz")
    loader = nn.DataLoader(np.ones((10, 2)), np.ones((10, 1)), batch_size=4)
    run.fit(loader, epochs=2, progress=False)
    with pytest.raises(StructureError, match="began at epoch 0 and has come to 2, and this one begins at epoch 4"):
        run.fit(loader, epochs=2, checkpoint=tmp_path / "run.npz", progress=False)


def test_two_fits_after_one_another_are_resumed_both(tmp_path: Path) -> None:
    def script(kill: int | None) -> training.Trainer:
        run = worker.trainer()
        loader = nn.DataLoader(*worker.data(), batch_size=23, shuffle=True, seed=0)
        more = [] if kill is None else [Kill(kill)]
        run.fit(loader, epochs=2, callbacks=more, checkpoint=paths[0], progress=False)
        run.optimizer.lr = 1e-3
        run.fit(loader, epochs=2, callbacks=more, checkpoint=paths[1], progress=False)
        return run

    paths = [training.Checkpoint(tmp_path / f"{i}.npz", steps=1) for i in range(2)]
    whole = script(None)
    for checkpoint in paths:
        checkpoint.path.unlink()
    for kill in (4, 13):
        with pytest.raises(KilledError):
            script(kill)
    assert_same(script(None).state_dict(), whole.state_dict())


def test_a_callback_that_is_new_starts_anew(tmp_path: Path, undisturbed: dict[str, Any]) -> None:
    with pytest.raises(KilledError):
        worker.fit(tmp_path, more=[Kill(30)])
    stopping = training.BestModel(monitor="loss", restore=False)
    run = worker.fit(tmp_path, more=[stopping])
    assert_same(run.state_dict(), {key: undisturbed[key] for key in run.state_dict()})
    assert stopping.best is not None


def test_nan_is_not_saved(tmp_path: Path) -> None:
    class Poison(training.Callback):
        def on_step_end(self, trainer: training.Trainer) -> None:
            if trainer.step == 7:
                trainer.model.parameters()[0].data[0, 0] = np.nan

    checkpoint = training.Checkpoint(tmp_path / "run.npz", steps=1)
    with pytest.raises(NaNError, match=r"step 7: NaN or infinity in 0\.weight; .* keeps an earlier state"):
        worker.fit(tmp_path, checkpoint=checkpoint, more=[Poison()])
    assert checkpoint.load()["step"] == 6


# Files


def test_a_file_is_replaced_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state.npz"
    training.save_state(path, {"a": 1})
    for name in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(os, name, lambda *_: (_ for _ in ()).throw(KilledError))
            with pytest.raises(KilledError):
                training.save_state(path, {"a": 2})
        assert training.load_state(path) == {"a": 1}
        assert list(tmp_path.iterdir()) == [path]

    def half(file: Any) -> None:
        file.write(b"half")
        raise KilledError

    with pytest.raises(KilledError):
        write_atomically(path, half)
    (tmp_path / ".state.npz.tmp").write_bytes(b"left over from a crash")
    training.save_state(path, {"a": 3})
    assert training.load_state(path) == {"a": 3}
    assert list(tmp_path.iterdir()) == [path]


def test_states_of_every_kind_are_read_as_they_were_written(tmp_path: Path) -> None:
    state = {
        "numbers": [1, -(2**100), 0.1, float("inf"), float("-inf"), 5e-324, True, None, "text ü"],
        "nan": float("nan"),
        3: {"nested": ({}, [], ())},
        "arrays": {
            "a/b": np.arange(6.0).reshape(2, 3)[:, ::-1], "a": {"b": np.float32(0.1)}, "empty": np.zeros((0, 2)),
            "fortran": np.asfortranarray(np.eye(2)), "complex": np.array([1j]), "bool": np.array(True),
            "text": np.array(["x"]), "nan": np.array([np.nan, -0.0]),
        },
    }  # fmt: skip
    training.save_state(tmp_path / "state.npz", state)
    assert_same(training.load_state(tmp_path / "state.npz"), state)
    with np.load(tmp_path / "state.npz", allow_pickle=False) as archive:
        assert archive["arrays/a/b"].shape == (2, 3)


@pytest.mark.parametrize("bad", [{"f": print}, {"o": np.array([None])}, {1.5: 2}, [{1, 2}], {"t": nn.ReLU()}])
def test_what_a_checkpoint_cannot_hold_is_named(bad: Any, tmp_path: Path) -> None:
    with pytest.raises(StructureError, match="checkpoint"):
        training.save_state(tmp_path / "state.npz", bad)
    assert not list(tmp_path.iterdir())


def test_damaged_files_are_told(tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    training.save_state(path, {"a": np.arange(1000.0)})
    whole = path.read_bytes()
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 1
    for content in (bytes(damaged), whole[:-100], whole[:100], b"", b"hello"):
        path.write_bytes(content)
        with pytest.raises(StructureError, match=r"state\.npz is no checkpoint of this package, or is damaged"):
            training.load_state(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("other.txt", "x")
    with pytest.raises(StructureError, match="no checkpoint"):
        training.load_state(path)
    with pytest.raises(FileNotFoundError):
        training.load_state(tmp_path / "none.npz")


def test_pickles_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    np.savez(path, **{"state.json": np.array([print], dtype=object)})
    with pytest.raises(StructureError, match="no checkpoint"):
        training.load_state(path)


def test_files_that_hold_other_things_are_told(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    training.save_state(path, {"a": 1})
    with pytest.raises(StructureError, match="holds no training run"):
        small(path)
    with pytest.raises(StructureError, match="holds no state of a Trainer"):
        worker.trainer().load(path)
    training.save_state(path, {"version": 99})
    with pytest.raises(StructureError, match="has version 99"):
        small(path)


def test_the_folder_of_a_checkpoint_must_exist(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"run\.npz cannot be written: there is no folder .*nowhere; make it"):
        small(tmp_path / "nowhere" / "run.npz")


def test_a_trainer_is_saved_and_loaded(tmp_path: Path) -> None:
    run = worker.fit(tmp_path, epochs=2)
    run.save(tmp_path / "trainer.npz")
    other = worker.trainer()
    other.load(tmp_path / "trainer.npz")
    assert_same(other.state_dict(), run.state_dict())
    another = worker.trainer()
    another.load(tmp_path / "run.npz")
    assert another.step == run.step


class Warm(nn.Module):
    """Cross-entropy at a temperature that is learnt, and with a count of its calls."""

    buffers = ("calls",)

    def __init__(self) -> None:
        self.temperature = Tensor(1.5, requires_grad=True)
        self.calls = np.array(0)

    def forward(self, prediction: Any, target: Any) -> Any:
        self.calls = self.calls + 1
        return nn.cross_entropy(prediction * self.temperature, target) + 1e-3 * self.calls


class Shifted(training.Trainer):
    """Has a parameter that is in no module."""

    shift: Any

    def objective(self, batch: Any) -> Any:
        loss, prediction, target = super().objective(batch)
        return loss + np.sum((self.shift - prediction) ** 2) * 1e-2, prediction, target


class Interrupting(training.Callback):
    def on_step_end(self, trainer: training.Trainer) -> None:
        if trainer.step == 4:
            raise KeyboardInterrupt


def shifted_run(path: Path, callbacks: Any = ()) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(30, 3)), rng.integers(0, 2, 30)
    nn.seed(0)
    model, loss, beside = nn.Linear(3, 2), Warm(), Tensor(np.zeros(2), requires_grad=True)
    parameters = [*model.parameters(), *loss.parameters(), beside]
    run = Shifted(model, optim.Adam(parameters, lr=0.1), loss)
    run.shift = beside
    checkpoint = training.Checkpoint(path, steps=2)
    run.fit(nn.DataLoader(x, y, batch_size=10), epochs=3, callbacks=callbacks, checkpoint=checkpoint, progress=False)
    return {**model.state_dict(), **loss.state_dict(), "shift": beside.data, "history": dict(run.history)}


def test_what_is_trained_beside_the_model_is_gone_on_with(tmp_path: Path) -> None:
    wanted = shifted_run(tmp_path / "whole.npz")
    assert wanted["temperature"] != 1.5
    assert wanted["calls"] == 9
    with pytest.raises(KeyboardInterrupt):
        shifted_run(tmp_path / "cut.npz", Interrupting())
    assert_same(shifted_run(tmp_path / "cut.npz"), wanted)


def test_another_loss_is_told_in_words(tmp_path: Path) -> None:
    model, path = nn.Linear(3, 2), tmp_path / "run.npz"
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    training.Trainer(model, optimizer, nn.CrossEntropyLoss(weight=[1.0, 2.0])).save(path)
    with pytest.raises(
        StructureError, match=r"has {'loss.weight': \(2,\)} beside the model.* has nothing: make the same"
    ):
        training.Trainer(model, optimizer, nn.CrossEntropyLoss()).load(path)


def test_states_are_written_after_some_seconds_but_writing_takes_a_small_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock:
        now = 0.0

        def monotonic(self) -> float:
            return self.now

    def write(path: Path, state: dict[str, Any]) -> None:
        written.append(state["step"])
        clock.now += costs[0]

    clock, written, costs = Clock(), [], [0.0]
    monkeypatch.setattr(training.fitting, "time", clock)
    monkeypatch.setattr(training.checkpoints, "time", clock)
    monkeypatch.setattr(training.checkpoints, "save_state", write)

    class Tick(training.Callback):
        def on_step_end(self, trainer: training.Trainer) -> None:
            clock.now += 1.0

    for costs[0], wanted in ((0.001, [0, 10, 20, 30, 40, 50, 52]), (0.5, [0, 25, 50, 52])):
        written.clear()
        worker.fit(tmp_path, checkpoint=training.Checkpoint(tmp_path / "none.npz", seconds=10), more=[Tick()])
        assert written == wanted


@pytest.mark.parametrize("options", [{"seconds": 0}, {"seconds": float("nan")}, {"steps": 0}])
def test_a_checkpoint_needs_positive_periods(options: Any) -> None:
    with pytest.raises(ValueError, match="positive"):
        training.Checkpoint("run.npz", **options)
