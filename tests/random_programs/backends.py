"""Namespaces in which programs run, and the value, gradient and Hessian-vector product that each peer gives.

A namespace answers with the library's own function wherever NumPy's name and meaning are the same, and spells the rest
out. PyTorch's indexing knows neither negative steps nor all of NumPy's mixtures, so there an index becomes positions in
the flattened array, which NumPy itself computes.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import os
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite import Tensor
from autograd_lite.scipy import special

#: Compiling is nearly all the time that JAX takes for a program: with these, a quarter of a second in place of one.
XLA_FLAGS = (
    "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true --xla_cpu_use_fusion_emitters=false "
    "--xla_cpu_parallel_codegen_split_count=1"
)


def first_with(name: str, *modules: Any) -> Any:
    """Return what the first of some modules that has it calls by this name."""
    for module in modules[:-1]:
        if hasattr(module, name):
            return getattr(module, name)
    return getattr(modules[-1], name)


class NumPyNames:
    """NumPy's functions, for arrays and for Tensors."""

    def __getattr__(self, name: str) -> Any:
        return first_with(name, np, special)

    def constant(self, values: Any, like: Any) -> Any:
        """Return a constant in the dtype of ``like``."""
        return np.asarray(values, dtype=like.dtype)

    def norm(self, a: Any, axis: Any, keepdims: bool = False, order: float | None = None) -> Any:
        return np.linalg.norm(a, order, axis, keepdims)

    def matrix_norm(self, a: Any, order: Any) -> Any:
        return np.linalg.matrix_norm(a, ord=order)

    def cov(self, a: Any) -> Any:
        return np.cov(a, dtype=a.dtype)

    def gradient_along(self, a: Any, axis: int) -> Any:
        return np.gradient(a, axis=axis)

    def reshape_in(self, a: Any, shape: Any, order: str) -> Any:
        return np.reshape(a, shape, order=order)

    def pick(self, a: Any, index: Any) -> Any:
        return a[index]

    def update(self, a: Any, action: str, index: Any, value: Any) -> Any:
        at = (a if isinstance(a, Tensor) else Tensor(a)).at[index]
        updated = getattr(at, action)(value)
        return updated if isinstance(a, Tensor) or isinstance(value, Tensor) else updated.data


NUMPY = NumPyNames()


class Transforms:
    """Fourier transforms along the last axis as products with matrices: XLA's own refuse layouts that XLA chose."""

    def __init__(self, numpy: Any):
        self.numpy = numpy

    def fft(self, a: Any, n: int, axis: int = -1, norm: str = "backward", sign: int = -1) -> Any:
        scale = {"backward": 1 if sign < 0 else n, "ortho": np.sqrt(n), "forward": n if sign < 0 else 1}[norm]
        waves = np.exp(sign * 2j * np.pi / n * np.outer(np.arange(a.shape[-1]), np.arange(n))) / scale
        return self.numpy.matmul(a[..., :n], waves[:n])

    def ifft(self, a: Any, n: int, axis: int = -1, norm: str = "backward") -> Any:
        return self.fft(a, n, axis, norm, sign=1)

    def rfft(self, a: Any, n: int, axis: int = -1, norm: str = "backward") -> Any:
        return self.fft(a, n, axis, norm)[..., : n // 2 + 1]

    def irfft(self, a: Any, n: int, axis: int = -1, norm: str = "backward") -> Any:
        both = np.where((np.arange(a.shape[-1]) * 2) % n == 0, 1, 2)  # the others stand for their conjugates too
        return self.numpy.real(self.fft(a * both, n, axis, norm, sign=1))

    def fft2(self, a: Any) -> Any:
        rows = self.numpy.swapaxes(self.fft(a, a.shape[-1]), -1, -2)
        return self.numpy.swapaxes(self.fft(rows, a.shape[-2]), -1, -2)


class JaxNames:
    """The functions of ``jax.numpy``."""

    def __init__(self, jax: Any):
        self.jax = jax
        self.fft = Transforms(jax.numpy)

    def __getattr__(self, name: str) -> Any:
        return first_with(name, self.jax.numpy, self.jax.scipy.special, self.jax.nn)

    def constant(self, values: Any, like: Any) -> Any:
        return self.jax.numpy.asarray(values, dtype=like.dtype)

    def betaln(self, a: Any, b: Any) -> Any:
        gammaln = self.jax.scipy.special.gammaln  # JAX's own is off by 7e-7 at (9, 1.2)
        return gammaln(a) + gammaln(b) - gammaln(a + b)

    def logsumexp(self, a: Any, axis: Any, keepdims: bool) -> Any:
        return self.jax.nn.logsumexp(a, axis=axis, keepdims=keepdims)

    def trace(self, a: Any, offset: int, axis1: int, axis2: int) -> Any:
        return self.jax.numpy.sum(self.jax.numpy.diagonal(a, offset, axis1, axis2), axis=-1)

    def norm(self, a: Any, axis: Any, keepdims: bool = False, order: float | None = None) -> Any:
        return self.jax.numpy.linalg.norm(a, order, axis, keepdims)

    def matrix_norm(self, a: Any, order: Any) -> Any:
        return self.jax.numpy.linalg.matrix_norm(a, ord=order)

    def gradient_along(self, a: Any, axis: int) -> Any:
        return self.jax.numpy.gradient(a, axis=axis)

    def reshape_in(self, a: Any, shape: Any, order: str) -> Any:
        return self.jax.numpy.reshape(a, shape, order=order)

    def pick(self, a: Any, index: Any) -> Any:
        return a[arrays_in(index)]

    def update(self, a: Any, action: str, index: Any, value: Any) -> Any:
        return getattr(a.at[arrays_in(index)], action)(value)


def arrays_in(index: Any) -> Any:
    """Return an index with its lists as arrays, which JAX asks for."""
    return tuple(np.array(item) if isinstance(item, list) else item for item in index)


class TorchNames:
    """PyTorch's functions under NumPy's names."""

    def __init__(self, torch: Any):
        self.torch = torch
        self.names = {"degrees": "rad2deg", "radians": "deg2rad", "transpose": "permute", "moveaxis": "movedim"}

    def __getattr__(self, name: str) -> Any:
        return first_with(self.names.get(name, name), self.torch, self.torch.special)

    def constant(self, values: Any, like: Any) -> Any:
        return self.torch.as_tensor(values, dtype=like.dtype)

    def lifted(self, *values: Any) -> list[Any]:
        """Return numbers and arrays as tensors, as PyTorch's functions of two arguments ask for."""
        like = next(value for value in values if isinstance(value, self.torch.Tensor) and value.is_floating_point())
        return [v if isinstance(v, self.torch.Tensor) else self.constant(v, like) for v in values]

    def where(self, condition: Any, a: Any, b: Any) -> Any:
        return self.torch.where(self.torch.as_tensor(condition), *self.lifted(a, b))

    def maximum(self, a: Any, b: Any) -> Any:
        return self.torch.maximum(*self.lifted(a, b))

    def clip(self, a: Any, low: Any, high: Any) -> Any:
        return self.torch.minimum(self.torch.maximum(*self.lifted(a, low)), self.lifted(a, high)[1])

    def cbrt(self, a: Any) -> Any:
        return self.torch.sign(a) * self.torch.abs(a) ** (1 / 3)

    def arctan2(self, a: Any, b: Any) -> Any:
        return self.torch.atan2(*self.torch.broadcast_tensors(a, b))

    def reduced(self, name: str, a: Any, axis: Any, keepdims: bool, **options: Any) -> Any:
        axes = tuple(range(a.ndim)) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
        return getattr(self.torch, name)(a, dim=axes, keepdim=keepdims, **options) if axes else a

    def sum(self, a: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return self.reduced("sum", a, axis, keepdims)

    def mean(self, a: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return self.reduced("mean", a, axis, keepdims)

    def max(self, a: Any, axis: Any, keepdims: bool) -> Any:
        return self.reduced("amax", a, axis, keepdims)

    def min(self, a: Any, axis: Any, keepdims: bool) -> Any:
        return self.reduced("amin", a, axis, keepdims)

    def logsumexp(self, a: Any, axis: Any, keepdims: bool) -> Any:
        return self.reduced("logsumexp", a, axis, keepdims)

    def var(self, a: Any, axis: Any, keepdims: bool, ddof: int) -> Any:
        return self.reduced("var", a, axis, keepdims, correction=ddof)

    def std(self, a: Any, axis: Any, keepdims: bool, ddof: int) -> Any:
        return self.reduced("std", a, axis, keepdims, correction=ddof)

    def prod(self, a: Any, axis: Any, keepdims: bool) -> Any:
        axes = range(a.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
        for i in sorted((i % a.ndim for i in axes), reverse=True):
            a = self.torch.prod(a, dim=i, keepdim=keepdims)
        return a

    def cumsum(self, a: Any, axis: Any) -> Any:
        return self.torch.cumsum(a.reshape(-1), 0) if axis is None else self.torch.cumsum(a, axis)

    def reshape_in(self, a: Any, shape: Any, order: str) -> Any:
        if order == "C":
            return a.reshape(shape)
        backwards = a.permute(tuple(range(a.ndim))[::-1]).reshape(shape[::-1])
        return backwards.permute(tuple(range(backwards.ndim))[::-1])

    def expand_dims(self, a: Any, axis: int) -> Any:
        return self.torch.unsqueeze(a, axis)

    def concatenate(self, arrays: Any, axis: int) -> Any:
        return self.torch.cat(arrays, dim=axis)

    def stack(self, arrays: Any, axis: int) -> Any:
        return self.torch.stack(arrays, dim=axis)

    def split(self, a: Any, parts: int, axis: int) -> Any:
        return self.torch.tensor_split(a, parts, dim=axis)

    def pad(self, a: Any, widths: Any, constant_values: float) -> Any:
        flat = [n for pair in reversed(widths) for n in pair]
        return self.torch.nn.functional.pad(a, flat, value=constant_values)

    def flip(self, a: Any, axis: Any) -> Any:
        return self.torch.flip(a, tuple(range(a.ndim)) if axis is None else (axis,))

    def repeat(self, a: Any, times: int, axis: Any) -> Any:
        return self.torch.repeat_interleave(a, times, dim=axis)

    def take(self, a: Any, indices: Any, axis: Any) -> Any:
        if axis is None:
            return a.reshape(-1)[indices]
        return self.pick(a, (slice(None),) * (axis % a.ndim) + (indices,))

    def take_along_axis(self, a: Any, indices: Any, axis: int) -> Any:
        return self.torch.take_along_dim(a, self.torch.as_tensor(indices), dim=axis)

    def positions(self, a: Any, index: Any) -> Any:
        return self.torch.tensor(np.arange(a.numel()).reshape(tuple(a.shape))[index].tolist())

    def pick(self, a: Any, index: Any) -> Any:
        return a.reshape(-1)[self.positions(a, index)]

    def update(self, a: Any, action: str, index: Any, value: Any) -> Any:
        where = self.positions(a, index)
        put = self.torch.index_put(a.reshape(-1), (where,), value, accumulate=action == "add")
        return put.reshape(a.shape)

    def dot(self, a: Any, b: Any) -> Any:
        if a.ndim == 0 or b.ndim == 0:
            return a * b
        return self.torch.tensordot(a, b, dims=([-1], [-2 if b.ndim > 1 else 0]))

    def inner(self, a: Any, b: Any) -> Any:
        return a * b if a.ndim == 0 or b.ndim == 0 else self.torch.tensordot(a, b, dims=([-1], [-1]))

    def outer(self, a: Any, b: Any) -> Any:
        return self.torch.outer(a.reshape(-1), b.reshape(-1))

    def diagonal(self, a: Any, offset: int, axis1: int, axis2: int) -> Any:
        return self.torch.diagonal(a, offset, axis1, axis2)

    def trace(self, a: Any, offset: int, axis1: int, axis2: int) -> Any:
        return self.torch.diagonal(a, offset, axis1, axis2).sum(-1)

    def norm(self, a: Any, axis: Any, keepdims: bool = False, order: float | None = None) -> Any:
        return self.torch.linalg.vector_norm(a, 2 if order is None else order, dim=axis, keepdim=keepdims)

    def matrix_norm(self, a: Any, order: Any) -> Any:
        return self.torch.linalg.matrix_norm(a, order)

    def kron(self, a: Any, b: Any) -> Any:
        return self.torch.kron(a.contiguous(), b.contiguous())  # it cannot view what is not

    def cross(self, a: Any, b: Any) -> Any:
        return self.torch.linalg.cross(*self.torch.broadcast_tensors(a, b))

    def sort(self, a: Any, axis: int) -> Any:
        return self.torch.sort(a, dim=axis).values

    def quantile(self, a: Any, q: float, axis: int, keepdims: bool) -> Any:
        return self.torch.quantile(a, q, dim=axis, keepdim=keepdims)

    def cumprod(self, a: Any, axis: int) -> Any:
        return self.torch.cumprod(a, axis)

    def gradient_along(self, a: Any, axis: int) -> Any:
        return self.torch.gradient(a, dim=axis)[0]

    def average(self, a: Any, axis: Any, weights: Any, keepdims: bool) -> Any:
        return self.sum(a * weights, axis, keepdims) / self.sum(weights, axis, keepdims)

    def select(self, conditions: Any, choices: Any, default: Any) -> Any:
        for condition, choice in zip(reversed(conditions), reversed(choices), strict=True):
            default = self.torch.where(condition, choice, default)
        return default

    def softmax(self, a: Any, axis: int) -> Any:
        return self.torch.softmax(a, axis)

    def log_softmax(self, a: Any, axis: int) -> Any:
        return self.torch.log_softmax(a, axis)

    def betaln(self, a: Any, b: Any) -> Any:
        return self.torch.lgamma(a) + self.torch.lgamma(b) - self.torch.lgamma(a + b)


def with_torch(torch: Any, program: Any, v: np.ndarray) -> tuple[Any, Any, Any]:
    """Return value, gradient and Hessian-vector product that PyTorch gives."""
    x = torch.tensor(program.x, requires_grad=True)
    value = program.run(TorchNames(torch), x)
    (gradient,) = torch.autograd.grad(value, x, create_graph=True)
    product = torch.zeros_like(x)
    if gradient.requires_grad:
        (product,) = torch.autograd.grad(gradient, x, torch.tensor(v), allow_unused=True, materialize_grads=True)
    return value.item(), gradient.detach().numpy(), product.detach().numpy()


def with_jax(jax: Any, program: Any, v: np.ndarray) -> tuple[Any, Any, Any]:
    """Return value, gradient and Hessian-vector product that JAX gives, in double precision."""
    f = functools.partial(program.run, JaxNames(jax))

    def all_three(x: Any, v: Any) -> Any:
        (value, gradient), (_, product) = jax.jvp(jax.value_and_grad(f), (x,), (v,))
        return value, gradient, product

    value, gradient, product = jax.jit(all_three)(program.x, v)
    return float(value), np.asarray(gradient), np.asarray(product)


def installed(name: str) -> Any:
    """Return a peer's module, JAX set to double precision and quick compilation; None where it is not installed."""
    if importlib.util.find_spec(name) is None:
        return None
    if name == "jax" and name not in sys.modules:
        os.environ.setdefault("XLA_FLAGS", XLA_FLAGS)
    module = importlib.import_module(name)
    if name == "jax":
        module.config.update("jax_enable_x64", True)
    return module


def peers() -> dict[str, Callable[..., Any]]:
    """Return those of the peers that are installed: program and vector to value, gradient and product."""
    found: dict[str, Callable[..., Any]] = {}
    for name, run in (("torch", with_torch), ("jax", with_jax)):
        module = installed(name)
        if module is not None:
            found[name] = functools.partial(run, module)
    return found
