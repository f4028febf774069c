"""The evaluation mode, for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from autograd_lite.core.modes import no_grad
from autograd_lite.nn.module import Module


@contextmanager
def evaluating(model: Module) -> Iterator[None]:
    """Have every module in evaluation mode and nothing recorded; put each back into its own mode afterwards.

    Parameters
    ----------
    model : Module

    Examples
    --------
    >>> from autograd_lite import nn
    >>> from autograd_lite.nn.training.modes import evaluating
    >>> model = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5))
    >>> with evaluating(model):
    ...     model[1].training
    False
    >>> model[1].training
    True
    """
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with no_grad():
            yield
    finally:
        for module, mode in modes:
            module.training = mode
