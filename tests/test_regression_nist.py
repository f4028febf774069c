"""curve_fit against NIST's certified values, from both starts, at default settings."""

from __future__ import annotations

from functools import wraps
from typing import Any

import numpy as np
import pytest
from problems import nist

from autograd_lite.regression import FitResult, curve_fit


def digits(found: Any, certified: np.ndarray) -> float:
    return float(-np.log10(np.max(np.abs(np.asarray(found) - certified) / np.abs(certified)) + 1e-16))


def fitted(name: str, start: int) -> tuple[FitResult, int]:
    problem, calls = nist.load(name), [0]

    @wraps(problem.model)
    def counted(*args: Any) -> Any:
        calls[0] += 1
        return problem.model(*args)

    return curve_fit(counted, problem.x, problem.y, problem.starts[start]), calls[0]


@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("name", nist.MODELS)
def test_certified_values(name: str, start: int) -> None:
    problem = nist.load(name)
    fit, calls = fitted(name, start)
    assert fit.converged
    assert digits(fit.values, problem.certified) >= 9.0
    assert digits(fit.standard_errors, problem.certified_sd) >= (3.0 if name == "Lanczos1" else 9.0)
    assert digits(fit.chi_squared, np.array(problem.rss)) >= (3.0 if name == "Lanczos1" else 9.0)
    assert fit.dof == problem.y.size - problem.certified.size
    assert calls == fit.evaluations.value <= 120


def test_evaluations_over_all() -> None:
    # 54 fits in at most 3,000 runs of the model, recorded ones included: 2,000 for these 36.
    assert sum(fitted(name, start)[1] for name in nist.MODELS for start in (0, 1)) <= 1200


@pytest.mark.parametrize("name", ["Misra1a", "Rat42", "Thurber", "Gauss2"])
@pytest.mark.parametrize("method", ["gauss-newton", "newton"])
def test_other_methods_reach_them_too(name: str, method: str) -> None:
    problem = nist.load(name)
    fit = curve_fit(problem.model, problem.x, problem.y, problem.starts[1], method=method)
    assert digits(fit.values, problem.certified) >= 9.0


def test_the_solution_is_like_the_start() -> None:
    problem = nist.load("Eckerle4")  # (b1, b2) and (-b1, -b2) are the same peak
    for signs in ([1, 1, 1], [-1, -1, 1]):
        fit = curve_fit(problem.model, problem.x, problem.y, problem.starts[1] * signs)
        assert digits(fit.values, problem.certified * signs) >= 9.0
    problem = nist.load("Lanczos3")
    swapped = [2, 3, 0, 1, 4, 5]
    fit = curve_fit(problem.model, problem.x, problem.y, problem.certified[swapped] * 1.01)
    assert digits(fit.values, problem.certified[swapped]) >= 9.0


def test_equal_starts() -> None:
    problem = nist.load("Lanczos3")
    fit = curve_fit(problem.model, problem.x, problem.y, np.ones(6))
    assert fit.converged
    assert digits(fit.chi_squared, np.array(problem.rss)) >= 9.0


@pytest.mark.parametrize("name", ["Bennett5", "BoxBOD", "MGH09", "Lanczos3"])
@pytest.mark.parametrize("held", [False, True])
def test_a_vector_of_parameters_is_as_good_as_names(name: str, held: bool) -> None:
    problem = nist.load(name)
    start = problem.starts[0].copy()
    fixed: list[str] = []
    if held:
        start[-1] = problem.certified[-1]
        fixed = [f"b[{start.size - 1}]"]
    by_names = curve_fit(problem.model, problem.x, problem.y, start, fixed=[f"b{start.size}"] if held else None)
    for model in (lambda x, b: problem.model(x, *b), lambda x, b: problem.model(x, *(b[i] for i in range(start.size)))):
        fit = curve_fit(model, problem.x, problem.y, start, fixed=fixed)
        assert fit.evaluations == by_names.evaluations
        assert digits(fit.values, problem.certified) >= 9.0
        assert digits(fit.standard_errors[: len(fit.names)], by_names.standard_errors[: len(fit.names)]) >= 9.0


def test_a_vector_that_is_used_as_one() -> None:
    problem = nist.load("MGH09")
    y = problem.y

    def whole(x: Any, b: Any) -> Any:
        return b[0] * (x**2 + x * b[1]) / (x**2 + np.stack([x, x**0], axis=1) @ b[2:])

    fit = curve_fit(whole, problem.x, y, problem.starts[1])
    assert digits(fit.values, problem.certified) >= 9.0
    assert digits(fit.standard_errors, problem.certified_sd) >= 9.0
