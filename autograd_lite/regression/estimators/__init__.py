"""Regression as scikit-learn estimators, with standard errors.

Importing this needs scikit-learn, so ``autograd_lite.regression`` does it when one of them is first asked for.
"""

try:
    import sklearn  # noqa: F401
except ImportError as error:
    raise ImportError(
        "the estimators of autograd_lite.regression are scikit-learn's kind: pip install 'autograd_lite[data]'"
    ) from error

from autograd_lite.regression.estimators.least_squares import LinearRegression, Ridge
from autograd_lite.regression.estimators.logistic import LogisticRegression
from autograd_lite.regression.estimators.models import CurveFitRegressor
from autograd_lite.regression.estimators.poisson import PoissonRegression

__all__ = ["CurveFitRegressor", "LinearRegression", "LogisticRegression", "PoissonRegression", "Ridge"]
