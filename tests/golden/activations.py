"""Cases of every activation: random numbers on both sides of all kinks, the kinks themselves, and far out."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite import nn
from golden.case import Golden

#: Kinks of one activation or another, and numbers so large that exponentials overflow or vanish.
SPECIAL = np.array([-1000.0, -60.0, -20.0, -6.0, -3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0, 6.0, 20.0, 60.0, 1000.0])

# PyTorch 2.13 multiplies with 1/6 in single precision in the derivative of its hardsigmoid, which is off by 4e-9.
TOLERANCES = {"Hardsigmoid": 3e-8}


def case(name: str, *arguments: Any, shape: tuple[int, ...] = (4, 6), **keywords: Any) -> Golden:
    """Return the case of one module, which has the same name and the same arguments in both libraries."""
    given = ", ".join([*map(str, arguments), *(f"{key}={value}" for key, value in keywords.items())])
    return Golden(
        f"{name}({given}) of {shape}",
        lambda: getattr(nn, name)(*arguments, **keywords),
        lambda torch: getattr(torch.nn, name)(*arguments, **keywords),
        (shape,),
        domain=(-8.0, 8.0),
        tol=TOLERANCES.get(name, 1e-10),
    )


class Shifted(nn.Module):
    """A module applied to its input plus special numbers, which a case can differentiate when its input is zeros."""

    def __init__(self, inner: Any):
        self.inner = inner

    def forward(self, x: Any) -> Any:
        return self.inner(x + SPECIAL)


def shifted_torch(torch: Any, inner: Any) -> Any:
    return lambda x: inner(x + torch.as_tensor(SPECIAL))


def at_special_numbers(name: str, *arguments: Any) -> Golden:
    """Return the case of a module without parameters at its kinks and far out."""
    return Golden(
        f"{name}{arguments} at its kinks and far out",
        lambda: Shifted(getattr(nn, name)(*arguments)),
        lambda torch: shifted_torch(torch, getattr(torch.nn, name)(*arguments)),
        (SPECIAL.shape,),
        domain=(0.0, 0.0),
        tol=TOLERANCES.get(name, 1e-10),
    )


#: Name and arguments. CELU's 1/alpha is a power of two, because PyTorch 2.13 rounds it to single precision.
PLAIN: list[tuple[Any, ...]] = [
    ("ReLU",), ("LeakyReLU",), ("LeakyReLU", 0.3), ("LeakyReLU", 1.5), ("ELU",), ("ELU", 0.4), ("SELU",), ("CELU",),
    ("CELU", 0.5), ("GELU",), ("GELU", "tanh"), ("SiLU",), ("Mish",), ("Hardtanh",), ("Hardtanh", -0.5, 3.0),
    ("Hardsigmoid",), ("Hardswish",), ("ReLU6",), ("Softplus",), ("Softplus", 2.0, 6.0), ("Softsign",),
    ("LogSigmoid",), ("Tanhshrink",), ("Softshrink",), ("Softshrink", 3.0), ("Hardshrink",), ("Hardshrink", 3.0),
    ("Threshold", 0.5, -7.0), ("Tanh",), ("Sigmoid",), ("Softmax", -1), ("LogSoftmax", -1),
]  # fmt: skip

CASES = [
    *(case(*row) for row in PLAIN),
    *(at_special_numbers(*row) for row in PLAIN),
    case("Softmax", dim=0),
    case("LogSoftmax", dim=1, shape=(2, 3, 4)),
    case("GLU"),
    case("GLU", dim=0),
    case("PReLU"),
    case("PReLU", 6),
    case("PReLU", 3, shape=(2, 3, 4)),
    case("PReLU", shape=(5,)),
]
