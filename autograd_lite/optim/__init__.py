"""Optimisers that update parameters in place, the rules that they are composed of, and schedules of learning rates."""

from autograd_lite.optim import lr_scheduler
from autograd_lite.optim.adam import Adam, Adamax, AdamW, NAdam, RAdam
from autograd_lite.optim.adaptive import Adadelta, Adagrad, RMSprop
from autograd_lite.optim.descent import SGD, Lion
from autograd_lite.optim.gradients import check_finite, clip_grad_norm_, clip_grad_value_, missing_gradients
from autograd_lite.optim.lbfgs import LBFGS
from autograd_lite.optim.optimizer import Optimizer
from autograd_lite.optim.rules import Momentum, Rule, Scale, SignOfBlend, Update, WeightDecay
from autograd_lite.optim.rules_adaptive import (
    ScaleByAdadelta,
    ScaleByAdagrad,
    ScaleByAdam,
    ScaleByAdamax,
    ScaleByNAdam,
    ScaleByRAdam,
    ScaleByRMS,
)
from autograd_lite.optim.schedules import (
    ConstantLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiStepLR,
    PolynomialLR,
    Scheduler,
    StepLR,
)
from autograd_lite.optim.schedules_composed import ChainedScheduler, ReduceLROnPlateau, SequentialLR
from autograd_lite.optim.schedules_cosine import (
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    OneCycleLR,
    WarmupCosineLR,
)

#: Other people's spellings.
RMSProp = RMSprop
Nadam = NAdam

__all__ = [
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "ExponentialLR",
    "LambdaLR",
    "LinearLR",
    "Lion",
    "Momentum",
    "MultiStepLR",
    "NAdam",
    "Nadam",
    "OneCycleLR",
    "Optimizer",
    "PolynomialLR",
    "RAdam",
    "RMSProp",
    "RMSprop",
    "ReduceLROnPlateau",
    "Rule",
    "Scale",
    "ScaleByAdadelta",
    "ScaleByAdagrad",
    "ScaleByAdam",
    "ScaleByAdamax",
    "ScaleByNAdam",
    "ScaleByRAdam",
    "ScaleByRMS",
    "Scheduler",
    "SequentialLR",
    "SignOfBlend",
    "StepLR",
    "Update",
    "WarmupCosineLR",
    "WeightDecay",
    "check_finite",
    "clip_grad_norm_",
    "clip_grad_value_",
    "lr_scheduler",
    "missing_gradients",
]
