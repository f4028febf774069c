"""The parameters of estimators: what each may be, said in words where it is something else.

scikit-learn wants constructors that store what they get and look at nothing, so this is done when fitting starts.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from typing import Any, cast

import numpy as np

from autograd_lite import optim
from autograd_lite.errors import ShapeError
from autograd_lite.nn.activations import GELU, ReLU, Sigmoid, SiLU, Tanh
from autograd_lite.nn.reshaping import Identity

ACTIVATIONS = {
    "gelu": GELU,
    "identity": Identity,
    "logistic": Sigmoid,
    "relu": ReLU,
    "silu": SiLU,
    "tanh": Tanh,
}

SOLVERS = ("adam", "lbfgs", "sgd")

SCHEDULES = ("adaptive", "constant")


def _is_number(value: Any) -> bool:
    return isinstance(value, float | int | np.number) and not isinstance(value, bool) and bool(np.isfinite(value))


def _at_least(least: float, value: Any) -> bool:
    return _is_number(value) and value >= least


def _between(low: float, high: float, value: Any) -> bool:
    return _is_number(value) and low < value < high


def _is_count(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and bool(value >= 1)


def _is_switch(value: Any) -> bool:
    return isinstance(value, bool | np.bool_)


def _is_seed(value: Any) -> bool:
    if isinstance(value, int | np.integer):
        return not isinstance(value, bool) and bool(value >= 0)
    return value is None or isinstance(value, np.random.Generator | np.random.RandomState)


_RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "activation": (
        lambda value: callable(value) or value in ACTIVATIONS,
        f"one of {', '.join(ACTIVATIONS)}, or a function of one array",
    ),
    "solver": (
        lambda value: callable(value) or value in SOLVERS,
        f"one of {', '.join(SOLVERS)}, or a function (parameters, lr=...) that makes an optimiser, such as optim.NAdam",
    ),
    "alpha": (partial(_at_least, 0), "a number that is not negative"),
    "batch_size": (lambda value: _is_count(value) or value == "auto", "a positive integer or 'auto'"),
    "learning_rate": (lambda value: value in SCHEDULES, f"one of {', '.join(SCHEDULES)}"),
    "learning_rate_init": (partial(_between, 0, np.inf), "a positive number"),
    "max_iter": (_is_count, "a positive integer"),
    "shuffle": (_is_switch, "True or False"),
    "random_state": (_is_seed, "None, a seed, a numpy.random.Generator or a RandomState"),
    "tol": (partial(_at_least, 0), "a number that is not negative"),
    "verbose": (lambda value: _is_switch(value) or isinstance(value, int | np.integer), "True or False"),
    "warm_start": (_is_switch, "True or False"),
    "momentum": (lambda value: _at_least(0, value) and value < 1, "a number from 0 to below 1"),
    "nesterovs_momentum": (_is_switch, "True or False"),
    "early_stopping": (_is_switch, "True or False"),
    "validation_fraction": (partial(_between, 0, 1), "a number between 0 and 1"),
    "n_iter_no_change": (_is_count, "a positive integer"),
}


def check_parameters(estimator: Any) -> None:
    """Raise about the first parameter of an estimator that is not what it must be.

    Raises
    ------
    ValueError
        Naming the parameter, its value, and what it may be.
    """
    hidden_sizes(estimator)
    for name, (is_right, words) in _RULES.items():
        value = getattr(estimator, name)
        if not is_right(value):
            raise ValueError(f"{type(estimator).__name__}({name}={value!r}): {words} is needed")


def hidden_sizes(estimator: Any) -> list[int]:
    """Return the widths of the hidden layers.

    Raises
    ------
    ShapeError
        If one of them is not a positive integer.
    """
    given = estimator.hidden_layer_sizes
    try:
        sizes = [operator.index(size) for size in (given if np.iterable(given) else (given,))]
    except TypeError:
        sizes = [0]
    if any(size < 1 for size in sizes):
        raise ShapeError(
            f"{type(estimator).__name__}(hidden_layer_sizes={given!r}): positive integers are needed, one for each "
            f"hidden layer, such as (100, 50)"
        )
    return sizes


def optimizer_for(estimator: Any, parameters: Any) -> optim.Optimizer:
    """Return the optimiser that an estimator's solver names."""
    lr = estimator.learning_rate_init
    if callable(estimator.solver):
        return cast(optim.Optimizer, estimator.solver(parameters, lr=lr))
    if estimator.solver == "sgd":
        nesterov = bool(estimator.nesterovs_momentum and estimator.momentum > 0)
        return optim.SGD(parameters, lr=lr, momentum=estimator.momentum, nesterov=nesterov)
    if estimator.solver == "lbfgs":
        return optim.LBFGS(
            parameters, max_iter=estimator.max_iter, max_eval=20 * estimator.max_iter,
            tolerance_grad=estimator.tol, tolerance_change=1e-12, history_size=10, line_search_fn="strong_wolfe",
        )  # fmt: skip
    return optim.Adam(parameters, lr=lr)


def generator_for(random_state: Any) -> np.random.Generator:
    """Return the generator that a ``random_state`` stands for; None takes NumPy's global one, as scikit-learn does."""
    if isinstance(random_state, np.random.Generator):
        return random_state
    if random_state is None:
        random_state = np.random.mtrand._rand
    elif not isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(random_state)
    return np.random.default_rng(random_state.randint(2**32, size=4, dtype=np.uint32))
