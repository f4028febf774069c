"""`MLPRegressor`."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils.metaestimators import available_if

from autograd_lite.errors import ShapeError
from autograd_lite.nn.estimators.perceptron import Perceptron
from autograd_lite.nn.losses import mse_loss


class MLPRegressor(RegressorMixin, Perceptron):
    """A network of linear layers that predicts numbers, as a scikit-learn estimator.

    It minimises half the squared error, summed over outputs and averaged over rows, plus alpha / 2n times the sum of
    all squared weights (biases left out), n being the number of rows of a batch. Features and targets should be numbers
    around 1.

    Parameters
    ----------
    hidden_layer_sizes, activation, solver, alpha, batch_size, learning_rate, learning_rate_init, max_iter, shuffle, \
random_state, tol, verbose, warm_start, momentum, nesterovs_momentum, early_stopping, validation_fraction, \
n_iter_no_change
        As of `MLPClassifier`; the score of early stopping is R².

    Attributes
    ----------
    module_ : Sequential
        The network.
    coefs_, intercepts_, loss_, best_loss_, loss_curve_, validation_scores_, best_validation_score_, n_iter_, t_, \
n_features_in_, n_layers_, n_outputs_, out_activation_
        As of `MLPClassifier`.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd_lite.nn import MLPRegressor
    >>> x = np.linspace(-3, 3, 100)[:, None]
    >>> model = MLPRegressor(16, "tanh", solver="lbfgs", random_state=0).fit(x, np.sin(x[:, 0]))
    >>> model.score(x, np.sin(x[:, 0])) > 0.999
    True
    """

    def _encoded(self, y: np.ndarray, dtype: Any, fresh: bool, classes: Any) -> np.ndarray:
        target = y.astype(dtype).reshape(len(y), -1)
        if fresh:
            self.n_outputs_, self.out_activation_ = target.shape[1], "identity"
        if target.shape[1] != self.n_outputs_:
            raise ShapeError(
                f"{type(self).__name__}: y has {target.shape[1]} columns, and this regressor predicts {self.n_outputs_}"
            )
        return target

    def _loss(self, outputs: Any, target: np.ndarray, weight: np.ndarray | None) -> Any:
        if weight is None:
            return 0.5 * self.n_outputs_ * mse_loss(outputs, target)
        return 0.5 * np.mean(weight * np.sum(np.square(outputs - target), axis=1))

    def _rating(self, y: np.ndarray, outputs: np.ndarray, weight: np.ndarray | None) -> float:
        return float(r2_score(y, self._decoded(outputs), sample_weight=weight))

    def _decoded(self, outputs: np.ndarray) -> np.ndarray:
        return outputs[:, 0] if self.n_outputs_ == 1 else outputs

    @available_if(Perceptron._can_go_on)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> MLPRegressor:  # noqa: N803
        """Go through the data once, from where the network is.

        Parameters
        ----------
        X : array of shape (rows, features)
        y : array of shape (rows,) or (rows, outputs)
        sample_weight : array of shape (rows,), optional
            How much each row counts.

        Returns
        -------
        self
        """
        return self._go_on(X, y, sample_weight)

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """Return the predicted numbers.

        Parameters
        ----------
        X : array of shape (rows, features)

        Returns
        -------
        array of shape (rows,) or (rows, outputs)
        """
        return self._decoded(self._outputs(X))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
