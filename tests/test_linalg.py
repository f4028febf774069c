"""Linear algebra where the table does not reach: singular points, repeated values, other libraries, refusals, costs."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import NotDifferentiableError, Tensor, UnsupportedArgumentError, grad, hessian, hvp, jacobian
from autograd_lite.rules.decompositions import _cholesky_to_a
from autograd_lite.scipy import linalg

RNG = np.random.default_rng(20)
ORTHOGONAL = np.linalg.qr(RNG.normal(size=(4, 4)))[0]
REPEATED = ORTHOGONAL @ np.diag([1.0, 1.0, 2.0, 3.0]) @ ORTHOGONAL.T
WEIGHTS = RNG.normal(size=(4, 4))


def slope(f: Callable[..., Any], x: np.ndarray, direction: np.ndarray, step: float = 1e-5) -> Any:
    """Return the central difference of a function along a direction."""
    return (f(x + step * direction) - f(x - step * direction)) / (2 * step)


# Results are those of NumPy, in their named tuples


@pytest.mark.parametrize("function", [np.linalg.eigh, np.linalg.eig, np.linalg.svd, np.linalg.qr, np.linalg.slogdet])
@pytest.mark.parametrize("tracked", [True, False])
def test_named_tuples(function: Any, tracked: bool) -> None:
    found, wanted = function(Tensor(REPEATED, requires_grad=tracked)), function(REPEATED)
    assert type(found) is type(wanted)
    for name in wanted._fields:
        np.testing.assert_allclose(getattr(found, name).data, getattr(wanted, name), atol=1e-14)


def test_svd_of_a_hermitian_matrix_is_that_of_numpy() -> None:
    a = REPEATED - 2.2 * np.eye(4)
    for found, wanted in zip(np.linalg.svd(Tensor(a), hermitian=True), np.linalg.svd(a, hermitian=True), strict=True):
        np.testing.assert_array_equal(found.data, wanted)


def test_factors_of_scipy() -> None:
    a = REPEATED + np.eye(4)
    factor, lower = linalg.cho_factor(Tensor(a))
    assert lower is False
    np.testing.assert_allclose(factor.data, np.triu(scipy.linalg.cho_factor(a)[0]), atol=1e-14)
    np.testing.assert_array_equal(linalg.cho_solve(scipy.linalg.cho_factor(a), a), scipy.linalg.cho_solve(
        scipy.linalg.cho_factor(a), a
    ))  # fmt: skip
    inverse, rank = linalg.pinv(Tensor(WEIGHTS[:, :2]), return_rank=True)
    np.testing.assert_allclose(inverse.data, scipy.linalg.pinv(WEIGHTS[:, :2]), atol=1e-14)
    assert rank == 2


# Repeated eigenvalues and singular values


def log_volume(a: Any) -> Any:
    return np.sum(np.log(np.linalg.eigvalsh((a + a.T) / 2)))


def test_symmetric_functions_of_repeated_eigenvalues() -> None:
    np.testing.assert_allclose(grad(log_volume)(REPEATED), np.linalg.inv(REPEATED), atol=1e-14)
    np.testing.assert_allclose(grad(log_volume)(np.eye(3)), np.eye(3), atol=1e-15)
    pushed = ag.jvp(log_volume, (REPEATED,), (WEIGHTS,))[1]
    np.testing.assert_allclose(pushed, np.sum(np.linalg.inv(REPEATED) * WEIGHTS))


@pytest.mark.parametrize("triangle", ["L", "U"])
@pytest.mark.parametrize("kind", [float, complex])
def test_eigh_is_differentiated_in_the_triangle_that_it_reads(kind: type, triangle: str) -> None:
    a = WEIGHTS + (1j * WEIGHTS[::-1] if kind is complex else 0)  # not symmetric
    for f in (lambda a: np.linalg.eigvalsh(a, triangle), lambda a: np.absolute(np.linalg.eigh(a, triangle)[1])):
        ag.check_grads(f, (a,))
    g = grad(lambda a: np.sum(np.linalg.eigvalsh(a, triangle) ** 3))(a)
    np.testing.assert_array_equal(g, np.tril(g) if triangle == "L" else np.triu(g))


@pytest.mark.parametrize("columns", [slice(0, 2), slice(2, 3), slice(1, None, 2)])
def test_projectors_at_repeated_eigenvalues(columns: slice) -> None:
    def f(a: Any) -> Any:
        v = np.linalg.eigh((a + a.T) / 2)[1][:, columns]
        return np.sum(np.sin(v @ v.T) * WEIGHTS)

    direction = WEIGHTS[::-1]
    if columns == slice(1, None, 2):  # half of a cluster
        with pytest.raises(NotDifferentiableError, match="basis chosen for a repeated value"):
            grad(f)(REPEATED)
    else:
        assert np.sum(grad(f)(REPEATED) * direction) == pytest.approx(slope(f, REPEATED, direction), rel=1e-8)


def test_vectors_of_repeated_values_name_what_to_use() -> None:
    for f in (
        lambda a: np.linalg.eigh(a)[1][0, 1],
        lambda a: np.linalg.svd(a)[0][0, 1],
        lambda a: np.linalg.svd(a)[2][0, 1],
    ):
        with pytest.raises(NotDifferentiableError, match=r"expm, sqrtm, logm"):
            grad(f)(np.eye(2))


def by_eigenvectors(a: Any) -> Any:
    w, v = np.linalg.eigh((a + a.T) / 2)
    return np.sum(((v * np.exp(w)) @ v.T) * WEIGHTS)


def by_unsymmetric_eigenvectors(a: Any) -> Any:
    w, v = np.linalg.eig(a)
    return np.sum(((v * np.exp(w)) @ np.linalg.inv(v)) * WEIGHTS)


def by_singular_vectors(a: Any) -> Any:
    u, s, vh = np.linalg.svd(a)
    return np.sum(((u * s) @ vh) * WEIGHTS)


@pytest.mark.parametrize("f", [by_eigenvectors, by_unsymmetric_eigenvectors, by_singular_vectors])
def test_compositions_that_miss_the_slope_inside_of_a_cluster_say_so(f: Any) -> None:
    with pytest.raises(NotDifferentiableError, match=r"used together with vectors.*expm, sqrtm, logm"):
        grad(f)(REPEATED)
    ag.check_grads(f, (np.diag([1.0, 2.0, 4.0, 7.0]) + 0.1 * WEIGHTS,), order=1)


def test_second_derivatives_at_repeated_eigenvalues() -> None:
    for second in (
        lambda: hessian(log_volume)(REPEATED),
        lambda: ag.jvp(grad(log_volume), (REPEATED,), (WEIGHTS,)),
        lambda: grad(lambda a: ag.jvp(log_volume, (a,), (WEIGHTS,))[1])(REPEATED),
        lambda: ag.jvp(lambda a: ag.jvp(log_volume, (a,), (WEIGHTS,))[1], (REPEATED,), (WEIGHTS,)),
    ):
        with pytest.raises(NotDifferentiableError, match="second derivative through eigenvalues"):
            second()
    np.testing.assert_allclose(hessian(lambda a: np.sum(np.linalg.eigvalsh(a)))(REPEATED), 0, atol=1e-14)

    def of_two_largest(a: Any) -> Any:  # a Ky Fan norm, of values apart from the repeated ones
        return np.sum(np.linalg.eigvalsh((a + a.T) / 2)[2:])

    def of_two_smallest(a: Any) -> Any:
        return np.sum(np.linalg.eigvalsh((a + a.T) / 2)[:2])

    for f in (of_two_largest, of_two_smallest):
        wanted = slope(grad(f), REPEATED, WEIGHTS)
        np.testing.assert_allclose(hvp(f, REPEATED, WEIGHTS), wanted, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(ag.jvp(grad(f), (REPEATED,), (WEIGHTS,))[1], wanted, rtol=1e-6, atol=1e-9)


def test_nuclear_norm() -> None:
    def nuclear(a: Any) -> Any:
        return np.sum(np.linalg.svdvals(a))

    np.testing.assert_array_equal(grad(nuclear)(np.zeros((2, 3))), np.zeros((2, 3)))
    u, v = ORTHOGONAL[:, :2], ORTHOGONAL[:, 1:3]
    np.testing.assert_allclose(grad(nuclear)(u @ np.diag([3.0, 1.0]) @ v.T), u @ v.T, atol=1e-14)
    np.testing.assert_allclose(
        hvp(nuclear, ORTHOGONAL, WEIGHTS), slope(grad(nuclear), ORTHOGONAL, WEIGHTS), rtol=1e-6, atol=1e-9
    )
    np.testing.assert_array_equal(grad(lambda a: np.linalg.svdvals(a)[0])(np.zeros((2, 2))), np.zeros((2, 2)))


def test_vectors_of_a_singular_value_of_zero() -> None:
    a = np.outer([1.0, 2.0, 2.0], [0.6, 0.8])

    def with_null_space(a: Any) -> Any:
        return np.sum(np.linalg.svd(a, full_matrices=False)[0][:, 1] * np.array([1.0, 2.0, 4.0]))

    def rank_one(a: Any) -> Any:
        u, _, vh = np.linalg.svd(a, full_matrices=False)
        return np.sum(np.sin(u[:, :1] @ vh[:1]))

    with pytest.raises(NotDifferentiableError):
        grad(with_null_space)(a)
    direction = WEIGHTS[:3, :2]
    assert np.sum(grad(rank_one)(a) * direction) == pytest.approx(slope(rank_one, a, direction), rel=1e-8)


def test_functions_of_whole_matrices_at_repeated_eigenvalues() -> None:
    for f in (linalg.expm, linalg.sqrtm):
        np.testing.assert_allclose(
            hvp(lambda a, f=f: np.sum(f(a) * WEIGHTS), REPEATED, WEIGHTS.T),
            slope(grad(lambda a, f=f: np.sum(f(a) * WEIGHTS)), REPEATED, WEIGHTS.T), rtol=1e-6, atol=1e-8,
        )  # fmt: skip
    jordan = np.array([[2.0, 1.0], [0.0, 2.0]])
    np.testing.assert_allclose(grad(lambda a: linalg.logm(a)[0, 0])(jordan), [[0.5, 0.0], [-0.125, 0.0]], atol=1e-14)


def test_phases_of_complex_vectors() -> None:
    a = np.array([[2.0, 1.0j], [-1.0j, 1.0]])
    with pytest.raises(NotDifferentiableError, match="or of a phase"):
        grad(lambda a: np.real(np.linalg.eigh(a)[1][0, 0] * (1 + 1j)))(a)
    with pytest.raises(NotDifferentiableError, match="or of a phase"):
        grad(lambda a: np.imag(np.linalg.eig(a)[1][0, 0]))(np.array([[0.0, 1.0], [-1.0, 0.1]]))


# Determinants of singular matrices


def by_permutations(a: Any) -> Any:
    """Return the determinant as the sum over permutations (Leibniz)."""
    n = a.shape[0]
    total: Any = 0.0
    for order in itertools.permutations(range(n)):
        sign = np.linalg.det(np.eye(n)[list(order)])
        product: Any = sign
        for i, j in enumerate(order):
            product = product * a[i, j]
        total = total + product
    return total


@pytest.mark.parametrize("rank", [0, 1, 2, 3, 4])
def test_det_at_any_rank_and_order(rank: int) -> None:
    a = ORTHOGONAL[:, :rank] @ np.diag([2.0, 0.5, 1.0, 3.0][:rank]) @ WEIGHTS[:rank]
    for derivative in (grad, hessian, lambda f: jacobian(hessian(f))):
        np.testing.assert_allclose(derivative(np.linalg.det)(a), derivative(by_permutations)(a), atol=1e-10)


def test_det_nearly_singular_keeps_its_digits() -> None:
    for small in (1e-5, 1e-9, 1e-13, 1e-40):
        a = np.array([[1.0, 1.0, 0.0], [1.0, 1.0 + small, 0.0], [0.0, 0.0, 2.0]])
        np.testing.assert_allclose(hessian(np.linalg.det)(a), hessian(by_permutations)(a), atol=1e-9)


def test_logarithm_of_a_vanishing_determinant() -> None:
    for n in (2, 70):
        with pytest.raises(NotDifferentiableError, match=r"np\.linalg\.det has"):
            grad(lambda a: np.linalg.slogdet(a)[1])(np.zeros((n, n)))


# Systems


def test_cholesky_near_a_singular_matrix() -> None:
    a = np.linalg.inv(scipy.linalg.hilbert(8))
    a = (a + a.T) / 2  # condition 1.5e10
    gradient = grad(lambda a: np.sum(np.log(np.diagonal(np.linalg.cholesky(a)))))(a)
    np.testing.assert_allclose(gradient, scipy.linalg.hilbert(8) / 2, rtol=1e-4)
    with pytest.raises(np.linalg.LinAlgError):
        np.linalg.cholesky(Tensor(-np.eye(2), requires_grad=True))


@pytest.mark.parametrize("n", [3, 20, 47, 48, 49, 130])
@pytest.mark.parametrize("stack", [(), (1,), (2, 2)], ids=str)
def test_blocks_of_cholesky_are_the_formula(n: int, stack: tuple[int, ...]) -> None:
    x, g = RNG.normal(size=(*stack, n, n)), RNG.normal(size=(3, *stack, n, n))
    a = x @ np.swapaxes(x, -1, -2) / n + np.eye(n)
    out = Tensor(np.linalg.cholesky(a))
    for cotangent in (g[0], g):  # without and with a batch of cotangents
        blocks = _cholesky_to_a(cotangent, out.data, is_upper=False)
        np.testing.assert_allclose(blocks, _cholesky_to_a(cotangent, out, is_upper=False).data, atol=1e-12)


def test_rank_deficient_least_squares() -> None:
    with pytest.raises(NotDifferentiableError, match="rank 1"):
        np.linalg.lstsq(Tensor(np.ones((3, 2)), requires_grad=True), np.ones(3))
    x, _, rank, _ = np.linalg.lstsq(Tensor(np.ones((3, 2))), np.ones(3))
    np.testing.assert_allclose(x.data, [0.5, 0.5])
    assert rank == 1


def test_batched_cotangents_factorise_once(monkeypatch: pytest.MonkeyPatch) -> None:
    solve, met = np.linalg.solve, []

    def watched(a: Any, b: Any) -> Any:
        met.append(np.shape(a))
        return solve(a, b)

    a, b = RNG.normal(size=(3, 3)) + 4 * np.eye(3), RNG.normal(size=(5, 3, 2))
    matrix, sides = Tensor(a, requires_grad=True), Tensor(b, requires_grad=True)
    out = np.linalg.solve(matrix, sides)
    monkeypatch.setattr(np.linalg, "solve", watched)
    traversal = ag.core.graph.collect([out.node])
    found = ag.core.sweep.sweep(traversal, {out.node: RNG.normal(size=(7, 5, 3, 2))}, batch=1)
    assert found[matrix.node].shape == (7, 3, 3)
    assert met == [(3, 3), (3, 3)]


def test_singular_systems_raise_as_in_numpy() -> None:
    for n in (2, 70):
        for function in (np.linalg.inv, lambda a: np.linalg.solve(a, np.ones(len(a)))):
            with pytest.raises(np.linalg.LinAlgError, match="Singular"):
                function(Tensor(np.ones((n, n)), requires_grad=True))
    with pytest.raises(np.linalg.LinAlgError):
        linalg.solve_triangular(Tensor(np.zeros((2, 2)), requires_grad=True), np.ones(2))
    with pytest.raises(np.linalg.LinAlgError, match="common eigenvalue"):
        linalg.solve_sylvester(Tensor(np.eye(2)), -np.eye(2), np.ones((2, 2)))


# Refusals in words


def test_defective_and_dependent_matrices() -> None:
    with pytest.raises(NotDifferentiableError, match="defective"):
        grad(lambda a: np.real(np.linalg.eigvals(a)[0]))(np.array([[1.0, 1.0], [0.0, 1.0]]))
    with pytest.raises(NotDifferentiableError, match="linearly dependent"):
        grad(lambda a: np.linalg.qr(a)[0][0, 0])(np.ones((3, 2)))
    with pytest.warns(scipy.linalg.LinAlgWarning), pytest.raises(NotDifferentiableError, match="sqrt at 0"):
        grad(lambda a: np.sum(linalg.sqrtm(a)))(np.zeros((2, 2)))


@pytest.mark.parametrize("name", ["lu", "lu_factor", "ldl", "schur", "null_space", "orth"])
def test_scipy_factorisations_are_refused(name: str) -> None:
    with pytest.raises(NotDifferentiableError, match=r"cannot be differentiated.*Use "):
        getattr(linalg, name)(Tensor(np.eye(2), requires_grad=True))


def test_modes_that_are_not_covered() -> None:
    t = Tensor(np.eye(2), requires_grad=True)
    for call in (
        lambda: np.linalg.qr(t, mode="raw"),
        lambda: linalg.qr(t, mode="raw"),
        lambda: linalg.solve(t, np.ones(2), assume_a="banded"),
        lambda: linalg.eigh(t, np.eye(2), type=2),
        lambda: linalg.eigh(t, subset_by_index=[0, 0]),
    ):
        with pytest.raises(UnsupportedArgumentError):
            call()
    for call in (
        lambda: linalg.polar(t, side="up"),
        lambda: linalg.solve_triangular(t, np.ones(2), trans=3),
        lambda: linalg.inv(Tensor([[np.nan]])),
        lambda: linalg.toeplitz(t),
        lambda: np.linalg.tensorinv(t, ind=0),
    ):
        with pytest.raises(ValueError, match=r"\w"):
            call()


# Against JAX, whose cotangents pair bilinearly as ours do: on matrices that are Hermitian already, and complex ones


def adjoint(a: Any) -> Any:
    return a.swapaxes(-1, -2).conj()


def mixed(xp: Any, *parts: Any) -> Any:
    """Return a real number that depends on real and imaginary parts of all elements."""
    total = 0.0
    for part in parts:
        weights = np.cos(np.arange(part.size) + 1).reshape(part.shape)
        total = total + xp.sum(weights * xp.sin(xp.real(part)))
        if part.dtype.kind == "c":
            total = total + xp.sum(weights * xp.cos(xp.imag(part)))
    return total


def projected(xp: Any, v: Any) -> Any:
    return mixed(xp, v[:, :1] @ adjoint(v[:, :1]), v[:, 1:] @ adjoint(v[:, 1:]))


def halves(a: Any) -> Any:
    """Return the Hermitian part: the others differentiate `eigh` of it, and we of the triangle that is read."""
    return (a + adjoint(a)) / 2


OF_HERMITIAN: dict[str, Callable[[Any, Any], Any]] = {
    "cholesky": lambda xp, a: mixed(xp, xp.linalg.cholesky(a)),
    "eigh": lambda xp, a: projected(xp, xp.linalg.eigh(halves(a))[1]) + mixed(xp, xp.linalg.eigh(halves(a))[0]),
    "eigvalsh": lambda xp, a: mixed(xp, xp.linalg.eigvalsh(halves(a))),
}
OF_ANY: dict[str, Callable[[Any, Any], Any]] = {
    "inv": lambda xp, a: mixed(xp, xp.linalg.inv(a)),
    "solve": lambda xp, a: mixed(xp, xp.linalg.solve(a, a @ a)),
    "det": lambda xp, a: mixed(xp, xp.linalg.det(a)),
    "slogdet": lambda xp, a: mixed(xp, *xp.linalg.slogdet(a)),
    "qr": lambda xp, a: mixed(xp, *xp.linalg.qr(a)),
    "qr, tall": lambda xp, a: mixed(xp, *xp.linalg.qr(a[:, :2])),
    "svd": lambda xp, a: projected(xp, xp.linalg.svd(a[:, :2], full_matrices=False)[0]),
    "svdvals": lambda xp, a: mixed(xp, xp.linalg.svd(a, compute_uv=False)),
    "pinv": lambda xp, a: mixed(xp, xp.linalg.pinv(a[:, :2])),
    "eigvals": lambda xp, a: mixed(xp, xp.sum(xp.linalg.eigvals(a) ** 3)),
}


@pytest.mark.parametrize("kind", [float, complex])
@pytest.mark.parametrize("name", [*OF_HERMITIAN, *OF_ANY])
def test_derivatives_are_those_of_jax(name: str, kind: type) -> None:
    jax = pytest.importorskip("jax")
    f = OF_HERMITIAN[name] if name in OF_HERMITIAN else OF_ANY[name]
    rng = np.random.default_rng(7)
    a, v = (rng.normal(size=(3, 3)) + (1j * rng.normal(size=(3, 3)) if kind is complex else 0) for _ in range(2))
    if name in OF_HERMITIAN:
        a = a @ adjoint(a) + np.eye(3)
    with jax.enable_x64(True):
        theirs = jax.grad(lambda a: f(jax.numpy, a))
        first = np.asarray(theirs(a))
        second = None
        if name not in ("eigvals", "slogdet"):  # JAX has no second derivative of these in all cases
            second = np.asarray(jax.grad(lambda a: jax.numpy.sum(jax.numpy.real(theirs(a) * v)))(a))
    mine = grad(lambda a: f(np, a))
    np.testing.assert_allclose(mine(a), first, rtol=1e-8, atol=1e-9)
    if second is not None:
        np.testing.assert_allclose(grad(lambda a: np.sum(np.real(mine(a) * v)))(a), second, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", [*OF_HERMITIAN, "svdvals", "pinv", "slogdet"])
def test_derivatives_are_those_of_pytorch(name: str) -> None:
    torch = pytest.importorskip("torch")
    a = REPEATED + np.diag([0.0, 0.5, 0.0, 0.0])
    x = torch.tensor(a, requires_grad=True)
    functions = {
        "cholesky": lambda xp, a: xp.linalg.cholesky(a)[2].sum(),
        "eigh": lambda xp, a: (xp.linalg.eigh(halves(a))[1] ** 4).sum(),
        "eigvalsh": lambda xp, a: (xp.linalg.eigvalsh(halves(a)) ** 3).sum(),
        "svdvals": lambda xp, a: (xp.linalg.svdvals(a[:, :3]) ** 3).sum(),
        "pinv": lambda xp, a: (xp.linalg.pinv(a[:, :3]) ** 3).sum(),
        "slogdet": lambda xp, a: xp.linalg.slogdet(a)[1],
    }
    f = functions[name]
    f(torch, x).backward()
    np.testing.assert_allclose(grad(lambda a: f(np, a))(a), x.grad.numpy(), rtol=1e-9, atol=1e-10)


# Identities

SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=25, deadline=None)
@given(n=st.integers(1, 6), seed=SEEDS)
def test_identities_of_euler(n: int, seed: int) -> None:
    """A function that is homogeneous of degree k has <∇f(a), a> = k f(a)."""
    a = np.random.default_rng(seed).normal(size=(n, n))
    degrees = {np.linalg.det: n, lambda a: np.sum(np.linalg.svdvals(a)): 1, lambda a: np.sum(np.linalg.qr(a)[1]): 1}
    for f, degree in degrees.items():
        assert np.sum(grad(f)(a) * a) == pytest.approx(degree * f(a), rel=1e-9, abs=1e-9)
    assert np.sum(grad(lambda a: np.linalg.slogdet(a)[1])(a) * a) == pytest.approx(n)


@settings(max_examples=25, deadline=None)
@given(values=st.lists(st.sampled_from([0.5, 1.0, 2.0, 3.0]), min_size=1, max_size=6), seed=SEEDS)
def test_spectral_functions_commute_with_their_argument(values: list[float], seed: int) -> None:
    """∇Σf(w) is f'(a), at repeated eigenvalues too; the matrix function gives the same."""
    q = np.linalg.qr(np.random.default_rng(seed).normal(size=(len(values), len(values))))[0]
    a = q @ np.diag(values) @ q.T
    a = (a + a.T) / 2
    np.testing.assert_allclose(
        grad(lambda a: np.sum(np.exp(np.linalg.eigvalsh(halves(a)))))(a), scipy.linalg.expm(a), rtol=1e-10, atol=1e-10
    )
    np.testing.assert_allclose(grad(lambda a: np.trace(linalg.sqrtm(a)))(a), q @ np.diag(np.array(values) ** -0.5) @ q.T
                               / 2, rtol=1e-8, atol=1e-9)  # fmt: skip
