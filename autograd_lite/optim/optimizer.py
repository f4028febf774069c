"""`Optimizer`, the loop around update rules, and the optimisers that are composed of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from autograd_lite.core.graph import Leaf
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import DtypeError, GraphError, StructureError
from autograd_lite.optim.blocks import blocks_of
from autograd_lite.optim.rules import Momentum, Rule, ScaleByAdam, WeightDecay


class Optimizer:
    """Updates parameters in place: θ ← θ - lr · d, where the rules make d from the gradient.

    From now on the data of each parameter is a view of one flat array (of several, if the model is large): reading it
    and assigning into it (``p.data[...] = v``) are fine; an array put in its place is copied in at the next step.

    Parameters
    ----------
    parameters : iterable of Tensor
        Tracked leaves, as ``model.parameters()`` gives them.
    lr : float
        The learning rate; may be changed between steps.
    rules : sequence of Rule
        What happens to the gradient, in this order.

    Raises
    ------
    StructureError
        If there are no parameters, or one is given twice.
    GraphError
        If a parameter is not a tracked leaf.
    ValueError
        If the learning rate is negative or not finite.

    Examples
    --------
    >>> from autograd_lite import Tensor, optim
    >>> x = Tensor(1.0, requires_grad=True)
    >>> clipped = optim.Optimizer([x], lr=0.5, rules=[optim.WeightDecay(0.1), optim.Momentum(0.9)])
    >>> (x * x).backward()
    >>> clipped.step()
    >>> round(x.item(), 6)
    -0.05
    """

    def __init__(self, parameters: Iterable[Tensor], lr: float, rules: Sequence[Rule] = ()):
        name = type(self).__name__
        self.parameters = _checked(parameters, name)
        self.lr = _number(lr, "lr", name)
        self.rules = list(rules)
        self._blocks = blocks_of(self.parameters, self.rules)

    def step(self) -> None:
        """Update every parameter that has a gradient; the others stay, as in PyTorch.

        Each updated Tensor gets a new leaf node that keeps gradient, name and hooks: a graph that was recorded before
        the step can no longer be swept, and says so.
        """
        for block in self._blocks:
            block.step(self.lr)

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for parameter in self.parameters:
            parameter.grad = None

    def __repr__(self) -> str:
        count = sum(parameter.size for parameter in self.parameters)
        rules = "".join(f", {rule}" for rule in self.rules)
        return f"{type(self).__name__}({len(self.parameters)} parameters of {count:,} elements, lr={self.lr}{rules})"


class SGD(Optimizer):
    """Stochastic gradient descent: d = g + λθ;  b ← μb + d;  θ ← θ - lr · b (with Nesterov's look-ahead d + μb).

    The same numbers as ``torch.optim.SGD``.

    Parameters
    ----------
    parameters : iterable of Tensor
        Tracked leaves.
    lr : float
        Learning rate.
    momentum : float
        μ, in [0, 1).
    nesterov : bool
        Whether to look ahead; needs momentum.
    weight_decay : float
        λ, the coefficient of λ/2 ‖θ‖² in what is minimised.

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
        parameters: Iterable[Tensor],
        lr: float,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ):
        rules: list[Rule] = []
        if _number(weight_decay, "weight_decay", "SGD"):
            rules.append(WeightDecay(weight_decay))
        if _number(momentum, "momentum", "SGD", below=1.0):
            rules.append(Momentum(momentum, nesterov))
        elif nesterov:
            raise ValueError("SGD(..., nesterov=True) looks ahead along the momentum: give momentum > 0")
        super().__init__(parameters, lr, rules)


class Adam(Optimizer):
    """Adam: steps of about ``lr`` in every element, whatever the size of its gradient; see `ScaleByAdam`.

    The same numbers as ``torch.optim.Adam``.

    Parameters
    ----------
    parameters : iterable of Tensor
        Tracked leaves.
    lr : float
        Learning rate.
    betas : tuple of float
        How much of the running means of the gradient and of its square each step keeps.
    eps : float
        Added to the root of the second, against division by zero.
    weight_decay : float
        λ, the coefficient of λ/2 ‖θ‖² in what is minimised.

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
        parameters: Iterable[Tensor],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ):
        rules: list[Rule] = []
        if _number(weight_decay, "weight_decay", "Adam"):
            rules.append(WeightDecay(weight_decay))
        first, second = betas
        first, second = _number(first, "betas[0]", "Adam", below=1.0), _number(second, "betas[1]", "Adam", below=1.0)
        rules.append(ScaleByAdam(first, second, _number(eps, "eps", "Adam")))
        super().__init__(parameters, lr, rules)


def _number(value: Any, argument: str, owner: str, below: float = math.inf) -> float:
    """Return a hyperparameter as a float, if it lies in [0, below)."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 <= number < below:
        interval = f"[0, {below:g})" if below < math.inf else "[0, ∞)"
        raise ValueError(f"{owner}({argument}={value!r}): a number in {interval} is needed")
    return number


def _checked(parameters: Any, owner: str) -> list[Tensor]:
    """Return the parameters as a list of different tracked leaves on NumPy arrays."""
    if isinstance(parameters, Tensor | dict) or not isinstance(parameters, Iterable):
        raise StructureError(
            f"{owner}(parameters) got a {type(parameters).__name__}: pass model.parameters(), or a list of Tensors"
        )
    listed = list(parameters)
    if not listed:
        raise StructureError(
            f"{owner}(parameters) got no parameters. A Module finds tracked Tensors (requires_grad=True) in its "
            f"attributes and in lists, tuples and dicts there; and a generator can be read only once."
        )
    for index, parameter in enumerate(listed):
        if not isinstance(parameter, Tensor) or type(parameter.node) is not Leaf:
            what = repr(parameter) if isinstance(parameter, Tensor) else f"a {type(parameter).__name__}"
            raise GraphError(
                f"{owner}(parameters): number {index} is {what}. Only tracked leaves can be updated: Tensors made by "
                f"Tensor(data, requires_grad=True), not results of operations."
            )
        if not isinstance(parameter.data, np.ndarray | np.generic):
            kind = type(parameter.data).__name__
            raise DtypeError(f"{owner}(parameters): number {index} holds a {kind}; in-place updates need NumPy arrays")
        if parameter.dtype.kind == "c":
            raise DtypeError(
                f"{owner}(parameters): number {index} is complex, and the update rules are for real numbers: keep its "
                f"real and imaginary parts as two parameters."
            )
    if len({id(parameter) for parameter in listed}) < len(listed):
        raise StructureError(f"{owner}(parameters): a parameter is given twice and would be updated twice a step")
    return listed
