"""ADBench's objectives are what the paper says they are, in both styles, and their derivatives are PyTorch's."""

import math

import numpy as np
import pytest

import autograd_lite as ag
from benchmarks import peers
from benchmarks.adbench import WORKLOADS, bundle_adjustment, gmm, hand_tracking, lstm
from benchmarks.measure import built, compare

TINY = [
    *(gmm.workload(style, d, 3, 7) for style in gmm.OURS for d in (1, 2, 4)),
    *(bundle_adjustment.workload(style, 3, 4, 9) for style in bundle_adjustment.OURS),
    *(hand_tracking.workload(style, kind, 12, 5) for style in hand_tracking.OURS for kind in ("simple", "complicated")),
    *(lstm.workload(style, layers, 6) for style in lstm.OURS for layers in (1, 3)),
]


@pytest.mark.filterwarnings("ignore")  # PyTorch's own warnings are no concern of ours
@pytest.mark.parametrize("workload", TINY, ids=lambda workload: workload.name)
def test_derivatives_are_pytorchs(workload):
    pytest.importorskip("torch")
    compare(workload, [peers.OURS, peers.TORCH], runs=1)


@pytest.mark.parametrize("module", [gmm, bundle_adjustment, hand_tracking, lstm])
def test_styles_agree(module):
    mine = [workload for workload in TINY if workload.name.startswith(tuple(_names(module)))]
    first = mine[: len(mine) // 2]
    for one, other in zip(first, mine[len(mine) // 2 :], strict=True):
        results = [built(workload, [peers.OURS])[peers.OURS].result() for workload in (one, other)]
        for a, b in zip(*results, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10)


def _names(module):
    return [workload.name.split("-")[0] for workload in module.WORKLOADS]


@pytest.mark.parametrize("style", gmm.OURS)
def test_mixture_is_a_sum_of_normal_densities(style):
    alphas, means, icf, x = gmm.data(3, 4, 5)
    shares = np.exp(alphas) / np.sum(np.exp(alphas))
    rows, columns = gmm.below_diagonal(3)
    density, prior = 0.0, 0.0
    for share, mean, parameters in zip(shares, means, icf, strict=True):
        factor = np.diag(np.exp(parameters[:3]))
        factor[rows, columns] = parameters[3:]
        precision = factor.T @ factor
        exponent = -0.5 * np.einsum("ni,ij,nj->n", x - mean, precision, x - mean)
        density = density + share * np.sqrt(np.linalg.det(precision / (2 * np.pi))) * np.exp(exponent)
        degrees = 3 + gmm.DEGREES + 1  # of a Wishart distribution whose scale is the identity over gamma²
        log_gamma = 1.5 * math.log(math.pi) + sum(math.lgamma((degrees - j) / 2) for j in range(3))
        prior += 0.5 * gmm.GAMMA**2 * np.sum(factor**2) - gmm.DEGREES * np.log(np.linalg.det(factor))
        prior -= degrees * 3 * math.log(gmm.GAMMA / math.sqrt(2)) - log_gamma
    np.testing.assert_allclose(gmm.OURS[style](alphas, means, icf, x), np.sum(np.log(density)) + prior)


@pytest.mark.parametrize("style", gmm.OURS)
def test_mixture_gradient_is_that_of_differences(style):
    *parameters, x = gmm.data(3, 2, 4)
    ag.check_grads(lambda *parameters: gmm.OURS[style](*parameters, x), tuple(parameters), order=1)


@pytest.mark.parametrize("style", bundle_adjustment.OURS)
def test_reprojection_error_is_that_of_a_distorted_pinhole(style):
    rotation = pytest.importorskip("scipy.spatial.transform").Rotation
    cameras, points, weights, measured, seen_by, seen = bundle_adjustment.data(3, 4, 6)
    errors = bundle_adjustment.OURS[style](cameras[seen_by], points[seen], weights, measured)
    for camera, point, weight, pixel, error in zip(
        cameras[seen_by], points[seen], weights, measured, errors, strict=True
    ):
        x, y, z = rotation.from_rotvec(camera[:3]).apply(point - camera[3:6])
        flat = np.array([x, y]) / z
        squared = flat @ flat
        projected = flat * (1 + camera[9] * squared + camera[10] * squared**2) * camera[6] + camera[7:9]
        np.testing.assert_allclose(error, weight * (projected - pixel), rtol=1e-10)


def test_blocks_are_those_of_the_whole_jacobian():
    cameras, points, weights, measured, seen_by, seen = bundle_adjustment.data(2, 3, 4)
    *blocks, diagonal = bundle_adjustment.ours("vectorised", 2, 3, 4).result()

    def errors(cameras, points, weights):
        return bundle_adjustment.ours_vectorised(cameras[seen_by], points[seen], weights, measured)

    whole = ag.jacobian(errors, argnums=(0, 1, 2))(cameras, points, weights)
    for i, (camera, point) in enumerate(zip(seen_by, seen, strict=True)):
        parts = whole[0][i, :, camera], whole[1][i, :, point], whole[2][i, :, i]
        for block, part in zip(blocks, parts, strict=True):
            np.testing.assert_allclose(block[:, i], part, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(diagonal, -2 * weights)


@pytest.mark.parametrize("style", hand_tracking.OURS)
def test_a_hand_at_rest_is_turned_and_moved_as_a_whole(style):
    rotation = pytest.importorskip("scipy.spatial.transform").Rotation
    hand, theta, _ = hand_tracking.data(8, 3)
    theta[6:] = 0.0
    moved = rotation.from_rotvec(theta[:3]).apply(hand.vertices[:, :3]) + theta[3:6]
    np.testing.assert_allclose(hand_tracking.OURS[style](theta, hand), moved, atol=1e-12)


def test_compressed_columns_are_those_of_the_whole_jacobian():
    hand, theta, us = hand_tracking.data(8, 3)
    (compressed,) = hand_tracking.ours("stacked", "complicated", 8, 3).result()

    def residuals(us, theta):
        return hand_tracking.triangle_residuals(hand_tracking.ours_stacked(theta, hand), us, hand)

    by_us, by_theta = ag.jacobian(residuals, argnums=(0, 1))(us, theta)
    np.testing.assert_allclose(compressed[..., 2:], by_theta, rtol=1e-12, atol=1e-12)
    for i in range(3):
        np.testing.assert_allclose(compressed[i, :, :2], by_us[i, :, i], rtol=1e-12, atol=1e-12)


def test_lstm_step_is_the_papers():
    main, extra, state, text = lstm.data(1, 2)

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    (weight, bias), (hidden, cell), x = main.reshape(2, 4, 14), state, text[0] * extra[0]
    forget, ingate, outgate, change = np.stack([x, hidden, x, hidden]) * weight + bias
    cell = cell * sigmoid(forget) + sigmoid(ingate) * np.tanh(change)
    predicted = sigmoid(outgate) * np.tanh(cell) * extra[1] + extra[2]
    wanted = -np.mean(text[1] * (predicted - np.log(2 + np.sum(np.exp(predicted)))))
    for style in lstm.OURS:
        np.testing.assert_allclose(lstm.OURS[style](main, extra, state, text), wanted)


def test_names_are_unique():
    names = [workload.name for workload in WORKLOADS]
    assert len(set(names)) == len(names)
