"""Cases of recurrent layers and cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_lite import nn
from golden.case import Golden


def case(name: str, kind: str, inputs: tuple[Any, ...], *sizes: int, **options: Any) -> Golden:
    """Return the case of one class, of the same name on both sides, with the same arguments."""
    return Golden(
        name,
        lambda: getattr(nn, kind)(*sizes, **options),
        lambda torch: getattr(torch.nn, kind)(*sizes, **options),
        inputs,
    )


def paired(name: str, kind: str, inputs: tuple[Any, ...], *sizes: int, **options: Any) -> Golden:
    """Return a case whose second and third inputs are a pair, h and c."""

    def build(module: Any) -> Callable[..., Any]:
        base = getattr(module, kind)

        class Paired(base):
            def forward(self, x: Any, h: Any, c: Any) -> Any:
                return super().forward(x, (h, c))

        return Paired(*sizes, **options)

    return Golden(name, lambda: build(nn), lambda torch: build(torch.nn), inputs)


def layers(kind: str, start: Callable[..., Golden]) -> list[Golden]:
    """Return the cases that every kind of layer has; ``start`` makes those with initial states."""
    states = 2 if kind == "LSTM" else 1
    return [
        case(kind, kind, ((5, 2, 3),), 3, 4),
        case(f"{kind} without bias", kind, ((5, 2, 3),), 3, 4, bias=False),
        case(f"{kind} of one step", kind, ((1, 2, 3),), 3, 4),
        case(f"{kind} of one sequence without a batch axis", kind, ((5, 3),), 3, 4),
        case(f"{kind} batch first", kind, ((2, 5, 3),), 3, 4, batch_first=True),
        case(f"{kind} both ways", kind, ((5, 2, 3),), 3, 4, bidirectional=True),
        case(f"{kind} of three layers", kind, ((4, 2, 3),), 3, 4, num_layers=3),
        start(f"{kind} with initial states", kind, ((5, 2, 3), *[(1, 2, 4)] * states), 3, 4),
        start(f"{kind} without a batch axis, with initial states, both ways", kind,
              ((5, 3), *[(2, 4)] * states), 3, 4, bidirectional=True),
        start(f"{kind} with everything", kind, ((2, 5, 3), *[(4, 2, 4)] * states), 3, 4,
              num_layers=2, batch_first=True, bidirectional=True),
    ]  # fmt: skip


CASES = [
    *layers("RNN", case),
    *layers("GRU", case),
    *layers("LSTM", paired),
    case("RNN with relu", "RNN", ((5, 2, 3), (4, 2, 4)), 3, 4, num_layers=2, nonlinearity="relu", bidirectional=True),
    Golden("GRU in evaluation, where nothing is dropped",
           lambda: nn.GRU(3, 4, num_layers=2, dropout=0.5).eval(),
           lambda torch: torch.nn.GRU(3, 4, num_layers=2, dropout=0.5).eval(), ((5, 2, 3),)),
    case("RNNCell", "RNNCell", ((2, 3),), 3, 4),
    case("RNNCell with relu, without bias", "RNNCell", ((2, 3), (2, 4)), 3, 4, nonlinearity="relu", bias=False),
    case("RNNCell of vectors", "RNNCell", ((3,), (4,)), 3, 4),
    case("GRUCell", "GRUCell", ((2, 3),), 3, 4),
    case("GRUCell with a state, without bias", "GRUCell", ((2, 3), (2, 4)), 3, 4, bias=False),
    case("GRUCell of a vector", "GRUCell", ((3,),), 3, 4),
    case("LSTMCell", "LSTMCell", ((2, 3),), 3, 4),
    paired("LSTMCell with states, without bias", "LSTMCell", ((2, 3), (2, 4), (2, 4)), 3, 4, bias=False),
    paired("LSTMCell of vectors", "LSTMCell", ((3,), (4,), (4,)), 3, 4),
]  # fmt: skip
