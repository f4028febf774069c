"""Losses: how far a prediction is from its target, as one number to make small.

Each is a function and a module, and one node of the graph where that pays. ``reduction`` says what is made of the
losses of all elements: their mean, their sum, or nothing.
"""

from autograd_lite.nn.losses.binary import (
    BCELoss,
    BCEWithLogitsLoss,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
)
from autograd_lite.nn.losses.classification import CrossEntropyLoss, NLLLoss, cross_entropy, nll_loss
from autograd_lite.nn.losses.margins import (
    HingeEmbeddingLoss,
    MarginRankingLoss,
    MultiMarginLoss,
    SoftMarginLoss,
    hinge_embedding_loss,
    margin_ranking_loss,
    multi_margin_loss,
    soft_margin_loss,
)
from autograd_lite.nn.losses.probabilities import (
    KLDivLoss,
    PoissonNLLLoss,
    kl_div,
    poisson_nll_loss,
)
from autograd_lite.nn.losses.regression import (
    GaussianNLLLoss,
    HuberLoss,
    L1Loss,
    MSELoss,
    SmoothL1Loss,
    gaussian_nll_loss,
    huber_loss,
    l1_loss,
    mse_loss,
    smooth_l1_loss,
)
from autograd_lite.nn.losses.similarity import (
    CosineEmbeddingLoss,
    CosineSimilarity,
    cosine_embedding_loss,
    cosine_similarity,
)

__all__ = [
    "BCELoss", "BCEWithLogitsLoss", "CosineEmbeddingLoss", "CosineSimilarity", "CrossEntropyLoss", "GaussianNLLLoss",
    "HingeEmbeddingLoss", "HuberLoss", "KLDivLoss", "L1Loss", "MSELoss", "MarginRankingLoss", "MultiMarginLoss",
    "NLLLoss", "PoissonNLLLoss", "SmoothL1Loss", "SoftMarginLoss", "binary_cross_entropy",
    "binary_cross_entropy_with_logits", "cosine_embedding_loss", "cosine_similarity", "cross_entropy",
    "gaussian_nll_loss", "hinge_embedding_loss", "huber_loss", "kl_div", "l1_loss", "margin_ranking_loss", "mse_loss",
    "multi_margin_loss", "nll_loss", "poisson_nll_loss", "smooth_l1_loss", "soft_margin_loss",
]  # fmt: skip
