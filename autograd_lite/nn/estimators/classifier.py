"""`MLPClassifier`."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from scipy.special import expit
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets, type_of_target, unique_labels

from autograd_lite.nn.activations import log_sigmoid, log_softmax, softmax
from autograd_lite.nn.estimators.perceptron import Perceptron
from autograd_lite.nn.losses import binary_cross_entropy_with_logits, cross_entropy


class MLPClassifier(ClassifierMixin, Perceptron):
    """A network of linear layers that tells classes apart, as a scikit-learn estimator.

    It minimises the mean cross-entropy plus alpha / 2n times the sum of all squared weights (biases left out), n being
    the number of rows of a batch. Arrays of float32 are trained in float32.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int
        How many units each hidden layer has; ``()`` is logistic regression.
    activation : {"relu", "tanh", "logistic", "identity", "gelu", "silu"} or callable
        What follows each hidden layer; a callable takes and returns an array, and is pickled with the estimator.
    solver : {"adam", "sgd", "lbfgs"} or callable
        How the loss is minimised. A callable makes another optimiser, ``solver(parameters, lr=learning_rate_init)``:
        any class of `autograd_lite.optim`, or a lambda with further settings.
    alpha : float
        The strength of the penalty on weights.
    batch_size : int or "auto"
        Rows in a batch; "auto" is 200, or all rows if there are fewer. ``"lbfgs"`` takes all at once.
    learning_rate : {"constant", "adaptive"}
        "adaptive" divides the rate by 5, instead of stopping, when the loss stops falling, until it is below 1e-6.
    learning_rate_init : float
    max_iter : int
        Passes over the data, or iterations of ``"lbfgs"``, at most.
    shuffle : bool
        Whether each pass has an order of its own.
    random_state : None, int, RandomState or Generator
        Where initial weights and orders come from. The same seed gives the same network, to the bit; not that of
        scikit-learn's class of this name.
    tol : float
        Less improvement than this counts as none; for ``"lbfgs"``, the gradient at which it ends.
    verbose : bool
        Whether to print the loss of each pass.
    warm_start : bool
        Whether ``fit`` goes on from where the network is.
    momentum : float
    nesterovs_momentum : bool
        Of ``"sgd"``.
    early_stopping : bool
        Whether to keep rows back, stop when their score stops rising, and take the weights with which it was best.
    validation_fraction : float
        The share of rows kept back.
    n_iter_no_change : int
        How many passes without improvement are borne with.

    Attributes
    ----------
    classes_ : array of shape (classes,)
        The labels, sorted.
    module_ : Sequential
        The network; it gives logits, a single one for two classes.
    coefs_, intercepts_ : list of array
        Weights of shape (inputs, outputs) and biases of each layer; views of the parameters in ``module_``.
    loss_, best_loss_ : float
        The last and the lowest mean loss of a pass.
    loss_curve_ : list of float
        That of each pass, or of each evaluation by ``"lbfgs"``.
    validation_scores_, best_validation_score_ : list of float and float, or None
        Of early stopping.
    n_iter_, t_ : int
        Passes over the data or iterations, and rows seen.
    n_features_in_, n_layers_, n_outputs_ : int
    out_activation_ : str

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from autograd_lite.nn import MLPClassifier
    >>> x, y = load_iris(return_X_y=True)
    >>> model = make_pipeline(StandardScaler(), MLPClassifier(16, solver="lbfgs", random_state=0)).fit(x, y)
    >>> model.score(x, y) > 0.97
    True
    >>> model.predict_proba(x[:1]).round(2)
    array([[1., 0., 0.]])
    """

    classes_: np.ndarray

    def _encoded(self, y: Any, dtype: Any, fresh: bool, classes: Any) -> np.ndarray:
        check_classification_targets(y)
        kind = type_of_target(y, input_name="y")
        if kind == "multiclass-multioutput":
            raise ValueError(f"{type(self).__name__}: y has several columns of classes; fit one classifier for each")
        several = kind == "multilabel-indicator"
        if several:
            y = y.toarray() if sparse.issparse(y) else y
            found = np.arange(y.shape[1])
        else:
            found = unique_labels(y)
        if fresh:
            self._learn_classes(found if classes is None else unique_labels(classes), several)
        unknown = np.setdiff1d(found, self.classes_)
        if unknown.size or several != self._several or (several and len(found) != len(self.classes_)):
            raise ValueError(
                f"{type(self).__name__}: y has the classes {found.tolist()}, and this classifier was made for "
                f"{self.classes_.tolist()}. Give all classes to the first partial_fit(classes=...), or fit anew."
            )
        if several:
            return y.astype(dtype)
        indices = np.searchsorted(self.classes_, y)
        return indices if self.n_outputs_ > 1 else indices.astype(dtype)[:, None]

    def _learn_classes(self, classes: np.ndarray, several: bool) -> None:
        if len(classes) < 2 and not several:
            raise ValueError(f"{type(self).__name__}: y has one class only, {classes.tolist()}; at least 2 are needed")
        self.classes_, self._several = classes, several
        self.n_outputs_ = len(classes) if several or len(classes) > 2 else 1
        self.out_activation_ = "softmax" if self.n_outputs_ > 1 and not several else "logistic"

    def _loss(self, outputs: Any, target: np.ndarray, weight: np.ndarray | None) -> Any:
        if self.out_activation_ == "softmax":
            if weight is None:
                return cross_entropy(outputs, target)
            return np.mean(weight * cross_entropy(outputs, target, reduction="none"))
        if weight is not None:
            weight = np.broadcast_to(weight[:, None], target.shape)
        # Summed over the labels of a row, of which the mean is one share each.
        return self.n_outputs_ * binary_cross_entropy_with_logits(outputs, target, weight)

    def _rating(self, y: np.ndarray, outputs: np.ndarray, weight: np.ndarray | None) -> float:
        return float(accuracy_score(y, self._decoded(outputs), sample_weight=weight))

    def _decoded(self, outputs: np.ndarray) -> np.ndarray:
        if self.out_activation_ == "softmax":
            return self.classes_[np.argmax(outputs, axis=1)]
        chosen = (outputs > 0).astype(int)
        return chosen if self._several else self.classes_[chosen[:, 0]]

    @available_if(Perceptron._can_go_on)
    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> MLPClassifier:  # noqa: N803
        """Go through the data once, from where the network is.

        Parameters
        ----------
        X : array of shape (rows, features)
        y : array of shape (rows,) or (rows, labels)
        classes : array of shape (classes,), optional
            All classes that there will be; needed in the first call unless ``y`` has them all.
        sample_weight : array of shape (rows,), optional
            How much each row counts.

        Returns
        -------
        self
        """
        return self._go_on(X, y, sample_weight, classes)

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """Return the likeliest class of each row.

        Parameters
        ----------
        X : array of shape (rows, features)

        Returns
        -------
        array of shape (rows,), or (rows, labels) of 0 and 1
        """
        return self._decoded(self._outputs(X))

    def predict_proba(self, X: Any) -> np.ndarray:  # noqa: N803
        """Return the probability of each class, or of each label.

        Parameters
        ----------
        X : array of shape (rows, features)

        Returns
        -------
        array of shape (rows, classes)
        """
        outputs = self._outputs(X)
        if self.out_activation_ == "softmax":
            return softmax(outputs)
        return expit(outputs) if self._several else np.hstack([expit(-outputs), expit(outputs)])

    def predict_log_proba(self, X: Any) -> np.ndarray:  # noqa: N803
        """Return the logarithms of the probabilities, accurate where those are small.

        Parameters
        ----------
        X : array of shape (rows, features)

        Returns
        -------
        array of shape (rows, classes)
        """
        outputs = self._outputs(X)
        if self.out_activation_ == "softmax":
            return log_softmax(outputs)
        return log_sigmoid(outputs if self._several else np.hstack([-outputs, outputs]))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
