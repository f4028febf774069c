"""Strictness for all tests: floating-point errors are errors, so that nothing hides behind a NumPy warning."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def floating_point_errors_warn() -> Iterator[None]:
    """Have NumPy report each division by zero, overflow and invalid operation; pytest makes errors of warnings."""
    with np.errstate(divide="warn", over="warn", invalid="warn", under="ignore"):
        yield
