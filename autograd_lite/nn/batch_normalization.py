"""Normalisation by channel that keeps running statistics: `BatchNorm1d`, `BatchNorm2d`, `InstanceNorm1d` and 2d."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from autograd_lite.core.dispatch import untracked
from autograd_lite.errors import ShapeError
from autograd_lite.nn.arguments import epsilon, floating, got, parameter, probability, shape_of, whole
from autograd_lite.nn.module import Module
from autograd_lite.nn.standardization import standardized_batch
from autograd_lite.nn.standardized import Layout, normalize


class _ChannelNorm(Module):
    """What the layers of this file share; `BatchNorm1d` describes it."""

    buffers = ("running_mean", "running_var", "num_batches_tracked")
    wanted: tuple[str, ...] = ()
    running_mean: Any
    running_var: Any
    num_batches_tracked: Any
    together = (0,)  # axes before the channels whose numbers are taken together

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        dtype: Any = float,
    ):
        name = type(self).__name__
        self.num_features = whole(num_features, name, "num_features")
        self.eps = epsilon(eps, name)
        self.momentum = None if momentum is None else probability(momentum, name, "momentum")
        dtype = floating(dtype, name)
        self.weight = parameter(np.ones(num_features, dtype)) if affine else None
        self.bias = parameter(np.zeros(num_features, dtype)) if affine else None
        self.running_mean = np.zeros(num_features, dtype) if track_running_stats else None
        self.running_var = np.ones(num_features, dtype) if track_running_stats else None
        self.num_batches_tracked = np.array(0) if track_running_stats else None

    def forward(self, x: Any) -> Any:
        """Return the normalised input; while training, its statistics are taken into the running ones.

        Parameters
        ----------
        x : Tensor or array of shape (N, num_features, ...)

        Returns
        -------
        Tensor of the shape of ``x``
        """
        shape = shape_of(x, type(self).__name__)
        if shape is None or len(shape) not in map(_axes_in, self.wanted) or shape[1] != self.num_features:
            raise self._misfit(x)
        beside = (self.num_features, *(1,) * (len(shape) - 2))
        if not self.training and self.running_mean is not None:
            return self._by_running_statistics(x, beside)
        axes = tuple(i - len(shape) for i in (*self.together, *range(2, len(shape))))
        n = math.prod(shape[i] for i in axes)
        if n <= 1 and (self.training or self.running_mean is None):
            raise ShapeError(
                f"{type(self).__name__} needs more than one number for each channel while training, and got shape "
                f"{shape}: mean and variance of {n} number(s) say nothing. Take larger batches, or model.eval()."
            )
        computed = functools.partial(standardized_batch, axes=axes, eps=self.eps, shape=beside)
        arguments = [x, *(p for p in (self.weight, self.bias) if p is not None)]
        if self.together:
            layout = Layout((shape[0], shape[1], math.prod(shape[2:])), 0, self.eps)
            y, mean, variance = normalize("batch_normalize", layout, arguments, computed)
        else:
            y, mean, variance = computed(*arguments)
        if self.training:
            self._track(untracked(mean), untracked(variance), n)
        return y

    def _track(self, mean: Any, variance: Any, n: int) -> None:
        """Take the statistics of a batch into the running ones."""
        if self.running_mean is None:
            return
        self.num_batches_tracked = np.asarray(self.num_batches_tracked + 1)
        share = self.momentum if self.momentum is not None else 1 / float(self.num_batches_tracked)
        mean, variance = (self._by_channel(value) for value in (mean, variance * (n / (n - 1))))
        dtype = self.running_mean.dtype
        self.running_mean = np.astype((1 - share) * self.running_mean + share * mean, dtype, copy=False)
        self.running_var = np.astype((1 - share) * self.running_var + share * variance, dtype, copy=False)

    def _by_channel(self, value: Any) -> Any:
        """Return one number for each channel, the mean over samples if each has its own."""
        value = np.reshape(value, (-1, self.num_features))
        return value[0] if value.shape[0] == 1 else np.mean(value, axis=0)

    def _by_running_statistics(self, x: Any, beside: tuple[int, ...]) -> Any:
        mean, inverse = self.running_mean, 1 / np.sqrt(self.running_var + self.eps)
        y = x - np.reshape(mean, beside)
        if self.weight is None or self.bias is None:
            return y * np.reshape(inverse, beside)
        return y * np.reshape(self.weight * inverse, beside) + np.reshape(self.bias, beside)

    def _misfit(self, x: Any) -> ShapeError:
        shapes = " or ".join(shape.replace("C", str(self.num_features)) for shape in self.wanted)
        return ShapeError(
            f"{type(self).__name__}({self.num_features}) expects an array or Tensor of shape {shapes}, and got {got(x)}"
        )

    def extra_repr(self) -> str:
        """Return the number of channels and the options."""
        words = f"{self.num_features}, eps={self.eps}, momentum={self.momentum}"
        words += ", no parameters" if self.weight is None else ""
        return words + (", no running statistics" if self.running_mean is None else "")


def _axes_in(shape: str) -> int:
    return shape.count(",") + 1


class BatchNorm1d(_ChannelNorm):
    """Numbers of a channel minus their mean, divided by their deviation √(variance + eps), times weight, plus bias.

    While training, mean and variance are those of all samples and positions in the batch; in evaluation the running
    ones are taken. S. Ioffe & C. Szegedy, *Batch normalization*, ICML 2015.

    Parameters
    ----------
    num_features : int
        The number of channels, on axis 1.
    eps : float
    momentum : float or None
        The weight of the newest batch in the running statistics; None: all batches count alike.
    affine : bool
        Whether there are a weight, which starts as 1, and a bias, which starts as 0, for each channel.
    track_running_stats : bool
        Whether running statistics are kept; if not, those of the batch are taken in evaluation too.
    dtype : floating dtype
        Of parameters and running statistics.

    Attributes
    ----------
    weight, bias : Tensor of shape (num_features,), or None
    running_mean, running_var : array of shape (num_features,), or None
        The variance has n - 1 in place of n, as PyTorch has it.
    num_batches_tracked : array of shape (), or None

    Raises
    ------
    ShapeError
        If ``num_features`` is not a positive integer, the input has other channels or another number of axes, or
        there is a single number for each channel while training.
    DtypeError
        If ``dtype`` is not a floating one.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> norm = nn.BatchNorm1d(2, eps=0)
    >>> norm(np.array([[1.0, 5.0], [3.0, -5.0]])).data
    array([[-1.,  1.],
           [ 1., -1.]])
    >>> norm.running_mean
    array([0.2, 0. ])
    """

    wanted = ("(N, C)", "(N, C, length)")


class BatchNorm2d(_ChannelNorm):
    """The same as `BatchNorm1d`, with the same arguments, for images of shape (N, channels, height, width).

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> nn.BatchNorm2d(3)(np.random.default_rng(0).normal(size=(2, 3, 4, 4))).shape
    (2, 3, 4, 4)
    """

    wanted = ("(N, C, height, width)",)


class _InstanceNorm(_ChannelNorm):
    """What the layers of single samples share: other defaults, and statistics of each sample by itself."""

    together = ()

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        dtype: Any = float,
    ):
        super().__init__(num_features, eps, momentum, affine, track_running_stats, dtype)

    def forward(self, x: Any) -> Any:
        """Return the normalised input; while training, its statistics are taken into the running ones, if kept.

        Parameters
        ----------
        x : Tensor or array of shape (N, num_features, ...), or (num_features, ...) for a single sample

        Returns
        -------
        Tensor of the shape of ``x``
        """
        shape = shape_of(x, type(self).__name__)
        if shape is not None and len(shape) + 1 == _axes_in(self.wanted[0]) and shape[0] == self.num_features:
            return super().forward(x[None])[0]
        return super().forward(x)


class InstanceNorm1d(_InstanceNorm):
    """Each channel of each sample minus its mean, divided by its deviation, for input of shape (N, channels, length).

    D. Ulyanov, A. Vedaldi & V. Lempitsky, *Instance normalization*, arXiv:1607.08022. The arguments are those of
    `BatchNorm1d`; by default there are no parameters and no running statistics. A single sample has no axis N.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> nn.InstanceNorm1d(1, eps=0)(np.array([[[1.0, 3.0]], [[7.0, 5.0]]])).ravel()
    array([-1.,  1.,  1., -1.])
    """

    wanted = ("(N, C, length)",)


class InstanceNorm2d(_InstanceNorm):
    """The same as `InstanceNorm1d`, for images of shape (N, channels, height, width).

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import nn
    >>> nn.InstanceNorm2d(3, affine=True)(np.random.default_rng(0).normal(size=(2, 3, 4, 4))).shape
    (2, 3, 4, 4)
    """

    wanted = ("(N, C, height, width)",)
