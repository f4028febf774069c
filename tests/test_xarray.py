"""Labelled arrays of xarray, which hold Tensors as they hold arrays."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_lite as ag

xarray = pytest.importorskip("xarray")


def test_gradients_flow_through_labelled_arrays() -> None:
    weights = xarray.DataArray([1.0, 2.0, 4.0], dims="x")

    def f(x):
        return np.sum(np.sin(weights * x).data)

    x = np.array([0.5, 1.0, 2.0])
    np.testing.assert_allclose(ag.grad(f)(x), np.cos(weights.data * x) * weights.data)
    np.testing.assert_allclose(ag.grad(f)(0.5), np.sum(np.cos(weights.data * 0.5) * weights.data))
