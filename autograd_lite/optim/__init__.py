"""Optimisers that update parameters in place, the rules that they are composed of, and schedules of learning rates."""

from autograd_lite.optim.adam import Adam, Adamax, AdamW, NAdam, RAdam
from autograd_lite.optim.adaptive import Adadelta, Adagrad, RMSprop
from autograd_lite.optim.descent import SGD, Lion
from autograd_lite.optim.gradients import check_finite, clip_grad_norm_, clip_grad_value_, missing_gradients
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

#: Other people's spellings.
RMSProp = RMSprop
Nadam = NAdam

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Lion",
    "Momentum",
    "NAdam",
    "Nadam",
    "Optimizer",
    "RAdam",
    "RMSProp",
    "RMSprop",
    "Rule",
    "Scale",
    "ScaleByAdadelta",
    "ScaleByAdagrad",
    "ScaleByAdam",
    "ScaleByAdamax",
    "ScaleByNAdam",
    "ScaleByRAdam",
    "ScaleByRMS",
    "SignOfBlend",
    "Update",
    "WeightDecay",
    "check_finite",
    "clip_grad_norm_",
    "clip_grad_value_",
    "missing_gradients",
]
