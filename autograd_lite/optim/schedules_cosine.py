"""Schedules along cosines: `CosineAnnealingLR`, the same with restarts or a warm-up, and `OneCycleLR`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autograd_lite.errors import StructureError
from autograd_lite.optim.hyperparameters import natural, number
from autograd_lite.optim.optimizer import Optimizer
from autograd_lite.optim.schedules import Scheduler


class CosineAnnealingLR(Scheduler):
    """Half a cosine from the learning rate down to ``eta_min``, and up again: η + (lr - η)(1 + cos(πt/T)) / 2.

    I. Loshchilov & F. Hutter, *SGDR: stochastic gradient descent with warm restarts*, ICLR 2017, equation 5, without
    the restarts.

    Parameters
    ----------
    optimizer : Optimizer
    T_max : int
        T, the epochs from the top to the bottom.
    eta_min : float
        η.

    Examples
    --------
    >>> from autograd_lite import Tensor, optim
    >>> optimizer = optim.SGD([Tensor(1.0, requires_grad=True)], lr=0.5)
    >>> scheduler = optim.CosineAnnealingLR(optimizer, T_max=4)
    >>> [round(scheduler.curve(0, epoch), 4) for epoch in range(6)]
    [0.5, 0.4268, 0.25, 0.0732, 0.0, 0.0732]
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0):  # noqa: N803
        self.T_max = natural(T_max, "T_max", self._name)
        self.eta_min = self.floor = number(eta_min, "eta_min", self._name)
        super().__init__(optimizer)

    def curve(self, group: int, epoch: int) -> float:
        """Return the learning rate of a group in an epoch."""
        return cosine(self.base_lrs[group], self.eta_min, epoch / self.T_max)


class CosineAnnealingWarmRestarts(Scheduler):
    """Half a cosine from the learning rate down to ``eta_min``, and again from the top, each ``T_mult`` times longer.

    I. Loshchilov & F. Hutter, *SGDR: stochastic gradient descent with warm restarts*, ICLR 2017, equation 5.

    Parameters
    ----------
    optimizer : Optimizer
    T_0 : int
        The epochs until the first restart.
    T_mult : int
    eta_min : float

    Examples
    --------
    >>> from autograd_lite import Tensor, optim
    >>> optimizer = optim.SGD([Tensor(1.0, requires_grad=True)], lr=0.5)
    >>> scheduler = optim.CosineAnnealingWarmRestarts(optimizer, T_0=2, T_mult=2)
    >>> [round(scheduler.curve(0, epoch), 4) for epoch in range(8)]
    [0.5, 0.25, 0.5, 0.4268, 0.25, 0.0732, 0.5, 0.481]
    """

    absolute = True

    def __init__(self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0):  # noqa: N803
        self.T_0 = natural(T_0, "T_0", self._name)
        self.T_mult = natural(T_mult, "T_mult", self._name)
        self.eta_min = number(eta_min, "eta_min", self._name)
        super().__init__(optimizer)

    def curve(self, group: int, epoch: int) -> float:
        """Return the learning rate of a group in an epoch."""
        length = self.T_0
        if self.T_mult == 1:
            epoch %= length
        while epoch >= length:
            epoch -= length
            length *= self.T_mult
        return cosine(self.base_lrs[group], self.eta_min, epoch / length)


class WarmupCosineLR(Scheduler):
    """A straight line up to the learning rate, and then half a cosine down to ``eta_min``, where it stays.

    As ``SequentialLR`` of `LinearLR` and `CosineAnnealingLR`, and as optax's ``warmup_cosine_decay_schedule``.

    Parameters
    ----------
    optimizer : Optimizer
    warmup_steps : int
        Where the top is reached.
    total_steps : int
        Where the bottom is.
    start_factor : float
        The share of the learning rate that it starts with.
    eta_min : float
        The bottom.

    Raises
    ------
    ValueError
        If the warm-up is not shorter than everything.

    Examples
    --------
    >>> from autograd_lite import Tensor, optim
    >>> optimizer = optim.SGD([Tensor(1.0, requires_grad=True)], lr=0.5)
    >>> scheduler = optim.WarmupCosineLR(optimizer, warmup_steps=2, total_steps=6)
    >>> [round(scheduler.curve(0, epoch), 4) for epoch in range(8)]
    [0.0, 0.25, 0.5, 0.4268, 0.25, 0.0732, 0.0, 0.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        warmup_steps: int,
        total_steps: int,
        start_factor: float = 0.0,
        eta_min: float = 0.0,
    ):
        self.warmup_steps = natural(warmup_steps, "warmup_steps", self._name, 0)
        self.total_steps = natural(total_steps, "total_steps", self._name, self.warmup_steps + 1)
        self.start_factor = number(start_factor, "start_factor", self._name)
        self.eta_min = number(eta_min, "eta_min", self._name)
        super().__init__(optimizer)

    def curve(self, group: int, epoch: int) -> float:
        """Return the learning rate of a group in an epoch."""
        base = self.base_lrs[group]
        if epoch < self.warmup_steps:
            return base * (self.start_factor + (1 - self.start_factor) * epoch / self.warmup_steps)
        share = (epoch - self.warmup_steps) / (self.total_steps - self.warmup_steps)
        return cosine(base, self.eta_min, min(share, 1.0))


class OneCycleLR(Scheduler):
    """Up to ``max_lr`` and down to almost nothing, the momentum going the other way; stepped after every batch.

    L. Smith & N. Topin, *Super-convergence: very fast training of neural networks using large learning rates*,
    arXiv:1708.07120, in fastai's form with cosines.

    Parameters
    ----------
    optimizer : Optimizer
    max_lr : float or list of float
        The top, for all groups or for each; the optimiser's own learning rate plays no part.
    total_steps : int, optional
        The number of steps; or give ``epochs`` and ``steps_per_epoch``.
    epochs, steps_per_epoch : int, optional
    pct_start : float
        The share of the steps that lead up.
    anneal_strategy : {"cos", "linear"}
        The shape of ups and downs.
    cycle_momentum : bool
        Whether to move the optimiser's ``momentum`` or ``betas[0]``, from ``max_momentum`` to ``base_momentum`` and
        back.
    base_momentum, max_momentum : float or list of float
    div_factor : float
        It starts at ``max_lr / div_factor``,
    final_div_factor : float
        and ends at ``max_lr / div_factor / final_div_factor``.
    three_phase : bool
        Whether to come down to the start first, symmetrically, and then to the end.

    Raises
    ------
    StructureError
        If a list has not one entry for each group, or the optimiser has no momentum to cycle.
    ValueError
        If a number is out of its range, or the schedule is stepped beyond ``total_steps``.

    Examples
    --------
    >>> from autograd_lite import Tensor, optim
    >>> optimizer = optim.SGD([Tensor(1.0, requires_grad=True)], lr=0.1, momentum=0.9)
    >>> scheduler = optim.OneCycleLR(optimizer, max_lr=0.5, total_steps=6, pct_start=0.5)
    >>> [round(scheduler.curve(0, epoch), 4) for epoch in range(6)]
    [0.02, 0.26, 0.5, 0.375, 0.125, 0.0]
    """

    absolute = True

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | Sequence[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.85,
        max_momentum: float | Sequence[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
    ):
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise ValueError(f"{self._name}: give total_steps, or both epochs and steps_per_epoch")
            total_steps = natural(epochs, "epochs", self._name) * natural(
                steps_per_epoch, "steps_per_epoch", self._name
            )
        self.total_steps = natural(total_steps, "total_steps", self._name)
        if not 0 <= pct_start <= 1 or anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"{self._name}(pct_start={pct_start!r}, anneal_strategy={anneal_strategy!r}): a share in [0, 1], and "
                f"'cos' or 'linear', are needed"
            )
        self.anneal_strategy = anneal_strategy
        self.max_lrs = self._one_each(optimizer, max_lr, "max_lr")
        self.div_factor, self.final_div_factor = div_factor, final_div_factor
        top = pct_start * self.total_steps - 1
        #: The epoch in which each phase ends, and the height there: 0 is the start, 1 the top, -1 the end.
        self.ends = [top, *([2 * top] if three_phase else []), self.total_steps - 1.0]
        self.heights = [1, *([0] if three_phase else []), -1]
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.base_momentums = self._one_each(optimizer, base_momentum, "base_momentum")
            self.max_momentums = self._one_each(optimizer, max_momentum, "max_momentum")
            if not {"momentum", "betas"} & set(optimizer.defaults):
                raise StructureError(
                    f"{self._name}: {type(optimizer).__name__} has no momentum and no betas: pass cycle_momentum=False"
                )
        for group, rate in zip(optimizer.param_groups, self.max_lrs, strict=True):
            group["initial_lr"] = rate / div_factor
        super().__init__(optimizer)

    def _one_each(self, optimizer: Optimizer, value: Any, name: str) -> list[float]:
        """Return a value for each group."""
        count = len(optimizer.param_groups)
        values = list(value) if isinstance(value, Sequence) else [value] * count
        if len(values) != count:
            raise StructureError(f"{self._name}({name}={value!r}): one number, or {count}, one a group, are needed")
        return [number(item, name, self._name) for item in values]

    def _between(self, epoch: int, start: float, top: float, end: float) -> float:
        """Return a value that goes from its start over its top to its end."""
        values = {0: start, 1: top, -1: end}
        begin, low = 0.0, start
        for stop, height in zip(self.ends, self.heights, strict=True):
            high = values[height]
            if epoch <= stop or stop == self.ends[-1]:
                share = (epoch - begin) / (stop - begin) if stop != begin else 1.0
                return cosine(low, high, share) if self.anneal_strategy == "cos" else low + (high - low) * share
            begin, low = stop, high
        return low

    def curve(self, group: int, epoch: int) -> float:
        """Return the learning rate of a group in an epoch."""
        if epoch > self.total_steps:
            raise ValueError(
                f"{self._name}.step() was called {epoch} times, and total_steps={self.total_steps}: give it the number "
                f"of batches of the whole training"
            )
        base = self.max_lrs[group] / self.div_factor
        return self._between(epoch, base, self.max_lrs[group], base / self.final_div_factor)

    def _move(self, before: Sequence[float]) -> None:
        super()._move(before)
        if not self.cycle_momentum:
            return
        for index, group in enumerate(self.optimizer.param_groups):
            largest = self.max_momentums[index]
            momentum = self._between(self.last_epoch, largest, self.base_momentums[index], largest)
            if "betas" in group:
                group["betas"] = (momentum, *group["betas"][1:])
            else:
                group["momentum"] = momentum


def cosine(start: float, end: float, share: float) -> float:
    """Return the point of half a cosine from ``start`` to ``end``, a share of the way along."""
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2
