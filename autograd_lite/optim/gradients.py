"""What is done with gradients between ``backward`` and ``step``: clipping, and finding out why some are missing."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd_lite.core.graph import collect
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import NaNError, StructureError


def clip_grad_norm_(
    parameters: Any, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> float:
    """Scale all gradients by one factor, in place, so that together they are no longer than ``max_norm``.

    g ← g · min(1, max_norm / (‖g‖ + 10⁻⁶)), the norm being that of all gradients as one vector (R. Pascanu, T. Mikolov
    & Y. Bengio, *On the difficulty of training recurrent neural networks*, ICML 2013, algorithm 1, with PyTorch's
    guard against division by zero).

    Parameters
    ----------
    parameters : iterable of Tensor, or Tensor
        Those without a gradient are passed over.
    max_norm : float
    norm_type : float
        The p of the norm, ``inf`` for the largest element.
    error_if_nonfinite : bool
        Whether to raise if the norm is NaN or infinite. If not, NaN makes all gradients NaN, and infinity zero.

    Returns
    -------
    float
        The norm before clipping; 0 if there are no gradients.

    Raises
    ------
    NaNError
        If asked for and the norm is not finite; the message names the gradients, which are left as they are.
    StructureError
        If ``parameters`` are not Tensors.
    ValueError
        If ``max_norm`` or ``norm_type`` is negative or NaN.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import Tensor, optim
    >>> x = Tensor([3.0, 4.0], requires_grad=True)
    >>> (x * x / 2).sum().backward()
    >>> optim.clip_grad_norm_([x], max_norm=1.0)
    5.0
    >>> np.round(x.grad, 6)
    array([0.6, 0.8])
    """
    listed = _listed(parameters, "clip_grad_norm_")
    for name, value in (("max_norm", max_norm), ("norm_type", norm_type)):
        if not value >= 0 or (name == "norm_type" and value == 0):
            raise ValueError(f"clip_grad_norm_({name}={value!r}): a positive number is needed")
    gradients = [np.asarray(_plain(parameter.grad)) for _, parameter in listed if parameter.grad is not None]
    total = _norm_of_all([_norm(gradient, float(norm_type)) for gradient in gradients], float(norm_type))
    if error_if_nonfinite and not math.isfinite(total):
        check_finite(parameters)
        raise NaNError(f"clip_grad_norm_: the norm of the gradients is {total}, although each of them is finite")
    factor = max_norm / (total + 1e-6)
    if not factor >= 1.0:  # also when it is NaN
        for _, parameter in listed:
            if parameter.grad is not None:
                _replace(parameter, lambda gradient, out: np.multiply(gradient, factor, out=out))
    return total


def clip_grad_value_(parameters: Any, clip_value: float) -> None:
    """Clip every element of all gradients to [-clip_value, clip_value], in place.

    Parameters
    ----------
    parameters : iterable of Tensor, or Tensor
        Those without a gradient are passed over.
    clip_value : float

    Raises
    ------
    StructureError
        If ``parameters`` are not Tensors.
    ValueError
        If ``clip_value`` is negative or NaN.

    Examples
    --------
    >>> from autograd_lite import Tensor, optim
    >>> x = Tensor([3.0, -4.0, 0.1], requires_grad=True)
    >>> (x * x / 2).sum().backward()
    >>> optim.clip_grad_value_([x], 1.0)
    >>> x.grad
    array([ 1. , -1. ,  0.1])
    """
    listed = _listed(parameters, "clip_grad_value_")
    if not clip_value >= 0:
        raise ValueError(f"clip_grad_value_(clip_value={clip_value!r}): a positive number is needed")
    for _, parameter in listed:
        if parameter.grad is not None:
            _replace(parameter, lambda gradient, out: np.clip(gradient, -clip_value, clip_value, out=out))


def missing_gradients(parameters: Any, loss: Tensor | None = None) -> dict[str, str]:
    """Return which parameters have no gradient after ``backward``, and why.

    Parameters
    ----------
    parameters : iterable of Tensor or of (str, Tensor)
        ``model.named_parameters()`` gives each its name; bare Tensors are named by their own name or their position.
    loss : Tensor, optional
        What ``backward`` was called on, before the optimiser's step: its graph then tells the reasons apart.

    Returns
    -------
    dict of str to str
        The name of each such parameter, and the reason.

    Raises
    ------
    StructureError
        If ``parameters`` are not Tensors.
    SupersededError
        If parameters were updated since ``loss`` was computed.

    Examples
    --------
    >>> from autograd_lite import Tensor, optim
    >>> used, unused = Tensor(1.0, requires_grad=True), Tensor(2.0, requires_grad=True)
    >>> loss = used * used
    >>> loss.backward()
    >>> for name, reason in optim.missing_gradients([("used", used), ("unused", unused)], loss).items():
    ...     print(name, "-", reason[:56])
    unused - the loss does not depend on it: it was not used, or only
    """
    reached = None
    if isinstance(loss, Tensor) and loss.node is not None:
        reached = collect((loss.node,)).targets
    missing = {}
    for name, parameter in _listed(parameters, "missing_gradients"):
        if parameter.node is None:
            missing[name] = "it is not tracked: made with requires_grad=False, or detached"
        elif parameter.grad is None:
            missing[name] = _reason(parameter, loss, reached)
    return missing


def _reason(parameter: Tensor, loss: Tensor | None, reached: set[Any] | None) -> str:
    unused = (
        "it was not used, or only through detach(), .data, no_grad() or a function of derivative zero such as argmax "
        "and comparisons"
    )
    if loss is None:
        return (
            f"no backward() since zero_grad() has reached it: none was called, or the loss does not depend on it: "
            f"{unused}"
        )
    if reached is None:
        return (
            "the loss is a constant: nothing that it was computed from is tracked, or it was computed under no_grad()"
        )
    if parameter.node not in reached:
        return f"the loss does not depend on it: {unused}"
    return "the loss depends on it, but backward() was not called since zero_grad()"


def check_finite(parameters: Any) -> None:
    """Raise if a gradient holds a NaN or an infinity.

    Parameters
    ----------
    parameters : iterable of Tensor or of (str, Tensor)

    Raises
    ------
    NaNError
        It names the parameters, and how many of their elements it concerns.
    """
    found = []
    for name, parameter in _listed(parameters, "check_finite"):
        if parameter.grad is not None:
            gradient = np.asarray(_plain(parameter.grad))
            count = gradient.size - int(np.count_nonzero(np.isfinite(gradient)))
            if count:
                found.append(f"{name} of shape {parameter.shape}: {count} of {gradient.size} elements")
    if found:
        raise NaNError(
            "\n  ".join(["gradients hold NaN or infinity:", *found])
            + "\nA smaller learning rate or clip_grad_norm_ may help; under autograd_lite.debug() backward names the "
            "operation in which a NaN is born."
        )


def _listed(parameters: Any, caller: str) -> list[tuple[str, Tensor]]:
    """Return the parameters with a name for each."""
    if isinstance(parameters, Tensor):
        parameters = [parameters]
    if not isinstance(parameters, Iterable):
        raise StructureError(
            f"{caller}(parameters) got a {type(parameters).__name__}: pass model.parameters() or a list of Tensors"
        )
    listed = []
    for index, item in enumerate(parameters):
        name, parameter = item if isinstance(item, tuple) and len(item) == 2 else ("", item)
        if not isinstance(parameter, Tensor):
            raise StructureError(f"{caller}(parameters): number {index} is a {type(parameter).__name__}, not a Tensor")
        listed.append((name or parameter.name or f"parameter {index}", parameter))
    return listed


def _plain(gradient: Any) -> Any:
    return gradient.data if isinstance(gradient, Tensor) else gradient


def _replace(parameter: Tensor, change: Any) -> None:
    """Change a gradient in place where it is an array that may be written to, and replace it where it is not."""
    gradient = _plain(parameter.grad)
    if isinstance(gradient, np.ndarray) and gradient.flags.writeable:
        change(gradient, gradient)
    else:
        parameter.grad = change(gradient, None)


def _norm(gradient: np.ndarray, p: float) -> float:
    """Return the p-norm of all elements, without overflow on the way."""
    if not gradient.size:
        return 0.0
    flat = gradient.reshape(-1)
    if p == 2.0:
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            square = float(np.dot(flat, flat))
        # 1e-30: below it squares of float32 lose digits; then, and after an overflow, the scaled way is taken.
        if 1e-30 < square < math.inf:
            return math.sqrt(square)
    largest = float(np.max(np.abs(flat)))
    if p == math.inf or largest == 0.0 or not math.isfinite(largest):
        return largest
    return largest * float(np.sum((np.abs(flat) / largest) ** p)) ** (1 / p)


def _norm_of_all(norms: list[float], p: float) -> float:
    return _norm(np.asarray(norms), p) if norms else 0.0
