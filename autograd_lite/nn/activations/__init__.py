"""Activations, as functions and as modules: pieces of straight lines, smooth ones, and products with a gate."""

from autograd_lite.nn.activations.gates import gelu, glu, mish, silu, swish
from autograd_lite.nn.activations.modules import (
    CELU,
    ELU,
    GELU,
    GLU,
    SELU,
    Hardshrink,
    Hardsigmoid,
    Hardswish,
    Hardtanh,
    LeakyReLU,
    LogSigmoid,
    LogSoftmax,
    Mish,
    PReLU,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Softshrink,
    Softsign,
    Swish,
    Tanh,
    Tanhshrink,
    Threshold,
)
from autograd_lite.nn.activations.pieces import (
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    leaky_relu,
    prelu,
    relu,
    relu6,
    softshrink,
    threshold,
)
from autograd_lite.nn.activations.smooth import (
    celu,
    elu,
    log_sigmoid,
    log_softmax,
    selu,
    sigmoid,
    softmax,
    softplus,
    softsign,
    tanhshrink,
)

__all__ = [
    "CELU", "ELU", "GELU", "GLU", "SELU", "Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh", "LeakyReLU",
    "LogSigmoid", "LogSoftmax", "Mish", "PReLU", "ReLU", "ReLU6", "SiLU", "Sigmoid", "Softmax", "Softplus",
    "Softshrink", "Softsign", "Swish", "Tanh", "Tanhshrink", "Threshold", "celu", "elu", "gelu", "glu", "hardshrink",
    "hardsigmoid", "hardswish", "hardtanh", "leaky_relu", "log_sigmoid", "log_softmax", "mish", "prelu", "relu",
    "relu6", "selu", "sigmoid", "silu", "softmax", "softplus", "softshrink", "softsign", "swish", "tanhshrink",
    "threshold",
]  # fmt: skip
