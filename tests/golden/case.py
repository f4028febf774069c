"""What a golden case is: one module or function, built here and in PyTorch, with the same numbers put in."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from autograd_lite import Tensor

DATA = Path(__file__).parent.parent / "data" / "nn"


class Golden(NamedTuple):
    """One case.

    Parameters
    ----------
    name : str
        Unique among all cases; the seed of everything random about it.
    ours : callable
        ``ours()`` gives a module of `autograd_lite.nn`, or a function of Tensors.
    theirs : callable
        ``theirs(torch)`` gives the same of PyTorch; a module's parameters and buffers must have the same names.
    inputs : tuple
        Shapes of arguments that are drawn, or arrays (labels, indices, masks) that are passed as they are. Drawn ones
        are differentiated, given ones are not.
    domain : pair of float
        Interval of the drawn arguments.
    tol : float
        Relative, in float64.
    """

    name: str
    ours: Callable[[], Any]
    theirs: Callable[[Any], Any]
    inputs: tuple[Any, ...]
    domain: tuple[float, float] = (-2.0, 2.0)
    tol: float = 1e-10

    def generator(self, what: str) -> np.random.Generator:
        """Return the generator of one random part of this case."""
        return np.random.default_rng(zlib.crc32(f"{self.name}/{what}".encode()))

    def arguments(self) -> list[np.ndarray]:
        """Return the arguments, drawn ones in float64."""
        return [
            self.generator(f"input {k}").uniform(*self.domain, given) if isinstance(given, tuple) else np.asarray(given)
            for k, given in enumerate(self.inputs)
        ]

    def parameter(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        """Return the values of a parameter or buffer: none negative where it is a variance."""
        values = self.generator(f"parameter {name}").uniform(-0.5, 0.5, shape)
        return np.abs(values) + 0.5 if name.endswith("var") else values

    def cotangent(self, k: int, shape: tuple[int, ...]) -> np.ndarray:
        """Return the cotangent of output number k."""
        return self.generator(f"cotangent {k}").uniform(0.3, 1.0, shape)


def flat_outputs(value: Any) -> list[Any]:
    """Return the arrays in nested tuples and lists, in order; None is left out."""
    if isinstance(value, list | tuple):
        return [part for item in value for part in flat_outputs(item)]
    return [] if value is None else [value]


def run_theirs(case: Golden, torch: Any) -> dict[str, np.ndarray]:
    """Return what PyTorch makes of a case: outputs, gradients, and buffers after the call, by name."""
    function = case.theirs(torch)
    found: dict[str, np.ndarray] = {}
    if isinstance(function, torch.nn.Module):
        function.double()
        with torch.no_grad():
            for name, value in function.state_dict().items():
                if value.is_floating_point():
                    value.copy_(torch.as_tensor(case.parameter(name, tuple(value.shape))))
    arguments = [torch.as_tensor(x).clone() for x in case.arguments()]
    drawn = [k for k, given in enumerate(case.inputs) if isinstance(given, tuple)]
    for k in drawn:
        arguments[k].requires_grad_()
    outputs = flat_outputs(function(*arguments))
    total = 0.0
    for k, out in enumerate(outputs):
        found[f"out {k}"] = out.detach().numpy()
        if out.requires_grad:
            total = total + (out * torch.as_tensor(case.cotangent(k, tuple(out.shape)))).sum()
    total.backward()
    for k in drawn:
        found[f"grad of input {k}"] = _dense(arguments[k])
    if isinstance(function, torch.nn.Module):
        found |= {f"grad of {name}": _dense(p) for name, p in function.named_parameters()}
        found |= {f"buffer {name}": b.numpy() for name, b in function.named_buffers() if b.is_floating_point()}
    return found


def _dense(tensor: Any) -> np.ndarray:
    return np.zeros(tuple(tensor.shape)) if tensor.grad is None else tensor.grad.numpy()


def run_ours(case: Golden) -> dict[str, np.ndarray]:
    """Return what this package makes of a case, under the same names."""
    function = case.ours()
    found: dict[str, np.ndarray] = {}
    is_module = hasattr(function, "load_state_dict")
    if is_module:
        function.load_state_dict(
            {
                name: case.parameter(name, value.shape) if value.dtype.kind == "f" else value
                for name, value in function.state_dict().items()
            }
        )
    arguments: list[Any] = [
        Tensor(x, requires_grad=True) if isinstance(given, tuple) else x
        for x, given in zip(case.arguments(), case.inputs, strict=True)
    ]
    outputs = flat_outputs(function(*arguments))
    total: Any = 0.0
    for k, out in enumerate(outputs):
        found[f"out {k}"] = np.asarray(out.data)
        if isinstance(out, Tensor) and out.requires_grad:
            total = total + np.sum(out * case.cotangent(k, out.shape))
    total.backward()
    for k, x in enumerate(arguments):
        if isinstance(x, Tensor):
            found[f"grad of input {k}"] = np.zeros(x.shape) if x.grad is None else x.grad
    if is_module:
        for name, parameter in function.named_parameters():
            found[f"grad of {name}"] = np.zeros(parameter.shape) if parameter.grad is None else parameter.grad
        for name, value in function.state_dict().items():
            if f"grad of {name}" not in found and value.dtype.kind == "f":
                found[f"buffer {name}"] = value
    return found


def compare(case: Golden, found: Mapping[str, np.ndarray], wanted: Mapping[str, np.ndarray]) -> None:
    """Assert that two answers to a case have the same names, shapes and values."""
    assert set(found) == set(wanted), f"names differ: {sorted(set(found) ^ set(wanted))}"
    for name, value in wanted.items():
        got = found[name]
        assert np.shape(got) == np.shape(value), f"{name}: shape {np.shape(got)}, wanted {np.shape(value)}"
        scale = max(1.0, float(np.max(np.abs(value), initial=0.0)))
        np.testing.assert_allclose(got, value, rtol=case.tol, atol=case.tol * scale, err_msg=name)


def stored(topic: str) -> dict[str, dict[str, np.ndarray]]:
    """Return the stored answers of a topic, by case and by name; nothing if none were made yet."""
    path = DATA / f"{topic}.npz"
    answers: dict[str, dict[str, np.ndarray]] = {}
    if path.exists():
        with np.load(path) as archive:
            for key in archive.files:
                case, _, name = key.partition(" | ")
                answers.setdefault(case, {})[name] = archive[key]
    return answers
