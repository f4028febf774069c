"""Derivatives with few entries: banded ones in 10⁴ variables, and the Jacobian of a bundle adjustment.

The Hessian of the Rosenbrock function is tridiagonal: every third column shares no row with another, so that three
products with 0-1 vectors hold all of it (A. Curtis, M. Powell, J. Reid, *On the estimation of sparse Jacobian
matrices*, IMA J. Appl. Math. 13, 1974). The reprojection errors are those of `benchmarks.adbench.bundle_adjustment`.

Results are compared as (indptr, indices, data) of the canonical CSR form.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.adbench import bundle_adjustment
from benchmarks.workload import Case, Workload
from benchmarks.workloads import hessian, jacobian

#: Names of other ways to do it with this package.
PATTERN_GIVEN = "sparsity=pattern"
PRODUCTS = "three products, by hand"
SWEEP = "one gradient"
BLOCKS = "blocks of sums, by hand"

N = 10_000


def canonical(matrix: Any) -> list[np.ndarray]:
    """Return what defines a sparse matrix."""
    from scipy.sparse import csr_matrix

    matrix = csr_matrix(matrix)
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    return [matrix.indptr, matrix.indices, matrix.data]


def sparse_case(run: Callable[[], Any]) -> Case:
    """Return the case of a run that gives a sparse matrix."""
    return Case(run, lambda: canonical(run()))


def with_sparsity(transform: str, f: Callable[[Any], Any], sparsity: Any) -> Callable[..., Any]:
    """Return `jacobian` or `hessian` of a function with a sparsity, where this revision has that argument."""
    import autograd_lite as ag

    made: Callable[..., Any] = getattr(ag, transform)
    if "sparsity" not in inspect.signature(made).parameters:
        raise peers.UnavailableError(f"{transform}(…, sparsity=…) is not there yet")
    return made(f, sparsity=sparsity)


def tridiagonal_pattern(n: int) -> Any:
    """Return the pattern of a tridiagonal matrix."""
    from scipy.sparse import diags_array

    return diags_array([np.ones(n - 1), np.ones(n), np.ones(n - 1)], offsets=[-1, 0, 1], format="csr")


# The Hessian of the Rosenbrock function


def hessian_ours(n: int, given: bool = False) -> Case:
    x = hessian.start(n)
    pattern = tridiagonal_pattern(n) if given else "auto"
    return sparse_case(partial(with_sparsity("hessian", hessian.rosenbrock, pattern), x))


def hessian_by_products(n: int) -> Case:
    from scipy.sparse import csr_array

    import autograd_lite as ag

    x, pattern = hessian.start(n), tridiagonal_pattern(n).tocoo()
    rows, columns = pattern.coords
    seeds = (np.arange(n) % 3 == np.arange(3)[:, None]).astype(float)

    def run() -> Any:
        products = np.stack([ag.hvp(hessian.rosenbrock, x, seed) for seed in seeds])
        return csr_array((products[columns % 3, rows], (rows, columns)), shape=(n, n))

    return sparse_case(run)


def hessian_by_hand(n: int) -> Case:
    from scipy.sparse import diags_array

    x = hessian.start(n)

    def run() -> Any:
        diagonal = np.zeros(n)
        diagonal[:-1] = 1200.0 * x[:-1] ** 2 - 400.0 * x[1:] + 2.0
        diagonal[1:] += 200.0
        beside = -400.0 * x[:-1]
        return diags_array([beside, diagonal, beside], offsets=[-1, 0, 1], format="csr")

    return sparse_case(run)


def hessian_casadi(n: int) -> Case:
    import casadi as ca

    given, x = hessian.start(n), ca.SX.sym("x", n)
    f = ca.sum1(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)
    function = ca.Function("hessian", [x], [ca.hessian(f, x)[0]])
    return sparse_case(lambda: function(given).sparse())


def gradient_sweep(n: int) -> Case:
    import autograd_lite as ag

    return Case(partial(ag.grad(hessian.rosenbrock), hessian.start(n)), None)


def hessian_workload(n: int) -> Workload:
    """Return the workload for n variables."""
    cases = {
        peers.OURS: hessian_ours,
        PATTERN_GIVEN: partial(hessian_ours, given=True),
        PRODUCTS: hessian_by_products,
        SWEEP: gradient_sweep,
        peers.HAND: hessian_by_hand,
        peers.CASADI: hessian_casadi,
    }
    return Workload(
        f"sparse-hessian-{n}",
        f"tridiagonal Hessian of the {n:,}-variable Rosenbrock function, sparse",
        {peer: partial(build, n) for peer, build in cases.items()},
        limits={SWEEP: 100},
    )


# Broyden's tridiagonal function


def broyden(x: Any) -> Any:
    """Return the function with NumPy's `concatenate`."""
    return jacobian.tridiagonal(x, np.concatenate, np.zeros(1))


def broyden_ours(n: int, given: bool = False) -> Case:
    pattern = tridiagonal_pattern(n) if given else "auto"
    return sparse_case(partial(with_sparsity("jacobian", broyden, pattern), jacobian.point(n)))


def broyden_by_products(n: int) -> Case:
    from scipy.sparse import csr_array

    import autograd_lite as ag

    x, pattern = jacobian.point(n), tridiagonal_pattern(n).tocoo()
    rows, columns = pattern.coords
    seeds = (np.arange(n) % 3 == np.arange(3)[:, None]).astype(float)

    def run() -> Any:
        products = np.stack([ag.jvp(broyden, (x,), (seed,))[1] for seed in seeds])
        return csr_array((products[columns % 3, rows], (rows, columns)), shape=(n, n))

    return sparse_case(run)


def broyden_by_hand(n: int) -> Case:
    from scipy.sparse import diags_array

    x = jacobian.point(n)
    below, above = np.full(n - 1, -1.0), np.full(n - 1, -2.0)
    return sparse_case(lambda: diags_array([below, 3.0 - 4.0 * x, above], offsets=[-1, 0, 1], format="csr"))


def broyden_casadi(n: int) -> Case:
    import casadi as ca

    given, x = jacobian.point(n), ca.SX.sym("x", n)
    out = jacobian.tridiagonal(x, lambda parts: ca.vertcat(*parts), 0.0)
    function = ca.Function("jacobian", [x], [ca.jacobian(out, x)])
    return sparse_case(lambda: function(given).sparse())


def broyden_workload(n: int) -> Workload:
    """Return the workload for n variables."""
    cases = {
        peers.OURS: broyden_ours,
        PATTERN_GIVEN: partial(broyden_ours, given=True),
        PRODUCTS: broyden_by_products,
        peers.HAND: broyden_by_hand,
        peers.CASADI: broyden_casadi,
    }
    return Workload(
        f"sparse-jacobian-{n}",
        f"tridiagonal Jacobian of Broyden's {n:,}-variable function, sparse",
        {peer: partial(build, n) for peer, build in cases.items()},
    )


# Bundle adjustment


def packed(n: int, m: int, p: int) -> tuple[np.ndarray, Callable[[Any], Any], np.ndarray]:
    """Return cameras and points in one vector, the errors as its function, and the columns of each observation."""
    cameras, points, weights, measured, seen_by, seen = bundle_adjustment.data(n, m, p)
    columns = np.concatenate([11 * seen_by[:, None] + np.arange(11), 11 * n + 3 * seen[:, None] + np.arange(3)], axis=1)

    def errors(z: Any) -> Any:
        all_cameras, all_points = z[: 11 * n].reshape(n, 11), z[11 * n :].reshape(m, 3)
        found = bundle_adjustment.ours_vectorised(all_cameras[seen_by], all_points[seen], weights, measured)
        return found.reshape(2 * p)

    return np.concatenate([cameras.ravel(), points.ravel()]), errors, columns


def adjustment_pattern(n: int, m: int, p: int) -> Any:
    """Return which error depends on which parameter."""
    from scipy.sparse import csr_array

    columns = np.repeat(packed(n, m, p)[2], 2, axis=0)
    shape = (2 * p, 11 * n + 3 * m)
    return csr_array((np.ones(columns.size), columns.ravel(), 14 * np.arange(2 * p + 1)), shape=shape)


def adjustment_ours(n: int, m: int, p: int, given: bool = False) -> Case:
    z, errors, _ = packed(n, m, p)
    pattern = adjustment_pattern(n, m, p) if given else "auto"
    return sparse_case(partial(with_sparsity("jacobian", errors, pattern), z))


def adjustment_by_blocks(n: int, m: int, p: int) -> Case:
    from scipy.sparse import csr_array

    import autograd_lite as ag

    cameras, points, weights, measured, seen_by, seen = bundle_adjustment.data(n, m, p)
    columns = np.repeat(packed(n, m, p)[2], 2, axis=0)

    def totals(cameras: Any, points: Any) -> Any:
        return bundle_adjustment.ours_vectorised(cameras, points, weights, measured).sum(axis=0)

    blocks = ag.jacobian(totals, argnums=(0, 1))

    def run() -> Any:
        data = np.concatenate(blocks(cameras[seen_by], points[seen]), axis=2)  # (2, p, 14)
        rows = data.transpose(1, 0, 2).ravel()
        return csr_array((rows, columns.ravel(), 14 * np.arange(2 * p + 1)), shape=(2 * p, 11 * n + 3 * m))

    return sparse_case(run)


def adjustment_workload(n: int, m: int, p: int) -> Workload:
    """Return the workload for n cameras, m points and p observations."""
    cases = {
        peers.OURS: adjustment_ours,
        PATTERN_GIVEN: partial(adjustment_ours, given=True),
        BLOCKS: adjustment_by_blocks,
    }
    return Workload(
        f"sparse-adjustment-{p}",
        f"bundle adjustment, Jacobian {2 * p:,} × {11 * n + 3 * m:,}, sparse",
        {peer: partial(build, n, m, p) for peer, build in cases.items()},
    )


WORKLOADS = [hessian_workload(N), broyden_workload(N), adjustment_workload(10, 300, 3000)]
