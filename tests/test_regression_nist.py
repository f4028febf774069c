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
