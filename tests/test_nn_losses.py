"""Losses: what is refused and warned of, limits, and rules at singular points; values are in the golden table."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import Tensor, nn

POINTWISE = [
    nn.mse_loss,
    nn.l1_loss,
    nn.huber_loss,
    nn.smooth_l1_loss,
    nn.binary_cross_entropy,
    nn.binary_cross_entropy_with_logits,
    nn.kl_div,
    nn.poisson_nll_loss,
    nn.hinge_embedding_loss,
    nn.soft_margin_loss,
]

each = pytest.mark.parametrize("loss", POINTWISE, ids=lambda loss: loss.__name__)


def ones(*shape: int) -> np.ndarray:
    return np.ones(shape)


# Shapes, dtypes, reductions


@each
def test_broadcasting_is_warned_of_at_the_line_that_does_it(loss: Any) -> None:
    with pytest.warns(UserWarning, match=r"\(3, 1\) .*\(3,\).*broadcasting to \(3, 3\)") as caught:
        loss(ones(3, 1), ones(3), reduction="sum")
    assert caught[0].filename == __file__


@each
def test_shapes_that_do_not_match(loss: Any) -> None:
    with pytest.raises(ag.ShapeError, match=rf"{loss.__name__} got a prediction of shape \(3,\).*do not match"):
        loss(ones(3), ones(4))


@each
def test_a_mean_of_nothing(loss: Any) -> None:
    with pytest.raises(ag.ShapeError, match="nothing to take the mean of"):
        loss(ones(0, 2), ones(0, 2))
    assert loss(ones(0, 2), ones(0, 2), reduction="sum") == 0
    assert loss(ones(0, 2), ones(0, 2), reduction="none").shape == (0, 2)


@each
def test_an_unknown_reduction(loss: Any) -> None:
    with pytest.raises(ValueError, match=r"reduction='avg'\) must be one of 'mean', 'sum', 'none'"):
        loss(ones(3), ones(3), reduction="avg")


@pytest.mark.parametrize("loss", POINTWISE, ids=lambda loss: loss.__name__)
def test_complex_predictions(loss: Any) -> None:
    with pytest.raises(ag.DtypeError, match=r"prediction has dtype complex128.*real and imaginary part"):
        loss(ones(3) + 1j, ones(3))


@each
def test_integer_targets_and_lists(loss: Any) -> None:
    wanted = loss(np.array([0.5, 0.25]), np.array([1.0, 1.0]))
    assert loss([0.5, 0.25], [1, 1]) == wanted
    assert loss(Tensor([0.5, 0.25]), np.array([1, 1])).item() == wanted


@pytest.mark.parametrize("loss", POINTWISE, ids=lambda loss: loss.__name__)
def test_integer_targets_leave_single_precision_as_it_is(loss: Any) -> None:
    x = Tensor(np.array([0.5, 0.25], np.float32), requires_grad=True)
    value = loss(x, np.array([1, 1]))
    value.backward()
    assert value.dtype == x.grad.dtype == np.float32


def test_modules_are_their_functions() -> None:
    x, t = np.array([0.2, 0.7]), np.array([1.0, 1.0])
    for module, function in [
        (nn.HuberLoss("sum", 0.3), lambda: nn.huber_loss(x, t, "sum", 0.3)),
        (nn.SmoothL1Loss("none", 0.3), lambda: nn.smooth_l1_loss(x, t, "none", 0.3)),
        (nn.HingeEmbeddingLoss(0.3, "sum"), lambda: nn.hinge_embedding_loss(x, t, 0.3, "sum")),
        (nn.BCELoss([1.0, 2.0]), lambda: nn.binary_cross_entropy(x, t, [1.0, 2.0])),
    ]:
        np.testing.assert_array_equal(module(x, t), function())
        np.testing.assert_array_equal(pickle.loads(pickle.dumps(copy.deepcopy(module)))(x, t), function())


def test_modules_refuse_unknown_reductions_at_once() -> None:
    with pytest.raises(ValueError, match=r"MSELoss\(reduction='average'\)"):
        nn.MSELoss("average")
    with pytest.raises(ValueError, match="'batchmean'"):
        nn.KLDivLoss("average")


def test_words_of_modules() -> None:
    assert repr(nn.HuberLoss(delta=0.5).eval()) == "HuberLoss(reduction='mean', delta=0.5)"
    assert repr(nn.CrossEntropyLoss([1.0, 2.0])) == (
        "CrossEntropyLoss(reduction='mean', ignore_index=-100, label_smoothing=0.0)"
    )


def test_weights_of_modules_are_buffers() -> None:
    loss = nn.CrossEntropyLoss(weight=[1, 2])
    assert list(loss.state_dict()) == ["weight"]
    assert list(nn.CrossEntropyLoss().state_dict()) == []
    assert loss.parameters() == []
    loss.float()
    assert loss.weight.dtype == np.float32


# Options out of range


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nn.huber_loss(ones(2), ones(2), delta=0.0), r"huber_loss\(delta=0.0\)"),
        (lambda: nn.smooth_l1_loss(ones(2), ones(2), beta=-1.0), r"smooth_l1_loss\(beta=-1.0\)"),
        (lambda: nn.gaussian_nll_loss(ones(2), ones(2), ones(2), eps=0.0), r"eps=0.0"),
        (lambda: nn.gaussian_nll_loss(ones(2), ones(2), np.array([1.0, -2.0])), r"variance -2.0.*positive by exp"),
        (lambda: nn.gaussian_nll_loss(ones(2, 3), ones(2, 3), ones(4)), r"variances of shape \(4,\)"),
        (lambda: nn.binary_cross_entropy(np.array([0.5, 1.5]), ones(2)), r"prediction 1.5.*with_logits"),
        (lambda: nn.binary_cross_entropy(ones(2) / 2, np.array([1.0, -1.0])), r"target -1.0.* makes them of -1 and 1"),
        (lambda: nn.binary_cross_entropy(ones(2), ones(2), weight=ones(3)), r"weight of shape \(3,\) does not"),
        (lambda: nn.binary_cross_entropy(ones(2), ones(2), weight=ones(5, 2)), r"weight of shape \(5, 2\) does not"),
        (lambda: nn.binary_cross_entropy_with_logits(ones(2), ones(2), pos_weight=ones(3)), r"pos_weight of shape"),
        (lambda: nn.kl_div(1.0, 1.0, reduction="batchmean"), r"there are no rows"),
        (lambda: nn.hinge_embedding_loss(ones(2), np.array([1, 0])), r"target 0: targets are 1 and -1"),
        (lambda: nn.soft_margin_loss(ones(2), np.array([0.5, 1])), r"target 0.5: targets are 1 and -1"),
        (lambda: nn.multi_margin_loss(ones(2, 3), np.array([0, 1]), p=3), r"p=3\) must be 1 or 2"),
        (lambda: nn.multi_margin_loss(ones(2, 3, 4), np.array([0, 1])), r"scores of shape \(2, 3, 4\)"),
        (lambda: nn.multi_margin_loss(ones(2, 3), np.array([0, 3])), r"label 3 in row 1"),
        (lambda: nn.margin_ranking_loss(ones(2), ones(2), np.array([1, 2])), r"target 2"),
        (lambda: nn.cosine_similarity(ones(2, 3), ones(2, 4)), r"\(2, 3\) and \(2, 4\)"),
        (lambda: nn.cosine_embedding_loss(ones(2, 3), ones(2, 3), np.array([1])), r"targets of shape \(1,\)"),
        (lambda: nn.cross_entropy(ones(2, 3), np.array([0, 1]), label_smoothing=1.5), r"label_smoothing=1.5"),
        (lambda: nn.cross_entropy(ones(2, 3), np.array([0, 1]), label_smoothing="much"), r"label_smoothing='much'"),
        (lambda: nn.cross_entropy(ones(2, 3), ones(2, 3) / 3, ignore_index=1), r"ignore_index=1.*probabilities"),
        (lambda: nn.cross_entropy(ones(2, 3), np.array([0, 1]), weight=ones(2)), r"each of the 3 classes"),
        (lambda: nn.cross_entropy(ones(2, 3), np.array([7, 7]), ignore_index=7), r"all 2 labels are ignore_index=7"),
        (lambda: nn.nll_loss(ones(2, 3), np.array([-100, -100])), r"all 2 labels are ignore_index=-100"),
        (lambda: nn.nll_loss(ones(2, 3), np.array([0, 3])), r"label 3 in row 1.*0 to 2"),
        (lambda: nn.nll_loss(ones(2, 3), np.array([0.0, 1.0])), r"labels of dtype float64"),
    ],
)
def test_bad_input(call: Any, message: str) -> None:
    with pytest.raises((ValueError, IndexError, TypeError), match=message):
        call()


def test_a_wrong_label_among_pixels_is_named_with_its_place() -> None:
    labels = np.zeros((2, 4, 5), int)
    labels[1, 2, 3] = 9
    with pytest.raises(IndexError, match=r"label 9 in position \(1, 2, 3\).*have 3 classes"):
        nn.cross_entropy(np.zeros((2, 3, 4, 5)), labels)


def test_one_hot_integers_are_told_from_probabilities() -> None:
    with pytest.raises(ag.ShapeError, match=r"labels.argmax\(-1\), or probabilities by labels.astype\(float\)"):
        nn.cross_entropy(np.zeros((2, 3)), np.eye(3, dtype=int)[:2])


def test_empty_batches_have_the_sum_zero() -> None:
    assert nn.cross_entropy(np.zeros((0, 3)), np.zeros(0, int), reduction="sum") == 0
    assert nn.nll_loss(np.zeros((0, 3)), np.zeros(0, int), reduction="none").shape == (0,)


def test_ignored_labels_need_no_valid_row() -> None:
    log_p = np.array([[-1.0, -2.0], [-np.inf, -np.inf]])
    x = Tensor(log_p, requires_grad=True)
    loss = nn.nll_loss(x, np.array([1, -100]))
    loss.backward()
    assert loss.item() == 2.0
    np.testing.assert_array_equal(x.grad, [[0, -1], [0, 0]])


# Limits


def test_losses_of_huge_logits() -> None:
    x = np.array([1e4, -1e4])
    np.testing.assert_array_equal(nn.binary_cross_entropy_with_logits(x, [1.0, 0.0], reduction="none"), [0, 0])
    np.testing.assert_array_equal(nn.binary_cross_entropy_with_logits(x, [0.0, 1.0], reduction="none"), [1e4, 1e4])
    np.testing.assert_array_equal(nn.soft_margin_loss(x, [-1, 1], reduction="none"), [1e4, 1e4])


def test_slopes_of_sure_answers_keep_their_digits() -> None:
    for pos_weight in (None, np.array(1.0)):
        slope = ag.grad(
            lambda x, w=pos_weight: nn.binary_cross_entropy_with_logits(x, [1.0, 0.0], pos_weight=w, reduction="sum")
        )(np.array([40.0, -40.0]))
        np.testing.assert_allclose(slope, [-np.exp(-40.0), np.exp(-40.0)], rtol=1e-15)


def test_certain_probabilities_as_pytorch_has_them() -> None:
    p = Tensor([0.0, 1.0, 0.0, 1.0], requires_grad=True)
    loss = nn.binary_cross_entropy(p, [0.0, 1.0, 1.0, 0.0], reduction="sum")
    loss.backward()
    assert loss.item() == 200.0
    np.testing.assert_array_equal(p.grad, [0.0, 0.0, -1000000003995.8029, 1000000003995.8029])  # torch 2.13's


def test_divergence_from_what_never_happens() -> None:
    log_p = Tensor([[0.0, -np.inf]], requires_grad=True)
    loss = nn.kl_div(log_p, np.array([[1.0, 0.0]]), reduction="sum")
    loss.backward()
    assert loss.item() == 0
    np.testing.assert_array_equal(log_p.grad, [[-1.0, 0.0]])


def test_cross_entropy_of_excluded_classes_with_options() -> None:
    logits = Tensor([[-np.inf, 0.0, 0.0]], requires_grad=True)
    loss = nn.cross_entropy(logits, np.array([1]), weight=np.array([1.0, 2.0, 1.0]), reduction="sum")
    loss.backward()
    np.testing.assert_allclose(loss.item(), 2 * np.log(2), rtol=1e-15)
    np.testing.assert_allclose(logits.grad, [[0.0, -1.0, 1.0]], rtol=1e-15)


def test_similarity_to_nothing_is_zero() -> None:
    assert nn.cosine_similarity(np.zeros((1, 3)), np.ones((1, 3))) == 0
    slope = ag.grad(lambda x: nn.cosine_similarity(x, np.ones((1, 3)))[0])(np.zeros((1, 3)))
    assert np.all(np.isfinite(slope))


@pytest.mark.parametrize("delta", [0.5, 2.0])
def test_kinks_have_the_slopes_of_both_sides(delta: float) -> None:
    at = np.array([-delta, 0.0, delta])
    slopes = ag.elementwise_grad(lambda e: nn.huber_loss(e, np.zeros(3), "none", delta))(at)
    np.testing.assert_array_equal(slopes, at)
    np.testing.assert_array_equal(ag.grad(lambda e: nn.l1_loss(e, np.zeros(1)))(np.zeros(1)), [0.0])


def test_margins_met_exactly_have_the_slopes_of_pytorch() -> None:
    x, zero = np.array([1.0, 0.5]), np.zeros(2)
    slope = ag.grad(lambda x: nn.hinge_embedding_loss(x, np.array([-1, -1]), reduction="sum"))
    np.testing.assert_array_equal(slope(x), [-1.0, -1.0])
    slope = ag.grad(lambda x: nn.margin_ranking_loss(x, zero, np.array([1, -1]), reduction="sum"))
    np.testing.assert_array_equal(slope(zero), [-1.0, 1.0])
    slope = ag.grad(lambda x: nn.cosine_embedding_loss(x, np.array([[0.0, 1.0]]), np.array([-1])))
    np.testing.assert_allclose(slope(np.array([[1.0, 0.0]])), [[0.0, 1.0]], rtol=1e-11)
    slope = ag.grad(lambda x: nn.multi_margin_loss(x, np.array([0]), reduction="sum"))
    np.testing.assert_array_equal(slope(np.array([[1.0, 0.0, 0.5]])), [[-1 / 3, 0.0, 1 / 3]])
    assert np.isnan(nn.margin_ranking_loss(np.array([np.nan]), np.ones(1), np.ones(1)))


# One loss is another


@given(st.lists(st.floats(-50, 50), min_size=2, max_size=5), st.integers(0, 1))
def test_two_classes_are_yes_and_no(values: list[float], label: int) -> None:
    x = np.array(values)
    logits = np.stack([np.zeros_like(x), x], axis=1)
    wanted = nn.cross_entropy(logits, np.full(len(x), label))
    found = nn.binary_cross_entropy_with_logits(x, np.full(len(x), float(label)))
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-15)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["mean", "sum", "none"]))
def test_labels_are_probabilities_of_one(seed: int, reduction: str) -> None:
    rng = np.random.default_rng(seed)
    logits, labels = rng.normal(size=(5, 3)), rng.integers(0, 3, 5)
    wanted = nn.cross_entropy(logits, np.eye(3)[labels], reduction=reduction)
    np.testing.assert_allclose(nn.cross_entropy(logits, labels, reduction=reduction), wanted, rtol=1e-12)
    log_p = nn.log_softmax(logits, 1)
    np.testing.assert_allclose(nn.nll_loss(log_p, labels, reduction=reduction), wanted, rtol=1e-12)
    np.testing.assert_allclose(nn.cross_entropy(logits, labels, weight=np.ones(3), reduction=reduction), wanted)


def test_ignored_rows_are_as_if_they_were_not_there() -> None:
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(size=(6, 3)), np.array([0, -100, 2, 1, -100, 1])
    kept = labels >= 0
    for options in ({}, {"label_smoothing": 0.2}, {"weight": np.array([1.0, 2.0, 3.0])}):
        wanted = nn.cross_entropy(logits[kept], labels[kept], **options)
        np.testing.assert_allclose(nn.cross_entropy(logits, labels, **options), wanted, rtol=1e-14)


def test_losses_composed_of_others_to_second_order() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    sign = np.array([1.0, -1.0, 1.0])
    for loss in (
        lambda x, y: nn.cosine_embedding_loss(x, y, sign),
        lambda x, y: np.sum(nn.cosine_similarity(x, y) ** 2),
        lambda x, y: nn.gaussian_nll_loss(x, y, np.exp(x * y), full=True),
        lambda x, y: nn.poisson_nll_loss(x, np.exp(y)),
        lambda x, y: nn.multi_margin_loss(x * y, np.array([0, 2, 1]), p=2),
        lambda x, y: nn.smooth_l1_loss(x, y, beta=0.5),
        lambda x, y: nn.cross_entropy(x[None], np.exp(y)[None], label_smoothing=0.1, weight=np.arange(1.0, 4.0)),
    ):
        ag.check_grads(loss, (x, y), order=2)


def test_tracked_weights_of_elements_get_gradients() -> None:
    x, t, w = np.array([0.3, -0.2]), np.array([1.0, 0.0]), np.array([1.0, 2.0])
    slope = ag.grad(lambda w: nn.binary_cross_entropy_with_logits(x, t, weight=w, reduction="sum"))(w)
    np.testing.assert_allclose(slope, nn.binary_cross_entropy_with_logits(x, t, reduction="none"), rtol=1e-15)


@pytest.mark.parametrize("x", [0.0, -0.0, 1e-3, -2.5, 30.0])
@pytest.mark.parametrize("pos_weight", [None, 3.0])
def test_cross_entropy_of_logits_is_curved_at_zero_too(x, pos_weight):
    weight, target = 1.0 if pos_weight is None else pos_weight, 0.25
    share, rest = 1 / (1 + np.exp(-x)), 1 / (1 + np.exp(x))
    scale = 1 - target + weight * target

    def loss(x, t):
        return nn.binary_cross_entropy_with_logits(x, t, pos_weight=pos_weight)

    for order, expected in enumerate([(1 - target) * share - weight * target * rest, scale * share * rest], 1):
        f = lambda x: loss(x, np.array(target))  # noqa: E731
        for _ in range(order):
            f = ag.grad(f)
        assert f(x) == pytest.approx(expected, rel=1e-12)
    third = ag.grad(ag.grad(ag.grad(lambda x: loss(x, np.array(target)))))(x)
    assert third == pytest.approx(scale * share * rest * (rest - share), rel=1e-12, abs=1e-15)
    mixed = ag.grad(ag.grad(lambda t: loss(np.array(x) * 1.0, t)))(target)
    assert mixed == 0.0
    cross = ag.grad(lambda x: ag.grad(loss, 1)(x, target))(x)
    assert cross == pytest.approx(-(weight - 1) * rest - 1, rel=1e-12)


def test_cross_entropy_of_logits_in_any_order_of_memory() -> None:
    rng = np.random.default_rng(4)
    z, labels = rng.normal(size=(7, 3)), rng.integers(3, size=7)
    expected = ag.grad(nn.cross_entropy)(z, labels)
    for other in (np.asfortranarray(z), z[::-1][::-1], np.repeat(z, 2, axis=1)[:, ::2]):
        np.testing.assert_array_equal(ag.grad(nn.cross_entropy)(other, labels), expected)
