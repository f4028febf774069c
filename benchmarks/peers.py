"""Who is measured: this package, hand-written NumPy, and the libraries that are installed, each set to one thread."""

from __future__ import annotations

import importlib.util

OURS = "autograd_lite"
OURS_NN = "autograd_lite.nn"
HAND = "by hand"
AUTOGRAD = "HIPS autograd"
TORCH = "PyTorch"
JAX = "JAX"
JAX_JIT = "JAX jit"

#: In the order of the tables, with the package that each needs.
PACKAGES = {
    OURS: "autograd_lite",
    OURS_NN: "autograd_lite",
    HAND: "numpy",
    AUTOGRAD: "autograd",
    TORCH: "torch",
    JAX: "jax",
    JAX_JIT: "jax",
}


def installed() -> list[str]:
    """Return the peers whose packages are installed."""
    return [peer for peer, package in PACKAGES.items() if importlib.util.find_spec(package) is not None]


def prepare(peer: str) -> None:
    """Set a library to one thread and to float64 before its first use; costs nothing the second time."""
    if peer == TORCH:
        import torch

        torch.set_num_threads(1)
    elif peer in (JAX, JAX_JIT):
        import jax

        jax.config.update("jax_enable_x64", True)
