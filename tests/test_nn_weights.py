"""Weights on disk: there and back, from PyTorch, atomic, and files that are none."""

from __future__ import annotations

import importlib
import json
import os
import pickle
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from golden.stored_weights import DATA, DTYPES, NETWORKS, built
from nn_models import Counting, Tied, X, network

import autograd_lite as ag
from autograd_lite import Tensor, nn
from autograd_lite.nn.weights import read_weights

pytest.importorskip("safetensors")


def saved(model: nn.Module, folder: Path, **options: Any) -> Path:
    path = folder / "model.safetensors"
    nn.save_weights(model, path, **options)
    return path


# There and back


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_there_and_back_to_the_bit(tmp_path: Path, dtype: Any) -> None:
    model, other = network(0).to(dtype), network(1).to(dtype)
    path = saved(model, tmp_path, metadata={"accuracy": "0.98", "words": "ä"})
    assert nn.load_weights(other, path) == {"accuracy": "0.98", "words": "ä"}
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(other.state_dict()[name], value)
        assert read_weights(path).arrays[name].dtype == dtype
    np.testing.assert_array_equal(other(X.astype(dtype)).data, model(X.astype(dtype)).data)


def test_buffers_scalars_shared_and_frozen_parameters(tmp_path: Path) -> None:
    model = nn.Sequential(Counting(), Tied().requires_grad_(False))
    model[0](np.ones(2))
    other = nn.Sequential(Counting(), Tied())
    assert nn.load_weights(other, saved(model, tmp_path)) == {}
    assert (other[0].calls, other[0].total.tolist(), other[0].scale.item()) == (1, [1.0, 1.0], 2.0)
    assert other[1].decoder.weight is other[1].encoder.weight
    np.testing.assert_array_equal(other[1].decoder.weight.data, model[1].encoder.weight.data)


def test_arrays_of_every_layout(tmp_path: Path) -> None:
    """The format has the bytes in order: a transposed array must be written as what it shows."""
    model = nn.Linear(3, 2)
    model.weight = Tensor(np.arange(6.0).reshape(3, 2).T, requires_grad=True, copy=False)
    assert not model.weight.data.flags.c_contiguous
    model.bias = Tensor(np.arange(4.0)[::2], requires_grad=True, copy=False)
    found = read_weights(saved(model, tmp_path)).arrays
    np.testing.assert_array_equal(found["weight"], [[0, 2, 4], [1, 3, 5]])
    np.testing.assert_array_equal(found["bias"], [0, 2])


def test_empty_arrays_and_single_complex_numbers(tmp_path: Path) -> None:
    model = nn.Module()
    model.phase = Tensor(np.array([1j, 2.0], np.complex64), requires_grad=True)
    model.nothing = Tensor(np.zeros((0, 3)), requires_grad=True)
    found = read_weights(saved(model, tmp_path)).arrays
    np.testing.assert_array_equal(found["phase"], [1j, 2.0])
    assert found["nothing"].shape == (0, 3)
    model.phase = Tensor([1j], requires_grad=True)
    with pytest.raises(ag.DtypeError, match="phase has dtype complex128, which safetensors files do not know"):
        saved(model, tmp_path)


def test_a_part_is_loaded_if_not_strict(tmp_path: Path) -> None:
    path = saved(network(0)[:1], tmp_path)
    model = network(1)
    with pytest.raises(ag.StructureError, match=r"model.safetensors does not fit:[\s\S]*2.weight is missing"):
        nn.load_weights(model, path)
    nn.load_weights(model, path, strict=False)
    np.testing.assert_array_equal(model[0].weight.data, network(0)[0].weight.data)


def test_weights_of_another_architecture(tmp_path: Path) -> None:
    path = saved(nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 1)), tmp_path)
    with pytest.raises(ag.StructureError, match=r"3 mismatch[\s\S]*0.weight has shape \(5, 2\), and \(3, 2\)"):
        nn.load_weights(network(), path)


def test_a_state_in_place_of_a_module(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"save_weights\(module, path\): a Module is needed, not its state.* a dict"):
        saved(network().state_dict(), tmp_path)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())
    path = saved(network(), tmp_path)
    with pytest.raises(TypeError, match=r"load_weights\(module, path\): a Module is needed"):
        nn.load_weights({}, path)  # type: ignore[arg-type]


def test_metadata_are_strings(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="holds strings only, and 3 is none"):
        saved(network(), tmp_path, metadata={"epoch": 3})
    assert not list(tmp_path.iterdir())


# From PyTorch


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NETWORKS)
def test_files_that_pytorch_wrote(name: str, dtype: str) -> None:
    path = DATA / f"{name}_{dtype}.safetensors"
    model = built(name, nn).eval()
    if dtype == "float32":
        metadata = nn.load_weights(model, path)
    else:
        with pytest.warns(
            UserWarning, match=rf"written as {dtype}, with (11|8) bits of each number, and now in float64"
        ):
            metadata = nn.load_weights(model, path)
    answer = json.loads(metadata["answer"])
    np.testing.assert_allclose(model(np.array(answer["x"])).data, answer["y"], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", NETWORKS)
def test_pytorch_reads_what_is_written_here_and_the_other_way_round(name: str, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    files = pytest.importorskip("safetensors.torch")
    ours, theirs = built(name, nn).float().eval(), built(name, torch.nn).eval()
    theirs.load_state_dict(files.load_file(saved(ours, tmp_path)))
    x = np.random.default_rng(0).normal(size=NETWORKS[name]).astype(np.float32)
    wanted = theirs(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(ours(x).data, wanted, rtol=1e-5, atol=1e-6)
    files.save_file(built(name, torch.nn).state_dict(), tmp_path / "theirs")
    nn.load_weights(ours, tmp_path / "theirs")
    theirs.load_state_dict(files.load_file(tmp_path / "theirs"))
    np.testing.assert_allclose(ours(x).data, theirs(torch.tensor(x)).detach().numpy(), rtol=1e-5, atol=1e-6)


def test_bfloat16_of_every_kind() -> None:
    torch = pytest.importorskip("torch")
    files = pytest.importorskip("safetensors.torch")
    bits = torch.arange(2**16, dtype=torch.int32).to(torch.uint16).view(torch.bfloat16)
    entries = importlib.import_module("safetensors").deserialize(files.save({"all": bits}))
    array = importlib.import_module("autograd_lite.nn.weights")._array("", "all", dict(entries)["all"])
    np.testing.assert_array_equal(array, bits.float().numpy())


def test_rounding_to_single_precision_is_told(tmp_path: Path) -> None:
    path = saved(network(), tmp_path)
    with pytest.warns(UserWarning, match="4 written as float64 and rounded to float32") as caught:
        nn.load_weights(network().float(), path)
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nn.load_weights(network(), saved(network().float(), tmp_path))  # exact


# Files that are none


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no file .*nothing.safetensors \(looked in "):
        nn.load_weights(network(), tmp_path / "nothing.safetensors")
    with pytest.raises(IsADirectoryError, match="is a folder"):
        nn.load_weights(network(), tmp_path)
    with pytest.raises(FileNotFoundError):
        nn.save_weights(network(), tmp_path / "no folder" / "model.safetensors")


def test_every_cut_is_noticed(tmp_path: Path) -> None:
    path = saved(network(), tmp_path)
    whole = path.read_bytes()
    model = network(1)
    before = model.state_dict()
    for length in [*range(0, len(whole), 7), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(ag.StructureError, match=r"empty or cut off|is cut off|no safetensors file"):
            nn.load_weights(model, path)
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


class Trap:
    """What runs code where it is unpickled."""

    def __reduce__(self) -> Any:
        return pytest.fail, ("a pickle was loaded",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (pickle.dumps(Trap()), r"is a pickle, such as torch.save writes: it may hold code and is not read here"),
        (b"PK\x03\x04" + bytes(30), r"is a zip archive, such as torch.save writes.*save_file\(model.state_dict\(\)"),
        (b"\x89HDF\r\n\x1a\n" + bytes(30), r"is no safetensors file: it is a HDF5 file"),
        (b"\x93NUMPY\x01\x00" + bytes(30), r"is no safetensors file: it is a NumPy array"),
        (b"", r"empty or cut off, 0 bytes long"),
        (b"weights: 1 2 3 4 5 6", r"is no safetensors file"),
        ((9).to_bytes(8, "little") + b"{not json" + bytes(8), r"damaged safetensors file: its header cannot be read"),
        ((2).to_bytes(8, "little") + b"{}" + bytes(8), r"damaged safetensors file"),
    ],
)  # fmt: skip
def test_files_of_other_kinds(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(ag.StructureError, match=message):
        nn.load_weights(network(), path)


def test_damaged_headers_never_crash(tmp_path: Path) -> None:
    """Bytes changed at random: the file loads as something, or is refused in words."""
    path = saved(network(), tmp_path)
    whole = bytearray(path.read_bytes())
    rng = np.random.default_rng(0)
    refusals = []
    for _ in range(300):
        damaged = bytearray(whole)
        damaged[rng.integers(0, 300)] = rng.integers(0, 256)
        path.write_bytes(damaged)
        try:
            read_weights(path)
        except ag.StructureError as error:
            refusals.append(str(error))
    assert len(refusals) > 100
    assert all(str(path) in words for words in refusals)


def test_the_missing_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = saved(network(), tmp_path)
    monkeypatch.setitem(sys.modules, "safetensors", None)
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    for call in (lambda: nn.save_weights(network(), path), lambda: nn.load_weights(network(), path)):
        with pytest.raises(ImportError, match=r"pip install 'autograd_lite\[weights\]'"):
            call()


# Atomic


@pytest.mark.parametrize("name", ["fsync", "replace"])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(network(0), tmp_path)
    before = path.read_bytes()

    def fail(*_: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(os, name, fail)
    with pytest.raises(OSError, match="the disk is full"):
        nn.save_weights(network(1), path)
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["model.safetensors"]


WRITER = """
import sys
from autograd_lite import nn
models = [nn.Linear(300, 300), nn.Linear(300, 300)]
for k, model in enumerate(models):
    model.apply(lambda module: nn.initializers.constant_(module.weight, k))
print("ready", flush=True)
while True:
    for model in models:
        nn.save_weights(model, sys.argv[1])
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs POSIX signals")
def test_a_killed_writer_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(8):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        while not path.exists():
            time.sleep(0.001)
        time.sleep(rng.uniform(0, 0.1))
        process.kill()
        process.wait()
        process.stdout.close()
        weight = read_weights(path).arrays["weight"]
        assert weight.min() == weight.max()
        seen.add(float(weight[0, 0]))
    assert seen <= {0.0, 1.0}
