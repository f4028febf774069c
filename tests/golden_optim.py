"""Trajectories of optimisers and schedules: what PyTorch makes of 100 steps, stored, so that the tests need no PyTorch.

``python tests/golden_optim.py`` computes all of them with the installed PyTorch anew and writes
``tests/data/optim/trajectories.npz``: for each case the parameters after 1, 10 and 100 steps, and all learning rates.
"""

from __future__ import annotations

import importlib
import math
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from autograd_lite import Tensor, optim

PATH = Path(__file__).parent / "data" / "optim" / "trajectories.npz"
STEPS = 100
MARKS = (1, 10, 100)
SHAPES: tuple[tuple[int, ...], ...] = ((3, 2), (2,), (), (1, 1))

Build = Callable[[Any, Any], Any]


class Case(NamedTuple):
    """One case.

    Parameters
    ----------
    name : str
        The optimiser's class, and behind a comma what is special.
    options : dict
        Of the optimiser; of both libraries.
    schedule : callable, optional
        ``schedule(lib, optimizer)`` gives the schedule, ``lib`` being this package's or PyTorch's module of them.
    theirs : callable, optional
        The same in PyTorch where that has another name.
    groups : tuple of dict
        Options of a second and further group, which one parameter each belongs to.
    gaps : bool
        Whether some parameters lack some gradients.
    """

    name: str
    options: dict[str, Any]
    schedule: Build | None = None
    theirs: Build | None = None
    groups: tuple[dict[str, Any], ...] = ()
    gaps: bool = False

    @property
    def optimizer(self) -> str:
        return self.name.partition(",")[0]

    def noise(self) -> tuple[list[np.ndarray], list[list[np.ndarray]]]:
        """Return where the parameters start, and what is added to each gradient."""
        rng = np.random.default_rng(zlib.crc32(self.name.encode()))
        start = [rng.normal(size=shape) for shape in SHAPES]
        terms = [[rng.normal(size=shape) * 10.0 ** rng.integers(-4, 2) for shape in SHAPES] for _ in range(STEPS)]
        return start, terms

    def lacks(self, step: int, index: int) -> bool:
        return self.gaps and (step + index) % 3 == 0 and step % 7 < 4


def grouped(case: Case, parameters: list[Any]) -> list[dict[str, Any]]:
    """Return the groups of a case: the last parameters have one each, the others are together."""
    first = len(parameters) - len(case.groups)
    alone = [{"params": [p], **extra} for p, extra in zip(parameters[first:], case.groups, strict=True)]
    return [{"params": parameters[:first]}, *alone]


def run(case: Case, library: Any, schedules: Any, wrap: Callable[[Any], Any], read: Callable[[Any], Any]) -> Any:
    """Return the parameters after some of the steps, and the learning rates of all, of one library."""
    start, terms = case.noise()
    parameters = [wrap(value) for value in start]
    optimizer = getattr(library, case.optimizer)(grouped(case, parameters), **case.options)
    build = case.schedule if library is optim else case.theirs or case.schedule
    schedule = build(schedules, optimizer) if build else None
    marks, rates = [], []
    for step in range(STEPS):
        optimizer.zero_grad()
        for index, parameter in enumerate(parameters):
            if not case.lacks(step, index):
                gradient = 0.3 * read(parameter) + terms[step][index]
                parameter.grad = gradient if library is optim else wrap(gradient).detach()
        optimizer.step()
        rates.append([group["lr"] for group in optimizer.param_groups])
        if schedule is not None:
            watches = "Plateau" in type(schedule).__name__
            schedule.step(*([metric(step)] if watches else []))
        if step + 1 in MARKS:
            marks.append(np.concatenate([np.array(read(parameter), float) for parameter in parameters], axis=None))
    return np.array(marks), np.array(rates, float)


def metric(step: int) -> float:
    """Return what plateaus are looked for in."""
    return 1 / (1 + step // 4) + 0.3 * math.sin(step)


def run_ours(case: Case) -> Any:
    return run(case, optim, optim, lambda value: Tensor(value, requires_grad=True), lambda p: p.data)


def run_theirs(case: Case, torch: Any) -> Any:
    def wrap(value: Any) -> Any:
        return torch.tensor(np.asarray(value), dtype=torch.float64, requires_grad=True)

    return run(case, torch.optim, torch.optim.lr_scheduler, wrap, lambda p: p.detach().numpy().copy())


def optimiser_cases() -> list[Case]:
    """Return every option of every optimiser, and all of them with parameters that lack gradients."""
    decays: list[tuple[str, dict[str, Any]]] = [
        ("SGD", {"lr": 0.05}),
        ("SGD, momentum", {"lr": 0.01, "momentum": 0.9}),
        ("SGD, dampening and decay", {"lr": 0.01, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1}),
        ("SGD, nesterov", {"lr": 0.01, "momentum": 0.8, "nesterov": True, "weight_decay": 0.1}),
        ("SGD, maximize", {"lr": 0.01, "momentum": 0.8, "weight_decay": 0.1, "maximize": True}),
        ("Adagrad", {"lr": 0.1}),
        ("Adagrad, all options", {"lr": 0.1, "lr_decay": 0.05, "weight_decay": 0.1, "eps": 1e-6,
                                  "initial_accumulator_value": 0.3}),
        ("Adagrad, maximize", {"lr": 0.1, "maximize": True}),
        ("RMSprop", {}),
        ("RMSprop, momentum", {"alpha": 0.9, "momentum": 0.7, "weight_decay": 0.1}),
        ("RMSprop, centered", {"alpha": 0.8, "eps": 1e-5, "centered": True}),
        ("RMSprop, centered with momentum", {"centered": True, "momentum": 0.5, "eps": 1e-4, "maximize": True}),
        ("Adadelta", {}),
        ("Adadelta, all options", {"lr": 0.5, "rho": 0.8, "eps": 1e-4, "weight_decay": 0.1, "maximize": True}),
        ("Adam", {}),
        ("Adam, betas and eps", {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-6}),
        ("Adam, decay", {"lr": 0.01, "weight_decay": 0.2}),
        ("Adam, decoupled decay", {"lr": 0.01, "weight_decay": 0.2, "decoupled_weight_decay": True}),
        ("Adam, amsgrad", {"lr": 0.02, "amsgrad": True, "betas": (0.9, 0.8)}),
        ("Adam, maximize", {"lr": 0.02, "maximize": True, "weight_decay": 0.1}),
        ("AdamW", {"lr": 0.02}),
        ("AdamW, amsgrad and decay", {"lr": 0.02, "weight_decay": 0.3, "amsgrad": True, "maximize": True}),
        ("Adamax", {}),
        ("Adamax, all options", {"lr": 0.02, "betas": (0.7, 0.9), "eps": 1e-3, "weight_decay": 0.1, "maximize": True}),
        ("NAdam", {}),
        ("NAdam, all options", {"lr": 0.02, "betas": (0.8, 0.95), "eps": 1e-4, "weight_decay": 0.1,
                                "momentum_decay": 0.05, "maximize": True}),
        ("NAdam, decoupled decay", {"lr": 0.02, "weight_decay": 0.3, "decoupled_weight_decay": True}),
        ("RAdam", {}),
        ("RAdam, all options", {"lr": 0.02, "betas": (0.8, 0.95), "eps": 1e-4, "weight_decay": 0.1, "maximize": True}),
        ("RAdam, decoupled decay", {"lr": 0.02, "weight_decay": 0.3, "decoupled_weight_decay": True}),
    ]  # fmt: skip
    cases = [Case(name, options) for name, options in decays]
    cases += [Case(name + (" " if "," in name else ", ") + "with gaps", options, gaps=True) for name, options in decays]
    return [
        *cases,
        Case("SGD, groups", {"lr": 0.1}, groups=({"lr": 0.01, "momentum": 0.9}, {"weight_decay": 0.5})),
        Case("AdamW, groups", {"lr": 0.1}, groups=({"lr": 0.01, "betas": (0.5, 0.9)}, {"weight_decay": 0.0})),
    ]


def schedule_cases() -> list[Case]:
    """Return every schedule, alone, after one another and at once."""
    sgd: dict[str, Any] = {"lr": 0.05, "momentum": 0.5}
    builds: list[tuple[str, Build]] = [
        ("StepLR", lambda lib, o: lib.StepLR(o, 7, 0.5)),
        ("MultiStepLR", lambda lib, o: lib.MultiStepLR(o, [30, 10, 30, 80], gamma=0.3)),
        ("ConstantLR", lambda lib, o: lib.ConstantLR(o, 0.2, 11)),
        ("LinearLR", lambda lib, o: lib.LinearLR(o, 0.1, 0.7, 33)),
        ("ExponentialLR", lambda lib, o: lib.ExponentialLR(o, 0.97)),
        ("PolynomialLR", lambda lib, o: lib.PolynomialLR(o, 60, 2.0)),
        ("LambdaLR", lambda lib, o: lib.LambdaLR(o, lambda epoch: 1 / (1 + epoch))),
        ("CosineAnnealingLR", lambda lib, o: lib.CosineAnnealingLR(o, 20)),
        ("CosineAnnealingLR to a floor", lambda lib, o: lib.CosineAnnealingLR(o, 13, 0.01)),
        ("CosineAnnealingWarmRestarts", lambda lib, o: lib.CosineAnnealingWarmRestarts(o, 9, eta_min=0.001)),
        ("CosineAnnealingWarmRestarts, longer", lambda lib, o: lib.CosineAnnealingWarmRestarts(o, 5, 3)),
        ("OneCycleLR", lambda lib, o: lib.OneCycleLR(o, 0.2, 101)),
        ("OneCycleLR, linear", lambda lib, o: lib.OneCycleLR(o, 0.2, epochs=10, steps_per_epoch=11, pct_start=0.4,
                                                            anneal_strategy="linear", cycle_momentum=False)),
        ("OneCycleLR, three phases", lambda lib, o: lib.OneCycleLR(o, 0.2, 120, three_phase=True, base_momentum=0.6,
                                                                  max_momentum=0.8, div_factor=5.0)),
        ("ReduceLROnPlateau", lambda lib, o: lib.ReduceLROnPlateau(o, factor=0.5, patience=3, cooldown=2)),
        ("ReduceLROnPlateau, max", lambda lib, o: lib.ReduceLROnPlateau(o, "max", 0.7, 4, 0.05, "abs", min_lr=0.02)),
        ("ReduceLROnPlateau, abs", lambda lib, o: lib.ReduceLROnPlateau(o, "min", 0.7, 1, 0.01, "abs", eps=0.01)),
        ("ReduceLROnPlateau, rel max", lambda lib, o: lib.ReduceLROnPlateau(o, "max", 0.7, 4, 0.05)),
        ("SequentialLR", lambda lib, o: lib.SequentialLR(
            o, [lib.LinearLR(o, 0.1, total_iters=10), lib.CosineAnnealingLR(o, 40, 0.002), lib.StepLR(o, 3, 0.5)],
            milestones=[10, 60])),
        ("ChainedScheduler", lambda lib, o: lib.ChainedScheduler(
            [lib.ConstantLR(o, 0.1, 20), lib.ExponentialLR(o, 0.99), lib.CosineAnnealingLR(o, 30, 0.001)])),
    ]  # fmt: skip
    cases = [Case(f"SGD, {name}", sgd, build) for name, build in builds]
    two = ({"lr": 0.01}, {"lr": 0.002})
    return [
        *cases,
        Case("SGD, LambdaLR of groups", sgd, groups=two, schedule=lambda lib, o: lib.LambdaLR(
            o, [lambda epoch: 0.9**epoch, lambda epoch: 1.0, lambda epoch: 1 + epoch % 3])),
        Case("SGD, StepLR of groups", sgd, lambda lib, o: lib.StepLR(o, 20), groups=two),
        Case("SGD, ReduceLROnPlateau of groups", sgd, groups=two, schedule=lambda lib, o: lib.ReduceLROnPlateau(
            o, patience=2, factor=0.5, min_lr=[0.01, 0.002, 0.0])),
        Case("SGD, OneCycleLR of groups", sgd, groups=two, schedule=lambda lib, o: lib.OneCycleLR(
            o, [0.3, 0.2, 0.1], 100, max_momentum=[0.9, 0.8, 0.7])),
        Case("Adam, OneCycleLR", {}, lambda lib, o: lib.OneCycleLR(o, 0.05, 101)),
        Case("NAdam, OneCycleLR", {}, lambda lib, o: lib.OneCycleLR(o, 0.05, 101)),
        Case("AdamW, WarmupCosineLR", {"lr": 0.02, "weight_decay": 0.1},
             lambda lib, o: lib.WarmupCosineLR(o, 20, 100, 0.25, 1e-4),
             lambda lib, o: lib.SequentialLR(
                 o, [lib.LinearLR(o, 0.25, total_iters=20), lib.CosineAnnealingLR(o, 80, 1e-4)], milestones=[20])),
        Case("RAdam, CosineAnnealingLR with gaps", {"lr": 0.02}, lambda lib, o: lib.CosineAnnealingLR(o, 50),
             gaps=True),
    ]  # fmt: skip


CASES = [*optimiser_cases(), *schedule_cases()]


def stored() -> dict[str, Any]:
    """Return the stored parameters and learning rates of each case."""
    with np.load(PATH) as archive:
        return {case.name: (archive[f"{case.name} | marks"], archive[f"{case.name} | rates"]) for case in CASES}


def main() -> None:
    """Compute and write all trajectories."""
    torch = importlib.import_module("torch")
    PATH.parent.mkdir(parents=True, exist_ok=True)
    answers = {}
    for case in CASES:
        marks, rates = run_theirs(case, torch)
        answers[f"{case.name} | marks"] = marks
        # A learning rate that never changes is stored once.
        answers[f"{case.name} | rates"] = rates if np.ptp(rates, axis=0).any() else rates[:1]
    np.savez_compressed(PATH, **answers)
    print(f"{len(CASES)} trajectories, made by PyTorch {torch.__version__}: {PATH.stat().st_size} bytes")


if __name__ == "__main__":
    main()
