"""The optimisers that scale each element by the size of its gradients so far, without momentum of their own.

`Adagrad`, `RMSprop` and `Adadelta`; those that are made of `Adam` are in `adam`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from autograd_lite.optim.descent import before
from autograd_lite.optim.hyperparameters import number
from autograd_lite.optim.optimizer import Optimizer
from autograd_lite.optim.rules import Momentum, Rule
from autograd_lite.optim.rules_adaptive import ScaleByAdadelta, ScaleByAdagrad, ScaleByRMS


class Adagrad(Optimizer):
    """Adagrad: each element's step is divided by the root of the sum of its squared gradients; see `ScaleByAdagrad`.

    The same numbers as ``torch.optim.Adagrad``.

    Parameters
    ----------
    parameters : iterable of Tensor or of dict
        Tracked leaves, or groups of them; see `Optimizer`.
    lr : float
        Learning rate.
    lr_decay : float
        η: in step t the learning rate is lr / (1 + (t-1)η).
    weight_decay : float
        λ, the coefficient of λ/2 ‖θ‖² in what is minimised.
    initial_accumulator_value : float
        What the sum of squares starts at.
    eps : float
        Added to the root, against division by zero.
    maximize : bool
        Whether to climb.

    Raises
    ------
    StructureError
        If there are no parameters, or one is given twice.
    ValueError
        If a number is out of its range.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import Tensor, optim
    >>> x = Tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = optim.Adagrad([x], lr=0.25)
    >>> np.sum(x * x).backward()
    >>> optimizer.step()
    >>> x.data
    array([ 0.75, -1.75])
    """

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
    ):
        super().__init__(
            parameters, lr, lr_decay=lr_decay, weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value, eps=eps, maximize=maximize,
        )  # fmt: skip

    def compose(self, group: Mapping[str, Any]) -> Sequence[Rule]:
        """Return the rules for these hyperparameters."""
        names = ("eps", "lr_decay", "initial_accumulator_value")
        scale = ScaleByAdagrad(*(number(group[name], name, self._name) for name in names))
        return [*before(group, self._name), scale]


class RMSprop(Optimizer):
    """RMSprop: each element's step is divided by the root of a running mean of its squared gradients; see `ScaleByRMS`.

    The same numbers as ``torch.optim.RMSprop``; TensorFlow's has ε under the root.

    Parameters
    ----------
    parameters : iterable of Tensor or of dict
        Tracked leaves, or groups of them; see `Optimizer`.
    lr : float
        Learning rate.
    alpha : float
        How much of the running mean each step keeps.
    eps : float
        Added to the root, against division by zero.
    weight_decay : float
        λ, the coefficient of λ/2 ‖θ‖² in what is minimised.
    momentum : float
        Of the scaled gradients, in [0, 1).
    centered : bool
        Whether to divide by an estimate of the standard deviation instead.
    maximize : bool
        Whether to climb.

    Raises
    ------
    StructureError
        If there are no parameters, or one is given twice.
    ValueError
        If a number is out of its range.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import Tensor, optim
    >>> x = Tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = optim.RMSprop([x], lr=0.025)
    >>> np.sum(x * x).backward()
    >>> optimizer.step()
    >>> np.round(x.data, 6)
    array([ 0.75, -1.75])
    """

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        *,
        maximize: bool = False,
    ):
        super().__init__(
            parameters, lr, alpha=alpha, eps=eps, weight_decay=weight_decay, momentum=momentum, centered=centered,
            maximize=maximize,
        )  # fmt: skip

    def compose(self, group: Mapping[str, Any]) -> Sequence[Rule]:
        """Return the rules for these hyperparameters."""
        alpha = number(group["alpha"], "alpha", self._name, below=1.0)
        scale = ScaleByRMS(alpha, number(group["eps"], "eps", self._name), bool(group["centered"]))
        momentum = number(group["momentum"], "momentum", self._name, below=1.0)
        return [*before(group, self._name), scale, *([Momentum(momentum)] if momentum else [])]


class Adadelta(Optimizer):
    """Adadelta: steps in the units of the parameters, from running means of squares; see `ScaleByAdadelta`.

    The same numbers as ``torch.optim.Adadelta``.

    Parameters
    ----------
    parameters : iterable of Tensor or of dict
        Tracked leaves, or groups of them; see `Optimizer`.
    lr : float
        What the steps are multiplied by; 1 in the paper.
    rho : float
        How much of the running means each step keeps.
    eps : float
        Added under both roots: it makes the first steps.
    weight_decay : float
        λ, the coefficient of λ/2 ‖θ‖² in what is minimised.
    maximize : bool
        Whether to climb.

    Raises
    ------
    StructureError
        If there are no parameters, or one is given twice.
    ValueError
        If a number is out of its range.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import Tensor, optim
    >>> x = Tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = optim.Adadelta([x])
    >>> np.sum(x * x).backward()
    >>> optimizer.step()
    >>> np.round(x.data, 4)
    array([ 0.9968, -1.9968])
    """

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ):
        super().__init__(parameters, lr, rho=rho, eps=eps, weight_decay=weight_decay, maximize=maximize)

    def compose(self, group: Mapping[str, Any]) -> Sequence[Rule]:
        """Return the rules for these hyperparameters."""
        rho = number(group["rho"], "rho", self._name, below=1.0)
        return [*before(group, self._name), ScaleByAdadelta(rho, number(group["eps"], "eps", self._name))]
