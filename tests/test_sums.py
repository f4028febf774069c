"""Sums and extrema along axes are NumPy's, whichever way they are computed."""

import itertools

import numpy as np
import pytest

from autograd_lite.core.sums import extremum, summed

SHAPES = [(200, 3), (3, 200), (40, 5, 3), (3, 5, 40), (2, 3, 64, 4), (70, 64), (1, 200), (200, 1), (4, 50, 1), (130,)]
LAYOUTS = {
    "C": np.ascontiguousarray,
    "Fortran": np.asfortranarray,
    "strided": lambda x: np.repeat(x, 2, axis=-1)[..., ::2],
    "reversed": lambda x: x[..., ::-1],
    "sliced": lambda x: np.concatenate([x, x], axis=-1)[..., : x.shape[-1]],
    "broadcast": lambda x: np.broadcast_to(x[..., :1], x.shape),
}


def axes_of(ndim):
    for count in range(1, ndim + 1):
        for axes in itertools.permutations(range(ndim), count):
            yield axes
            yield tuple(axis - ndim for axis in axes)
    yield None


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_sums_and_extrema_are_numpys(shape, layout, dtype):
    x = LAYOUTS[layout](np.random.default_rng(0).normal(size=shape).astype(dtype))
    tolerance = 40 * np.finfo(dtype).eps
    for axes, keepdims in itertools.product(axes_of(x.ndim), (False, True)):
        wanted = np.sum(x, axis=axes, keepdims=keepdims)
        found = summed(x, axes, keepdims)
        assert found.shape == wanted.shape
        assert found.dtype == wanted.dtype
        scale = np.sum(np.abs(x), axis=axes, keepdims=keepdims)
        assert (np.abs(found - wanted) <= tolerance * scale).all()
        for ufunc in (np.maximum, np.minimum):
            found = extremum(ufunc, x, axes, keepdims)
            np.testing.assert_array_equal(found, ufunc.reduce(x, axis=axes, keepdims=keepdims), strict=True)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_one_value_that_is_not_finite_stays_in_its_row(value):
    x = np.ones((200, 3))
    x[5, 1] = value
    np.testing.assert_array_equal(summed(x, (1,)), np.sum(x, axis=1))
    np.testing.assert_array_equal(summed(x, (0,)), np.sum(x, axis=0))
    np.testing.assert_array_equal(extremum(np.maximum, x, (1,)), np.max(x, axis=1))


def test_sums_of_no_elements_are_zero_and_extrema_of_none_raise():
    np.testing.assert_array_equal(summed(np.zeros((200, 0)), (1,)), np.zeros(200))
    np.testing.assert_array_equal(summed(np.zeros((0, 3)), (0,)), np.zeros(3))
    with pytest.raises(ValueError, match="zero-size"):
        extremum(np.maximum, np.zeros((200, 0)), (1,))
