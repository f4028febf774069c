"""Lint: each rule finds its unstable form, with the harm that it does, and says nothing of the stable spelling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import Tensor, explain, nn
from autograd_lite.core.observing import Values, observing
from autograd_lite.scipy import special

Function = Callable[..., Any]

moderate = np.array([0.5, -1.0, 2.0])
large = np.array([1.0, 800.0, -900.0])
small = np.array([1e-9, 1e-10, 3e-12])
matrix = np.array([[4.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.0, 1.0, 2.0]])
targets = np.array([0.0, 1.0, 1.0])
rows = np.eye(4)[[1, 3, 3, 0, 2, 1]]


def shifted(x: Any) -> Any:
    top = np.max(x)
    return top + np.log(np.sum(np.exp(x - top)))


def shifted_by_value(x: Any) -> Any:
    return np.exp(x - x.data.max()) / np.sum(np.exp(x - x.data.max()))


# Rule, the unstable form, where it is harmful, and its severity there; then the stable spelling of the same.
HARMFUL: list[tuple[str, Function, tuple[Any, ...], str, Function]] = [
    ("log1p-exp", lambda x: np.log(1 + np.exp(x)), (large,), "error", lambda x: np.logaddexp(0, x)),
    ("log1p-exp", lambda x: np.log(np.exp(x) + 1.0), (large,), "error", nn.softplus),
    ("log1p-exp", lambda x: np.log1p(np.exp(x)), (large,), "error", lambda x: np.logaddexp(0, x)),
    ("log-softmax", lambda x: np.log(nn.softmax(x)), (large,), "error", nn.log_softmax),
    ("log-softmax", lambda x: np.log(nn.softmax(x)[1:]), (large,), "error", lambda x: nn.log_softmax(x)[1:]),
    ("log-softmax", lambda x: -np.mean(np.log(nn.softmax(x)[np.arange(3), [0, 1, 0]])), (500 * matrix,), "error",
     lambda x: nn.cross_entropy(x, np.array([0, 1, 0]))),
    ("log-softmax", lambda x: np.log(np.exp(x) / np.sum(np.exp(x), keepdims=True)), (moderate,), "", nn.log_softmax),
    ("log-sum-exp", lambda x: np.log(np.sum(np.exp(x))), (large,), "error", special.logsumexp),
    ("log-sum-exp", lambda x: np.log(np.sum(np.exp(x))), (-large - 2000,), "error", shifted),
    ("softmax", lambda x: (lambda e: e / np.sum(e))(np.exp(x)), (large,), "error", nn.softmax),
    ("logistic", lambda x: 1 / (1 + np.exp(-x)), (large,), "error", special.expit),
    ("logistic", lambda x: np.reciprocal(1 + np.exp(-x)), (large,), "error", nn.sigmoid),
    ("logistic", lambda x: (lambda e: e / (1 + e))(np.exp(x)), (large,), "error", nn.sigmoid),
    ("log-sigmoid", lambda x: np.log(nn.sigmoid(x)), (large,), "error", special.log_expit),
    ("log-sigmoid", lambda x: np.log(1 - special.expit(x)), (large,), "error", lambda x: -np.logaddexp(0, x)),
    ("log-sigmoid", lambda x: np.log(1 / (1 + np.exp(-x))), (large,), "error", nn.log_sigmoid),
    ("log1p", lambda x: np.log(1 + x), (small,), "error", np.log1p),
    ("expm1", lambda x: np.exp(x) - 1, (small,), "error", np.expm1),
    ("expm1", lambda x: 1 - np.exp(x), (small,), "error", lambda x: -np.expm1(x)),
    ("one-minus-cos", lambda x: 1 - np.cos(x), (small,), "error", lambda x: 2 * np.sin(x / 2) ** 2),
    ("norm", lambda x: np.sqrt(np.sum(x**2)), (np.zeros(3),), "error", np.linalg.norm),
    ("norm", lambda x: np.sum(x**2) ** 0.5, (np.zeros(3),), "error", np.linalg.norm),
    ("norm", lambda x: np.sqrt(x @ x), (np.zeros(3),), "error", np.linalg.norm),
    ("norm", lambda x: np.sqrt(np.einsum("i,i->", x, x)), (moderate * 1e200,), "error",
     lambda x: np.max(np.abs(x)) * np.linalg.norm(x / np.max(np.abs(x)))),
    ("norm", lambda x: np.sqrt(np.sum(x * x)), (moderate * 1e200,), "error", lambda x: np.hypot(x[0], x[1])),
    ("norm", lambda x: np.sqrt(x[0] ** 2 + x[1] ** 2), (moderate * 1e-170,), "error", lambda x: np.hypot(x[0], x[1])),
    ("difference-of-squares", lambda x: x[0] ** 2 - x[1] ** 2, (np.array([1e8 + 0.1, 1e8 + 0.2]),), "warning",
     lambda x: (x[0] - x[1]) * (x[0] + x[1])),
    ("variance", lambda x: np.mean(x**2) - np.mean(x) ** 2, (moderate + 1e8,), "error", np.var),
    ("variance", lambda x: np.mean(x * x) - np.square(x.mean()), (np.pi * moderate + 1e4,), "warning", np.var),
    ("constant", lambda x: np.sum(x - x), (moderate,), "note", lambda x: np.sum(np.zeros_like(x) + x)),
    ("constant", lambda x: np.sum(x / x), (np.zeros(2),), "error", lambda x: np.sum(np.ones_like(x) + x)),
    ("constant", lambda x: np.sum(x / x), (moderate,), "note", lambda x: np.sum(np.ones_like(x) + x)),
    ("cancellation", lambda x: np.sqrt(x + 1) - np.sqrt(x), (np.array(1e14),), "error",
     lambda x: 1 / (np.sqrt(x + 1) + np.sqrt(x))),
    ("overflow", lambda x: np.exp(x) * 1e-300, (np.array(750.0),), "error", lambda x: np.exp(x - 300 * np.log(10))),
    ("large-exp", lambda x: np.exp(x), (np.array(400.0),), "warning", lambda x: np.exp(x / 4)),
    ("invalid", lambda x: np.sum(np.log(x)), (np.array([1.0, 0.0]),), "error",
     lambda x: np.sum(np.log(np.where(x > 0, x, 1.0)))),
    ("log-prod", lambda x: np.log(np.prod(x)), (np.full(400, 1e-2),), "error", lambda x: np.sum(np.log(x))),
    ("log-det", lambda a: np.log(np.linalg.det(a)), (np.eye(200) * 1e-3,), "error",
     lambda a: np.linalg.slogdet(a)[1]),
    ("log-det", lambda a: np.log(np.abs(np.linalg.det(a))), (np.eye(200) * 1e3,), "error",
     lambda a: np.linalg.slogdet(a)[1]),
    ("inverse", lambda a: np.linalg.inv(a) @ targets, (matrix,), "note", lambda a: np.linalg.solve(a, targets)),
    ("inverse", lambda a, b: b @ np.linalg.inv(a), (np.diag([1.0, 1e-9, 1.0]), targets), "warning",
     lambda a, b: np.linalg.solve(a.T, b)),
    ("one-hot", lambda w: rows @ w, (np.ones((4, 2)),), "note", lambda w: w[np.argmax(rows, axis=1)]),
    ("sigmoid-loss", lambda x: nn.binary_cross_entropy(nn.sigmoid(x), targets), (large,), "error",
     lambda x: nn.binary_cross_entropy_with_logits(x, targets)),
    ("softmax-twice", lambda x: nn.cross_entropy(nn.softmax(x), np.array([1])), (moderate[None],), "error",
     lambda x: nn.cross_entropy(x, np.array([1]))),
    ("accidental-broadcast", lambda x: np.mean((x - targets[:, None]) ** 2), (moderate,), "warning",
     lambda x: np.mean((x - targets) ** 2)),
    ("mixed-precision", lambda x: np.sum(x * np.float64(2.0)), (moderate.astype(np.float32),), "warning",
     lambda x: np.sum(x * 2.0)),
    ("mixed-precision", lambda x: np.sum(x + targets), (moderate.astype(np.float32),), "warning",
     lambda x: np.sum(x.astype(np.float64) + targets)),
    ("half-precision", lambda x: np.sum(x), (moderate.astype(np.float16),), "warning",
     lambda x: np.sum(x.astype(np.float32))),
    ("all-pairs", lambda x: np.sum((x[:, None] - x[None, :]) ** 2), (np.linspace(0, 1, 1500),), "warning",
     lambda x: 2 * x.size * np.sum((x - np.mean(x)) ** 2)),
    ("outer-product", lambda x: np.sum(x[:, None] * x[None, :]), (np.linspace(0, 1, 1500),), "warning",
     lambda x: np.einsum("i,j->", x, x)),
    ("large-saved", lambda x: np.sum(np.sin(x * 2)), (np.linspace(0, 1, 2_100_000),), "note",
     lambda x: np.sum(np.sin(x[:1000] * 2))),
]  # fmt: skip

IDS = [f"{i}-{row[0]}" for i, row in enumerate(HARMFUL)]


@pytest.mark.parametrize(("rule", "form", "args", "severity", "stable"), HARMFUL, ids=IDS)
def test_the_form_is_found_and_its_harm_measured(
    rule: str, form: Function, args: tuple[Any, ...], severity: str, stable: Function
) -> None:
    found = {advice.rule: advice for advice in explain.lint(form, *args)}
    assert rule in found
    if severity:
        assert found[rule].severity == severity, found[rule]
    assert found[rule].fix
    assert found[rule].harm
    assert "test_explain_lint.py" in found[rule].origin


@pytest.mark.parametrize(("rule", "form", "args", "severity", "stable"), HARMFUL, ids=IDS)
def test_of_the_stable_spelling_nothing_is_said(
    rule: str, form: Function, args: tuple[Any, ...], severity: str, stable: Function
) -> None:
    found = [advice for advice in explain.lint(stable, *args) if advice.severity != "note"]
    assert not found, found
    assert rule not in {advice.rule for advice in explain.lint(stable, *args)}


# The same operations where they do no harm, and their neighbours.
QUIET: list[tuple[Function, tuple[Any, ...]]] = [
    (lambda x: np.log(1 + x), (np.array([0.5, 3.0]),)),
    (lambda x: np.log(2 + np.exp(x)), (moderate,)),
    (lambda x: np.exp(x) - 1, (moderate,)),
    (lambda x: np.exp(x) - 2, (small,)),
    (lambda x: 1 - np.cos(x), (moderate,)),
    (lambda x: np.sqrt(np.sum(x**2)), (moderate,)),
    (lambda x: np.sqrt(np.sum(x**2) + 1e-12), (np.zeros(3),)),
    (lambda x: x[0] ** 2 - x[1] ** 2, (moderate,)),
    (lambda x: x[0] - x[1], (np.array([1.0, 1.0 + 1e-12]),)),
    (lambda x: np.sum(x - np.max(x)), (np.array([1.0, 1.0 + 1e-12]),)),
    (shifted, (moderate,)),
    (shifted_by_value, (moderate,)),
    (lambda x: np.mean(x**2) - np.mean(x), (moderate,)),
    (lambda x: np.mean(x**2) - np.mean(x * 2) ** 2, (moderate,)),
    (lambda x: x / np.sum(x), (moderate,)),
    (lambda x: np.exp(x) / np.sum(x), (moderate,)),
    (lambda x: 1 / (1 + x), (np.abs(moderate),)),
    (lambda x: 1 / (2 + np.exp(-x)), (moderate,)),
    (lambda x: np.log(np.sum(x * x)), (moderate,)),
    (lambda x: np.log(np.prod(x * x + 1) + 1), (moderate,)),
    (lambda a: np.log(np.linalg.det(a) + 1), (matrix,)),
    (lambda a: np.linalg.inv(a), (matrix,)),
    (lambda a: a @ targets, (matrix,)),
    (lambda w: np.eye(3) @ w, (matrix,)),
    (lambda w: (rows * 2) @ w, (np.ones((4, 2)),)),
    (lambda x: nn.binary_cross_entropy(x, targets), (np.array([0.2, 0.4, 0.9]),)),
    (lambda x: nn.mse_loss(x, targets), (moderate,)),
    (lambda x: x[:, None] - x[None, :], (moderate,)),
    (lambda x: np.sum(x * 2.0 + 1), (moderate.astype(np.float32),)),
    (lambda x: np.sum(x.astype(np.float64) ** 2), (moderate.astype(np.float32),)),
    (lambda x: np.var(x) + np.std(x), (moderate,)),
    (lambda x: np.mean((x - targets) ** 2), (targets + 1e-6,)),
    (lambda x: nn.softmax(x) @ x, (moderate,)),
    (lambda x: nn.gelu(x).sum() + nn.silu(x).sum() + nn.elu(x).sum() + nn.mish(x).sum(), (small,)),
    (lambda x: np.logaddexp(x, 0).sum() + special.xlogy(x, x).sum(), (np.abs(moderate),)),
    (lambda z: np.real(np.log(1 + np.exp(z))), (1 + 2j,)),
    (lambda x: np.linalg.norm(x) + np.hypot(x[0], x[1]), (np.zeros(3),)),
]


@pytest.mark.parametrize(("f", "args"), QUIET, ids=range(len(QUIET)))
def test_no_false_alarms(f: Function, args: tuple[Any, ...]) -> None:
    found = explain.lint(f, *args)
    assert not len(found), found
    assert str(found) == "nothing to advise"


@given(st.integers(0, 2**32))
@settings(max_examples=30, deadline=None)
def test_networks_in_stable_spelling_are_never_advised(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights = [rng.normal(size=(5, 4)), rng.normal(size=(3, 5))]
    x, y = rng.normal(size=(7, 4)), rng.integers(0, 3, 7)

    def loss(w: Any) -> Any:
        return nn.cross_entropy(np.tanh(x @ w[0].T) @ w[1].T, y) + 1e-3 * sum(np.sum(v * v) for v in w)

    assert not len(explain.lint(loss, weights))


def test_harmless_unstable_forms_are_notes() -> None:
    (advice,) = explain.lint(lambda x: np.sum(np.log(1 + np.exp(x))), moderate)
    assert (advice.severity, advice.rule) == ("note", "log1p-exp")
    assert "no digits lost" in advice.harm


def test_lost_digits_are_counted() -> None:
    (advice,) = explain.lint(lambda x: np.log(1 + x), np.array(1e-9))
    assert "of 15.7 digits" in advice.harm
    lost = float(advice.harm.split("up to ")[1].split()[0])
    true = abs(np.log(1 + 1e-9) / np.log1p(1e-9) - 1) / np.finfo(float).eps
    assert lost == pytest.approx(np.log10(true), abs=0.06)


def test_recorded_outputs_are_read_without_values() -> None:
    x = Tensor(large, requires_grad=True)
    with np.errstate(over="ignore"):
        y = np.sum(np.log(1 + np.exp(x)))
    found = explain.lint(y)
    assert found[0].rule == "log1p-exp"
    assert found[0].severity == "error"
    assert found[0].origin == ""


def test_values_and_source_lines_of_what_is_recorded() -> None:
    x = Tensor(moderate + 1e8, requires_grad=True)
    values = Values()
    with ag.debug(), observing(values):
        y = np.mean(x**2) - np.mean(x) ** 2
    (advice,) = explain.lint(y, values=values)
    assert (advice.rule, advice.severity) == ("variance", "error")
    assert "test_explain_lint.py" in advice.origin


def test_the_same_line_is_found_once_with_a_count() -> None:
    def f(x: Any) -> Any:
        for _ in range(50):
            x = x * 0.5 + np.log(1 + np.exp(x))
        return np.sum(x)

    (advice,) = explain.lint(f, moderate)
    assert advice.count == 50
    assert "(50 times)" in str(explain.lint(f, moderate))


def test_a_long_chain() -> None:
    def f(x: Any) -> Any:
        for _ in range(20_000):
            x = x * 1.00001
        return x

    assert not len(explain.lint(f, 1.0))


def test_a_module_of_the_package_is_its_own_affair() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.Softplus(), nn.Linear(4, 2), nn.LogSoftmax(-1))
    found = explain.lint(lambda x: -np.mean(model(x)), np.ones((5, 3)))
    assert not len(found), found


def test_what_is_said() -> None:
    found = explain.lint(lambda x: np.sum(np.log(1 + np.exp(x))) + np.log(1 + 1e-12 * x[0]), large)
    text = str(found)
    assert text.startswith("2 errors")
    assert "write np.logaddexp(0, x)" in text
    assert "np.log(1 + np.exp(x))" in text  # the source line
    page = found._repr_html_()
    assert page.count("<tr>") == 3
    assert "log(1 + exp(x))" in page


def test_worst_first() -> None:
    found = explain.lint(lambda x: np.sum(x / x) + np.sum(np.log(1 + np.exp(x))), large)
    assert [advice.severity for advice in found] == ["error", "note"]


def test_errors_in_words() -> None:
    with pytest.raises(ag.GraphError, match="constant"):
        explain.lint(Tensor(1.0))
    with pytest.raises(ag.GraphError, match="depends on no floating-point"):
        explain.lint(lambda x: 3.0, 1.0)
    with pytest.raises(ag.StructureError, match="values belong"):
        explain.lint(lambda x: x, 1.0, values=Values())
