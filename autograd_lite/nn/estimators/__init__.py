"""Networks as scikit-learn estimators: `MLPClassifier` and `MLPRegressor`.

Importing this needs scikit-learn, so ``autograd_lite.nn`` does it when one of the two is first asked for.
"""

try:
    import sklearn  # noqa: F401
except ImportError as error:
    raise ImportError(
        "nn.MLPClassifier and nn.MLPRegressor are scikit-learn estimators: pip install 'autograd_lite[data]'"
    ) from error

from autograd_lite.nn.estimators.classifier import MLPClassifier
from autograd_lite.nn.estimators.regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]
