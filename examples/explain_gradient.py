"""Show how derivatives come about: the chain rule written out, as text, Markdown and LaTeX.

    python examples/explain_gradient.py

A small function and one neuron are derived step by step by the engine's own rules. What the derivation of the function
evaluates to agrees with the engine's gradient to 1e-15 at a hundred points. The Markdown of the neuron goes to
``output/neuron.md`` and its LaTeX to ``output/neuron.tex``, ready to be compiled.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from common import options

import autograd_lite as ag
from autograd_lite import explain

DOCUMENT = r"""\documentclass[border=8pt]{{standalone}}
\usepackage{{amsmath, amssymb}}
\begin{{document}}
$\displaystyle {formulas} $
\end{{document}}
"""


def small_function(x: Any, y: Any) -> Any:
    return np.exp(-x * x) * np.sin(x * y)


def neuron(w: Any, b: Any, x: Any, target: Any) -> Any:
    return (np.tanh(w @ x + b) - target) ** 2


def main() -> None:
    chosen = options(__doc__)
    derivation = explain.derivative(small_function, 0.5, 2.0, argnums=(0, 1))
    print(derivation)
    points = np.random.default_rng(chosen.seed).uniform(-2, 2, size=(100, 2))
    gradient = ag.grad(small_function, argnums=(0, 1))
    apart = [np.max(np.abs(np.subtract(derivation.evaluate(*point), gradient(*point)))) for point in points]
    print(f"Largest difference from the engine: {max(apart):.1e}\n")

    rng = np.random.default_rng(chosen.seed)
    weights, inputs = rng.normal(size=3), np.array([1.0, 0.5, -1.0])
    learning = explain.derivative(neuron, weights, 0.1, inputs, 0.8, argnums=(0, 1))
    print(learning)
    (chosen.output / "neuron.md").write_text(learning.markdown(), encoding="utf-8")
    (chosen.output / "neuron.tex").write_text(DOCUMENT.format(formulas=learning.latex()), encoding="utf-8")
    print(f"The same as formulas: {chosen.output / 'neuron.md'}, {chosen.output / 'neuron.tex'}")


if __name__ == "__main__":
    main()
