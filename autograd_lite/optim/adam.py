"""Adam and its relatives: `Adam`, `AdamW`, `Adamax`, `NAdam` and `RAdam`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from autograd_lite.optim.descent import around
from autograd_lite.optim.hyperparameters import number, pair_of_betas
from autograd_lite.optim.optimizer import Optimizer
from autograd_lite.optim.rules import Rule
from autograd_lite.optim.rules_adaptive import ScaleByAdam, ScaleByAdamax, ScaleByNAdam, ScaleByRAdam


class Adam(Optimizer):
    """Adam: steps of about ``lr`` in every element, whatever the size of its gradient; see `ScaleByAdam`.

    The same numbers as ``torch.optim.Adam``.

    Parameters
    ----------
    parameters : iterable of Tensor or of dict
        Tracked leaves, or groups of them; see `Optimizer`.
    lr : float
        Learning rate.
    betas : tuple of float
        How much of the running means of the gradient and of its square each step keeps.
    eps : float
        Added to the root of the second, against division by zero.
    weight_decay : float
        λ, the coefficient of λ/2 ‖θ‖² in what is minimised.
    amsgrad : bool
        Whether to divide by the root of the largest mean square so far.
    maximize : bool
        Whether to climb.
    decoupled_weight_decay : bool
        Whether to subtract lr · λθ from the parameters instead, as `AdamW` does.

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
    >>> optimizer = optim.Adam([x], lr=0.1)
    >>> np.sum(x * x).backward()
    >>> optimizer.step()
    >>> x.data
    array([ 0.9, -1.9])
    """

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        decoupled_weight_decay: bool = False,
    ):
        super().__init__(
            parameters, lr, betas=betas, eps=eps, weight_decay=weight_decay, amsgrad=amsgrad, maximize=maximize,
            decoupled_weight_decay=decoupled_weight_decay,
        )  # fmt: skip

    def compose(self, group: Mapping[str, Any]) -> Sequence[Rule]:
        """Return the rules for these hyperparameters."""
        rule = ScaleByAdam(*_betas_and_eps(group, self._name), bool(group["amsgrad"]))
        return around(group, self._name, group["decoupled_weight_decay"], rule)


class AdamW(Adam):
    """Adam with decoupled weight decay: θ ← θ - lr · (Adam's direction + λθ); see `WeightDecay` and `ScaleByAdam`.

    The same numbers as ``torch.optim.AdamW``.

    Parameters
    ----------
    parameters : iterable of Tensor or of dict
        Tracked leaves, or groups of them; see `Optimizer`.
    lr, betas, eps, amsgrad, maximize
        As in `Adam`.
    weight_decay : float
        λ: each step takes the share lr · λ from every element, however large its gradients are.

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
    >>> optimizer = optim.AdamW([x], lr=0.1, weight_decay=0.5)
    >>> np.sum(x * x).backward()
    >>> optimizer.step()
    >>> np.round(x.data, 6)
    array([ 0.85, -1.8 ])
    """

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ):
        super().__init__(
            parameters, lr, betas, eps, weight_decay, amsgrad, maximize=maximize, decoupled_weight_decay=True
        )


class Adamax(Optimizer):
    """Adam with the largest gradient in place of the root of a mean square; see `ScaleByAdamax`.

    The same numbers as ``torch.optim.Adamax``.

    Parameters
    ----------
    parameters : iterable of Tensor or of dict
        Tracked leaves, or groups of them; see `Optimizer`.
    lr : float
        Learning rate.
    betas : tuple of float
        How much of the running mean and of the largest gradient each step keeps.
    eps : float
        Added to each gradient's size, against division by zero.
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
    >>> optimizer = optim.Adamax([x], lr=0.25)
    >>> np.sum(x * x).backward()
    >>> optimizer.step()
    >>> np.round(x.data, 6)
    array([ 0.75, -1.75])
    """

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ):
        super().__init__(parameters, lr, betas=betas, eps=eps, weight_decay=weight_decay, maximize=maximize)

    def compose(self, group: Mapping[str, Any]) -> Sequence[Rule]:
        """Return the rules for these hyperparameters."""
        return around(group, self._name, False, ScaleByAdamax(*_betas_and_eps(group, self._name)))


class NAdam(Optimizer):
    """Adam with Nesterov's look-ahead; see `ScaleByNAdam`.

    The same numbers as ``torch.optim.NAdam``.

    Parameters
    ----------
    parameters : iterable of Tensor or of dict
        Tracked leaves, or groups of them; see `Optimizer`.
    lr : float
        Learning rate.
    betas : tuple of float
        How much of the running means of the gradient and of its square each step keeps.
    eps : float
        Added to the root of the second, against division by zero.
    weight_decay : float
        λ, the coefficient of λ/2 ‖θ‖² in what is minimised.
    momentum_decay : float
        ψ: how quickly the momentum grows from half of ``betas[0]`` towards it.
    decoupled_weight_decay : bool
        Whether to subtract lr · λθ from the parameters instead, as `AdamW` does.
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
    >>> optimizer = optim.NAdam([x], lr=0.1)
    >>> np.sum(x * x).backward()
    >>> optimizer.step()
    >>> np.round(x.data, 4)
    array([ 0.8944, -1.8944])
    """

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
    ):
        super().__init__(
            parameters, lr, betas=betas, eps=eps, weight_decay=weight_decay, momentum_decay=momentum_decay,
            decoupled_weight_decay=decoupled_weight_decay, maximize=maximize,
        )  # fmt: skip

    def compose(self, group: Mapping[str, Any]) -> Sequence[Rule]:
        """Return the rules for these hyperparameters."""
        decay = number(group["momentum_decay"], "momentum_decay", self._name)
        rule = ScaleByNAdam(*_betas_and_eps(group, self._name), decay)
        return around(group, self._name, group["decoupled_weight_decay"], rule)


class RAdam(Optimizer):
    """Adam whose first steps do not trust the mean square yet; see `ScaleByRAdam`.

    The same numbers as ``torch.optim.RAdam``.

    Parameters
    ----------
    parameters : iterable of Tensor or of dict
        Tracked leaves, or groups of them; see `Optimizer`.
    lr : float
        Learning rate.
    betas : tuple of float
        How much of the running means of the gradient and of its square each step keeps.
    eps : float
        Added to the root of the second, against division by zero.
    weight_decay : float
        λ, the coefficient of λ/2 ‖θ‖² in what is minimised.
    decoupled_weight_decay : bool
        Whether to subtract lr · λθ from the parameters instead, as `AdamW` does.
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
    >>> optimizer = optim.RAdam([x], lr=0.25)
    >>> np.sum(x * x).backward()
    >>> optimizer.step()  # the first steps follow the mean gradient, whatever its size
    >>> np.round(x.data, 6)
    array([ 0.5, -1. ])
    """

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
    ):
        super().__init__(
            parameters, lr, betas=betas, eps=eps, weight_decay=weight_decay,
            decoupled_weight_decay=decoupled_weight_decay, maximize=maximize,
        )  # fmt: skip

    def compose(self, group: Mapping[str, Any]) -> Sequence[Rule]:
        """Return the rules for these hyperparameters."""
        rule = ScaleByRAdam(*_betas_and_eps(group, self._name))
        return around(group, self._name, group["decoupled_weight_decay"], rule)


def _betas_and_eps(group: Mapping[str, Any], owner: str) -> tuple[float, float, float]:
    return *pair_of_betas(group["betas"], owner), number(group["eps"], "eps", owner)
