"""The schedules under PyTorch's module name: ``optim.lr_scheduler.StepLR`` is ``optim.StepLR``."""

from autograd_lite.optim.schedules import (
    ConstantLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)
from autograd_lite.optim.schedules import Scheduler as LRScheduler
from autograd_lite.optim.schedules_composed import ChainedScheduler, ReduceLROnPlateau, SequentialLR
from autograd_lite.optim.schedules_cosine import (
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    OneCycleLR,
    WarmupCosineLR,
)

__all__ = [
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
    "WarmupCosineLR",
]
