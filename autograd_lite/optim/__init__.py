"""Optimisers that update parameters in place, and the rules that they are composed of."""

from autograd_lite.optim.optimizer import SGD, Adam, Optimizer
from autograd_lite.optim.rules import Momentum, Rule, ScaleByAdam, Update, WeightDecay

__all__ = ["SGD", "Adam", "Momentum", "Optimizer", "Rule", "ScaleByAdam", "Update", "WeightDecay"]
