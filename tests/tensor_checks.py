"""What the tests of the protocols share: two samples, and what a result must be."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite import Tensor

VECTOR = np.array([0.5, -1.25, 2.0])
MATRIX = np.array([[0.5, -1.0, 2.0], [1.5, 3.0, -0.5]])


def tracked(value: Any, **keywords: Any) -> Tensor:
    return Tensor(value, requires_grad=True, **keywords)


def assert_tensor(value: Any, expected: Any, dtype: Any = np.float64) -> None:
    assert type(value) is Tensor
    assert value.requires_grad
    assert value.dtype == dtype
    assert value.shape == np.shape(expected)
    np.testing.assert_allclose(value.data, expected, rtol=1e-6 if dtype == np.float32 else 1e-14)


def assert_plain(value: Any, expected: Any) -> None:
    assert not isinstance(value, Tensor)
    np.testing.assert_array_equal(value, expected, strict=not isinstance(value, bool))
