"""The namespace ``autograd_lite.numpy``: all of NumPy, the same results, and code written for others."""

from __future__ import annotations

import copy
import importlib
import inspect
import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import autograd_lite.numpy as anp
import autograd_lite.numpy.linalg as npla
import autograd_lite.numpy.random as npr
from autograd_lite import (
    DetachError,
    NotDifferentiableError,
    Tensor,
    UnsupportedArgumentError,
    elementwise_grad,
    grad,
    jacobian,
)
from autograd_lite.core.dispatch import IMPLEMENTATIONS
from autograd_lite.rules import declare_all

declare_all()

VECTOR = np.array([0.5, -1.25, 2.0])
MATRIX = np.array([[0.5, -1.0, 2.0], [1.5, 3.0, -0.5]])


def tracked(value: Any) -> Tensor:
    return Tensor(value, requires_grad=True)


def assert_plain(value: Any, expected: Any) -> None:
    """Assert that a value is what NumPy gives: of the same type, dtype and elements."""
    assert type(value) is type(expected)
    if isinstance(expected, tuple | list):
        for mine, other in zip(value, expected, strict=True):
            assert_plain(mine, other)
    else:
        assert np.asarray(value).dtype == np.asarray(expected).dtype
        np.testing.assert_array_equal(value, expected)


# Everything of NumPy


@pytest.mark.parametrize("name", [name for name in np.__all__ if name not in ("linalg", "fft", "random")])
def test_every_public_name_of_numpy_is_reachable(name: str) -> None:
    mine, theirs = getattr(anp, name), getattr(np, name)
    if not callable(theirs) or isinstance(theirs, type):
        assert mine is theirs or name in ("r_", "c_", "vectorize")
    else:
        assert callable(mine)
        assert mine is theirs or mine.__name__ == theirs.__name__


@pytest.mark.parametrize("submodule", ["linalg", "fft", "random"])
def test_every_public_name_of_the_submodules_is_reachable(submodule: str) -> None:
    mine, theirs = getattr(anp, submodule), getattr(np, submodule)
    assert mine is importlib.import_module(f"autograd_lite.numpy.{submodule}")
    for name in theirs.__all__:
        assert hasattr(mine, name)
    assert set(theirs.__all__) <= set(dir(mine))


def test_types_constants_and_exceptions_are_those_of_numpy() -> None:
    assert anp.float64 is np.float64
    assert anp.pi == np.pi
    assert anp.newaxis is None
    assert anp.ndarray is np.ndarray
    assert anp.linalg.LinAlgError is np.linalg.LinAlgError
    assert anp.random.default_rng is np.random.default_rng
    assert isinstance(VECTOR, anp.ndarray)
    assert not isinstance(tracked(VECTOR), anp.ndarray)
    assert anp.__version__ == np.__version__


def test_dir_is_complete() -> None:
    assert {*np.__all__, "make_diagonal"} <= set(dir(anp))


def test_star_import() -> None:
    names: dict[str, Any] = {}
    exec("from autograd_lite.numpy import *", names)
    assert set(np.__all__) <= set(names)
    assert names["sin"] is anp.sin
    assert names["linalg"] is anp.linalg
    assert names["make_diagonal"] is anp.make_diagonal
    assert "importlib" not in names
    assert "stand_in" not in names


def test_unknown_names_raise_attribute_errors() -> None:
    for module in (anp, npla, npr, anp.fft):
        with pytest.raises(AttributeError, match="no_such_name"):
            module.no_such_name  # noqa: B018
    with pytest.raises(ImportError):
        exec("from autograd_lite.numpy import no_such_name")


def test_importing_is_lazy() -> None:
    program = (
        "import sys, autograd_lite\n"
        "assert 'autograd_lite.numpy' not in sys.modules\n"
        "import autograd_lite.numpy, autograd_lite.scipy.special\n"
        "assert not {'scipy', 'numpy.random'} & set(sys.modules), sorted(sys.modules)\n"
        "autograd_lite.numpy.random.seed(0)\n"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr


def test_random_is_that_of_numpy() -> None:
    npr.seed(3)
    mine = npr.normal(size=4)
    np.random.seed(3)  # noqa: NPY002
    np.testing.assert_array_equal(mine, np.random.normal(size=4))  # noqa: NPY002
    with pytest.raises(DetachError):
        npr.normal(tracked(1.0), 1.0)


# Calls without a Tensor

PLAIN_CALLS = {
    "sin": lambda m: m.sin(VECTOR),
    "sin of a list": lambda m: m.sin([0.5, 1]),
    "sin of a number": lambda m: m.sin(1),
    "sin into float32": lambda m: m.sin(VECTOR, dtype=np.float32),
    "sin, where": lambda m: m.exp(VECTOR, out=np.zeros(3), where=VECTOR > 0),
    "add": lambda m: m.add(VECTOR, [1, 2, 3]),
    "maximum of float32": lambda m: m.maximum(np.float32(1), 2.0),
    "add of objects": lambda m: m.add(np.array(["a"], dtype=object), "b"),
    "divmod": lambda m: m.divmod(VECTOR, 2),
    "sum": lambda m: m.sum(MATRIX, axis=0, keepdims=True, initial=2.0),
    "sum of a list": lambda m: m.sum([[1, 2], [3, 4]], axis=1),
    "concatenate": lambda m: m.concatenate([[1, 2], [3.5]]),
    "concatenate, casting": lambda m: m.concatenate([VECTOR, VECTOR], dtype=np.float32, casting="same_kind"),
    "concatenate an array": lambda m: m.concatenate(MATRIX),
    "vstack": lambda m: m.vstack(([1, 2], [3, 4])),
    "block": lambda m: m.block([[MATRIX, MATRIX], [np.zeros((1, 6))]]),
    "array": lambda m: m.array([[1, 2], [3, 4]], dtype=float, ndmin=3, order="F"),
    "array of strings": lambda m: m.array(["a", "bc"]),
    "asarray": lambda m: m.asarray([1, 2], dtype=np.int8),
    "asanyarray": lambda m: m.asanyarray([1, 2]),
    "ascontiguousarray": lambda m: m.ascontiguousarray(3.0),
    "asfortranarray": lambda m: m.asfortranarray(MATRIX),
    "asarray_chkfinite": lambda m: m.asarray_chkfinite([1, 2]),
    "full": lambda m: m.full((2, 2), 3),
    "full_like": lambda m: m.full_like([1, 2], 2.7),
    "linspace": lambda m: m.linspace(0, 1, 5, endpoint=False, retstep=True),
    "linspace of ints": lambda m: m.linspace(0, 10, 4, dtype=int),
    "logspace": lambda m: m.logspace(0, 2, 3, base=2),
    "arange of one": lambda m: m.arange(5),
    "arange": lambda m: m.arange(1, 2, 0.25),
    "arange of int8": lambda m: m.arange(3, dtype=np.int8),
    "arange, stop": lambda m: m.arange(stop=4),
    "meshgrid": lambda m: m.meshgrid([1, 2], [3, 4, 5], indexing="ij"),
    "select": lambda m: m.select([VECTOR > 1, VECTOR > 0], [VECTOR, 1], -1),
    "r_": lambda m: m.r_[1:4, 0, VECTOR],
    "r_ with directives": lambda m: m.r_["0,2,0", [1, 2], [3, 4]],
    "c_": lambda m: m.c_[[1, 2], [3, 4]],
    "norm": lambda m: m.linalg.norm([3, 4]),
    "solve": lambda m: m.linalg.solve([[2.0, 0.0], [0.0, 4.0]], [2, 4]),
    "fft": lambda m: m.fft.fft([1, 2, 3]),
    "where": lambda m: m.where([True, False], [1, 2], 0),
    "einsum": lambda m: m.einsum("ij,j->i", MATRIX, [1, 2, 3]),
    "polyfit": lambda m: m.polyfit([1, 2, 3], [2, 4, 6.5], 1),
    "isscalar": lambda m: (m.isscalar(1.0), m.isscalar("a"), m.isscalar([1]), m.isscalar(VECTOR)),
    "shape": lambda m: m.shape([[1, 2]]),
}


@pytest.mark.parametrize("name", PLAIN_CALLS)
def test_calls_without_a_tensor_give_what_numpy_gives(name: str) -> None:
    assert_plain(PLAIN_CALLS[name](anp), PLAIN_CALLS[name](np))


def test_ufuncs_keep_their_attributes_and_methods() -> None:
    assert anp.add.reduce(VECTOR) == VECTOR.sum()
    np.testing.assert_array_equal(anp.add.accumulate(VECTOR), np.add.accumulate(VECTOR))
    np.testing.assert_array_equal(anp.multiply.outer(VECTOR, VECTOR), np.multiply.outer(VECTOR, VECTOR))
    counts = np.zeros(3)
    anp.add.at(counts, [0, 0, 2], 1.0)
    np.testing.assert_array_equal(counts, [2, 0, 1])
    assert (anp.arctan2.nin, anp.arctan2.nout, anp.add.identity) == (2, 1, 0)
    assert anp.sin.__name__ == "sin"
    assert anp.sin.__doc__ == np.sin.__doc__
    assert inspect.signature(anp.sum) == inspect.signature(np.sum)


def test_names_of_one_function_are_one_object() -> None:
    assert anp.abs is anp.absolute
    assert anp.concat is anp.concatenate
    assert anp.sin is anp.sin


@pytest.mark.parametrize("function", [anp.sin, anp.add, anp.sum, anp.concatenate, npla.norm, anp.array])
def test_functions_can_be_pickled_and_copied(function: Any) -> None:
    assert pickle.loads(pickle.dumps(function)) is function
    assert copy.deepcopy(function) is function


@pytest.mark.parametrize("call", [lambda: anp.sin(), lambda: anp.add(1.0), lambda: anp.sin(1.0, 2.0, 3.0)])
def test_wrong_numbers_of_arguments_are_type_errors(call: Any) -> None:
    with pytest.raises(TypeError):
        call()


# Tensors


@pytest.mark.parametrize(
    "ufunc",
    [f for f in IMPLEMENTATIONS if isinstance(f, np.ufunc) and getattr(np, f.__name__, None) is f],
    ids=lambda f: f.__name__,
)
def test_every_ufunc_with_a_rule_gives_the_same_through_both_namespaces(ufunc: np.ufunc) -> None:
    x, y = tracked([[0.5, 0.25], [0.75, 0.5]]), tracked([[0.25, 0.5], [0.5, 0.75]])
    if ufunc is np.arccosh:
        x, y = tracked([[1.5]]), tracked([[1.5]])
    if ufunc is np.ldexp:
        y = np.array([[1, 0], [2, -3]])
    args = (x, y)[: ufunc.nin]
    mine, theirs = getattr(anp, ufunc.__name__)(*args), ufunc(*args)
    if ufunc.nout == 2:
        of_tensor = 0 if ufunc is not np.divmod else 1
        mine, theirs = mine[of_tensor], theirs[of_tensor]
    assert isinstance(mine, Tensor)
    np.testing.assert_array_equal(mine.data, theirs.data)
    assert mine.node.plan.primitive is theirs.node.plan.primitive


@pytest.mark.parametrize("kind", ["float", "int", "float64", "float32", "array", "list", "list with Tensors", "Tensor"])
def test_operands_of_every_kind_beside_a_tensor(kind: str) -> None:
    t = tracked(VECTOR)
    other, value = {
        "float": (2.0, 2.0),
        "int": (3, 3),
        "float64": (np.float64(2.0), 2.0),
        "float32": (np.float32(2.0), 2.0),
        "array": (VECTOR[::-1], VECTOR[::-1]),
        "list": ([1.0, 2.0, 3], [1, 2, 3]),
        "list with Tensors": ([t[0], 1, t[1]], [VECTOR[0], 1.0, VECTOR[1]]),
        "Tensor": (Tensor(2 * VECTOR), 2 * VECTOR),
    }[kind]
    for result in (anp.hypot(t, other), anp.hypot(other, t)):
        assert isinstance(result, Tensor)
        np.testing.assert_allclose(result.data, np.hypot(VECTOR, value), rtol=1e-15)


def test_an_operand_with_an_override_of_its_own_has_its_turn() -> None:
    class Greedy:
        def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> str:
            return "mine"

    assert anp.add(Greedy(), tracked(1.0)) == "mine"


def test_subclasses_of_tensor_are_tensors() -> None:
    class Named(Tensor):
        pass

    t = Named(VECTOR, requires_grad=True)
    assert isinstance(anp.sin(t), Tensor)
    assert isinstance(anp.sum([t, t]), Tensor)


def test_functions_without_a_rule_and_unsupported_arguments_say_so() -> None:
    t = tracked(MATRIX)
    with pytest.raises(NotDifferentiableError, match="packbits"):
        anp.packbits(t)
    with pytest.raises(NotDifferentiableError, match="packbits"):
        anp.packbits([[t[0, 0], 1.0], [2.0, t[0, 1]]])
    with pytest.raises(NotDifferentiableError, match="gcd"):
        anp.gcd(t, t)
    with pytest.raises(UnsupportedArgumentError, match="out"):
        anp.sin(t, out=np.zeros((2, 3)))
    with pytest.raises(UnsupportedArgumentError, match="where"):
        anp.add(t, t, where=False)
    with pytest.raises(UnsupportedArgumentError, match="casting"):
        anp.concatenate([t, t], casting="no")


def test_constants_give_plain_arrays() -> None:
    t = tracked(VECTOR)
    assert_plain(anp.floor(t), np.floor(VECTOR))
    assert_plain(anp.argmax([t[0], t[1], t[2]]), np.argmax(VECTOR))
    assert_plain(anp.greater(t, 0), VECTOR > 0)
    assert anp.shape([t, t]) == (2, 3)
    assert anp.ndim(t) == 1


# Programs as users of HIPS autograd and jax.numpy write them


def test_a_network_written_for_hips_autograd() -> None:
    rs = npr.RandomState(0)
    params = [(rs.randn(3, 4) * 0.1, rs.randn(4)), (rs.randn(4, 2), rs.randn(2))]
    inputs, targets = rs.randn(5, 3), anp.array(anp.arange(5)[:, None] % 2 == anp.arange(2)[None, :], dtype=int)

    def log_posterior(params: Any) -> Any:
        x = inputs
        for weights, bias in params:
            x = anp.tanh(anp.dot(x, weights) + bias)
        scores = x - anp.log(anp.sum(anp.exp(x), axis=1, keepdims=True))
        return anp.sum(scores * targets) / anp.shape(inputs)[0] - 0.1 * anp.sum(
            anp.array([anp.sum(anp.square(weights)) for weights, _ in params])
        )

    gradient = grad(log_posterior)(params)
    step = 1e-6
    for layer, (weights, _) in enumerate(params):
        for i in ((0, 0), (2, 1)):
            shifted = [[params[k][0].copy(), params[k][1]] for k in range(2)]
            shifted[layer][0][i] += step
            up = log_posterior(shifted)
            shifted[layer][0][i] -= 2 * step
            assert gradient[layer][0][i] == pytest.approx((up - log_posterior(shifted)) / (2 * step), abs=1e-8)
        assert gradient[layer][0].shape == weights.shape


def test_a_piecewise_curve_and_a_rotation() -> None:
    def bend(x: Any) -> Any:
        return anp.select([anp.less(x, -1.0), anp.greater_equal(x, 1.0)], [-x, x**3], default=anp.sin(x))

    points = np.array([-2.0, 0.25, 3.0])
    np.testing.assert_allclose(elementwise_grad(bend)(points), [-1.0, np.cos(0.25), 27.0])

    def rotated(angle: Any) -> Any:
        return anp.dot(anp.array([[anp.cos(angle), -anp.sin(angle)], [anp.sin(angle), anp.cos(angle)]]), [1.0, 2.0])

    np.testing.assert_allclose(jacobian(rotated)(0.0), [-2.0, 1.0], atol=1e-15)


def test_a_taylor_series_with_a_growing_list() -> None:
    def series(x: Any) -> Any:
        terms = [anp.array(1.0)]
        for i in range(1, 25):
            terms.append(terms[-1] * x / i)
        return anp.sum(terms)

    assert grad(grad(series))(1.5) == pytest.approx(np.exp(1.5))
