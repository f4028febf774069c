"""Rows for the primitives of normalisation layers, activations and convolution layers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite import nn
from autograd_lite.nn.standardization import (
    standardize,
    standardize_affine,
    standardize_batch,
    standardize_batch_affine,
    standardize_scaled,
    standardized,
    standardized_batch,
)
from autograd_lite.nn.standardized import Layout, normalize
from autograd_lite.rules.convolution import convolution, convolution_transpose
from operations.row import Op, S

ROWS_OF, CHANNELS = {"axes": (-1,), "eps": 0.1}, {"axes": (-3, -1), "eps": 0.1}


def moments(x: Any, axes: Any, eps: float, centred: bool = True) -> tuple[Any, ...]:
    mean = np.mean(x, axes, keepdims=True) if centred else np.zeros((), np.asarray(x).dtype)
    variance = np.mean((x - mean) ** 2, axes, keepdims=True)
    inverse = 1 / np.sqrt(variance + eps)
    return (x - mean) * inverse, inverse, mean, variance


def affine_moments(x: Any, w: Any, b: Any, axes: Any, eps: float, shape: Any) -> tuple[Any, ...]:
    found = moments(x, axes, eps)
    return found[0] * w.reshape(shape) + b.reshape(shape), *found


def scaled_moments(x: Any, w: Any, axes: Any, eps: float, centred: bool, shape: Any) -> tuple[Any, ...]:
    found = moments(x, axes, eps, centred)
    return found[0] * w.reshape(shape), *found[:2]


NORMALIZATIONS = [
    Op("standardize", standardize, [
        S((3, 4), **ROWS_OF, centred=True), S((3, 4), **ROWS_OF, centred=False),
        S((2, 3, 2), axes=(-2, -1), eps=1e-5, centred=True),
    ], reference=lambda x, **keywords: moments(x, **keywords)[:2]),
    Op("standardize_scaled", standardize_scaled, [
        S((3, 4), (4,), **ROWS_OF, centred=False, shape=(4,)), S((4,), (4,), **ROWS_OF, centred=True, shape=(4,)),
    ], reference=scaled_moments),
    Op("standardize_affine", standardize_affine, [
        S((3, 4), (4,), (4,), **ROWS_OF, shape=(4,)), S((2, 2, 3), (3,), (3,), **ROWS_OF, shape=(3,)),
        S((2, 2, 2, 3), (4,), (4,), axes=(-2, -1), eps=0.1, shape=(2, 2, 1)),
    ], reference=lambda *arrays, **keywords: affine_moments(*arrays, **keywords)[:3]),
    Op("standardize_batch", standardize_batch, [S((3, 2, 2), **CHANNELS), S((4, 2), axes=(-2,), eps=1e-3)],
       reference=moments),
    Op("standardize_batch_affine", standardize_batch_affine, [
        S((3, 2, 2), (2,), (2,), **CHANNELS, shape=(2, 1)), S((4, 2), (2,), (2,), axes=(-2,), eps=0.1, shape=(2,)),
    ], reference=affine_moments),
    Op("y of standardize_affine alone", lambda x, w, b: standardize_affine(x, w, b, **ROWS_OF, shape=(4,))[0],
       [S((3, 4), (4,), (4,))], reference=lambda x, w, b: affine_moments(x, w, b, **ROWS_OF, shape=(4,))[0]),
]  # fmt: skip


# The same as single nodes, of plain arrays by hand.


def joint(
    x: Any, *parameters: Any, axes: Any, shape: Any, view: Any = None, groups: int = 1, centred: bool = True
) -> Any:
    def computed(*arrays: Any) -> Any:
        if not groups:
            return standardized_batch(*arrays, axes=axes, eps=0.1, shape=shape)
        return standardized(*arrays, axes=axes, eps=0.1, shape=shape, centred=centred)

    channels, space = view or (x.shape[1], math.prod(x.shape[2:]))
    layout = Layout((math.prod(x.shape) // max(channels * space, 1), channels, space), groups, 0.1, centred)
    found = normalize("normalize", layout, [x, *parameters], computed)
    return found[0] if groups else list(found)


def joint_reference(
    x: Any, *parameters: Any, axes: Any, shape: Any, view: Any = None, groups: int = 1, centred: bool = True
) -> Any:
    y, _, *of_batch = moments(x, axes, 0.1, centred)
    for combine, parameter in zip((np.multiply, np.add), parameters, strict=False):
        y = combine(y, parameter.reshape(shape))
    return y if groups else [y, *of_batch]


OF_LAST = {"axes": (-1,), "shape": (4,), "view": (4, 1)}
OF_SPACE, OF_BATCH = {"axes": (-3, -1), "shape": (2, 1)}, {"axes": (-2,), "shape": (2,)}

JOINT = [
    Op("layer normalisation", joint, [
        S((3, 4), (4,), (4,), **OF_LAST), S((3, 4), (4,), **OF_LAST), S((3, 4), **OF_LAST),
        S((3, 4), (4,), **OF_LAST, centred=False), S((3, 4), **OF_LAST, centred=False),
        S((2, 2, 3), (2, 3), (2, 3), axes=(-2, -1), shape=(2, 3), view=(6, 1)),
    ], reference=joint_reference),
    Op("group normalisation", joint, [
        S((2, 2, 2, 3), (4,), (4,), axes=(-2, -1), shape=(2, 2, 1), view=(4, 3), groups=2),
        S((2, 2, 2, 3), axes=(-2, -1), shape=(2, 2, 1), view=(4, 3), groups=2),
        S((3, 1, 2, 2), (2,), (2,), axes=(-2, -1), shape=(1, 2, 1), view=(2, 2), groups=1),
    ], reference=joint_reference),
    Op("batch normalisation", joint, [
        S((3, 2, 2), (2,), (2,), **OF_SPACE, groups=0), S((3, 2, 2), **OF_SPACE, groups=0),
        S((4, 2), (2,), (2,), **OF_BATCH, groups=0), S((4, 2), **OF_BATCH, groups=0),
    ], reference=joint_reference),
]  # fmt: skip


def formula(expression: Callable[..., Any]) -> Callable[..., Any]:
    """Return an expression of double precision as a reference in the dtype of its argument."""
    return lambda x, **keywords: np.asarray(expression(np.asarray(x, float), **keywords)).astype(np.asarray(x).dtype)


def normal_distribution(x: Any) -> Any:
    return np.vectorize(lambda t: 0.5 * math.erfc(-t / math.sqrt(2)), otypes=[float])(x)


def near_line(x: Any) -> Any:
    """Return the distribution function of the standard normal distribution by GELU's approximation."""
    return 0.5 + 0.5 * np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))


def softplus(x: Any, beta: float = 1.0) -> Any:
    return np.log1p(np.exp(beta * x)) / beta


def elu(x: Any, alpha: float = 1.0, rate: float = 1.0) -> Any:
    return np.where(x > 0, x, alpha * np.expm1(rate * x))


def unit(name: str, reference: Callable[..., Any], *kinks: float, samples: Any = (), **row: Any) -> Op:
    """Return the row of an activation."""
    samples = [S((2, 3), **keywords) for keywords in samples or [{}]] + ([] if samples else [S(())])
    return Op(name, getattr(nn, name), samples, kinks=kinks, reference=formula(reference), **row)


ACTIVATIONS = [
    unit("relu6", lambda x: np.clip(x, 0, 6), 0.0, 6.0, domain=(-3.0, 9.0)),
    unit("hardtanh", lambda x, min_val=-1, max_val=1: np.clip(x, min_val, max_val), -1.0, 1.0, 0.5,
         samples=({}, {"min_val": -1.0, "max_val": 0.5})),
    unit("hardsigmoid", lambda x: np.clip(x / 6 + 0.5, 0, 1), -3.0, 3.0, domain=(-5.0, 5.0)),
    unit("hardswish", lambda x: x * np.clip(x / 6 + 0.5, 0, 1), -3.0, 3.0, domain=(-5.0, 5.0)),
    unit("softshrink", lambda x, lambd=0.5: np.sign(x) * np.maximum(np.abs(x) - lambd, 0), -0.5, 0.5, -1.2, 1.2,
         samples=({}, {"lambd": 1.2})),
    unit("hardshrink", lambda x, lambd=0.5: np.where(np.abs(x) > lambd, x, 0), -0.5, 0.5, -1.2, 1.2,
         samples=({}, {"lambd": 1.2})),
    unit("threshold", lambda x, threshold, value: np.where(x > threshold, x, value), 0.3,
         samples=({"threshold": 0.3, "value": -7.0},)),
    unit("elu", elu, 0.0, samples=({}, {"alpha": 0.4})),
    unit("celu", lambda x, alpha: elu(x, alpha, 1 / alpha), 0.0, samples=({"alpha": 0.5},)),
    unit("selu", lambda x: 1.0507009873554805 * elu(x, 1.6732632423543772), 0.0),
    unit("gelu", lambda x, approximate="none": x * (normal_distribution if approximate == "none" else near_line)(x),
         samples=({}, {"approximate": "tanh"})),
    unit("silu", lambda x: x / (1 + np.exp(-x))),
    unit("mish", lambda x: x * np.tanh(softplus(x))),
    unit("log_sigmoid", lambda x: -softplus(-x)),
    unit("softsign", lambda x: x / (1 + np.abs(x)), 0.0),
    unit("tanhshrink", lambda x: x - np.tanh(x), -1.0, 1.0),
    Op("softplus, sharper", nn.softplus, [S((2, 3), beta=3.0), S((2, 3), beta=3.0, threshold=1.0)], kinks=(1 / 3,),
       reference=formula(lambda x, beta, threshold=20.0: np.where(beta * x > threshold, x, softplus(x, beta)))),
    Op("leaky_relu, steeper", nn.leaky_relu, [S((2, 3), negative_slope=1.5)], kinks=(0.0,),
       reference=formula(lambda x, negative_slope: np.where(x > 0, x, negative_slope * x))),
    Op("prelu", nn.prelu, [S((3, 2, 2), (2,)), S((4, 3), (1,)), S((4,), (1,)), S((4,), ())], kinks=(0.0,),
       reference=lambda x, w: np.where(x > 0, x, x * np.reshape(w, (-1, *(1,) * max(x.ndim - 2, 0))))),
    Op("glu", nn.glu, [S((3, 4)), S((4, 3), dim=0)],
       reference=lambda x, dim=-1: np.split(x, 2, dim)[0] / (1 + np.exp(-np.split(x, 2, dim)[1]))),
    Op("nn.softmax", nn.softmax, [S((2, 3)), S((3, 2), dim=0)],
       reference=lambda x, dim=-1: np.exp(x) / np.sum(np.exp(x), dim, keepdims=True)),
    Op("nn.log_softmax", nn.log_softmax, [S((2, 3)), S((3, 2), dim=0)],
       reference=lambda x, dim=-1: x - np.log(np.sum(np.exp(x), dim, keepdims=True))),
]  # fmt: skip

CONVOLUTIONS = [
    Op("convolution with bias", lambda x, w, b, **keywords: convolution(x, w, bias=b, **keywords), [
        S((2, 2, 4), (3, 2, 2), (3,)), S((2, 2, 3, 3), (2, 1, 2, 2), (2,), padding=1, stride=2, groups=2),
    ], reference=lambda x, w, b, **keywords: convolution(x, w, **keywords) + b.reshape(-1, *(1,) * (x.ndim - 2))),
    Op("convolution_transpose, longer than its windows", convolution_transpose, [
        S((1, 1, 3), (1, 1, 2), dilation=3, output_padding=2, padding=1),
        S((1, 2, 2, 2), (2, 1, 2, 1), stride=2, output_padding=1),
    ]),
]  # fmt: skip

ROWS = [*NORMALIZATIONS, *JOINT, *ACTIVATIONS, *CONVOLUTIONS]
