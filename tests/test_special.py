"""SciPy's special functions: singular points, tails, parameters, refusals, and what other libraries give."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
import scipy.special as sc
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import NotDifferentiableError, Tensor, UnsupportedArgumentError
from autograd_lite.scipy import special

INF = np.inf


class At(NamedTuple):
    """A function, a point, and its slope (one for each argument) there; the second derivative where given."""

    name: str
    fn: Callable[..., Any]
    point: Any
    slope: Any
    second: Any = None


ROOT_PI = np.sqrt(np.pi)

SINGULAR = [
    At("xlogy at 0, 0", sc.xlogy, (0.0, 0.0), (-INF, 0.0)),
    At("xlogy at 0, 2", sc.xlogy, (0.0, 2.0), (np.log(2.0), 0.0)),
    At("xlogy at 0, -1", sc.xlogy, (0.0, -1.0), (0.0, 0.0)),
    At("xlog1py at 0, -1", sc.xlog1py, (0.0, -1.0), (-INF, 0.0)),
    At("entr at 0", sc.entr, (0.0,), (INF,), -INF),
    At("rel_entr at 0, 1", sc.rel_entr, (0.0, 1.0), (-INF, 0.0)),
    At("rel_entr at 0, 0", sc.rel_entr, (0.0, 0.0), (1.0, 0.0)),
    At("rel_entr of a huge quotient", sc.rel_entr, (1e200, 1e-200), (1 + 400 * np.log(10), -INF)),
    At("kl_div at 0, 2", sc.kl_div, (0.0, 2.0), (-INF, 1.0)),
    At("kl_div at 0, 0", sc.kl_div, (0.0, 0.0), (0.0, 1.0)),
    At("kl_div of neighbours", sc.kl_div, (1 + 2.0**-30, 1.0), (np.log1p(2.0**-30), -(2.0**-30))),
    At("exprel at 0", sc.exprel, (0.0,), (0.5,), 1 / 3),
    At("exprel to the left", sc.exprel, (-1e5,), (1e-10,), 2e-15),
    At("boxcox at lambda = 0", sc.boxcox, (3.0, 0.0), (1 / 3, np.log(3.0) ** 2 / 2)),
    At("boxcox at x = 0", sc.boxcox, (0.0, 2.0), (0.0, 0.25)),
    At("boxcox1p at lambda = 0", sc.boxcox1p, (2.0, 0.0), (1 / 3, np.log(3.0) ** 2 / 2)),
    At("inv_boxcox at lambda = 0", sc.inv_boxcox, (0.7, 0.0), (np.exp(0.7), -0.245 * np.exp(0.7))),
    At("huber at the kink", sc.huber, (1.0, 1.0), (0.0, 1.0)),
    At("pseudo_huber at 0, 0", sc.pseudo_huber, (0.0, 0.0), (0.0, 0.0)),
    At("pseudo_huber at delta = 0", sc.pseudo_huber, (0.0, -2.0), (2.0, 0.0)),
    At("rgamma at 0", sc.rgamma, (0.0,), (1.0,), 2 * np.euler_gamma),
    At("rgamma at -1", sc.rgamma, (-1.0,), (-1.0,)),
    At("rgamma at -3", sc.rgamma, (-3.0,), (-6.0,)),
    At("gammaln at 0", sc.gammaln, (0.0,), (-INF,)),
    At("gammainc at x = 0", sc.gammainc, (1.0, 0.0), (0.0, 1.0)),
    At("betainc at x = 0", sc.betainc, (1.0, 3.0, 0.0), (0.0, 0.0, 3.0)),
    At("betainc at x = 1", sc.betainc, (2.0, 1.0, 1.0), (0.0, 0.0, 2.0)),
    At("stdtr at 0", sc.stdtr, (2.0, 0.0), (0.0, np.sqrt(0.125))),
    At("spence at 1", sc.spence, (1.0,), (-1.0,), 0.5),
    At("sine integral at 0", lambda x: sc.sici(x)[0], (0.0,), (1.0,), 0.0),
    At("hyperbolic sine integral at 0", lambda x: sc.shichi(x)[0], (0.0,), (1.0,), 0.0),
    At("ellipk at 0", sc.ellipk, (0.0,), (np.pi / 8,), 9 * np.pi / 64),
    At("ellipe at 0", sc.ellipe, (0.0,), (-np.pi / 8,), -3 * np.pi / 64),
    At("ellipkm1 near 0", sc.ellipkm1, (1e-20,), (-5e19,)),
    At("lambertw at 0", lambda x: np.real(special.lambertw(x)), (0.0,), (1.0,), -2.0),
    At("i0e at 0", sc.i0e, (0.0,), (0.0,)),
    At("i1e at 0", sc.i1e, (0.0,), (0.5,)),
    At("eval_legendre at 1", lambda x: sc.eval_legendre(4, x), (1.0,), (10.0,), 45.0),
]

TAILS = [
    At("erf far out", sc.erf, (30.0,), (0.0,), 0.0),
    At("erfcx far out", sc.erfcx, (1e8,), (-1e-16 / ROOT_PI,), 2e-24 / ROOT_PI),
    At("dawsn far out", sc.dawsn, (-1e8,), (-5e-17,), -1e-24),
    At("log_ndtr to the left", sc.log_ndtr, (-1e5,), (1e5 + 1e-5 - 2e-15,), -1 + 1e-10 - 6e-20),
    At("log_ndtr to the right", sc.log_ndtr, (1e5,), (0.0,), 0.0),
    At("expit to the left", sc.expit, (-800.0,), (0.0,), 0.0),
    At("expit to the right", sc.expit, (40.0,), (np.exp(-40.0),), -np.exp(-40.0)),
    At("log_expit to the right", sc.log_expit, (40.0,), (np.exp(-40.0),), -np.exp(-40.0)),
    At("log_expit to the left", sc.log_expit, (-1e4,), (1.0,), 0.0),
    At("logit near 0", sc.logit, (1e-100,), (1e100,)),
    At("i0e far out", sc.i0e, (1e16,), (-0.5e-24 / np.sqrt(2 * np.pi),), 0.75e-40 / np.sqrt(2 * np.pi)),
    At("i0e far out to the left", sc.i0e, (-1e16,), (0.5e-24 / np.sqrt(2 * np.pi),), 0.75e-40 / np.sqrt(2 * np.pi)),
    At("i1e far out to the left", sc.i1e, (-1e16,), (-0.5e-24 / np.sqrt(2 * np.pi),), -0.75e-40 / np.sqrt(2 * np.pi)),
    At("k0e far out", sc.k0e, (1e16,), (-0.5e-24 * np.sqrt(np.pi / 2),), 0.75e-40 * np.sqrt(np.pi / 2)),
]


@pytest.mark.parametrize("at", [*SINGULAR, *TAILS], ids=lambda at: at.name)
def test_slopes_where_formulas_fail(at: At) -> None:
    slopes = ag.grad(at.fn, argnums=tuple(range(len(at.point))))(*at.point)
    np.testing.assert_allclose(slopes, at.slope, rtol=1e-13, atol=0)
    for position, x in enumerate(at.point):
        others = list(at.point)

        def along(x: Any, position: int = position, others: list[Any] = others) -> Any:
            return at.fn(*others[:position], x, *others[position + 1 :])

        tangent = ag.jvp(along, (x,), (1.0,))[1]
        np.testing.assert_allclose(tangent, slopes[position], rtol=1e-13, atol=0)


@pytest.mark.parametrize("at", [at for at in (*SINGULAR, *TAILS) if at.second is not None], ids=lambda at: at.name)
def test_second_derivatives_where_formulas_fail(at: At) -> None:
    np.testing.assert_allclose(ag.grad(ag.grad(at.fn))(*at.point), at.second, rtol=1e-12, atol=0)


def test_mixed_derivatives_of_student_at_0() -> None:
    hessian = ag.hessian(lambda p: sc.stdtr(p[0], p[1]))(np.array([3.0, 0.0]))
    density = ag.grad(lambda df: ag.grad(lambda t: sc.stdtr(df, t))(0.0))(3.0)
    np.testing.assert_allclose(hessian, [[0.0, density], [density, 0.0]], rtol=1e-13)


# Parameters of the incomplete functions

ORDERS = st.floats(0.05, 200.0)
SHARES = st.floats(-8.0, 8.0).map(lambda v: float(sc.expit(v)))


def partials(f: Any, *x: float) -> np.ndarray:
    return np.array(ag.grad(f, argnums=tuple(range(len(x))))(*x))


@given(ORDERS, st.floats(0.01, 300.0))
@settings(deadline=None, max_examples=50)
def test_gammainc_rises_by_its_recurrence(a: float, x: float) -> None:
    # DLMF 8.8.5: P(a, x) - P(a + 1, x) = x**a exp(-x) / Γ(a + 1)
    left = partials(lambda a: sc.gammainc(a, x) - sc.gammainc(a + 1, x), a)
    right = partials(lambda a: np.exp(a * np.log(x) - x - sc.gammaln(a + 1)), a)
    np.testing.assert_allclose(left, right, rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(partials(sc.gammaincc, a, x), -partials(sc.gammainc, a, x), rtol=1e-13)


@given(ORDERS, ORDERS, SHARES)
@settings(deadline=None, max_examples=50)
def test_betainc_is_symmetric(a: float, b: float, x: float) -> None:
    # DLMF 8.17.4: I(x; a, b) = 1 - I(1 - x; b, a)
    in_a, in_b, in_x = partials(sc.betainc, a, b, x)
    np.testing.assert_allclose(partials(sc.betaincc, b, a, 1 - x), [in_b, in_a, -in_x], rtol=1e-7, atol=1e-12)


@given(st.floats(0.3, 50.0), st.floats(0.02, 0.98))
@settings(deadline=None, max_examples=50)
def test_inverses_are_inverse_in_the_order_too(a: float, y: float) -> None:
    gradient = partials(lambda a, y: sc.gammainc(a, sc.gammaincinv(a, y)), a, y)
    np.testing.assert_allclose(gradient, [0.0, 1.0], atol=1e-10)
    gradient = partials(lambda a, y: sc.betaincc(a, 2.0, sc.betainccinv(a, 2.0, y)), a, y)
    np.testing.assert_allclose(gradient, [0.0, 1.0], atol=1e-10)
    gradient = partials(lambda df, p: sc.stdtr(df, sc.stdtrit(df, p)), a, y)
    np.testing.assert_allclose(gradient, [0.0, 1.0], atol=1e-10)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("a", [0.05, 0.9, 2.5, 30.0])
def test_gammainc_in_its_order_as_mpmath_has_it(a: float, order: int) -> None:
    mpmath = pytest.importorskip("mpmath")
    for ratio in (1e-6, 0.3, 0.99, 1.0, 1.3, 8.0):
        x = ratio * a
        slope = ag.grad(lambda a, x=x: sc.gammainc(a, x))
        found = (slope if order == 1 else ag.grad(slope))(a)
        with mpmath.workdps(30):
            wanted = mpmath.diff(lambda a, x=x: mpmath.gammainc(a, 0, x, regularized=True), a, order)
        np.testing.assert_allclose(float(found), float(wanted), rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("a", [0.05, 1.0, 40.0])
@pytest.mark.parametrize("b", [0.5, 3.0, 300.0])
def test_betainc_in_its_orders_as_mpmath_has_it(a: float, b: float) -> None:
    mpmath = pytest.importorskip("mpmath")
    for x in (1e-5, 0.05, 0.4, 0.75):
        in_a, in_b, _ = partials(sc.betainc, a, b, x)
        with mpmath.workdps(40):
            wanted_a = mpmath.diff(lambda a, x=x: mpmath.betainc(a, b, 0, x, regularized=True), a)
            wanted_b = mpmath.diff(lambda b, x=x: mpmath.betainc(a, b, 0, x, regularized=True), b)
        np.testing.assert_allclose([in_a, in_b], [float(wanted_a), float(wanted_b)], rtol=1e-10, atol=1e-13)


SLOPES: list[tuple[str, Any, Any, list[float]]] = [
    ("erfcx", sc.erfcx, lambda mp, x: mp.exp(x * x) * mp.erfc(x), [-3.0, 0.0, 2.0, 6.9, 7.1, 50.0]),
    ("dawsn", sc.dawsn, lambda mp, x: mp.exp(-x * x) * mp.erfi(x) * mp.sqrt(mp.pi) / 2, [-7.2, -6.8, 0.9, 30.0]),
    ("log_ndtr", sc.log_ndtr, lambda mp, x: mp.log(mp.erfc(-x / mp.sqrt(2)) / 2), [-200.0, -9.0, -1.0, 3.0]),
    ("i0e", sc.i0e, lambda mp, x: mp.exp(-x) * mp.besseli(0, x), [0.1, 5.0, 29.0, 31.0, 1e3]),
    ("ive", lambda x: sc.ive(2.5, x), lambda mp, x: mp.exp(-x) * mp.besseli(2.5, x), [0.1, 5.0, 29.0, 31.0, 1e3]),
    ("kve", lambda x: sc.kve(1, x), lambda mp, x: mp.exp(x) * mp.besselk(1, x), [0.1, 5.0, 29.0, 31.0, 1e3]),
    ("rgamma", sc.rgamma, lambda mp, x: mp.rgamma(x), [-5.0, -3.5, -1e-9, 0.49, 0.51, 50.0]),
    ("ellipk", sc.ellipk, lambda mp, m: mp.ellipk(m), [-1e4, -0.1, 1e-6, 0.3, 0.999999]),
    ("spence", sc.spence, lambda mp, z: mp.polylog(2, 1 - z), [0.01, 0.5, 1.001, 30.0]),
    ("wrightomega", sc.wrightomega, lambda mp, x: mp.lambertw(mp.exp(x)), [-20.0, 0.0, 50.0]),
]


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("row", SLOPES, ids=lambda row: row[0])
def test_derivatives_as_mpmath_has_them(row: Any, order: int) -> None:
    mpmath = pytest.importorskip("mpmath")
    name, function, exact, points = row
    derivative = function
    for _ in range(order):
        derivative = ag.grad(derivative)
    for x in points:
        with mpmath.workdps(40):
            wanted = float(mpmath.diff(lambda x: exact(mpmath, x), mpmath.mpf(x), order))
        tolerance = {1: 1e-13, 2: 1e-11, 3: 1e-9}[order]
        np.testing.assert_allclose(float(derivative(x)), wanted, rtol=tolerance, err_msg=f"{name} at {x}")


# Other libraries

HIPS: dict[str, tuple[tuple[float, ...], tuple[int, ...]]] = {
    "beta": ((1.5, 2.5), (0, 1)), "betainc": ((1.5, 2.5, 0.3), (2,)), "betaln": ((1.5, 2.5), (0, 1)),
    "polygamma": ((1, 2.5), (1,)), "psi": ((2.5,), (0,)), "digamma": ((2.5,), (0,)), "gamma": ((2.5,), (0,)),
    "gammaln": ((2.5,), (0,)), "gammainc": ((1.5, 2.5), (1,)), "gammaincc": ((1.5, 2.5), (1,)),
    "rgamma": ((2.5,), (0,)), "multigammaln": ((2.5, 2), (0,)), "j0": ((1.3,), (0,)), "y0": ((1.3,), (0,)),
    "j1": ((1.3,), (0,)), "y1": ((1.3,), (0,)), "jn": ((2, 1.3), (1,)), "yn": ((2, 1.3), (1,)), "i0": ((1.3,), (0,)),
    "i1": ((1.3,), (0,)), "iv": ((2, 1.3), (1,)), "ive": ((2, 1.3), (1,)), "erf": ((0.7,), (0,)),
    "erfc": ((0.7,), (0,)), "erfinv": ((0.7,), (0,)), "erfcinv": ((0.7,), (0,)), "logit": ((0.7,), (0,)),
    "expit": ((0.7,), (0,)), "logsumexp": ((0.7,), (0,)),
}  # fmt: skip


@pytest.mark.parametrize("name", HIPS)
def test_whatever_hips_autograd_covers(name: str) -> None:
    autograd = pytest.importorskip("autograd")
    theirs = pytest.importorskip("autograd.scipy.special")
    arguments, argnums = HIPS[name]
    for argnum in argnums:
        found = ag.grad(getattr(special, name), argnum)(*arguments)
        wanted = autograd.grad(getattr(theirs, name), argnum)(*arguments)
        np.testing.assert_allclose(found, wanted, rtol=1e-12, err_msg=f"argument {argnum}")


def test_nothing_that_hips_autograd_covers_is_missing() -> None:
    theirs = pytest.importorskip("autograd.scipy.special")
    covered = {name for name, value in vars(theirs).items() if hasattr(value, "fun")}
    assert covered - {"gammasgn"} <= set(HIPS)
    assert sc.gammasgn(Tensor(-0.5, requires_grad=True)) == -1.0


# Calls


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda t: sc.jv(t, 2.0), "jv .*argument 'v'.*order"),
        (lambda t: sc.iv(t, 2.0), "iv .*argument 'v'.*order"),
        (lambda t: special.spherical_jn(t, 2.0), "spherical_jn .*order"),
        (lambda t: special.polygamma(t, 2.0), "polygamma .*argument 'n'.*integer"),
        (lambda t: sc.hyp2f1(t, 1.0, 1.0, 0.5), "hyp2f1 .*argument 'a'.*last argument"),
        (lambda t: sc.zeta(t, 2.0), "zeta .*argument 's'.*in q"),
        (lambda t: special.zeta(t), "zeta .*in q"),
        (lambda t: sc.ellipkinc(0.3, t), "ellipkinc .*argument 'm'.*complete"),
        (lambda t: sc.expn(t, 1.0), "expn .*argument 'n'.*integer"),
        (lambda t: sc.eval_legendre(t, 0.5), "eval_legendre .*argument 'n'.*in x"),
        (lambda t: sc.ive(1, t * 1j), "iv.*complex"),
        (lambda t: sc.agm(t, 1.0), r"scipy\.special\.agm has no derivative rule"),
    ],
)
def test_refusals_say_why_and_what_else(call: Any, words: str) -> None:
    with pytest.raises(NotDifferentiableError, match=words):
        ag.grad(lambda t: np.real(call(t)))(2.0)


def test_constant_orders_may_be_tensors() -> None:
    assert ag.grad(lambda x: sc.jv(Tensor(1.0), x))(2.0) == ag.grad(lambda x: sc.jv(1.0, x))(2.0)


def test_counts_have_no_slope() -> None:
    assert ag.grad(lambda k: sc.pdtr(k, 2.0) + 0 * k)(1.0) == 0


def test_arguments_that_a_recorded_call_cannot_honour() -> None:
    with pytest.raises(UnsupportedArgumentError, match="exact"):
        special.comb(Tensor(5.0), 2, exact=True)
    with pytest.raises(ValueError, match="positive integer"):
        special.multigammaln(Tensor(5.0), 1.5)
    with pytest.raises(ValueError, match="not met"):
        special.multigammaln(Tensor(0.5), 3)


@pytest.mark.parametrize("keywords", [{"out": np.zeros(2)}, {"where": [True, False]}, {"dtype": np.float32}], ids=str)
@pytest.mark.parametrize(
    "call",
    [
        lambda t, **options: np.copysign(t, -1.0, **options),
        lambda t, **options: np.heaviside(0.5, t, **options),
        lambda t, **options: sc.iv(1, t, **options),
        lambda t, **options: sc.betainc(1.0, 2.0, t, **options),
    ],
)
def test_a_ufunc_with_few_rules_does_not_write_behind_the_graphs_back(call: Any, keywords: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedArgumentError, match=next(iter(keywords))):
        call(Tensor([0.25, 0.5], requires_grad=True), **keywords)
    assert not np.any(keywords.get("out", 0.0))
    with pytest.raises(UnsupportedArgumentError):
        special.iv(1, Tensor([0.25, 0.5], requires_grad=True), np.zeros(2))


def test_impossible_choices_have_no_probability_and_no_slope() -> None:
    value, slope = ag.value_and_grad(lambda n: special.comb(n, 4))(2.0)
    assert (value, slope) == (0, 0)
    assert special.factorial(Tensor([-1.0, 3.0])).data.tolist() == [0.0, 6.0]
    assert special.comb(Tensor(3.0), 2, repetition=True).item() == 6.0


def test_one_of_several_outputs() -> None:
    x = np.array([0.3, -1.2])
    for k, wanted in enumerate((np.sin(np.pi / 2 * x * x), np.cos(np.pi / 2 * x * x))):
        np.testing.assert_allclose(ag.elementwise_grad(lambda x, k=k: sc.fresnel(x)[k])(x), wanted, rtol=1e-14)


@pytest.mark.parametrize("function", [sc.xlogy, sc.rel_entr, sc.beta, sc.gammainc, sc.boxcox, np.hypot, np.power])
@pytest.mark.parametrize("position", [0, 1])
def test_numbers_beside_a_single_precision_tensor_do_not_promote_its_gradient(function: Any, position: int) -> None:
    def beside_a_number(x: Any) -> Any:
        return np.sum(function(x, 0.3) if position == 0 else function(0.3, x))

    x = np.array([0.25, 0.75], np.float32)
    out = beside_a_number(Tensor(x, requires_grad=True))
    assert out.node.dtype == out.dtype == beside_a_number(x).dtype
    assert ag.grad(beside_a_number)(x).dtype == np.float32
    assert ag.grad(lambda x: np.sum(ag.grad(beside_a_number)(x)))(x).dtype == np.float32


@pytest.mark.parametrize("function", [sc.expit, sc.erf, sc.gammaln, np.sin])
def test_gradients_of_half_precision_are_of_half_precision(function: Any) -> None:
    assert ag.grad(lambda x: np.sum(function(x)))(np.array([0.25, 0.75], np.float16)).dtype == np.float16


def test_the_slope_of_a_power_with_a_single_precision_base_keeps_its_digits() -> None:
    base = np.float32(2.3)
    slope = ag.grad(lambda y: np.power(base, y))(1.5)
    np.testing.assert_allclose(slope, float(base) ** 1.5 * np.log(float(base)), rtol=1e-14)


def test_rules_arrive_with_the_first_use_and_scipy_not_before() -> None:
    program = (
        "import sys, autograd_lite as ag\n"
        "assert 'scipy' not in sys.modules\n"
        "import scipy.special as sc\n"
        "assert 'autograd_lite.rules.special' not in sys.modules\n"
        "print(ag.grad(sc.kv, argnums=1)(1, 2.0))\n"
    )
    result = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True)
    assert float(result.stdout) == pytest.approx(-(sc.k0(2.0) + sc.kn(2, 2.0)) / 2, rel=1e-14)
