"""The namespace ``autograd_lite.scipy``: stable exponentials that differentiate, and all of SciPy unchanged."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
import scipy
import scipy.special

import autograd_lite.scipy
from autograd_lite import DetachError, NotDifferentiableError, Tensor, check_grads, grad, hessian, jacobian
from autograd_lite.scipy import special

MATRIX = np.array([[0.5, -1.0, 2.0], [1.5, 3.0, -0.5]])


def tracked(value: Any) -> Tensor:
    return Tensor(value, requires_grad=True)


# logsumexp, softmax, log_softmax

AXES = [None, 0, 1, -1, (0, 1), (-2,)]


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("name", ["logsumexp", "softmax", "log_softmax"])
def test_values_and_derivatives_along_axes(name: str, axis: Any) -> None:
    mine, theirs = getattr(special, name), getattr(scipy.special, name)
    np.testing.assert_allclose(mine(tracked(MATRIX), axis=axis).data, theirs(MATRIX, axis=axis), rtol=1e-14)
    check_grads(lambda x: mine(x, axis=axis), (MATRIX,), order=2)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize(
    "x", [[1000.0, 999.0, -1000.0], [1e8, 1e8 + 1, 0.0], [-np.inf, 1.0, 2.0], [-1e307, 1e307, 0.0]]
)
def test_shares_at_extreme_exponents(name: str, x: list[float]) -> None:
    value = getattr(special, name)(tracked(x)).data
    np.testing.assert_allclose(value, getattr(scipy.special, name)(np.array(x)), rtol=1e-15)


def test_derivatives_at_extreme_exponents() -> None:
    x = np.array([1000.0, 1000.0, -1000.0, -np.inf])
    np.testing.assert_allclose(grad(special.logsumexp)(x), [0.5, 0.5, 0.0, 0.0], rtol=1e-12)
    np.testing.assert_array_equal(jacobian(special.softmax)(x)[0], [0.25, -0.25, 0.0, 0.0])
    np.testing.assert_array_equal(jacobian(special.log_softmax)(x[:3])[2], [-0.5, -0.5, 1.0])
    curvature = hessian(special.logsumexp)(x)
    np.testing.assert_allclose(curvature[:2, :2], [[0.25, -0.25], [-0.25, 0.25]], rtol=1e-12)
    assert not curvature[2:].any()


def test_gradient_of_cross_entropy_is_softmax_minus_target() -> None:
    gradient = grad(lambda x: -special.log_softmax(x, axis=1)[[0, 1], [2, 0]].sum())(MATRIX)
    expected = scipy.special.softmax(MATRIX, axis=1)
    expected[[0, 1], [2, 0]] -= 1
    np.testing.assert_allclose(gradient, expected, rtol=1e-13)


@pytest.mark.parametrize("axis", [None, 0, (0, 1)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_logsumexp_with_factors(axis: Any, keepdims: bool) -> None:
    b = np.array([[1.0, 0.5, 2.0], [3.0, 0.0, 0.25]])
    value = special.logsumexp(tracked(MATRIX), axis, b, keepdims)
    np.testing.assert_allclose(value.data, scipy.special.logsumexp(MATRIX, axis, b, keepdims), rtol=1e-14)
    check_grads(lambda x, b: special.logsumexp(x, axis=axis, b=b, keepdims=keepdims), (MATRIX, b), order=2)


def test_logsumexp_with_signs() -> None:
    x, b = np.array([1.0, 2.0, 0.5]), np.array([1.0, -1.0, 0.5])
    value, sign = special.logsumexp(tracked(x), b=b, return_sign=True)
    expected, expected_sign = scipy.special.logsumexp(x, b=b, return_sign=True)
    assert value.item() == pytest.approx(expected)
    assert sign == expected_sign == -1
    check_grads(lambda x: special.logsumexp(x, b=b, return_sign=True)[0], (x,), order=2)
    assert np.isnan(special.logsumexp(tracked(x), b=b).data)
    value, sign = special.logsumexp(tracked([-np.inf, -np.inf]), return_sign=True)
    assert (value.item(), sign) == (-np.inf, 0)
    value, sign = special.logsumexp(tracked(x), return_sign=True, keepdims=True)
    assert value.shape == sign.shape == (1,)


@pytest.mark.parametrize("x", [[1000.0, 0.0], [np.inf, 0.0], [800.0, 700.0], [-1000.0, 0.0]])
def test_exponents_without_a_factor_do_not_count(x: list[float]) -> None:
    value = special.logsumexp(tracked(x), b=[0.0, 2.0])
    assert value.item() == pytest.approx(x[1] + np.log(2.0), abs=1e-13)
    leaf = tracked(x)
    special.logsumexp(leaf, b=[0.0, 2.0]).backward()
    np.testing.assert_allclose(leaf.grad, [0.0, 1.0], atol=1e-15)


def test_derivative_in_a_factor_that_is_zero() -> None:
    np.testing.assert_allclose(grad(lambda b: special.logsumexp([0.0, 1.0], b=b))(np.array([1.0, 0.0])), [1.0, np.e])


def test_lists_of_tensors_and_dtypes() -> None:
    t = tracked(np.float32(0.5))
    for function in (special.logsumexp, special.softmax, special.log_softmax):
        assert function([t, 1.0]).dtype == np.float32
        assert function([t, 1.0]).requires_grad
        assert isinstance(function([Tensor(0.5), 1.0]), Tensor)
    assert special.logsumexp([t, 1.0], b=2.0).dtype == np.float32
    assert special.logsumexp(1.0, b=[t, 2.0]).dtype == np.float32
    assert special.logsumexp(Tensor([1, 2]), b=2).dtype == np.float64


def test_calls_without_a_tensor_give_what_scipy_gives() -> None:
    for name in ("logsumexp", "softmax", "log_softmax"):
        for x in (MATRIX, [1, 2], 3.0, MATRIX.astype(np.float32)):
            value, expected = getattr(special, name)(x), getattr(scipy.special, name)(x)
            assert type(value) is type(expected)
            assert value.dtype == expected.dtype
            np.testing.assert_array_equal(value, expected)
    assert special.logsumexp([0, 1], b=[1, -1], return_sign=True) == scipy.special.logsumexp(
        [0, 1], b=[1, -1], return_sign=True
    )


# Everything else


@pytest.mark.parametrize("name", scipy.special.__all__)
def test_every_public_name_of_special_is_reachable(name: str) -> None:
    mine, theirs = getattr(special, name), getattr(scipy.special, name)
    assert mine is theirs or mine.__name__ == theirs.__name__


def test_special_is_complete_and_lists_itself() -> None:
    assert set(scipy.special.__all__) <= set(dir(special))
    with pytest.raises(AttributeError, match="no_such_name"):
        special.no_such_name  # noqa: B018


def test_other_functions_give_what_scipy_gives() -> None:
    np.testing.assert_array_equal(special.expit(MATRIX), scipy.special.expit(MATRIX))
    np.testing.assert_array_equal(special.polygamma(1, [1.0, 2.0]), scipy.special.polygamma(1, [1.0, 2.0]))
    np.testing.assert_array_equal(special.betainc(1.0, 2.0, [0.5, 0.25]), scipy.special.betainc(1.0, 2.0, [0.5, 0.25]))
    assert special.comb(5, 2, exact=True) == 10
    assert special.SpecialFunctionError is scipy.special.SpecialFunctionError
    assert pickle.loads(pickle.dumps(special.expit)) is special.expit


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("agm", (tracked(2.0), 1.0)),
        ("ellip_harm", (5.0, 8.0, 1, 1, tracked(2.5))),
        ("airye", ([tracked(2.0), 1.0],)),
        ("elliprj", (1.0, 2.0, 3.0, tracked(0.5))),
    ],
)
def test_functions_without_a_rule_name_themselves(name: str, args: Any) -> None:
    with pytest.raises(NotDifferentiableError, match=rf"scipy\.special\S*\.{name} has no derivative rule"):
        getattr(special, name)(*args)


def test_other_submodules_are_those_of_scipy() -> None:
    assert autograd_lite.scipy.special is special
    assert autograd_lite.scipy.constants is scipy.constants
    assert autograd_lite.scipy.__version__ == scipy.__version__
    assert "special" in dir(autograd_lite.scipy)
    with pytest.raises(DetachError):
        autograd_lite.scipy.ndimage.laplace(tracked(np.eye(2)))


def test_functions_that_do_not_dispatch_name_the_namespace_that_does() -> None:
    with pytest.raises(DetachError, match=r"Use autograd_lite\.scipy\.special\.polygamma"):
        scipy.special.polygamma(1, tracked(np.ones(2)))
