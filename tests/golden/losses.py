"""Cases of losses: each as a function with its options, and as a module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite import nn
from golden.case import Golden

REDUCTIONS = ("mean", "sum", "none")


def theirs(name: str, options: dict[str, Any]) -> Callable[[Any], Any]:
    """Return what gives a function of ``torch.nn.functional`` with options, arrays among them as PyTorch's."""

    def build(torch: Any) -> Any:
        function = getattr(torch.nn.functional, name)
        converted = {
            key: torch.as_tensor(value) if isinstance(value, np.ndarray) else value for key, value in options.items()
        }
        return lambda *arguments: function(*arguments, **converted)

    return build


def ours(name: str, options: dict[str, Any]) -> Callable[[], Any]:
    """Return what gives a function of this package with options."""
    function = getattr(nn, name)
    return lambda: lambda *arguments: function(*arguments, **options)


def case(name: str, inputs: tuple[Any, ...], domain: tuple[float, float] = (-2.0, 2.0), **options: Any) -> Golden:
    """Return the case of one function with options."""
    words = ", ".join(f"{key}={np.asarray(value).tolist()}" for key, value in options.items())
    shapes = [
        given if isinstance(given, tuple) else f"{np.shape(given)}{' with ignored' if np.any(given == -100) else ''}"
        for given in inputs
    ]
    title = f"{name} of {' and '.join(map(str, shapes))}" + (f", {words}" if words else "")
    return Golden(title, ours(name, options), theirs(name, options), inputs, domain)


def module(name: str, inputs: tuple[Any, ...], domain: tuple[float, float] = (-2.0, 2.0), **options: Any) -> Golden:
    """Return the case of one module with options."""
    words = ", ".join(f"{key}={value!r}" for key, value in options.items())
    return Golden(
        f"{name}({words})",
        lambda: getattr(nn, name)(**options),
        lambda torch: getattr(torch.nn, name)(**options),
        inputs,
        domain,
    )


PAIR = ((4, 3), (4, 3))
LABELS = np.array([0, 2, 2, 1])
SOME = np.array([0, -100, 2, -100])
PIXELS = np.array([[[0, 2, 1], [1, 1, 0]], [[2, 2, -100], [0, 1, 2]]])
WEIGHT = np.array([0.5, 2.0, 1.25])
SIGNS = np.array([[1, -1, 1], [-1, -1, 1], [1, 1, -1], [-1, 1, -1]], float)
YES = np.array([[1, 0, 1], [0, 0, 1], [1, 1, 0], [0, 1, 0]], float)
PROBABILITY, LOGARITHM = (0.05, 0.95), (-3.0, -0.05)

REGRESSION = [
    *[case(name, PAIR, reduction=reduction) for reduction in REDUCTIONS
      for name in ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")],
    case("huber_loss", PAIR, delta=0.7),
    case("huber_loss", ((), ()), delta=0.1),
    case("smooth_l1_loss", PAIR, beta=0.3),
    case("smooth_l1_loss", PAIR, beta=0.0),
    *[case("gaussian_nll_loss", ((4, 3), (4, 3), (4, 3)), PROBABILITY, reduction=reduction)
      for reduction in REDUCTIONS],
    case("gaussian_nll_loss", ((4, 3), (4, 3), (4, 1)), PROBABILITY, full=True),
    case("gaussian_nll_loss", ((4, 3), (4, 3), (4,)), PROBABILITY),
    *[case("poisson_nll_loss", PAIR, PROBABILITY, reduction=reduction) for reduction in REDUCTIONS],
    case("poisson_nll_loss", ((4, 3), np.arange(12.0).reshape(4, 3)), log_input=True, full=True),
    case("poisson_nll_loss", ((4, 3), np.arange(12.0).reshape(4, 3)), PROBABILITY, log_input=False),
]  # fmt: skip

PROBABILITIES = [
    *[case("binary_cross_entropy", PAIR, PROBABILITY, reduction=reduction) for reduction in REDUCTIONS],
    case("binary_cross_entropy", ((4, 3), YES), PROBABILITY, weight=WEIGHT),
    *[case("binary_cross_entropy_with_logits", PAIR, reduction=reduction) for reduction in REDUCTIONS],
    case("binary_cross_entropy_with_logits", ((4, 3), YES), (-30.0, 30.0), pos_weight=WEIGHT),
    case("binary_cross_entropy_with_logits", PAIR, weight=WEIGHT, pos_weight=WEIGHT + 1, reduction="sum"),
    *[case("kl_div", PAIR, PROBABILITY, reduction=reduction) for reduction in (*REDUCTIONS[1:], "batchmean")],
    case("kl_div", PAIR, LOGARITHM, log_target=True, reduction="batchmean"),
    case("kl_div", ((2, 3), np.array([[0.0, 1.0, 0.0], [0.5, 0.5, 0.0]])), LOGARITHM, reduction="sum"),
]  # fmt: skip

CLASSES = [
    *[case("cross_entropy", ((4, 3), labels), reduction=reduction)
      for reduction in REDUCTIONS for labels in (LABELS, SOME)],
    *[case("cross_entropy", ((4, 3), LABELS), reduction=reduction, weight=WEIGHT, label_smoothing=0.2)
      for reduction in REDUCTIONS],
    case("cross_entropy", ((4, 3), LABELS), weight=WEIGHT),
    case("cross_entropy", ((4, 3), LABELS), label_smoothing=0.1),
    case("cross_entropy", ((4, 3), LABELS), ignore_index=2),
    case("cross_entropy", ((4, 3), SOME), weight=WEIGHT, label_smoothing=0.3),
    case("cross_entropy", ((3,), np.array(1))),
    case("cross_entropy", ((3,), np.array(1)), reduction="none", weight=WEIGHT),
    case("cross_entropy", ((4, 3), LABELS), (-500.0, 500.0)),
    *[case("cross_entropy", ((2, 3, 2, 3), PIXELS), reduction=reduction) for reduction in REDUCTIONS],
    case("cross_entropy", ((2, 3, 2, 3), PIXELS), weight=WEIGHT, label_smoothing=0.2),
    *[case("cross_entropy", PAIR, PROBABILITY, reduction=reduction) for reduction in REDUCTIONS],
    case("cross_entropy", PAIR, PROBABILITY, weight=WEIGHT, label_smoothing=0.2),
    case("cross_entropy", ((2, 3, 5), (2, 3, 5)), PROBABILITY, weight=WEIGHT),
    case("cross_entropy", ((3,), (3,)), PROBABILITY),
    *[case("nll_loss", ((4, 3), labels), LOGARITHM, reduction=reduction)
      for reduction in REDUCTIONS for labels in (LABELS, SOME)],
    case("nll_loss", ((4, 3), SOME), LOGARITHM, weight=WEIGHT),
    case("nll_loss", ((4, 3), LABELS), LOGARITHM, weight=WEIGHT, ignore_index=0, reduction="none"),
    case("nll_loss", ((2, 3, 2, 3), PIXELS), LOGARITHM, weight=WEIGHT),
    case("nll_loss", ((3,), np.array(1)), LOGARITHM),
]  # fmt: skip

MARGINS = [
    *[case("hinge_embedding_loss", ((4, 3), SIGNS), reduction=reduction) for reduction in REDUCTIONS],
    case("hinge_embedding_loss", ((4, 3), SIGNS), margin=-0.5),
    *[case("soft_margin_loss", ((4, 3), SIGNS), reduction=reduction) for reduction in REDUCTIONS],
    *[case("multi_margin_loss", ((4, 3), LABELS), reduction=reduction) for reduction in REDUCTIONS],
    case("multi_margin_loss", ((4, 3), LABELS), p=2, margin=0.3),
    case("multi_margin_loss", ((4, 3), LABELS), p=2, weight=WEIGHT),
    case("multi_margin_loss", ((3,), np.array(1)), weight=WEIGHT),
    *[case("margin_ranking_loss", ((4, 3), (4, 3), SIGNS), reduction=reduction) for reduction in REDUCTIONS],
    case("margin_ranking_loss", ((4,), (4,), SIGNS[:, 0]), margin=0.8),
    *[case("cosine_embedding_loss", ((4, 3), (4, 3), SIGNS[:, 0]), reduction=reduction) for reduction in REDUCTIONS],
    case("cosine_embedding_loss", ((4, 3), (4, 3), SIGNS[:, 1]), margin=0.25),
    case("cosine_embedding_loss", ((3,), (3,), np.array(1.0))),
    case("cosine_similarity", PAIR),
    case("cosine_similarity", ((2, 4, 3), (4, 1)), dim=-2),
    case("cosine_similarity", PAIR, dim=0),
]  # fmt: skip

MODULES = [
    module("MSELoss", PAIR, reduction="sum"),
    module("L1Loss", PAIR, reduction="none"),
    module("SmoothL1Loss", PAIR, beta=0.4),
    module("HuberLoss", PAIR, delta=0.4),
    module("GaussianNLLLoss", ((4, 3), (4, 3), (4, 3)), PROBABILITY, full=True),
    module("PoissonNLLLoss", PAIR, PROBABILITY, log_input=False, full=False),
    module("BCELoss", PAIR, PROBABILITY, reduction="sum"),
    module("BCEWithLogitsLoss", PAIR, reduction="sum"),
    module("KLDivLoss", PAIR, PROBABILITY, reduction="batchmean"),
    module("CrossEntropyLoss", ((4, 3), LABELS), label_smoothing=0.1, ignore_index=2),
    module("NLLLoss", ((4, 3), LABELS), LOGARITHM, ignore_index=1),
    module("HingeEmbeddingLoss", ((4, 3), SIGNS), margin=0.7),
    module("SoftMarginLoss", ((4, 3), SIGNS)),
    module("MultiMarginLoss", ((4, 3), LABELS), p=2, margin=0.7),
    module("MarginRankingLoss", ((4, 3), (4, 3), SIGNS), margin=0.7),
    module("CosineEmbeddingLoss", ((4, 3), (4, 3), SIGNS[:, 0]), margin=0.2),
    module("CosineSimilarity", PAIR, dim=1),
    Golden("CrossEntropyLoss with weights", lambda: nn.CrossEntropyLoss(weight=WEIGHT),
           lambda torch: torch.nn.CrossEntropyLoss(weight=torch.tensor(WEIGHT)), ((4, 3), LABELS)),
    Golden("BCEWithLogitsLoss with weights", lambda: nn.BCEWithLogitsLoss(weight=WEIGHT, pos_weight=WEIGHT),
           lambda torch: torch.nn.BCEWithLogitsLoss(
               weight=torch.tensor(WEIGHT), pos_weight=torch.tensor(WEIGHT)), ((4, 3), YES)),
]  # fmt: skip

CASES = [*REGRESSION, *PROBABILITIES, *CLASSES, *MARGINS, *MODULES]
