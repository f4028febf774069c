"""The examples run as commands, and leave what they promise."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Return what the digits example prints in its quick form, and where it leaves its pictures."""
    for package in ("sklearn", "matplotlib", "tqdm"):
        pytest.importorskip(package)
    folder = tmp_path_factory.mktemp("digits") / "made"
    command = [sys.executable, "-W", "error", str(EXAMPLES / "train_digits.py"), "--quick", "--output", str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, cwd=EXAMPLES.parent)
    assert run.returncode == 0, run.stderr
    return run.stdout, folder


def test_digits_are_learnt(digits: tuple[str, Path]) -> None:
    found = re.search(r"Test accuracy: ([\d.]+)%", digits[0])
    assert found is not None
    assert 93 <= float(found[1]) <= 100


def test_gradients_of_the_digits_network_agree_with_differences(digits: tuple[str, Path]) -> None:
    rows = re.findall(r"^ +((?:weight|bias) \d) +(\(.*\)) +(\d\.\de-\d\d)$", digits[0], re.MULTILINE)
    assert [(name, shape) for name, shape, _ in rows] == [
        ("weight 1", "(256, 64)"),
        ("bias 1", "(256,)"),
        ("weight 2", "(10, 256)"),
        ("bias 2", "(10,)"),
    ]
    assert all(0 < float(error) < 1e-5 for _, _, error in rows)


def test_the_digits_example_leaves_its_pictures(digits: tuple[str, Path]) -> None:
    output, folder = digits
    curves, graph = folder / "digits_training.png", folder / "digits_graph.svg"
    assert str(curves) in output
    assert str(graph) in output
    assert curves.read_bytes().startswith(b"\x89PNG")
    text = graph.read_text(encoding="utf-8")
    assert ElementTree.fromstring(text).tag.endswith("svg")
    assert all(name in text for name in ("weight 1", "bias 1", "weight 2", "bias 2"))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_the_full_digits_example_reaches_its_accuracy(seed: int, tmp_path: Path) -> None:
    command = [sys.executable, str(EXAMPLES / "train_digits.py"), "--seed", str(seed), "--output", str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True, cwd=EXAMPLES.parent)
    found = re.search(r"Test accuracy: ([\d.]+)%", run.stdout)
    assert found is not None
    assert float(found[1]) >= 97
