"""Who is measured: this package, hand-written NumPy, and the libraries that are installed, each set to one thread."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence

OURS = "autograd_lite"
OURS_NN = "autograd_lite.nn"
HAND = "by hand"
AUTOGRAD = "HIPS autograd"
MYGRAD = "MyGrad"
TORCH = "PyTorch"
JAX = "JAX"
JAX_JIT = "JAX jit"
TINYGRAD = "tinygrad"
CASADI = "CasADi"

#: In the order of the tables, with the package that each needs.
PACKAGES = {
    OURS: "autograd_lite",
    OURS_NN: "autograd_lite",
    HAND: "numpy",
    AUTOGRAD: "autograd",
    MYGRAD: "mygrad",
    TORCH: "torch",
    JAX: "jax",
    JAX_JIT: "jax",
    TINYGRAD: "tinygrad",
    CASADI: "casadi",
}

#: Those that do their work before the first result: compile, or build and differentiate a graph of their own.
COMPILED = (JAX_JIT, CASADI)


class UnavailableError(Exception):
    """A peer is installed and cannot run here, or cannot do this; the message says why."""


def installed() -> list[str]:
    """Return the peers whose packages are installed."""
    return [peer for peer, package in PACKAGES.items() if importlib.util.find_spec(package) is not None]


def missing() -> dict[str, str]:
    """Return the peers that are not installed, each with what to do about it."""
    return {peer: f"pip install {PACKAGES[peer]}" for peer in PACKAGES if peer not in installed()}


def chosen(names: Sequence[str] | None) -> list[str]:
    """Return the installed peers whose names or packages hold one of these texts, in any case; all for None.

    This package is always among them.

    Raises
    ------
    ValueError
        If a text names nobody.
    """
    found = {OURS, OURS_NN} if names is not None else set(PACKAGES)
    for name in names or ():
        matching = {p for p, package in PACKAGES.items() if name.lower() in f"{p} {package}".lower()}
        if not matching:
            raise ValueError(f"no peer is called {name!r}; the peers are {', '.join(PACKAGES)}")
        found |= matching
    return [peer for peer in installed() if peer in found]


def prepare(peer: str) -> None:
    """Set a library to one thread and to float64 before its first use; costs nothing the second time.

    Raises
    ------
    UnavailableError
        If it is installed and cannot run here.
    """
    if peer == TORCH:
        import torch

        torch.set_num_threads(1)
    elif peer in (JAX, JAX_JIT):
        import jax

        jax.config.update("jax_enable_x64", True)
    elif peer == TINYGRAD:
        from tinygrad import Device

        try:
            if Device.DEFAULT == "PYTHON":
                raise UnavailableError("tinygrad would run on its emulator in Python; it needs clang, or a GPU")
        except RuntimeError as error:
            raise UnavailableError(f"tinygrad: {error}; on a CPU it needs clang") from error
