"""The examples run as commands, and leave what they promise."""

from __future__ import annotations

import functools
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np
import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"


class Example(NamedTuple):
    """What an example writes, and between which bounds its result is: after ``--quick``, and after all of it.

    Attributes
    ----------
    result : str
        What stands before the number.
    files : tuple of str
    quick, full : tuple of float
        The second is what the docstring says of seeds 0 to 4, with a margin.
    mean : tuple of float
        Bounds of the mean over those seeds.
    """

    result: str
    files: tuple[str, ...]
    quick: tuple[float, float]
    full: tuple[float, float]
    mean: tuple[float, float]


STARTS = {
    ".png": b"\x89PNG", ".gif": b"GIF89a", ".svg": b"<", ".txt": b"When I ", ".html": b"<!", ".md": b"**Derivation",
    ".tex": b"\\documentclass",
}  # fmt: skip
LANGUAGE = "Validation loss"
GRAPHS = ("graph_digits.svg", "graph_digits.html", "graph_rnn.svg", "graph_hvp.svg", "graph_rosenbrock.svg")
TABLE = {
    "sine": Example("Root-mean-square error against the sine", ("sine.png",), (0, 0.4), (0, 0.07), (0, 0.05)),
    "moons": Example(
        "Test accuracy", ("moons.png", "moons_training.png", "moons.gif"), (80, 100), (95.5, 100), (96.5, 100)
    ),
    "train_digits": Example(
        "Test accuracy", ("digits_training.png", "digits_graph.svg"), (93, 100), (97, 100), (97.5, 100)
    ),
    "digits_cnn": Example(
        "Test accuracy", ("digits_cnn.png", "digits_cnn_training.png"), (88, 100), (98.3, 100), (98.5, 100)
    ),
    "digits_vae": Example("Negative lower bound on test digits", ("digits_vae.png",), (26, 30), (24, 25.2), (24, 24.8)),
    "oscillator": Example("Largest error", ("oscillator.png",), (0, 0.5), (0, 2e-3), (0, 6e-4)),
    "char_rnn": Example(LANGUAGE, ("char_rnn.png", "char_rnn.txt"), (2.1, 2.7), (1.7, 1.9), (1.7, 1.88)),
    "draw_graph": Example("Boxes for the recurrent network", GRAPHS, (5, 12), (5, 12), (5, 12)),
    "explain_gradient": Example(
        "Largest difference from the engine", ("neuron.md", "neuron.tex"), (-1, 1e-12), (-1, 1e-12), (-1, 1e-12)
    ),
    "derivatives": Example(
        "Largest difference from a rule", ("derivatives_errors.png", "derivatives_secants.png"), *[(0, 5e-16)] * 3
    ),
    "taylor_series": Example(
        "Largest ratio of bound to error, above rounding",
        ("taylor_errors.png", "taylor_radius.png", "taylor_sine.png"),
        *[(1, 1.26)] * 3,
    ),
    "chain_rule": Example(
        "Largest difference from the engine", ("chain_rule_path.png", "chain_rule_network.png"), *[(-1, 3e-15)] * 3
    ),
    "newton_raphson": Example(
        "Starts that arrive at a root in %", ("newton_raphson.png", "newton_basins.png"), *[(99.9, 100)] * 3
    ),
    "gradient_descent": Example("Lowest place found", ("gradient_descent.png",), *[(-0.87877, -0.87876)] * 3),
    "lagrange": Example("Largest error", ("lagrange.png",), *[(-1, 1e-9)] * 3),
    "implicit_function": Example("Largest difference through minimize", ("implicit_function.png",), *[(-1, 1e-10)] * 3),
    "regression_line": Example("Fewest digits of a certified value", ("regression_line.png",), *[(13.9, 15)] * 3),
    "regression_curve": Example(
        "Digits of the worst certified value", ("regression_curve.png", "regression_paths.png"), *[(10.2, 11.5)] * 3
    ),
    "small_gpt": Example(LANGUAGE, ("small_gpt.png", "small_gpt.txt"), (2.2, 2.8), (1.7, 1.9), (1.7, 1.86)),
}


def run(name: str, *options: str) -> str:
    """Return what an example prints; warnings are errors."""
    for package in ("sklearn", "matplotlib", "tqdm"):
        pytest.importorskip(package)
    command = [sys.executable, "-W", "error", str(EXAMPLES / f"{name}.py"), *options]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, cwd=EXAMPLES.parent)
    assert done.returncode == 0, done.stderr
    assert "arning" not in done.stderr
    return done.stdout


def result_of(name: str, output: str) -> float:
    found = re.search(rf"^{TABLE[name].result}: ([\d.e+-]+)", output, re.MULTILINE)
    assert found is not None, output
    return float(found[1])


def test_every_example_is_tested() -> None:
    scripts = {path.stem for path in EXAMPLES.glob("*.py") if "__main__" in path.read_text(encoding="utf-8")}
    assert scripts == set(TABLE)


Quick = Callable[[str], tuple[str, Path]]
everyone = pytest.mark.parametrize("name", list(TABLE))


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Quick:
    """Return a function: what an example prints in its quick form, and where it leaves its pictures; run once each."""

    @functools.cache
    def made(name: str) -> tuple[str, Path]:
        folder = tmp_path_factory.mktemp(name) / "made"
        return run(name, "--quick", "--output", str(folder)), folder

    return made


@everyone
def test_an_example_learns(name: str, quick: Quick) -> None:
    low, high = TABLE[name].quick
    assert low < result_of(name, quick(name)[0]) <= high


@everyone
def test_an_example_leaves_its_pictures(name: str, quick: Quick) -> None:
    output, folder = quick(name)
    assert sorted(path.name for path in folder.iterdir()) == sorted(TABLE[name].files)
    for file in TABLE[name].files:
        assert file in output
        content = (folder / file).read_bytes()
        assert len(content) > 500
        assert content.startswith(STARTS[Path(file).suffix])


@everyone
def test_what_is_drawn_is_not_blank(name: str, quick: Quick) -> None:
    image = pytest.importorskip("matplotlib.image")
    for file in TABLE[name].files:
        if file.endswith(".png"):
            pixels = image.imread(quick(name)[1] / file)[..., :3]
            assert min(pixels.shape[:2]) > 300
            assert np.std(pixels) > 0.02


def test_gradients_of_the_digits_network_agree_with_differences(quick: Quick) -> None:
    output, folder = quick("train_digits")
    rows = re.findall(r"^ +((?:weight|bias) \d) +(\(.*\)) +(\d\.\de-\d\d)$", output, re.MULTILINE)
    assert [(name, shape) for name, shape, _ in rows] == [
        ("weight 1", "(256, 64)"),
        ("bias 1", "(256,)"),
        ("weight 2", "(10, 256)"),
        ("bias 2", "(10,)"),
    ]
    assert all(0 < float(error) < 1e-5 for _, _, error in rows)
    text = (folder / "digits_graph.svg").read_text(encoding="utf-8")
    assert ElementTree.fromstring(text).tag.endswith("svg")
    assert all(name in text for name in ("weight 1", "bias 1", "weight 2", "bias 2"))


def test_the_lessons_tell_what_their_docstrings_say(quick: Quick) -> None:
    said = {
        "derivatives": r"1e-07 .* 6\.\de-08 .*1e-09 .* 8\.\de-08 ",
        "taylor_series": r"exp\(sin x\) +0 +inf .*1/\(1\+25x²\) +0 +0\.200 ",
        "chain_rule": r"backwards: 139, from the input forwards: 472",
        "newton_raphson": r"cycle \(3\).*diverged \(7\).*zero derivative \(0\).*no root.*converged \(52\).*d \(9\)",
        "gradient_descent": r"0\.6 +14 .*momentum.* pit -0\.88\n.*Newton.* pass\n *trust region +4 .*pit -0\.88",
        "regression_line": r"intercept  5\.47991, slope -0\.48053[\s\S]*fit_polynomial +14\.\d",
        "regression_curve": r"limit 68\.76 to 77\.19[\s\S]*1\.0156 when fitted again[\s\S]*a - b is not determined",
        "lagrange": r"found: 6 of 6\n.*λ = \(0\.000000, 1\.777778\)",
        "implicit_function": r"through find_root: \d\.\de-1[5-6]",
    }
    for name, words in said.items():
        assert re.search(words, quick(name)[0], re.DOTALL), quick(name)[0]


def test_the_animation_moves(quick: Quick) -> None:
    images = pytest.importorskip("PIL.Image")
    with images.open(quick("moons")[1] / "moons.gif") as picture:
        assert picture.n_frames >= 3


def test_a_seed_gives_the_same_numbers(tmp_path: Path) -> None:
    outputs = [run("sine", "--quick", "--seed", seed, "--output", str(tmp_path)) for seed in ("3", "3", "4")]
    assert outputs[0] == outputs[1] != outputs[2]


def test_the_text_is_what_its_note_says() -> None:
    poems = (EXAMPLES / "data" / "sonnets.txt").read_text(encoding="ascii").strip().split("\n\n")
    assert [len(poem.splitlines()) for poem in poems] == [14] * 54
    note = (EXAMPLES / "data" / "README.md").read_text(encoding="utf-8")
    numbers = [int(number) for number in re.findall(r"\b\d+\b", note[note.index("numbers 1,") : note.index("Punct")])]
    assert len(numbers) == len(set(numbers)) == 54
    assert numbers == sorted(numbers)


@pytest.mark.slow
@everyone
def test_a_full_example_reaches_what_it_says(name: str, tmp_path: Path) -> None:
    seeds = range(1 if TABLE[name].result == LANGUAGE else 5)  # the others take a minute for each
    results = [result_of(name, run(name, "--seed", str(seed), "--output", str(tmp_path))) for seed in seeds]
    for bounds, found in ((TABLE[name].full, results), (TABLE[name].mean, [float(np.mean(results))])):
        assert all(bounds[0] <= result <= bounds[1] for result in found), results
