"""Estimators: scikit-learn's own checks, its numbers where the networks are the same, and words for bad input."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from autograd_lite import nn, optim
from autograd_lite.errors import NaNError

pytest.importorskip("sklearn")

from sklearn import neural_network
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris, make_moons, make_multilabel_classification
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning, NotFittedError
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from autograd_lite.nn import MLPClassifier, MLPRegressor

unfinished = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def iris() -> tuple[np.ndarray, np.ndarray]:
    x, y = load_iris(return_X_y=True)
    return StandardScaler().fit_transform(x), y


def diabetes() -> tuple[np.ndarray, np.ndarray]:
    x, y = load_diabetes(return_X_y=True)
    return StandardScaler().fit_transform(x), (y - y.mean()) / y.std()


# scikit-learn's checks


@unfinished
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks(
    # A few iterations of the last, so that no probability is rounded to 1.
    [MLPClassifier(), MLPRegressor(), MLPRegressor(solver="lbfgs"), MLPClassifier(solver="lbfgs", max_iter=20)]
)
def test_scikit_learn_finds_nothing_wrong(estimator: Any, check: Any) -> None:
    check(estimator)


# The same numbers as scikit-learn


@pytest.mark.parametrize("weighted", [False, True])
def test_a_regressor_without_hidden_layers_is_ridge_regression(weighted: bool) -> None:
    x, y = diabetes()
    weight = np.random.default_rng(0).uniform(0, 3, len(x)) if weighted else None
    linear = MLPRegressor((), alpha=20.0, solver="lbfgs", tol=1e-8, random_state=0).fit(x, y, weight)
    ridge = Ridge(alpha=20.0).fit(x, y, weight)
    np.testing.assert_allclose(linear.coefs_[0][:, 0], ridge.coef_, rtol=0, atol=1e-5)
    np.testing.assert_allclose(linear.predict(x), ridge.predict(x), rtol=0, atol=1e-5)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("classes", [2, 3])
def test_a_classifier_without_hidden_layers_is_logistic_regression(weighted: bool, classes: int) -> None:
    x, y = iris()
    y = np.array(["setosa", "versicolor", "virginica"])[np.minimum(y, classes - 1)]
    weight = np.random.default_rng(0).uniform(0, 3, len(x)) if weighted else None
    model = MLPClassifier((), alpha=2.0, solver="lbfgs", tol=1e-8, random_state=0).fit(x, y, weight)
    logistic = LogisticRegression(C=0.5, tol=1e-10, max_iter=1000).fit(x, y, weight)
    np.testing.assert_allclose(model.predict_proba(x), logistic.predict_proba(x), rtol=0, atol=1e-4)
    assert (model.predict(x) == logistic.predict(x)).all()
    np.testing.assert_allclose(np.exp(model.predict_log_proba(x)), model.predict_proba(x), rtol=1e-12)


def binary() -> tuple[np.ndarray, np.ndarray]:
    return make_moons(90, noise=0.1, random_state=0)


def multilabel() -> tuple[np.ndarray, np.ndarray]:
    x, y = make_multilabel_classification(90, 6, n_classes=4, random_state=0)
    return x / 10, y


def two_outputs() -> tuple[np.ndarray, np.ndarray]:
    x, y = diabetes()
    return x[:90], np.stack([y, x[:, 0] * x[:, 1]], axis=1)[:90]


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("MLPClassifier", binary), ("MLPClassifier", iris), ("MLPClassifier", multilabel), ("MLPRegressor", diabetes),
        ("MLPRegressor", two_outputs),
    ],
)  # fmt: skip
def test_steps_are_those_of_scikit_learn(name: str, data: Any, activation: str) -> None:
    x, y = data()
    options = {
        "hidden_layer_sizes": (7, 5), "activation": activation, "solver": "sgd", "alpha": 0.3, "batch_size": 40,
        "learning_rate_init": 0.05, "momentum": 0.0, "shuffle": False, "random_state": 3,
    }  # fmt: skip
    theirs, ours = getattr(neural_network, name)(**options), getattr(nn, name)(**options)
    classifies = name == "MLPClassifier"
    classes = {"classes": np.unique(y) if y.ndim == 1 else np.arange(y.shape[1])} if classifies else {}
    theirs.partial_fit(x, y, **classes)
    ours.partial_fit(x, y, **classes)
    for source, target in zip(theirs.coefs_ + theirs.intercepts_, ours.coefs_ + ours.intercepts_, strict=True):
        target[...] = source
    for _ in range(4):
        theirs.partial_fit(x, y)
        ours.partial_fit(x, y)
        if data is not two_outputs:  # where theirs is a mean over outputs, and its gradient that of the sum
            assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-10)
    for expected, got in zip(theirs.coefs_ + theirs.intercepts_, ours.coefs_ + ours.intercepts_, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(ours.predict(x), theirs.predict(x), rtol=1e-9)
    if classifies:
        np.testing.assert_allclose(ours.predict_proba(x), theirs.predict_proba(x), rtol=1e-9)
    for attribute in ("n_layers_", "n_outputs_", "out_activation_", "t_"):
        assert getattr(ours, attribute) == getattr(theirs, attribute)


# Training


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs", optim.NAdam])
def test_every_solver_learns(solver: Any) -> None:
    x, y = iris()
    model = MLPClassifier(20, solver=solver, learning_rate_init=0.02, max_iter=400, random_state=0).fit(x, y)
    assert model.score(x, y) > 0.95
    assert model.loss_ < model.loss_curve_[0] / 5
    assert model.best_loss_ == min(model.loss_curve_)
    assert 1 <= model.n_iter_ <= 400


def test_a_solver_may_be_any_function_that_makes_an_optimiser() -> None:
    model = MLPRegressor(5, solver=lambda parameters, lr: optim.RMSprop(parameters, lr=lr / 2), random_state=0)
    x, y = diabetes()
    model.partial_fit(x, y)
    assert isinstance(model._optimizer, optim.RMSprop)
    assert model._optimizer.lr == 5e-4


def test_an_activation_may_be_any_function() -> None:
    x, y = diabetes()
    options: dict[str, Any] = {"max_iter": 30, "random_state": 0, "tol": 0.0, "n_iter_no_change": 100}
    with pytest.warns(ConvergenceWarning):
        named = MLPRegressor(5, "tanh", **options).fit(x, y)
    with pytest.warns(ConvergenceWarning):
        given = MLPRegressor(5, np.tanh, **options).fit(x, y)
    np.testing.assert_array_equal(named.predict(x), given.predict(x))


def test_it_stops_when_the_loss_stops_falling() -> None:
    x, y = iris()
    model = MLPClassifier(10, learning_rate_init=0.05, tol=1e-3, n_iter_no_change=5, random_state=0).fit(x, y)
    assert model.n_iter_ < 200
    curve = model.loss_curve_
    assert min(curve[:-6]) - min(curve[-6:]) < 6e-3
    assert model.n_iter_ == len(curve)


def test_it_says_when_it_does_not_get_that_far() -> None:
    x, y = iris()
    with pytest.warns(ConvergenceWarning, match="MLPClassifier: after max_iter=3 passes over the data") as caught:
        MLPClassifier(10, max_iter=3, random_state=0).fit(x, y)
    assert caught[0].filename == __file__
    with pytest.warns(ConvergenceWarning, match="max_iter=3 iterations") as caught:
        MLPClassifier(10, max_iter=3, solver="lbfgs", random_state=0).fit(x, y)
    assert caught[0].filename == __file__


@unfinished
def test_early_stopping_takes_the_best_weights() -> None:
    x, y = make_moons(200, noise=0.3, random_state=0)
    model = MLPClassifier(
        50, learning_rate_init=0.05, early_stopping=True, validation_fraction=0.3, n_iter_no_change=20, max_iter=60,
        random_state=0,
    ).fit(x, y)  # fmt: skip
    assert model.best_loss_ is None
    assert model.best_validation_score_ == max(model.validation_scores_) > model.validation_scores_[-1]
    assert len(model.validation_scores_) == model.n_iter_
    best = 1 + int(np.argmax(model.validation_scores_))
    shorter = clone(model).set_params(max_iter=best).fit(x, y)
    np.testing.assert_array_equal(model.predict_proba(x), shorter.predict_proba(x))


def test_an_adaptive_rate_falls_and_ends() -> None:
    x, y = iris()
    model = MLPClassifier(
        5, solver="sgd", learning_rate="adaptive", learning_rate_init=0.5, tol=1e-2, n_iter_no_change=2, random_state=0
    ).fit(x, y)
    assert model._optimizer.lr <= 1e-6
    fixed = clone(model).set_params(learning_rate="constant").fit(x, y)
    assert model.n_iter_ > fixed.n_iter_
    assert model.loss_ < fixed.loss_


@unfinished
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_warm_starts_go_on_to_the_bit(solver: str) -> None:
    x, y = iris()
    whole = MLPClassifier(10, solver=solver, batch_size=32, max_iter=6, random_state=0).fit(x, y)
    parts = MLPClassifier(10, solver=solver, batch_size=32, max_iter=2, random_state=0, warm_start=True)
    by_hand = MLPClassifier(10, solver=solver, batch_size=32, random_state=0)
    for _ in range(3):
        parts.fit(x, y)
    for _ in range(6):
        by_hand.partial_fit(x, y)
    for model in (parts, by_hand, pickle.loads(pickle.dumps(whole))):
        np.testing.assert_array_equal(model.predict_proba(x), whole.predict_proba(x))
        assert model.loss_curve_ == whole.loss_curve_
        assert model.n_iter_ == 6
    parts.set_params(warm_start=False).fit(x, y)
    assert parts.n_iter_ == 2


@unfinished
def test_a_pickle_can_be_trained_further() -> None:
    x, y = iris()
    model = MLPClassifier(10, max_iter=5, batch_size=50, random_state=0).fit(x, y)
    copy = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copy.partial_fit(x, y).predict_proba(x), model.partial_fit(x, y).predict_proba(x))


@unfinished
def test_seeds_are_all_there_is_to_chance() -> None:
    x, y = iris()
    options: dict[str, Any] = {"max_iter": 3, "batch_size": 20}

    def trained(random_state: Any) -> np.ndarray:
        return MLPClassifier(10, random_state=random_state, **options).fit(x, y).predict_proba(x)

    np.testing.assert_array_equal(trained(1), trained(1))
    assert np.abs(trained(1) - trained(2)).max() > 1e-3
    np.testing.assert_array_equal(trained(np.random.default_rng(5)), trained(np.random.default_rng(5)))
    np.testing.assert_array_equal(trained(np.random.RandomState(5)), trained(np.random.RandomState(5)))
    np.random.seed(4)  # noqa: NPY002, what random_state=None means in scikit-learn
    first, second = trained(None), trained(None)
    assert np.abs(first - second).max() > 1e-3
    np.random.seed(4)  # noqa: NPY002
    np.testing.assert_array_equal(trained(None), first)


@unfinished
def test_the_package_s_own_generator_is_left_alone() -> None:
    x, y = iris()
    nn.seed(0)
    expected = nn.Linear(2, 2).weight.data
    nn.seed(0)
    MLPClassifier(10, max_iter=2, random_state=0).fit(x, y)
    np.testing.assert_array_equal(nn.Linear(2, 2).weight.data, expected)


@unfinished
def test_float32_stays_float32() -> None:
    x, y = iris()
    model = MLPClassifier(10, max_iter=3, random_state=0).fit(x.astype(np.float32), y)
    assert {array.dtype for array in (*model.coefs_, *model.intercepts_)} == {np.dtype(np.float32)}
    assert model.predict_proba(x).dtype == np.float32
    assert MLPRegressor(10, max_iter=3).fit(x.astype(np.float32), y).predict(x).dtype == np.float32


@unfinished
def test_weights_of_rows_count_as_repetitions() -> None:
    x, y = diabetes()
    weight = np.random.default_rng(0).integers(0, 4, len(x))
    options: dict[str, Any] = {"batch_size": 10_000, "max_iter": 20, "random_state": 0, "alpha": 1.0}
    weighted = MLPRegressor(10, **options).fit(x, y, sample_weight=weight)
    repeated = MLPRegressor(10, **options).fit(np.repeat(x, weight, axis=0), np.repeat(y, weight))
    np.testing.assert_allclose(weighted.predict(x), repeated.predict(x), rtol=1e-6)
    plain = MLPRegressor(10, **options).fit(x, y)
    assert np.abs(plain.predict(x) - weighted.predict(x)).max() > 1e-2


def test_it_prints_the_loss_if_asked(capsys: pytest.CaptureFixture[str]) -> None:
    x, y = iris()
    model = MLPClassifier(10, verbose=True, random_state=0).partial_fit(x, y).partial_fit(x, y)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == f"MLPClassifier: pass 2, loss {model.loss_:.6f}"
    assert len(lines) == 2


def test_it_can_be_searched_over() -> None:
    x, y = iris()
    search = GridSearchCV(
        MLPClassifier(solver="lbfgs", max_iter=500, random_state=0), {"hidden_layer_sizes": [4, (8, 8)]}, cv=3
    )
    assert search.fit(x, y).best_score_ > 0.9


# Bad input


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"hidden_layer_sizes": (5, 0)}, r"hidden_layer_sizes=\(5, 0\)\): positive integers"),
        ({"hidden_layer_sizes": "wide"}, "hidden_layer_sizes='wide'"),
        ({"activation": "step"}, "activation='step'.*identity"),
        ({"solver": "newton"}, "solver='newton'.*adam.*optim.NAdam"),
        ({"alpha": -1}, "alpha=-1"),
        ({"alpha": np.nan}, "alpha=nan"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"batch_size": "all"}, "batch_size='all'.*'auto'"),
        ({"learning_rate": "invscaling"}, "learning_rate='invscaling'.*adaptive, constant"),
        ({"learning_rate_init": 0}, "learning_rate_init=0"),
        ({"max_iter": 2.5}, "max_iter=2.5"),
        ({"shuffle": None}, "shuffle=None"),
        ({"random_state": "seven"}, "random_state='seven'"),
        ({"tol": -1e-3}, "tol=-0.001"),
        ({"verbose": "much"}, "verbose='much'"),
        ({"warm_start": 2}, "warm_start=2"),
        ({"momentum": 1.0, "solver": "sgd"}, r"momentum=1\.0"),
        ({"nesterovs_momentum": "yes"}, "nesterovs_momentum='yes'"),
        ({"early_stopping": "no"}, "early_stopping='no'"),
        ({"validation_fraction": 1.0}, r"validation_fraction=1\.0"),
        ({"n_iter_no_change": 0}, "n_iter_no_change=0"),
    ],
)
@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_parameters_are_looked_at_when_fitting(estimator: Any, parameters: dict[str, Any], words: str) -> None:
    model = estimator(**parameters)
    with pytest.raises(ValueError, match=f"{estimator.__name__}.*{words}"):
        model.fit(*iris())


def test_there_is_no_partial_fit_of_all_at_once() -> None:
    for model in (MLPClassifier(solver="lbfgs"), MLPRegressor(early_stopping=True)):
        assert not hasattr(model, "partial_fit")
    assert hasattr(MLPClassifier(), "partial_fit")


@unfinished
def test_classes_are_those_of_the_first_fit() -> None:
    x, y = iris()
    model = MLPClassifier(5, random_state=0).partial_fit(x[:50], y[:50], classes=[0, 1, 2])
    assert model.predict_proba(x).shape == (150, 3)
    model.partial_fit(x, y)
    with pytest.raises(ValueError, match=r"y has the classes \[0, 1, 2, 5\].*made for \[0, 1, 2\]"):
        model.partial_fit(x, np.where(y == 2, 5 * (np.arange(150) % 2) + y * (1 - np.arange(150) % 2), y))
    with pytest.raises(ValueError, match="one class only"):
        MLPClassifier(5).fit(x[:50], y[:50])
    warm = MLPClassifier(5, max_iter=2, warm_start=True, random_state=0).fit(x, y)
    with pytest.raises(ValueError, match="was made for"):
        warm.fit(x, y + 1)


def test_the_kind_of_target_stays() -> None:
    x, y = multilabel()
    model = MLPClassifier(5, random_state=0).partial_fit(x, y)
    with pytest.raises(ValueError, match="was made for"):
        model.partial_fit(x, y[:, :3])
    with pytest.raises(ValueError, match="was made for"):
        model.partial_fit(x, y[:, 0])
    with pytest.raises(ValueError, match="several columns of classes"):
        MLPClassifier(5).fit(x, y + np.arange(4))
    with pytest.raises(ValueError, match="y has 4 columns, and this regressor predicts 1"):
        MLPRegressor(5, random_state=0).partial_fit(x, y[:, 0]).partial_fit(x, y)
    with pytest.raises(ValueError, match="Unknown label type"):
        MLPClassifier(5).fit(x, x[:, 0])


def test_a_column_of_targets_is_taken_with_a_warning() -> None:
    x, y = diabetes()
    with pytest.warns(DataConversionWarning):
        MLPRegressor(5, random_state=0).partial_fit(x, y[:, None])


@pytest.mark.parametrize(
    "weight", [np.ones(149), np.ones((150, 1)), -np.ones(150), np.zeros(150), np.full(150, np.nan)]
)
def test_weights_of_rows_are_looked_at(weight: np.ndarray) -> None:
    with pytest.raises(ValueError, match="sample_weight"):
        MLPClassifier(5).fit(*iris(), sample_weight=weight)


def test_a_loss_that_explodes_is_an_error() -> None:
    x, y = diabetes()
    model = MLPRegressor(5, "identity", solver="sgd", learning_rate_init=50.0, random_state=0)
    with (
        np.errstate(all="ignore"),
        pytest.raises(NaNError, match=r"MLPRegressor: the loss is (inf|nan) in pass.*Scale"),
    ):
        model.fit(x, y)


def test_nothing_is_predicted_before_fitting() -> None:
    x, _ = iris()
    for model in (MLPClassifier(), MLPRegressor()):
        assert not hasattr(model, "coefs_")
        with pytest.raises(NotFittedError):
            model.predict(x)


def test_scikit_learn_is_imported_late_and_asked_for_in_words() -> None:
    program = (
        "import sys\n"
        "sys.modules['sklearn'] = None\n"
        "from autograd_lite import nn\n"
        "assert 'MLPClassifier' in dir(nn)\n"
        "try:\n    nn.MLPClassifier\n"
        "except ImportError as error:\n    print(error)\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "pip install 'autograd_lite[data]'" in run.stdout
    loaded = "import sys\nfrom autograd_lite import nn\nprint('sklearn' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
    with pytest.raises(AttributeError, match="no_such_name"):
        getattr(nn, "no_such_name")  # noqa: B009
