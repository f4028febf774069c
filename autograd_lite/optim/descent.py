"""The optimisers that follow the gradient, its running sum, or its sign: `SGD` and `Lion`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from autograd_lite.optim.hyperparameters import number, pair_of_betas
from autograd_lite.optim.optimizer import Optimizer
from autograd_lite.optim.rules import Momentum, Rule, Scale, SignOfBlend, WeightDecay


def before(group: Mapping[str, Any], owner: str) -> list[Rule]:
    """Return the rules that come first in most optimisers: those for ``maximize`` and for ``weight_decay``."""
    rate = number(group["weight_decay"], "weight_decay", owner)
    return [*([Scale(-1.0)] if group["maximize"] else []), *([WeightDecay(rate)] if rate else [])]


def around(group: Mapping[str, Any], owner: str, decoupled: bool, rule: Rule) -> list[Rule]:
    """Return such rules around one: the weight decay before it, or decoupled after it."""
    first = before(group, owner)
    if decoupled and group["weight_decay"]:
        return [*first[:-1], rule, first[-1]]
    return [*first, rule]


class SGD(Optimizer):
    """Stochastic gradient descent: d = g + λθ;  b ← μb + (1-τ)d;  θ ← θ - lr · b (with Nesterov's look-ahead d + μb).

    The same numbers as ``torch.optim.SGD``; see `Momentum` for the source.

    Parameters
    ----------
    parameters : iterable of Tensor or of dict
        Tracked leaves, or groups of them; see `Optimizer`.
    lr : float
        Learning rate.
    momentum : float
        μ, in [0, 1).
    dampening : float
        τ, in [0, 1]; the first step has none.
    weight_decay : float
        λ, the coefficient of λ/2 ‖θ‖² in what is minimised.
    nesterov : bool
        Whether to look ahead; needs momentum, and no dampening.
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
    >>> optimizer = optim.SGD([x], lr=0.1)
    >>> np.sum(x * x).backward()
    >>> optimizer.step()
    >>> x.data
    array([ 0.8, -1.6])
    """

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ):
        super().__init__(
            parameters, lr, momentum=momentum, dampening=dampening, weight_decay=weight_decay, nesterov=nesterov,
            maximize=maximize,
        )  # fmt: skip

    def compose(self, group: Mapping[str, Any]) -> Sequence[Rule]:
        """Return the rules for these hyperparameters."""
        rules = before(group, self._name)
        momentum = number(group["momentum"], "momentum", self._name, below=1.0)
        dampening = number(group["dampening"], "dampening", self._name)
        if dampening > 1:
            raise ValueError(f"{self._name}(dampening={dampening}): a number in [0, 1] is needed")
        if group["nesterov"] and (not momentum or dampening):
            raise ValueError(
                f"{self._name}(..., nesterov=True) looks ahead along the momentum: give momentum > 0 and no dampening"
            )
        if momentum:
            rules.append(Momentum(momentum, bool(group["nesterov"]), dampening))
        return rules


class Lion(Optimizer):
    """Lion: steps of exactly ``lr`` in every element, along the sign of a running mean of gradients.

    θ ← θ - lr (sign(β₁m + (1-β₁)g) + λθ),  m ← β₂m + (1-β₂)g;  X. Chen et al., *Symbolic discovery of optimization
    algorithms*, NeurIPS 2023, algorithm 2. Its authors take a learning rate 3 to 10 times smaller than Adam's, and a
    weight decay larger by as much.

    Parameters
    ----------
    parameters : iterable of Tensor or of dict
        Tracked leaves, or groups of them; see `Optimizer`.
    lr : float
        Learning rate.
    betas : tuple of float
        β₁ and β₂.
    weight_decay : float
        λ; decoupled, as in `AdamW`.
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
    >>> optimizer = optim.Lion([x], lr=0.25)
    >>> np.sum(x * x).backward()
    >>> optimizer.step()
    >>> x.data
    array([ 0.75, -1.75])
    """

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 1e-4,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ):
        super().__init__(parameters, lr, betas=betas, weight_decay=weight_decay, maximize=maximize)

    def compose(self, group: Mapping[str, Any]) -> Sequence[Rule]:
        """Return the rules for these hyperparameters."""
        return around(group, self._name, True, SignOfBlend(*pair_of_betas(group["betas"], self._name)))
