"""Schedules: learning rates that change from epoch to epoch, or from step to step.

A schedule is a curve, a function of the epoch alone, and ``step`` moves the learning rate of each group along it: by
the ratio of two neighbouring points, so that what else has changed the rate (your own hand, another schedule) stays.
Call ``scheduler.step()`` after ``optimizer.step()``, once an epoch or once a step, as the schedule's numbers are meant.

The numbers are those of ``torch.optim.lr_scheduler``. Cosines and cycles are in `schedules_cosine`; what is made of
other schedules, or watches a metric, in `schedules_composed`.
"""

from __future__ import annotations

import warnings
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from autograd_lite.errors import StructureError
from autograd_lite.optim.hyperparameters import natural, number
from autograd_lite.optim.optimizer import Optimizer


class Scheduler:
    """Base of the schedules: a subclass defines ``curve``.

    Parameters
    ----------
    optimizer : Optimizer

    Attributes
    ----------
    last_epoch : int
        How many times it was stepped.
    base_lrs : list of float
        The learning rate of each group at the start.
    floor : float
        What ratios are taken above of: the curve may be zero there.
    absolute : bool
        Whether the learning rate is set to the curve, whatever it was.

    Raises
    ------
    StructureError
        If it is not given an `Optimizer`.

    Examples
    --------
    >>> from autograd_lite import Tensor, optim
    >>> class Halving(optim.Scheduler):
    ...     def curve(self, group, epoch):
    ...         return self.base_lrs[group] / 2**epoch
    >>> x = Tensor(1.0, requires_grad=True)
    >>> optimizer = optim.SGD([x], lr=0.8)
    >>> scheduler = Halving(optimizer)
    >>> for epoch in range(3):
    ...     optimizer.zero_grad()
    ...     (x * x).backward()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> scheduler.get_last_lr()
    [0.1]
    """

    floor = 0.0
    absolute = False

    def __init__(self, optimizer: Optimizer):
        if not isinstance(optimizer, Optimizer):
            raise StructureError(f"{self._name}(optimizer) got a {type(optimizer).__name__}, not an Optimizer")
        self.optimizer = optimizer
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])
        self.base_lrs = [float(group["initial_lr"]) for group in optimizer.param_groups]
        self.last_epoch = 0
        self.begin()

    @property
    def _name(self) -> str:
        return type(self).__name__

    def curve(self, group: int, epoch: int) -> float:
        """Return the learning rate that this schedule alone gives a group in an epoch.

        Parameters
        ----------
        group : int
            Its position in ``optimizer.param_groups``.
        epoch : int
            From 0.

        Returns
        -------
        float
        """
        raise TypeError(f"{self._name} is a schedule without a method curve(self, group, epoch)")

    def begin(self) -> None:
        """Move the learning rates from where they are to the start of the curve."""
        self.last_epoch = 0
        self._move(list(self.base_lrs))

    def restart(self) -> None:
        """Set the learning rates to the start of the curve, whatever they were."""
        for group, base in zip(self.optimizer.param_groups, self.base_lrs, strict=True):
            group["lr"] = base
        self.begin()

    def step(self) -> None:
        """Go to the next epoch, and change the learning rate of each group."""
        groups = self.optimizer.param_groups
        if len(groups) != len(self.base_lrs):
            raise StructureError(
                f"{self._name}.step(): the optimiser has {len(groups)} groups, and had {len(self.base_lrs)} when the "
                f"schedule was made: make the schedule after add_param_group"
            )
        warn_of_order(self)
        self.last_epoch += 1
        self._move([self.curve(index, self.last_epoch - 1) for index in range(len(groups))])

    def _move(self, before: Sequence[float]) -> None:
        """Move the learning rates as the curve goes from ``before`` to this epoch."""
        for index, (group, old) in enumerate(zip(self.optimizer.param_groups, before, strict=True)):
            new = self.curve(index, self.last_epoch)
            if self.absolute or group["lr"] == old:
                group["lr"] = new
            elif new != old:
                above, rise = group["lr"] - self.floor, new - self.floor
                # From the floor itself no ratio leads up again, but the difference does.
                group["lr"] = self.floor + (above * rise / (old - self.floor) if old != self.floor else above + rise)

    def get_last_lr(self) -> list[float]:
        """Return the learning rate of each group as it is now."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """Return what the next steps depend on beside the optimiser's own state: numbers, strings, lists and dicts."""
        return {name: value for name, value in vars(self).items() if is_plain(value)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a stored state; the learning rates themselves are in the optimiser's.

        Parameters
        ----------
        state : mapping
            From `state_dict` of a schedule of the same class.

        Raises
        ------
        StructureError
            If it is one of another class; nothing is changed then.
        """
        own = self.state_dict()
        if set(state) != set(own):
            raise StructureError(
                f"{self._name}.load_state_dict: the state has {sorted(state)}, and {sorted(own)} are needed: it "
                f"belongs to another schedule"
            )
        for name, value in state.items():
            setattr(self, name, tuple(value) if isinstance(own[name], tuple) else _copied(value))

    def __repr__(self) -> str:
        return f"{self._name}(epoch {self.last_epoch}, lr={self.get_last_lr()})"


def is_plain(value: Any) -> bool:
    """Say whether a value can be stored: it is made of numbers, strings and None only."""
    if isinstance(value, list | tuple):
        return all(map(is_plain, value))
    return value is None or isinstance(value, bool | int | float | str)


def _copied(value: Any) -> Any:
    return list(value) if isinstance(value, list) else value


def warn_of_order(scheduler: Scheduler) -> None:
    """Warn if a schedule is stepped before its optimiser was: the first learning rate would never be used."""
    if scheduler.last_epoch == 0 and not scheduler.optimizer.has_stepped:
        warnings.warn(
            f"{type(scheduler).__name__}.step() was called before optimizer.step(): the first learning rate of the "
            f"schedule is passed over. Call optimizer.step() first.",
            UserWarning,
            stacklevel=3,
        )


class LambdaLR(Scheduler):
    """The learning rate at the start times a function of the epoch.

    Parameters
    ----------
    optimizer : Optimizer
    lr_lambda : callable, or list of callable
        ``lr_lambda(epoch)`` gives the factor; one for each group, or one for all. It is not part of the state.

    Examples
    --------
    >>> from autograd_lite import Tensor, optim
    >>> optimizer = optim.SGD([Tensor(1.0, requires_grad=True)], lr=0.5)
    >>> scheduler = optim.LambdaLR(optimizer, lambda epoch: 0.5**epoch)
    >>> [scheduler.curve(0, epoch) for epoch in range(3)]
    [0.5, 0.25, 0.125]
    """

    absolute = True

    def __init__(self, optimizer: Optimizer, lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]]):
        count = len(getattr(optimizer, "param_groups", ()))
        self.lr_lambdas = list(lr_lambda) if isinstance(lr_lambda, Sequence) else [lr_lambda] * count
        if len(self.lr_lambdas) != count or not all(map(callable, self.lr_lambdas)):
            raise StructureError(f"{self._name}(lr_lambda): a function, or a list of {count}, one a group, is needed")
        super().__init__(optimizer)

    def curve(self, group: int, epoch: int) -> float:
        """Return the learning rate of a group in an epoch."""
        return self.base_lrs[group] * self.lr_lambdas[group](epoch)


class StepLR(Scheduler):
    """The learning rate falls to ``gamma`` times itself every ``step_size`` epochs.

    Parameters
    ----------
    optimizer : Optimizer
    step_size : int
    gamma : float

    Examples
    --------
    >>> from autograd_lite import Tensor, optim
    >>> optimizer = optim.SGD([Tensor(1.0, requires_grad=True)], lr=0.5)
    >>> scheduler = optim.StepLR(optimizer, step_size=2, gamma=0.5)
    >>> [scheduler.curve(0, epoch) for epoch in range(5)]
    [0.5, 0.5, 0.25, 0.25, 0.125]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1):
        self.step_size = natural(step_size, "step_size", self._name)
        self.gamma = number(gamma, "gamma", self._name)
        super().__init__(optimizer)

    def curve(self, group: int, epoch: int) -> float:
        """Return the learning rate of a group in an epoch."""
        return self.base_lrs[group] * self.gamma ** (epoch // self.step_size)


class MultiStepLR(Scheduler):
    """The learning rate falls to ``gamma`` times itself at each milestone.

    Parameters
    ----------
    optimizer : Optimizer
    milestones : iterable of int
        Epochs; one that is given twice counts twice.
    gamma : float

    Examples
    --------
    >>> from autograd_lite import Tensor, optim
    >>> optimizer = optim.SGD([Tensor(1.0, requires_grad=True)], lr=0.5)
    >>> scheduler = optim.MultiStepLR(optimizer, milestones=[1, 3], gamma=0.5)
    >>> [scheduler.curve(0, epoch) for epoch in range(5)]
    [0.5, 0.25, 0.25, 0.125, 0.125]
    """

    def __init__(self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1):
        self.milestones = sorted(natural(milestone, "milestones", self._name, 0) for milestone in milestones)
        self.gamma = number(gamma, "gamma", self._name)
        super().__init__(optimizer)

    def curve(self, group: int, epoch: int) -> float:
        """Return the learning rate of a group in an epoch."""
        return self.base_lrs[group] * self.gamma ** bisect_right(self.milestones, epoch)


class ConstantLR(Scheduler):
    """The learning rate is ``factor`` times itself for ``total_iters`` epochs, and then itself.

    Parameters
    ----------
    optimizer : Optimizer
    factor : float
    total_iters : int
        With 0 it is itself from the start, as PyTorch's closed form has it; its ``step`` keeps the factor for ever.

    Examples
    --------
    >>> from autograd_lite import Tensor, optim
    >>> optimizer = optim.SGD([Tensor(1.0, requires_grad=True)], lr=0.5)
    >>> scheduler = optim.ConstantLR(optimizer, factor=0.5, total_iters=2)
    >>> [scheduler.curve(0, epoch) for epoch in range(4)]
    [0.25, 0.25, 0.5, 0.5]
    """

    def __init__(self, optimizer: Optimizer, factor: float = 1 / 3, total_iters: int = 5):
        self.factor = number(factor, "factor", self._name)
        self.total_iters = natural(total_iters, "total_iters", self._name, 0)
        super().__init__(optimizer)

    def curve(self, group: int, epoch: int) -> float:
        """Return the learning rate of a group in an epoch."""
        return self.base_lrs[group] * (self.factor if epoch < self.total_iters else 1.0)


class LinearLR(Scheduler):
    """A straight line from ``start_factor`` to ``end_factor`` times the learning rate: a warm-up.

    Parameters
    ----------
    optimizer : Optimizer
    start_factor, end_factor : float
    total_iters : int
        Epochs from one to the other; it stays there.

    Examples
    --------
    >>> from autograd_lite import Tensor, optim
    >>> optimizer = optim.SGD([Tensor(1.0, requires_grad=True)], lr=0.5)
    >>> scheduler = optim.LinearLR(optimizer, start_factor=0.5, total_iters=2)
    >>> [scheduler.curve(0, epoch) for epoch in range(4)]
    [0.25, 0.375, 0.5, 0.5]
    """

    def __init__(
        self, optimizer: Optimizer, start_factor: float = 1 / 3, end_factor: float = 1.0, total_iters: int = 5
    ):
        self.start_factor = number(start_factor, "start_factor", self._name)
        self.end_factor = number(end_factor, "end_factor", self._name)
        self.total_iters = natural(total_iters, "total_iters", self._name)
        super().__init__(optimizer)

    def curve(self, group: int, epoch: int) -> float:
        """Return the learning rate of a group in an epoch."""
        share = min(1.0, epoch / self.total_iters)
        return self.base_lrs[group] * (self.start_factor + (self.end_factor - self.start_factor) * share)


class ExponentialLR(Scheduler):
    """The learning rate falls to ``gamma`` times itself every epoch.

    Parameters
    ----------
    optimizer : Optimizer
    gamma : float

    Examples
    --------
    >>> from autograd_lite import Tensor, optim
    >>> optimizer = optim.SGD([Tensor(1.0, requires_grad=True)], lr=0.5)
    >>> scheduler = optim.ExponentialLR(optimizer, gamma=0.5)
    >>> [scheduler.curve(0, epoch) for epoch in range(3)]
    [0.5, 0.25, 0.125]
    """

    def __init__(self, optimizer: Optimizer, gamma: float):
        self.gamma = number(gamma, "gamma", self._name)
        super().__init__(optimizer)

    def curve(self, group: int, epoch: int) -> float:
        """Return the learning rate of a group in an epoch."""
        return self.base_lrs[group] * self.gamma**epoch


class PolynomialLR(Scheduler):
    """The learning rate falls to zero within ``total_iters`` epochs: lr · (1 - t/T)^power.

    Parameters
    ----------
    optimizer : Optimizer
    total_iters : int
    power : float

    Examples
    --------
    >>> from autograd_lite import Tensor, optim
    >>> optimizer = optim.SGD([Tensor(1.0, requires_grad=True)], lr=0.5)
    >>> scheduler = optim.PolynomialLR(optimizer, total_iters=4)
    >>> [scheduler.curve(0, epoch) for epoch in range(6)]
    [0.5, 0.375, 0.25, 0.125, 0.0, 0.0]
    """

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0):
        self.total_iters = natural(total_iters, "total_iters", self._name)
        self.power = number(power, "power", self._name)
        super().__init__(optimizer)

    def curve(self, group: int, epoch: int) -> float:
        """Return the learning rate of a group in an epoch."""
        return self.base_lrs[group] * (1.0 - min(epoch, self.total_iters) / self.total_iters) ** self.power
