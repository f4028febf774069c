"""The chain rule as text: a function's derivation, step by step, from the engine's own rules run on symbols."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_lite.core.cotangents import cast
from autograd_lite.core.symbols.expressions import Expression, evaluate
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import ShapeError, StructureError
from autograd_lite.explain.chain import Chain
from autograd_lite.explain.derivation_layout import as_latex, as_markdown, as_text
from autograd_lite.explain.symbolic_run import NumericRun, SymbolicRun
from autograd_lite.transforms.arguments import as_primal, flatten, select, unflatten
from autograd_lite.transforms.reverse import vjp


class Derivation:
    """How the derivative of a function comes about: from `derivative`.

    ``str(derivation)`` is plain text; in a notebook it shows itself as formulas. Called with arguments, it evaluates
    what it says.

    Attributes
    ----------
    function : callable
    value : array
        Of the function at the example.
    gradient : array, or containers of arrays
        At the example, as `autograd_lite.grad` returns it; None where the output has more elements than one.
    chain : Chain
        The steps, what arrived at them, and their local derivatives, as expressions.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        argnums: int | Sequence[int],
        names: Sequence[str] | None,
    ):
        self.function = f
        self._args, self._kwargs, self._argnums, self._names = tuple(args), dict(kwargs), argnums, names
        self.chain = _chain(f, args, self._kwargs, argnums, names)
        data = self.chain.run.output.data
        self.value = getattr(data, "value", data)
        self.gradient = None if self.chain.seed is not None else self._packed([a.value for a in self._finals()])

    def _finals(self) -> Any:
        return self.chain.arrivals[len(self.chain.arrivals) - len(self.chain.run.arguments) :]

    def _packed(self, leaves: Sequence[Any]) -> Any:
        run = self.chain.run
        filled = [
            np.array(np.broadcast_to(leaf, argument.shape))[()]
            for leaf, argument in zip(leaves, run.arguments, strict=True)
        ]
        return run.run.packed([cast(x, np.asarray(v).dtype) for x, v in zip(filled, run.values, strict=True)])

    # Words

    def text(self, longest: int = 200) -> str:
        """Return the derivation as plain text.

        Parameters
        ----------
        longest : int
            How many lines each part may have; of longer ones the beginning and the end are shown.
        """
        return as_text(self.chain, self._title(), longest)

    def latex(self, longest: int = 60) -> str:
        """Return the derivation in LaTeX, as one ``aligned`` environment without dollar signs."""
        return as_latex(self.chain, self._title(), longest)

    def markdown(self, longest: int = 200) -> str:
        """Return the derivation in Markdown: tables of formulas between dollar signs."""
        return as_markdown(self.chain, self._title(), longest)

    def _title(self) -> str:
        name = getattr(self.function, "__name__", type(self.function).__name__)
        return "f" if name == "<lambda>" else name

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        names = ", ".join(argument.name for argument in self.chain.run.arguments)
        return f"<Derivation of {self._title()} with respect to {names}, {len(self.chain.steps)} steps>"

    def _repr_latex_(self) -> str:
        return f"$$ {self.latex()} $$"

    def _repr_markdown_(self) -> str:
        return self.markdown()

    # Numbers

    def evaluate(self, *args: Any, cotangent: Any = None) -> Any:
        """Return the gradient at some arguments by evaluating the derived expressions, step by step.

        Parameters
        ----------
        *args : array, number, or container of them
            All positional arguments of the function; those of the example if none are given.
        cotangent : array of the output's shape, optional
            The derivative of some scalar with respect to the output; needed if that has more elements than one.

        Returns
        -------
        Container, shapes and dtypes of the selected arguments, as from `autograd_lite.grad`

        Raises
        ------
        ShapeError
            If shapes differ from those of the example, for which the derivation was made; or if a cotangent is missing.

        Notes
        -----
        Where the derivation does not hold at these arguments it is made anew for them: where an ``if`` goes another
        way, or an argument that is not differentiated differs. Where parts of the function could not be written down
        at all, the engine's own sweep is evaluated.
        """
        given = args or self._args
        run = self.chain.run
        seed = self._seed(cotangent)
        if isinstance(run, NumericRun):
            return self._by_engine(given, seed)
        leaves = self._leaves(given)
        with np.errstate(all="ignore"):
            values = self._forward(leaves)
            if not self._holds(given, values):
                again = Derivation(self.function, given, self._kwargs, self._argnums, self._names)
                return again._backward(again._forward(again._leaves(given)), seed)
            return self._backward(values, seed)

    __call__ = evaluate

    def _seed(self, cotangent: Any) -> Any:
        shape = np.shape(self.value)
        if cotangent is None:
            if self.chain.seed is not None:
                raise ShapeError(
                    f"Derivation.evaluate needs cotangent=, an array of the output's shape {shape}: only an output of "
                    f"size one has a gradient by itself. np.ones({shape}) gives that of the sum."
                )
            return np.ones(shape)
        if np.shape(cotangent) != shape:
            raise ShapeError(f"Derivation.evaluate: the cotangent has shape {np.shape(cotangent)}, the output {shape}")
        return np.asarray(cotangent)

    def _leaves(self, args: Sequence[Any]) -> list[Any]:
        """Return the leaves of the selected arguments as arrays, checked against the example's."""
        leaves: list[Any] = []
        for position in select(self._argnums, len(args), "Derivation.evaluate"):
            leaves += [as_primal(leaf, "Derivation.evaluate", position).data for leaf in flatten(args[position])[0]]
        for argument, leaf in zip(self.chain.run.arguments, leaves, strict=False):
            if np.shape(leaf) != argument.shape:
                raise ShapeError(
                    f"Derivation.evaluate: {argument.name} has shape {np.shape(leaf)}, and the derivation was made for "
                    f"{argument.shape}. Make one for these arguments: explain.derivative(f, ...)."
                )
        return leaves

    def _forward(self, leaves: Sequence[Any]) -> dict[Expression, Any]:
        values: dict[Expression, Any] = dict(zip(self.chain.run.arguments, leaves, strict=True))
        for step in self.chain.steps:
            found = evaluate(step.definition, values)
            values[step.variable] = (
                found if isinstance(found, tuple) else np.broadcast_to(found, step.variable.shape)[()]
            )
        return values

    def _holds(self, args: Sequence[Any], values: Mapping[Expression, Any]) -> bool:
        """Say whether the function goes the same way, with the same constants, as at the example."""
        if any(bool(evaluate(test, values)) != way for test, way in self.chain.run.decisions.items()):
            return False
        chosen = set(select(self._argnums, len(args), "Derivation.evaluate"))
        others = [(a, b) for i, (a, b) in enumerate(zip(args, self._args, strict=False)) if i not in chosen]
        return len(args) == len(self._args) and all(_same(a, b) for a, b in others)

    def _backward(self, values: dict[Expression, Any], seed: Any) -> Any:
        """Evaluate what arrives, from the output to the arguments."""
        chain = self.chain
        if chain.seed is not None:
            values[chain.seed] = seed
        scale = seed if chain.seed is None and seed.size and not (seed == 1).all() else None
        for arrival in chain.arrivals:
            if arrival.variable is not chain.seed:
                found = evaluate(arrival.expression, values)
                values[arrival.variable] = np.broadcast_to(found, arrival.variable.shape)[()]
        finals = [values[arrival.variable] for arrival in self._finals()]
        return self._packed(finals if scale is None else [final * scale.ravel()[0] for final in finals])

    def _by_engine(self, args: Sequence[Any], seed: Any) -> Any:
        chosen = select(self._argnums, len(args), "Derivation.evaluate")

        def partly(*selected: Any) -> Any:
            whole = list(args)
            for position, value in zip(chosen, selected, strict=True):
                whole[position] = value
            return self.function(*whole, **self._kwargs)

        swept, structure = flatten(vjp(partly, *(args[position] for position in chosen))[1](seed))
        plain = [leaf.data if isinstance(leaf, Tensor) else leaf for leaf in swept]
        gradients = unflatten(structure, plain)
        return gradients[0] if hasattr(self._argnums, "__index__") else gradients


def _same(a: Any, b: Any) -> bool:
    try:
        return a is b or bool(np.array_equal(a, b))
    except (TypeError, ValueError):
        return False


def _chain(
    f: Callable[..., Any],
    args: Sequence[Any],
    kwargs: dict[str, Any],
    argnums: int | Sequence[int],
    names: Sequence[str] | None,
) -> Chain:
    """Run a function on symbols; on arrays where it cannot be, and let errors of its own come from there."""
    if not callable(f):
        raise StructureError(f"explain.derivative(f, ...) takes a function, and got {type(f).__name__}")
    try:
        return Chain(SymbolicRun(f, args, kwargs, argnums, names))
    except Exception:  # whatever went wrong inside of a function that was handed symbols
        return Chain(NumericRun(f, args, kwargs, argnums, names))


def derivative(
    f: Callable[..., Any],
    *args: Any,
    argnums: int | Sequence[int] = 0,
    names: Sequence[str] | None = None,
    **kwargs: Any,
) -> Derivation:
    r"""Derive the derivative of a function by the chain rule, and show how.

    Parameters
    ----------
    f : callable
        Returns a number or an array; written with NumPy's functions and Python's operators, as for `grad`.
    *args : array, number, Tensor, or container of them
        An example: the derivation is made for these shapes and dtypes, and for the way that the function takes at
        these values. It holds at other values too, as long as conditions that decide what is computed (``if x > 0``)
        come out as here; the derivation says which. Masks (``np.where(x > 0, ...)``) are part of the formulas, and
        need not.
    argnums : int or sequence of int
        The positional arguments to differentiate with respect to.
    names : sequence of str, optional
        What the leaves of these arguments are called; their names in ``f`` if not given.
    **kwargs
        Keywords of ``f``.

    Returns
    -------
    Derivation
        With every intermediate value, its local derivatives, the cotangents accumulated in the reverse sweep, and the
        derivative as one expression: as ``str``, ``.text()``, ``.latex()``, ``.markdown()``, and by itself in a
        notebook. ``.evaluate(*args)`` evaluates what it says.

    Raises
    ------
    DtypeError
        If a selected argument holds integers or booleans.
    StructureError
        If ``f`` returns a container.

    Notes
    -----
    The rules are the engine's own, run on symbols that speak NumPy's protocols. Simplified are numbers, signs, like
    terms and repeated factors; nothing is cancelled, so that the domain stays what it was. A guard such as the 1 that
    stands for r in x / r where r is 0 is left out of the formulas and told below them. At points where the ordinary
    chain rule gives 0 · ∞ an evaluated derivation is NaN, where the engine's careful sweep finds an answer.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite import explain
    >>> print(explain.derivative(lambda x: x * np.sin(x), 2.0))
    Derivation of f(x) at x = 2
    <BLANKLINE>
    Values
      v1 = sin(x)  ≈ 0.909297
      v2 = x · v1  ≈ 1.81859    = f(x)
    <BLANKLINE>
    Local derivatives
      ∂v1/∂x = cos(x)
      ∂v2/∂x = v1
      ∂v2/∂v1 = x
    <BLANKLINE>
    Backward (a bar is the derivative of f(x) with respect to what is below it)
      v̄2 = 1                       ≈ 1
      v̄1 = v̄2 · x                 ≈ 2
      x̄ = v̄2 · v1 + v̄1 · cos(x)  ≈ 0.0770038
    <BLANKLINE>
    Derivative
      ∂f(x)/∂x = sin(x) + x · cos(x)
    """
    return Derivation(f, args, kwargs, argnums, names)
