"""Schedules made of others, one after another or all at once, and one that watches a metric."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from autograd_lite.errors import StructureError
from autograd_lite.optim.hyperparameters import natural, number
from autograd_lite.optim.optimizer import Optimizer
from autograd_lite.optim.schedules import Scheduler


class _Composed(Scheduler):
    """A schedule that steps others."""

    schedulers: list[Scheduler]

    def __init__(self, optimizer: Optimizer | None, schedulers: Sequence[Scheduler]):
        self.schedulers = list(schedulers)
        if not self.schedulers:
            raise StructureError(f"{self._name}(schedulers) got none")
        for index, scheduler in enumerate(self.schedulers):
            if not isinstance(scheduler, Scheduler) or isinstance(scheduler, ReduceLROnPlateau):
                raise StructureError(
                    f"{self._name}(schedulers): number {index} is a {type(scheduler).__name__}; schedules that are "
                    f"stepped without a metric are needed"
                )
            if scheduler.optimizer is not (optimizer or self.schedulers[0].optimizer):
                raise StructureError(f"{self._name}(schedulers): number {index} belongs to another optimiser")
        self.optimizer = self.schedulers[0].optimizer
        self.base_lrs = self.schedulers[0].base_lrs
        self.last_epoch = 0

    def state_dict(self) -> dict[str, Any]:
        """Return what the next steps depend on beside the optimiser's own state."""
        return {**super().state_dict(), "schedulers": [scheduler.state_dict() for scheduler in self.schedulers]}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a stored state; see `Scheduler.load_state_dict`."""
        parts = state.get("schedulers", [])
        if len(parts) != len(self.schedulers):
            raise StructureError(
                f"{self._name}.load_state_dict: {len(parts)} parts for {len(self.schedulers)} schedules"
            )
        for scheduler, part in zip(self.schedulers, parts, strict=True):
            scheduler.load_state_dict(part)
        for name, value in state.items():
            if name != "schedulers":
                setattr(self, name, value)


class SequentialLR(_Composed):
    """One schedule after another, each from its own start.

    Parameters
    ----------
    optimizer : Optimizer
    schedulers : sequence of Scheduler
        Of this optimiser.
    milestones : sequence of int
        The epochs in which the second and the following ones start.

    Raises
    ------
    StructureError
        If the schedules belong to another optimiser, one needs a metric, or there are not as many milestones as
        changes.

    Examples
    --------
    >>> from autograd_lite import Tensor, optim
    >>> optimizer = optim.SGD([Tensor(1.0, requires_grad=True)], lr=0.5)
    >>> warmup = optim.LinearLR(optimizer, start_factor=0.5, total_iters=2)
    >>> decay = optim.ExponentialLR(optimizer, gamma=0.5)
    >>> scheduler = optim.SequentialLR(optimizer, [warmup, decay], milestones=[2])
    >>> [scheduler.curve(0, epoch) for epoch in range(5)]
    [0.25, 0.375, 0.5, 0.25, 0.125]
    """

    def __init__(self, optimizer: Optimizer, schedulers: Sequence[Scheduler], milestones: Sequence[int]):
        super().__init__(optimizer, schedulers)
        self.milestones = [natural(milestone, "milestones", self._name, 0) for milestone in milestones]
        if len(self.milestones) != len(self.schedulers) - 1 or self.milestones != sorted(self.milestones):
            raise StructureError(
                f"{self._name}: {len(self.schedulers)} schedules change {len(self.schedulers) - 1} times, and the "
                f"milestones are {list(milestones)}: as many are needed, in rising order"
            )
        self.restart()

    def curve(self, group: int, epoch: int) -> float:
        """Return the learning rate of a group in an epoch."""
        part = bisect_right(self.milestones, epoch)
        return self.schedulers[part].curve(group, epoch - (self.milestones[part - 1] if part else 0))

    def begin(self) -> None:
        """Start with the first schedule from where the learning rates are."""
        self.last_epoch = 0
        self.schedulers[bisect_right(self.milestones, 0)].begin()

    def step(self) -> None:
        """Go to the next epoch in the schedule that is due."""
        self.last_epoch += 1
        part = bisect_right(self.milestones, self.last_epoch)
        if part and self.milestones[part - 1] == self.last_epoch:
            self.schedulers[part].restart()
        else:
            self.schedulers[part].step()


class ChainedScheduler(_Composed):
    """Several schedules at once, each changing what the others have made of the learning rate.

    Parameters
    ----------
    schedulers : sequence of Scheduler
        Of one optimiser. Those that set the learning rate whatever it was (`LambdaLR`, `OneCycleLR`,
        `CosineAnnealingWarmRestarts`) undo those before them.
    optimizer : Optimizer, optional

    Raises
    ------
    StructureError
        If the schedules belong to different optimisers, or one needs a metric.

    Examples
    --------
    >>> from autograd_lite import Tensor, optim
    >>> x = Tensor(1.0, requires_grad=True)
    >>> optimizer = optim.SGD([x], lr=1.0)
    >>> parts = [optim.ConstantLR(optimizer, factor=0.5, total_iters=2), optim.ExponentialLR(optimizer, gamma=0.5)]
    >>> scheduler, rates = optim.ChainedScheduler(parts), []
    >>> for epoch in range(4):
    ...     rates.append(optimizer.lr)
    ...     x.grad = 0.0
    ...     optimizer.step()
    ...     scheduler.step()
    >>> rates
    [0.5, 0.25, 0.25, 0.125]
    """

    def __init__(self, schedulers: Sequence[Scheduler], optimizer: Optimizer | None = None):
        super().__init__(optimizer, schedulers)

    def begin(self) -> None:
        """Start all schedules from where the learning rates are."""
        self.last_epoch = 0
        for scheduler in self.schedulers:
            scheduler.begin()

    def step(self) -> None:
        """Go to the next epoch in all of them."""
        self.last_epoch += 1
        for scheduler in self.schedulers:
            scheduler.step()


class ReduceLROnPlateau(Scheduler):
    """The learning rate falls when a metric has stopped to improve.

    Parameters
    ----------
    optimizer : Optimizer
    mode : {"min", "max"}
        Whether the metric improves by falling or by rising.
    factor : float
        What the learning rate is multiplied by, below 1.
    patience : int
        After how many epochs without improvement.
    threshold : float
        How large an improvement has to be: relative to the best (``"rel"``), or as it is (``"abs"``).
    threshold_mode : {"rel", "abs"}
    cooldown : int
        For how many epochs after a fall nothing is counted.
    min_lr : float or list of float
        The learning rate falls no lower.
    eps : float
        Smaller falls are left out.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> from autograd_lite import Tensor, optim
    >>> optimizer = optim.SGD([Tensor(1.0, requires_grad=True)], lr=1.0)
    >>> scheduler = optim.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    >>> rates = []
    >>> for loss in [3.0, 2.0, 2.0, 2.0, 2.0, 2.0, 1.0]:
    ...     scheduler.step(loss)
    ...     rates.append(optimizer.lr)
    >>> rates
    [1.0, 1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | Sequence[float] = 0.0,
        eps: float = 1e-8,
    ):
        if mode not in ("min", "max") or threshold_mode not in ("rel", "abs"):
            raise ValueError(
                f"{self._name}(mode={mode!r}, threshold_mode={threshold_mode!r}): 'min' or 'max', and 'rel' or 'abs'"
            )
        super().__init__(optimizer)
        self.mode, self.threshold_mode = mode, threshold_mode
        self.factor = number(factor, "factor", self._name, below=1.0)
        self.patience = natural(patience, "patience", self._name, 0)
        self.threshold = number(threshold, "threshold", self._name)
        self.cooldown = natural(cooldown, "cooldown", self._name, 0)
        count = len(optimizer.param_groups)
        self.min_lrs = list(min_lr) if isinstance(min_lr, Sequence) else [min_lr] * count
        if len(self.min_lrs) != count:
            raise StructureError(f"{self._name}(min_lr={min_lr!r}): one number, or {count}, one a group, are needed")
        self.eps = number(eps, "eps", self._name)
        self.best = math.inf if mode == "min" else -math.inf
        self.num_bad_epochs = self.cooldown_counter = 0

    def curve(self, group: int, epoch: int) -> float:
        """Return the learning rate at the start: what becomes of it depends on the metric."""
        return self.base_lrs[group]

    def begin(self) -> None:
        """Leave the learning rates as they are."""

    def step(self, metrics: Any = None) -> None:
        """Take note of an epoch's metric, and lower the learning rates if it is time.

        Parameters
        ----------
        metrics : float

        Raises
        ------
        TypeError
            If there is none.
        ValueError
            If it is NaN.
        """
        if metrics is None:
            raise TypeError(f"{self._name}.step(metrics) needs the metric that it watches, such as the validation loss")
        metric = float(metrics)
        if math.isnan(metric):
            raise ValueError(f"{self._name}.step(metrics) got NaN, which is neither better nor worse")
        self.last_epoch += 1
        if self._is_better(metric):
            self.best = metric
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0
            for group, least in zip(self.optimizer.param_groups, self.min_lrs, strict=True):
                lowered = max(group["lr"] * self.factor, least)
                if group["lr"] - lowered > self.eps:
                    group["lr"] = lowered

    def _is_better(self, metric: float) -> bool:
        sign = 1 if self.mode == "max" else -1
        if self.threshold_mode == "abs":
            return sign * (metric - self.best) > self.threshold
        # PyTorch's form: for a negative best it asks for less than the best.
        return sign * (metric - self.best * (1 + sign * self.threshold)) > 0
