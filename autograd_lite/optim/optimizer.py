"""`Optimizer`, the loop around update rules: groups of parameters, steps, and what is remembered between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_lite.core.modes import enable_grad
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import GraphError, StructureError
from autograd_lite.optim.blocks import Block, Memory, blocks_of, state_names
from autograd_lite.optim.gradients import check_finite
from autograd_lite.optim.hyperparameters import check_keys, complete_group, groups_of, number
from autograd_lite.optim.rules import Rule
from autograd_lite.optim.states import packed_state, unpack_state


class Optimizer:
    """Updates parameters in place: θ ← θ - lr · d, where the rules make d from the gradient.

    From now on the data of each parameter is a view of a flat array that it shares with others: reading it and
    assigning into it (``p.data[...] = v``) are fine; an array put in its place is copied in at the next step.

    Gradients accumulate: several ``backward`` calls before one ``step`` add up, which makes one large batch of several
    small ones (divide each loss by their number for the mean). ``zero_grad`` starts anew.

    Parameters
    ----------
    parameters : iterable of Tensor, of (str, Tensor), or of dict
        Tracked leaves, as ``model.parameters()`` gives them; with names, as ``model.named_parameters()`` does; or
        groups, each a dict with ``"params"`` and whatever hyperparameters are its own (``"lr"``, ``"weight_decay"``).
    lr : float
        The learning rate of groups that name none.
    rules : Rule or sequence of Rule
        What happens to the gradient, in this order. Subclasses with hyperparameters define ``compose`` instead.
    **hyperparameters
        Of a subclass: what ``compose`` finds in a group that does not name its own.

    Attributes
    ----------
    param_groups : list of dict
        The groups, complete. ``group["lr"]`` and every other hyperparameter may be changed between steps.
    defaults : dict
        The hyperparameters of groups that name none.

    Raises
    ------
    StructureError
        If there are no parameters, one is given twice, or a group has an unknown key.
    GraphError
        If a parameter is not a tracked leaf.
    ValueError
        If a hyperparameter is out of its range.
    TypeError
        If one of ``rules`` is none.

    Examples
    --------
    >>> from autograd_lite import Tensor, optim
    >>> x = Tensor(1.0, requires_grad=True)
    >>> optimizer = optim.Optimizer([x], lr=0.5, rules=[optim.WeightDecay(0.1), optim.Momentum(0.9)])
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> round(x.item(), 6)
    -0.05

    Two groups, the second with a learning rate of its own:

    >>> y = Tensor(1.0, requires_grad=True)
    >>> optimizer = optim.SGD([{"params": [x]}, {"params": [y], "lr": 0.01}], lr=0.1)
    >>> [group["lr"] for group in optimizer.param_groups]
    [0.1, 0.01]
    """

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float,
        rules: Rule | Sequence[Rule] | None = None,
        **hyperparameters: Any,
    ):
        composed = type(self).compose is Optimizer.compose
        if composed and hyperparameters:
            raise TypeError(f"{self._name}() got {list(hyperparameters)}, but only a subclass with compose reads them")
        if composed:
            listed = (rules,) if isinstance(rules, Rule) else tuple(rules or ())
            for rule in listed:
                if not isinstance(rule, Rule):
                    hint = f": write {rule.__name__}()" if isinstance(rule, type) else ""
                    raise TypeError(f"{self._name}(rules=...) got {rule!r}, and update rules are needed{hint}")
            hyperparameters = {"rules": listed}
        self.defaults: dict[str, Any] = {"lr": lr, **hyperparameters}
        self.param_groups: list[dict[str, Any]] = []
        self._seen: list[dict[str, Any]] = []
        self._blocks: list[list[Block]] = []
        for group in groups_of(parameters, self._name):
            self.add_param_group(group)

    @property
    def _name(self) -> str:
        return type(self).__name__

    def compose(self, group: Mapping[str, Any]) -> Sequence[Rule]:
        """Return the rules for a group with these hyperparameters; called again whenever one of them has changed.

        Parameters
        ----------
        group : mapping of str to object

        Returns
        -------
        sequence of Rule

        Raises
        ------
        ValueError
            If a hyperparameter is out of its range.
        """
        return group["rules"]

    # Groups

    @property
    def parameters(self) -> list[Tensor]:
        """All parameters, group by group."""
        return [parameter for group in self.param_groups for parameter in group["params"]]

    @property
    def has_stepped(self) -> bool:
        """Whether a parameter was updated yet."""
        return any(block.count for blocks in self._blocks for block in blocks)

    @property
    def lr(self) -> float:
        """The learning rate; setting it sets that of every group."""
        rates = {group["lr"] for group in self.param_groups}
        if len(rates) > 1:
            raise AttributeError(f"{self._name}.lr: the groups have different ones; see param_groups[i]['lr']")
        return rates.pop()

    @lr.setter
    def lr(self, value: float) -> None:
        for group in self.param_groups:
            group["lr"] = value

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Update further parameters too, such as those of a layer that is unfrozen in mid-training.

        Parameters
        ----------
        group : dict
            ``"params"``, and hyperparameters where they differ from ``defaults``.

        Raises
        ------
        StructureError
            If a parameter is in a group already, or a key is unknown.
        """
        complete = complete_group(group, self._name)
        check_keys(complete, self.defaults, self._name)
        known = [id(parameter) for parameter in (*self.parameters, *complete["params"])]
        if len(set(known)) < len(known):
            raise StructureError(f"{self._name}(parameters): a parameter is given twice and would be updated twice")
        complete = {**complete, **{key: complete.get(key, value) for key, value in self.defaults.items()}}
        rules = self._rules(complete)
        self.param_groups.append(complete)
        self._seen.append(dict(complete))
        self._blocks.append(blocks_of(complete["params"], rules, [{}] * len(complete["params"])))

    def _rules(self, group: dict[str, Any]) -> Sequence[Rule]:
        """Return the rules for a group, its learning rate checked and its lists made tuples, whose changes show."""
        for key, value in group.items():
            if isinstance(value, list):
                group[key] = tuple(value)
        number(group["lr"], "lr", self._name)
        return self.compose(group)

    def _recompose(self, index: int) -> None:
        """Follow changed hyperparameters of a group."""
        group, blocks = self.param_groups[index], self._blocks[index]
        if group["params"] is not self._seen[index]["params"]:
            raise StructureError(f"{self._name}: the params of a group were replaced; use add_param_group for new ones")
        rules = self._rules(group)
        self._seen[index] = dict(group)
        for block in blocks:
            remembers = state_names(block.rules), [list(rule.numbers) for rule in block.rules]
            if remembers != (state_names(rules), [list(rule.numbers) for rule in rules]):
                self._blocks[index] = blocks_of(group["params"], rules, self._memories(index))
                return
            block.follow(rules)

    # Steps

    def step(self, closure: Callable[[], Any] | None = None, error_if_nonfinite: bool = False) -> Any:
        """Update every parameter that has a gradient; the others stay, as in PyTorch.

        Each updated Tensor gets a new leaf node that keeps gradient, name and hooks: a graph that was recorded before
        the step can no longer be swept, and says so.

        Parameters
        ----------
        closure : callable, optional
            Computes the loss anew, with its gradients, and returns it.
        error_if_nonfinite : bool
            Whether to look for NaN and infinity in the gradients first.

        Returns
        -------
        Tensor or None
            What ``closure`` returned.

        Raises
        ------
        GraphError
            If no parameter has a gradient.
        NaNError
            If ``error_if_nonfinite`` and a gradient is not finite; nothing has been changed then.
        """
        loss = None if closure is None else evaluated(closure)
        if error_if_nonfinite:
            check_finite(self.parameters)
        idle = True
        for index, group in enumerate(self.param_groups):
            if group != self._seen[index]:
                self._recompose(index)
            lr = group["lr"]
            parting = []
            for block in self._blocks[index]:
                gradients, missing = block.gradients()
                if not missing:
                    block.step(gradients, lr)
                    idle = False
                elif missing < len(gradients):
                    parting.append((block, gradients))
            for block, gradients in parting:
                self._part(index, block, gradients, lr)
                idle = False
        if idle:
            raise no_gradient(self)
        return loss

    def _part(self, index: int, block: Block, gradients: Sequence[Any], lr: float) -> None:
        """Divide a block into the parameters that have a gradient, which take the step, and those that have none."""
        blocks = self._blocks[index]
        blocks.remove(block)
        for missing in (False, True):
            chosen = [i for i, gradient in enumerate(gradients) if (gradient is None) == missing]
            memories = [block.memory(i) for i in chosen]
            (part,) = blocks_of([block.parameters[i] for i in chosen], block.rules, memories)
            blocks.append(part)
            if not missing:
                part.step([gradients[i] for i in chosen], lr)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or with ``set_to_none=False`` set those that there are to zero."""
        for group in self.param_groups:
            for parameter in group["params"]:
                there = not set_to_none and parameter.grad is not None
                parameter.grad = np.zeros_like(parameter.data) if there else None

    # What is remembered

    def _memories(self, index: int) -> list[Memory]:
        """Return what is remembered about each parameter of a group, its arrays as views."""
        found = {
            id(parameter): block.memory(position)
            for block in self._blocks[index]
            for position, parameter in enumerate(block.parameters)
        }
        return [found[id(parameter)] for parameter in self.param_groups[index]["params"]]

    def _remember(self, index: int, memories: Sequence[Memory]) -> None:
        """Go on from what is remembered about each parameter of a group."""
        group = self.param_groups[index]
        rules = self._rules(group)
        self._seen[index] = dict(group)
        self._blocks[index] = blocks_of(group["params"], rules, memories)

    def _expected(self, group: dict[str, Any]) -> dict[str, bool]:
        """Return the names of what is remembered about a parameter, and whether that is an array of its shape."""
        rules = self._rules(group)
        numbers = [name for rule in rules for name in rule.numbers]
        arrays = [name for names in state_names(rules) for name in names]
        return {"step": False, **dict.fromkeys(numbers, False), **dict.fromkeys(arrays, True)}

    def state_dict(self) -> dict[str, Any]:
        """Return copies of everything that the next steps depend on beside the parameters and their gradients.

        Returns
        -------
        dict
            ``"state"``: for the position of each parameter that was updated, its count of steps and what the rules
            remember about it, under PyTorch's names; ``"param_groups"``: the groups with their hyperparameters, their
            ``"params"`` being positions.

        Examples
        --------
        >>> from autograd_lite import Tensor, optim
        >>> x = Tensor(1.0, requires_grad=True)
        >>> optimizer = optim.SGD([x], lr=0.5, momentum=0.9)
        >>> (x * x).backward()
        >>> optimizer.step()
        >>> {name: float(value) for name, value in optimizer.state_dict()["state"][0].items()}
        {'step': 1.0, 'momentum_buffer': 2.0}
        """
        return packed_state(self)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a stored state: the next steps are the same to the bit, if the parameters are.

        Parameters
        ----------
        state : mapping
            From `state_dict` of an optimiser of the same class with as many parameters, or from PyTorch's of that name.

        Raises
        ------
        StructureError
            If it does not fit; the message lists every mismatch, and nothing is changed.
        """
        unpack_state(self, state)

    def __getstate__(self) -> dict[str, Any]:
        kept = {name: value for name, value in vars(self).items() if name not in ("_blocks", "_seen")}
        for block in (block for blocks in self._blocks for block in blocks):
            block.adopt()
        return {**kept, "_memories": [self._memories(index) for index in range(len(self.param_groups))]}

    def __setstate__(self, state: dict[str, Any]) -> None:
        memories = state.pop("_memories")
        vars(self).update(state)
        # A copy of a view would be an array of its own, so the flat arrays are made anew.
        self._seen = [{} for _ in memories]
        self._blocks = [[] for _ in memories]
        for index, remembered in enumerate(memories):
            self._remember(index, remembered)

    def __repr__(self) -> str:
        count = sum(parameter.size for parameter in self.parameters)
        groups = [
            ", ".join([f"lr={group['lr']}", *(str(rule) for rule in self._rules(group))]) for group in self.param_groups
        ]
        inside = groups[0] if len(groups) == 1 else f"groups: ({'), ('.join(groups)})"
        return f"{self._name}({len(self.parameters)} parameters of {count:,} elements, {inside})"


def evaluated(closure: Callable[[], Any]) -> Any:
    """Return the loss that a closure computes, recorded even where ``step`` was called under ``no_grad``."""
    if not callable(closure):
        raise TypeError(
            f"step(closure): a function that computes the loss and calls backward() on it is needed, and this is "
            f"{closure!r}. After loss.backward(), step() needs no argument."
        )
    with enable_grad():
        return closure()


def no_gradient(optimizer: Optimizer) -> GraphError:
    """Return the error for a step without any gradient."""
    return GraphError(
        f"{type(optimizer).__name__}.step(): none of the {len(optimizer.parameters)} parameters has a gradient. Call "
        f"loss.backward() after zero_grad() and before step(); if that was done, the loss does not depend on these "
        f"parameters (optim.missing_gradients says why)."
    )
