"""Neural networks: modules, layers, activations, losses and initial values."""

from autograd_lite.nn import initializers
from autograd_lite.nn.activations import (
    LeakyReLU,
    ReLU,
    Sigmoid,
    Softplus,
    Tanh,
    leaky_relu,
    relu,
    sigmoid,
    softplus,
)
from autograd_lite.nn.initializers import seed
from autograd_lite.nn.layers import Linear, Sequential, affine, linear
from autograd_lite.nn.losses import cross_entropy, mse_loss
from autograd_lite.nn.module import Module

__all__ = [
    "LeakyReLU",
    "Linear",
    "Module",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Softplus",
    "Tanh",
    "affine",
    "cross_entropy",
    "initializers",
    "leaky_relu",
    "linear",
    "mse_loss",
    "relu",
    "seed",
    "sigmoid",
    "softplus",
]
