"""Bundle adjustment: reprojection errors of points seen by cameras, and the blocks of their sparse Jacobian.

Srajer, Kukelova, Fitzgibbon (2018), section 3.2. A camera is a rotation vector, a centre, a focal length, a principal
point and two coefficients of radial distortion: 11 numbers. Observation i of point X by camera c is wrong by
w (project(c, X) - m), two numbers, which depend on 11 + 3 + 1 parameters; and 1 - w² keeps the weights near one. So the
Jacobian is a 2×15 block for each observation, and a diagonal. The rotation is Rodrigues' formula,
R v = v cos θ + (k × v) sin θ + k (k·v)(1 - cos θ).

``vectorised`` computes with whole rows of vectors; ``by coordinate`` with one array for each coordinate, as those do
who port the loop over observations. No observation depends on another, so that the two gradients of the errors' sums,
swept back together, are all of the blocks: for us the Jacobian of the sums, for PyTorch `torch.autograd.grad` with
``is_grads_batched``, which takes three quarters of the time of two sweeps and half that of ``vmap`` of ``jacrev``.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.workload import Case, Workload


def data(n: int, m: int, p: int) -> tuple[np.ndarray, ...]:
    """Return cameras (n, 11), points (m, 3), weights (p,), measurements (p, 2), and who sees what: two of (p,)."""
    rng = np.random.default_rng(0)
    cameras = np.concatenate(
        [
            rng.normal(scale=0.5, size=(n, 3)),
            rng.normal(size=(n, 3)),
            rng.normal(500.0, 50.0, size=(n, 1)),
            rng.normal(300.0, 10.0, size=(n, 2)),
            rng.normal(scale=0.01, size=(n, 2)),
        ],
        axis=1,
    )
    points = rng.normal((0.0, 0.0, 10.0), size=(m, 3))
    seen_by = rng.integers(n, size=p)
    seen = rng.integers(m, size=p)
    return cameras, points, rng.uniform(0.5, 1.5, size=p), rng.normal(300.0, 100.0, size=(p, 2)), seen_by, seen


def ours_vectorised(cameras: Any, points: Any, weights: Any, measured: np.ndarray) -> Any:
    import autograd_lite.numpy as np

    rotation, centre, focal = cameras[:, 0:3], cameras[:, 3:6], cameras[:, 6:7]
    principal, radial = cameras[:, 7:9], cameras[:, 9:11]
    angle = np.linalg.norm(rotation, axis=1, keepdims=True)
    axis, offset = rotation / angle, points - centre
    along = np.sum(axis * offset, axis=1, keepdims=True) * (1.0 - np.cos(angle))
    seen = offset * np.cos(angle) + np.cross(axis, offset) * np.sin(angle) + axis * along
    projected = seen[:, :2] / seen[:, 2:]
    squared = np.sum(projected**2, axis=1, keepdims=True)
    distorted = projected * (1.0 + radial[:, :1] * squared + radial[:, 1:] * squared**2)
    return weights[:, None] * (distorted * focal + principal - measured)


def torch_vectorised(cameras: Any, points: Any, weights: Any, measured: Any) -> Any:
    import torch

    rotation, centre, focal = cameras[:, 0:3], cameras[:, 3:6], cameras[:, 6:7]
    principal, radial = cameras[:, 7:9], cameras[:, 9:11]
    angle = torch.linalg.norm(rotation, dim=1, keepdim=True)
    axis, offset = rotation / angle, points - centre
    along = torch.sum(axis * offset, dim=1, keepdim=True) * (1.0 - torch.cos(angle))
    seen = offset * torch.cos(angle) + torch.linalg.cross(axis, offset) * torch.sin(angle) + axis * along
    projected = seen[:, :2] / seen[:, 2:]
    squared = torch.sum(projected**2, dim=1, keepdim=True)
    distorted = projected * (1.0 + radial[:, :1] * squared + radial[:, 1:] * squared**2)
    return weights[:, None] * (distorted * focal + principal - measured)


def ours_by_coordinate(cameras: Any, points: Any, weights: Any, measured: np.ndarray) -> Any:
    import autograd_lite.numpy as np

    rx, ry, rz, cx, cy, cz, focal, px, py, k1, k2 = [cameras[:, i] for i in range(11)]
    x, y, z = points[:, 0] - cx, points[:, 1] - cy, points[:, 2] - cz
    angle = np.sqrt(rx * rx + ry * ry + rz * rz)
    cosine, sine = np.cos(angle), np.sin(angle)
    kx, ky, kz = rx / angle, ry / angle, rz / angle
    along = (kx * x + ky * y + kz * z) * (1.0 - cosine)
    sx = x * cosine + (ky * z - kz * y) * sine + kx * along
    sy = y * cosine + (kz * x - kx * z) * sine + ky * along
    sz = z * cosine + (kx * y - ky * x) * sine + kz * along
    u, v = sx / sz, sy / sz
    squared = u * u + v * v
    stretch = 1.0 + k1 * squared + k2 * squared * squared
    u, v = u * stretch * focal + px, v * stretch * focal + py
    return np.stack([weights * (u - measured[:, 0]), weights * (v - measured[:, 1])], axis=1)


def torch_by_coordinate(cameras: Any, points: Any, weights: Any, measured: Any) -> Any:
    import torch

    rx, ry, rz, cx, cy, cz, focal, px, py, k1, k2 = [cameras[:, i] for i in range(11)]
    x, y, z = points[:, 0] - cx, points[:, 1] - cy, points[:, 2] - cz
    angle = torch.sqrt(rx * rx + ry * ry + rz * rz)
    cosine, sine = torch.cos(angle), torch.sin(angle)
    kx, ky, kz = rx / angle, ry / angle, rz / angle
    along = (kx * x + ky * y + kz * z) * (1.0 - cosine)
    sx = x * cosine + (ky * z - kz * y) * sine + kx * along
    sy = y * cosine + (kz * x - kx * z) * sine + ky * along
    sz = z * cosine + (kx * y - ky * x) * sine + kz * along
    u, v = sx / sz, sy / sz
    squared = u * u + v * v
    stretch = 1.0 + k1 * squared + k2 * squared * squared
    u, v = u * stretch * focal + px, v * stretch * focal + py
    return torch.stack([weights * (u - measured[:, 0]), weights * (v - measured[:, 1])], dim=1)


OURS = {"vectorised": ours_vectorised, "by coordinate": ours_by_coordinate}
TORCH = {"vectorised": torch_vectorised, "by coordinate": torch_by_coordinate}


def ours(style: str, n: int, m: int, p: int) -> Case:
    """Return the case whose result are the blocks, (2, p, 11), (2, p, 3) and (2, p), and the diagonal (p,)."""
    import autograd_lite as ag

    cameras, points, weights, measured, seen_by, seen = data(n, m, p)

    def totals(cameras: Any, points: Any, weights: Any) -> Any:
        return OURS[style](cameras, points, weights, measured).sum(axis=0)

    blocks = ag.jacobian(totals, argnums=(0, 1, 2))
    diagonal = ag.elementwise_grad(lambda w: 1.0 - w**2)

    def run() -> list[Any]:
        return [*blocks(cameras[seen_by], points[seen], weights), diagonal(weights)]

    return Case(run, run)


def pytorch(style: str, n: int, m: int, p: int) -> Case:
    """Return the same for PyTorch."""
    import torch

    cameras, points, weights, measured, seen_by, seen = (torch.tensor(array) for array in data(n, m, p))
    rows = torch.eye(2, dtype=torch.float64)[:, None, :].repeat(1, p, 1)

    def run() -> list[Any]:
        inputs = [array.requires_grad_(True) for array in (cameras[seen_by], points[seen], weights.clone())]
        blocks = torch.autograd.grad(TORCH[style](*inputs, measured), inputs, rows, is_grads_batched=True)
        own = weights.clone().requires_grad_(True)
        return [*blocks, *torch.autograd.grad((1.0 - own**2).sum(), own)]

    return Case(run, lambda: [part.numpy() for part in run()])


def workload(style: str, n: int, m: int, p: int) -> Workload:
    """Return the workload for n cameras, m points and p observations."""
    return Workload(
        f"ba-{style.replace(' ', '-')}-p{p}",
        f"BA {style}: n={n}, m={m}, p={p}",
        {peers.OURS: partial(ours, style, n, m, p), peers.TORCH: partial(pytorch, style, n, m, p)},
        limits={peers.TORCH: 1.0},
    )


SIZES = [(5, 50, 100), (10, 300, 3000), (49, 7776, 31843)]
WORKLOADS = [workload(style, *size) for style in OURS for size in SIZES]
