"""Hand tracking: distances of measured points to a posed hand, and their Jacobian.

Srajer, Kukelova, Fitzgibbon (2018), section 3.3; J. Taylor et al., *User-specific hand modeling from monocular depth
sequences*, CVPR 2014. 26 numbers pose 22 bones: a global rotation and translation, and for each finger four angles.
Bone i has the transform of its parent, then its own at rest, then its rotation, by Euler angles; a vertex goes with
the mean of the bones' transforms, by its weights. ``simple`` compares each point with one vertex; ``complicated`` with
a point of a triangle, at coordinates ``us`` of which each point has its own two: the Jacobian then has 2 columns for
those (a diagonal of blocks, compressed) beside the 26.

The Jacobian has many more rows than columns, so both sides use forward mode. For PyTorch that is
`torch.autograd.functional.jacobian` with ``strategy="forward-mode"``, vectorised, which takes a fifth less than
`torch.func.jacfwd` and a seventh of reverse mode. ``stacked`` builds all rotation matrices at once; ``by bone`` one
after another, of nested lists.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from benchmarks import peers
from benchmarks.workload import Case, Workload

BONES, THETAS = 22, 26

# Bones 2 to 21 are five fingers of four; the first of each turns about two axes, the next two about one.
_FIRST = 2 + 4 * np.arange(5)
_FLEXED = np.sort(np.concatenate([_FIRST, _FIRST + 1, _FIRST + 2]))
_FLEXION = np.sort(np.concatenate([4 * np.arange(5), 4 * np.arange(5) + 2, 4 * np.arange(5) + 3]))
_SPREADING = 4 * np.arange(5) + 1


class Hand(NamedTuple):
    """A hand at rest and what was measured of it.

    Attributes
    ----------
    parents : list of int
        Of each bone; -1 for the root.
    relatives, inverse_absolutes : array of shape (bones, 4, 4)
        The transform of each bone relative to its parent, and the inverse of its transform in space.
    vertices : array of shape (n, 4)
        Homogeneous, the last coordinate 1.
    weights : array of shape (n, bones)
    corners : array of shape (points, 3)
        Vertices that each measured point belongs to: the simple objective reads the first.
    points : array of shape (points, 3)
    """

    parents: list[int]
    relatives: np.ndarray
    inverse_absolutes: np.ndarray
    vertices: np.ndarray
    weights: np.ndarray
    corners: np.ndarray
    points: np.ndarray


def data(vertices: int, points: int) -> tuple[Hand, np.ndarray, np.ndarray]:
    """Return a hand, the pose (26,) and the coordinates in triangles (points, 2)."""
    rng = np.random.default_rng(0)
    parents = [-1, 0] + [1 if i % 4 == 0 else i + 1 for i in range(BONES - 2)]
    relatives = np.tile(np.eye(4), (BONES, 1, 1))
    relatives[:, :3, :3] = np.linalg.qr(rng.normal(size=(BONES, 3, 3)))[0]
    relatives[:, :3, 3] = rng.normal(size=(BONES, 3))
    absolutes = []
    for relative, parent in zip(relatives, parents, strict=True):
        absolutes.append(relative if parent < 0 else absolutes[parent] @ relative)
    weights = rng.uniform(size=(vertices, BONES)) ** 8
    hand = Hand(
        parents,
        relatives,
        np.linalg.inv(np.stack(absolutes)),
        np.concatenate([rng.normal(size=(vertices, 3)), np.ones((vertices, 1))], axis=1),
        weights / weights.sum(axis=1, keepdims=True),
        rng.integers(vertices, size=(points, 3)),
        rng.normal(size=(points, 3)),
    )
    return hand, rng.normal(scale=0.5, size=THETAS), rng.uniform(size=(points, 2))


def ours_stacked(theta: Any, hand: Hand) -> Any:
    import autograd_lite.numpy as np
    from autograd_lite import Tensor

    fingers = theta[6:]
    x = Tensor(np.zeros(BONES)).at[_FLEXED].set(fingers[_FLEXION])
    z = Tensor(np.zeros(BONES)).at[_FIRST].set(fingers[_SPREADING])
    cx, sx, cz, sz, one, zero = np.cos(x), np.sin(x), np.cos(z), np.sin(z), np.ones(BONES), np.zeros(BONES)
    rotations = np.stack(
        [cz, -sz * cx, sz * sx, zero, sz, cz * cx, -cz * sx, zero, zero, sx, cx, zero, zero, zero, zero, one], axis=1
    )
    relatives = hand.relatives @ rotations.reshape(BONES, 4, 4)
    absolutes = []
    for i, parent in enumerate(hand.parents):
        absolutes.append(relatives[i] if parent < 0 else absolutes[parent] @ relatives[i])
    transforms = np.stack(absolutes) @ hand.inverse_absolutes
    posed = np.einsum("vb,bij,vj->vi", hand.weights, transforms, hand.vertices)[:, :3]
    angle = np.linalg.norm(theta[:3])
    kx, ky, kz = theta[:3] / angle
    cross = np.array([[0.0, -kz, ky], [kz, 0.0, -kx], [-ky, kx, 0.0]])
    rotation = np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * (cross @ cross)
    return posed @ rotation.T + theta[3:6]


def torch_stacked(theta: Any, hand: Any) -> Any:
    import torch

    fingers = theta[6:]
    x = torch.zeros(BONES, dtype=theta.dtype).index_put((torch.as_tensor(_FLEXED),), fingers[_FLEXION])
    z = torch.zeros(BONES, dtype=theta.dtype).index_put((torch.as_tensor(_FIRST),), fingers[_SPREADING])
    cx, sx, cz, sz, one, zero = torch.cos(x), torch.sin(x), torch.cos(z), torch.sin(z), torch.ones_like(x), 0 * x
    rotations = torch.stack(
        [cz, -sz * cx, sz * sx, zero, sz, cz * cx, -cz * sx, zero, zero, sx, cx, zero, zero, zero, zero, one], dim=1
    )
    relatives = hand.relatives @ rotations.reshape(BONES, 4, 4)
    absolutes = []
    for i, parent in enumerate(hand.parents):
        absolutes.append(relatives[i] if parent < 0 else absolutes[parent] @ relatives[i])
    transforms = torch.stack(absolutes) @ hand.inverse_absolutes
    posed = torch.einsum("vb,bij,vj->vi", hand.weights, transforms, hand.vertices)[:, :3]
    angle = torch.linalg.norm(theta[:3])
    kx, ky, kz = theta[:3] / angle
    zero = torch.zeros_like(kx)
    cross = torch.stack([zero, -kz, ky, kz, zero, -kx, -ky, kx, zero]).reshape(3, 3)
    rotation = torch.eye(3, dtype=theta.dtype) + torch.sin(angle) * cross + (1.0 - torch.cos(angle)) * (cross @ cross)
    return posed @ rotation.T + theta[3:6]


def ours_by_bone(theta: Any, hand: Hand) -> Any:
    import autograd_lite.numpy as np

    def rotation(x: Any, z: Any) -> Any:
        cx, sx, cz, sz = np.cos(x), np.sin(x), np.cos(z), np.sin(z)
        about_x = np.array([[1.0, 0.0, 0.0, 0.0], [0.0, cx, -sx, 0.0], [0.0, sx, cx, 0.0], [0.0, 0.0, 0.0, 1.0]])
        about_z = np.array([[cz, -sz, 0.0, 0.0], [sz, cz, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]])
        return about_z @ about_x

    absolutes, position = [], 6
    for i, parent in enumerate(hand.parents):
        relative = hand.relatives[i]
        joint = (i - 2) % 4
        if i >= 2 and joint < 3:
            spread = theta[position + 1] if joint == 0 else 0.0
            relative = relative @ rotation(theta[position], spread)
            position += 2 if joint == 0 else 1
        absolutes.append(relative if parent < 0 else absolutes[parent] @ relative)
    posed = 0.0
    for i, absolute in enumerate(absolutes):
        transform = absolute @ hand.inverse_absolutes[i]
        posed = posed + hand.weights[:, i : i + 1] * (hand.vertices @ transform[:3].T)
    angle = np.sqrt(np.sum(theta[:3] ** 2))
    kx, ky, kz = theta[0] / angle, theta[1] / angle, theta[2] / angle
    cosine, sine, rest = np.cos(angle), np.sin(angle), 1.0 - np.cos(angle)
    turn = np.array(
        [
            [kx * kx * rest + cosine, kx * ky * rest - kz * sine, kx * kz * rest + ky * sine],
            [kx * ky * rest + kz * sine, ky * ky * rest + cosine, ky * kz * rest - kx * sine],
            [kx * kz * rest - ky * sine, ky * kz * rest + kx * sine, kz * kz * rest + cosine],
        ]
    )
    return posed @ turn.T + theta[3:6]


def torch_by_bone(theta: Any, hand: Any) -> Any:
    import torch

    one, zero = torch.ones((), dtype=theta.dtype), torch.zeros((), dtype=theta.dtype)

    def rotation(x: Any, z: Any) -> Any:
        cx, sx, cz, sz = torch.cos(x), torch.sin(x), torch.cos(z), torch.sin(z)
        about_x = torch.stack([one, zero, zero, zero, zero, cx, -sx, zero, zero, sx, cx, zero, zero, zero, zero, one])
        about_z = torch.stack([cz, -sz, zero, zero, sz, cz, zero, zero, zero, zero, one, zero, zero, zero, zero, one])
        return about_z.reshape(4, 4) @ about_x.reshape(4, 4)

    absolutes, position = [], 6
    for i, parent in enumerate(hand.parents):
        relative = hand.relatives[i]
        joint = (i - 2) % 4
        if i >= 2 and joint < 3:
            spread = theta[position + 1] if joint == 0 else zero
            relative = relative @ rotation(theta[position], spread)
            position += 2 if joint == 0 else 1
        absolutes.append(relative if parent < 0 else absolutes[parent] @ relative)
    posed = 0.0
    for i, absolute in enumerate(absolutes):
        transform = absolute @ hand.inverse_absolutes[i]
        posed = posed + hand.weights[:, i : i + 1] * (hand.vertices @ transform[:3].T)
    angle = torch.sqrt(torch.sum(theta[:3] ** 2))
    kx, ky, kz = theta[0] / angle, theta[1] / angle, theta[2] / angle
    cosine, sine, rest = torch.cos(angle), torch.sin(angle), 1.0 - torch.cos(angle)
    turn = torch.stack(
        [
            torch.stack([kx * kx * rest + cosine, kx * ky * rest - kz * sine, kx * kz * rest + ky * sine]),
            torch.stack([kx * ky * rest + kz * sine, ky * ky * rest + cosine, ky * kz * rest - kx * sine]),
            torch.stack([kx * kz * rest - ky * sine, ky * kz * rest + kx * sine, kz * kz * rest + cosine]),
        ]
    )
    return posed @ turn.T + theta[3:6]


OURS = {"stacked": ours_stacked, "by bone": ours_by_bone}
TORCH = {"stacked": torch_stacked, "by bone": torch_by_bone}


def residuals(vertices: Any, hand: Any) -> Any:
    """Return the simple objective of posed vertices, for either side."""
    return hand.points - vertices[hand.corners[:, 0]]


def triangle_residuals(vertices: Any, us: Any, hand: Any) -> Any:
    """Return the complicated objective of posed vertices, for either side."""
    a, b, c = (vertices[hand.corners[:, i]] for i in range(3))
    u, v = us[:, :1], us[:, 1:]
    return hand.points - (u * a + v * b + (1.0 - u - v) * c)


def ours(style: str, kind: str, vertices: int, points: int) -> Case:
    import autograd_lite as ag

    hand, theta, us = data(vertices, points)
    pose = OURS[style]
    if kind == "simple":
        run = partial(ag.jacfwd(lambda theta: residuals(pose(theta, hand), hand)), theta)
    else:  # the two columns of all points' coordinates together, and those of the pose
        run = partial(
            ag.jacfwd(lambda step: triangle_residuals(pose(theta + step[2:], hand), us + step[:2], hand)),
            np.zeros(2 + THETAS),
        )
    return Case(run, lambda: [run()])


def pytorch(style: str, kind: str, vertices: int, points: int) -> Case:
    import torch

    hand, theta, us = data(vertices, points)
    hand = Hand(hand.parents, *(torch.tensor(array) for array in hand[1:]))
    theta, us = torch.tensor(theta), torch.tensor(us)
    pose = TORCH[style]
    if kind == "simple":
        function, start = lambda theta: residuals(pose(theta, hand), hand), theta
    else:
        start = torch.zeros(2 + THETAS, dtype=theta.dtype)

        def function(step: Any) -> Any:
            return triangle_residuals(pose(theta + step[2:], hand), us + step[:2], hand)

    def run() -> Any:
        return torch.autograd.functional.jacobian(function, start, vectorize=True, strategy="forward-mode")

    return Case(run, lambda: [run().numpy()])


def workload(style: str, kind: str, vertices: int, points: int) -> Workload:
    """Return the workload for a simple or complicated objective of that many vertices and points."""
    return Workload(
        f"hand-{kind}-{style.replace(' ', '-')}-v{vertices}-p{points}",
        f"hand {kind}, {style}: {vertices} vertices, {points} points",
        {
            peers.OURS: partial(ours, style, kind, vertices, points),
            peers.TORCH: partial(pytorch, style, kind, vertices, points),
        },
        limits={peers.TORCH: 1.0},
    )


SIZES = [(544, 100), (1000, 4000)]
WORKLOADS = [workload(style, kind, *size) for style in OURS for kind in ("simple", "complicated") for size in SIZES]
