"""`Perceptron`: what the estimators share, which is nearly everything."""

from __future__ import annotations

import itertools
import math
import warnings
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
from sklearn.base import BaseEstimator, is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from autograd_lite.core.dispatch import untracked
from autograd_lite.core.modes import no_grad
from autograd_lite.core.tensor import Tensor
from autograd_lite.errors import NaNError, ShapeError
from autograd_lite.nn.containers import Sequential
from autograd_lite.nn.estimators.parameters import (
    ACTIVATIONS,
    check_parameters,
    generator_for,
    hidden_sizes,
    optimizer_for,
)
from autograd_lite.nn.initializers import xavier_uniform_, zeros_
from autograd_lite.nn.layers import Linear

S = TypeVar("S", bound="Perceptron")

#: Where an adaptive learning rate ends, and what each fall divides it by.
LEAST_RATE, FALL = 1e-6, 5

#: Rows in a batch, unless there are fewer or the user says otherwise.
ROWS = 200

FLOATS = [np.float64, np.float32]


class Rows(NamedTuple):
    """What is trained on.

    Attributes
    ----------
    x : array of shape (rows, features)
    y : array of shape (rows,) or (rows, outputs)
        As it was given.
    target : array
        As the loss takes it.
    weight : array of shape (rows,), or None
        Of mean 1.
    scale : float
        The mean of the weights as they were given.
    """

    x: np.ndarray
    y: np.ndarray
    target: np.ndarray
    weight: np.ndarray | None = None
    scale: float = 1.0

    def take(self, chosen: np.ndarray) -> Rows:
        """Return some of the rows."""
        weight = None if self.weight is None else self.weight[chosen]
        return Rows(self.x[chosen], self.y[chosen], self.target[chosen], weight, self.scale)


class Perceptron(BaseEstimator):
    """Base of `MLPClassifier` and `MLPRegressor`, which describe it."""

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        solver: Any = "adam",
        alpha: float = 1e-4,
        batch_size: Any = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 1e-3,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change

    # What a subclass says

    n_features_in_: int
    n_outputs_: int
    out_activation_: str

    def _encoded(self, y: np.ndarray, dtype: Any, fresh: bool, classes: Any) -> np.ndarray:
        """Return targets as the loss takes them; learn ``n_outputs_`` and ``out_activation_`` if fresh."""
        raise NotImplementedError

    def _loss(self, outputs: Any, target: np.ndarray, weight: np.ndarray | None) -> Any:
        """Return the mean loss over rows."""
        raise NotImplementedError

    def _rating(self, y: np.ndarray, outputs: np.ndarray, weight: np.ndarray | None) -> float:
        """Return how good outputs are, as ``score`` rates it."""
        raise NotImplementedError

    # Fitting

    def fit(self: S, X: Any, y: Any, sample_weight: Any = None) -> S:  # noqa: N803
        """Train the network until its loss stops falling.

        Parameters
        ----------
        X : array of shape (rows, features)
        y : array of shape (rows,) or (rows, outputs)
        sample_weight : array of shape (rows,), optional
            How much each row counts.

        Returns
        -------
        self

        Warns
        -----
        ConvergenceWarning
            If ``max_iter`` passes were not enough.

        Raises
        ------
        ValueError
            If a parameter is not what it must be, or the data are not.
        NaNError
            If the loss becomes NaN or infinite.
        """
        rows = self._begin(X, y, sample_weight, fresh=not (self.warm_start and hasattr(self, "module_")))
        if self.solver == "lbfgs":
            self._minimize(rows)
        else:
            self._train(rows)
        return self

    def _can_go_on(self) -> bool:
        """Return True if there is ``partial_fit``."""
        if self.solver == "lbfgs" or self.early_stopping:
            raise AttributeError(
                f"{type(self).__name__}.partial_fit goes through the data once and by batches, so it needs another "
                f"solver than 'lbfgs', and early_stopping=False"
            )
        return True

    def _go_on(self: S, x: Any, y: Any, sample_weight: Any, classes: Any = None) -> S:
        self._epoch(self._begin(x, y, sample_weight, fresh=not hasattr(self, "module_"), classes=classes))
        return self

    def _begin(self, x: Any, y: Any, sample_weight: Any, fresh: bool, classes: Any = None) -> Rows:
        """Return the data in the form that training takes, having made a network for it if that is to be new."""
        check_parameters(self)
        x, y = validate_data(
            self, x, y, reset=fresh, dtype=FLOATS, multi_output=True, y_numeric=not is_classifier(self)
        )  # fmt: skip
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if not fresh:
            x = x.astype(self._dtype, copy=False)
        rows = self._weighted(Rows(x, y, self._encoded(y, x.dtype, fresh, classes)), sample_weight)
        if fresh:
            self._build(x.dtype)
        return rows

    def _weighted(self, rows: Rows, sample_weight: Any) -> Rows:
        """Return rows with weights of mean 1, without those that weigh nothing."""
        if sample_weight is None:
            return rows
        weight = np.asarray(sample_weight, dtype=rows.x.dtype)
        name, count = type(self).__name__, len(rows.x)
        if weight.shape != (count,):
            raise ShapeError(f"{name}.fit(sample_weight) has shape {weight.shape}; {count} rows need ({count},)")
        if not np.isfinite(weight).all() or weight.min() < 0 or not weight.any():
            raise ValueError(f"{name}.fit(sample_weight): finite numbers are needed, none negative and not all zero")
        there = weight > 0
        scale = float(weight[there].mean())
        return rows._replace(weight=None if np.ptp(weight[there]) == 0 else weight / scale, scale=scale).take(there)

    def _build(self, dtype: Any) -> None:
        """Make a network, and forget all that is known about an earlier one."""
        self._dtype = dtype
        self._random = generator_for(self.random_state)
        layers: list[Any] = []
        sizes = [self.n_features_in_, *hidden_sizes(self), self.n_outputs_]
        for inputs, outputs in itertools.pairwise(sizes):
            layer = Linear(inputs, outputs, dtype=dtype, generator=self._random)
            xavier_uniform_(layer.weight, generator=self._random)
            zeros_(cast(Tensor, layer.bias))
            layers += [layer, self.activation if callable(self.activation) else ACTIVATIONS[self.activation]()]
        self.module_ = Sequential(*layers[:-1])
        self.n_layers_ = len(sizes)
        self.n_iter_ = self.t_ = 0
        self.loss_curve_: list[float] = []
        self.validation_scores_: list[float] | None = [] if self.early_stopping else None
        self.best_loss_: float | None = None if self.early_stopping else math.inf
        self.best_validation_score_: float | None = None
        self._best = -math.inf
        self._optimizer = optimizer_for(self, self.module_.parameters())

    def _objective(self, rows: Rows) -> Any:
        """Return the loss with the penalty on the weights, which counts once for all rows."""
        loss = self._loss(self.module_(rows.x), rows.target, rows.weight)
        if self.alpha == 0:
            return loss
        squares = sum(np.sum(np.square(layer.weight)) for layer in self._linears())
        return loss + self.alpha / (2 * len(rows.x) * rows.scale) * squares

    # By batches

    def _train(self, rows: Rows) -> None:
        """Go through the data until that does not help any more."""
        held = None
        if self.early_stopping:
            rows, held = self._split(rows)
        self._waited = 0
        best = None
        for _ in range(self.max_iter):
            self._epoch(rows)
            value = -self.loss_ if held is None else self._rate(held)
            self._waited = self._waited + 1 if value < self._best + self.tol else 0
            if value > self._best:
                self._best = value
                best = self.module_.state_dict() if held is not None else None
            if self._waited > self.n_iter_no_change and not self._slow_down():
                break
        else:
            self._warn("passes over the data")
        if best is not None:
            self.module_.load_state_dict(best)

    def _split(self, rows: Rows) -> tuple[Rows, Rows]:
        """Return rows to learn from and rows to rate with, of classes in the same proportions."""
        stratify = rows.y if is_classifier(self) and rows.y.ndim == 1 else None
        learn, held = train_test_split(
            np.arange(len(rows.x)), test_size=self.validation_fraction, stratify=stratify,
            random_state=int(self._random.integers(2**32)),
        )  # fmt: skip
        return rows.take(np.asarray(learn)), rows.take(np.asarray(held))

    def _rate(self, held: Rows) -> float:
        """Return the score of rows that were held back, and keep it."""
        with no_grad():
            score = self._rating(held.y, untracked(self.module_(held.x)), held.weight)
        self.validation_scores_ = [*(self.validation_scores_ or []), score]
        self.best_validation_score_ = max(self.validation_scores_)
        return score

    def _slow_down(self) -> bool:
        """Return whether training goes on with a lower rate."""
        if self.learning_rate != "adaptive" or self._optimizer.lr <= LEAST_RATE:
            return False
        self._optimizer.lr /= FALL
        self._waited = 0
        return True

    def _epoch(self, rows: Rows) -> None:
        """Go through the data once."""
        count = len(rows.x)
        size = min(ROWS if self.batch_size == "auto" else self.batch_size, count)
        # One batch of everything is the same in any order.
        order = self._random.permutation(count) if self.shuffle and size < count else np.arange(count)
        total = 0.0
        for start in range(0, count, size):
            batch = rows.take(order[start : start + size]) if size < count else rows
            self._optimizer.zero_grad()
            loss = self._objective(batch)
            loss.backward()
            self._optimizer.step()
            total += loss.item() * len(batch.x)
        self.n_iter_ += 1
        self.t_ += count
        self._note(total / count)
        if self.verbose:
            print(f"{type(self).__name__}: pass {self.n_iter_}, loss {self.loss_:.6f}")

    def _note(self, loss: float) -> None:
        """Keep a loss, unless it is none."""
        if not math.isfinite(loss):
            raise NaNError(
                f"{type(self).__name__}: the loss is {loss} in pass {self.n_iter_}. Scale the features to numbers "
                f"around 1 (sklearn.preprocessing.StandardScaler), or take a smaller learning_rate_init."
            )
        self.loss_ = loss
        self.loss_curve_.append(loss)
        if self.best_loss_ is not None:
            self.best_loss_ = min(self.best_loss_, loss)

    def _warn(self, unit: str) -> None:
        warnings.warn(
            f"{type(self).__name__}: after max_iter={self.max_iter} {unit} the loss, {self.loss_:.4g}, may still be "
            f"falling. Raise max_iter, or learning_rate_init if it falls slowly.",
            ConvergenceWarning,
            stacklevel=4,
        )

    # All at once

    def _minimize(self, rows: Rows) -> None:
        """Minimise the loss of all rows by L-BFGS."""
        optimizer = self._optimizer = optimizer_for(self, self.module_.parameters())

        def closure() -> Any:
            optimizer.zero_grad()
            loss = self._objective(rows)
            loss.backward()
            self._note(loss.item())
            return loss

        optimizer.step(closure)
        iterations = optimizer.state_dict()["state"].get(0, {"iterations": 0})["iterations"]
        self.n_iter_ += iterations
        self.t_ += len(rows.x) * iterations
        with no_grad():
            self.loss_ = float(untracked(self._objective(rows)))
        if iterations >= self.max_iter:
            self._warn("iterations")

    # What was learnt

    def _linears(self) -> list[Linear]:
        return [layer for layer in self.module_ if isinstance(layer, Linear)]

    @property
    def coefs_(self) -> list[np.ndarray]:
        """The weights of each layer, of shape (inputs, outputs)."""
        return [layer.weight.data.T for layer in self._linears()]

    @property
    def intercepts_(self) -> list[np.ndarray]:
        """The biases of each layer, of shape (outputs,)."""
        return [cast(Tensor, layer.bias).data for layer in self._linears()]

    def _outputs(self, x: Any) -> np.ndarray:
        """Return the outputs of the network for rows, of shape (rows, outputs)."""
        check_is_fitted(self)
        x = validate_data(self, x, reset=False, dtype=FLOATS)
        with no_grad():
            return untracked(self.module_(x.astype(self._dtype, copy=False)))
