"""What the examples share: their options, one thread, and the look of their pictures."""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib as mpl
from threadpoolctl import threadpool_limits

from autograd_lite.core.plotting import STYLE


def options(description: str | None) -> argparse.Namespace:
    """Read ``--quick``, ``--seed`` and ``--output`` from the command line, and get ready to draw into files."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few seconds of training, for a smoke test")
    parser.add_argument("--seed", type=int, default=0, help="of everything that is left to chance")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "output", help="folder for the pictures")
    chosen = parser.parse_args()
    chosen.output.mkdir(parents=True, exist_ok=True)
    threadpool_limits(1)  # matrices as small as these keep one thread busy and several waiting for each other
    mpl.use("Agg")
    mpl.rcParams.update(STYLE)
    return chosen
