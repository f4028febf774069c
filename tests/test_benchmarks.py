"""Every version of a workload computes the same: sizes are tiny, and nothing is timed."""

from functools import partial

import numpy as np
import pytest

from benchmarks import peers
from benchmarks.measure import DisagreementError, Effort, built, compare, interleaved, peak_bytes
from benchmarks.suites import SUITES
from benchmarks.workload import Case, Workload, listed, pure
from benchmarks.workloads import (
    chain,
    classification,
    cost,
    growth,
    hessian,
    jacobian,
    logistic,
    long_chain,
    lookups,
    memory,
    mixture,
    products,
    regression,
    sparse,
)

TINY = [
    chain.workload(None, 3, {}),
    chain.workload(4, 3, {}),
    long_chain.workload(20),
    regression.workload([2, 3, 3, 1], 5),
    classification.workload([4, 3, 2], 5),
    logistic.workload(7, 3),
    jacobian.workload("square", 3, 3),
    jacobian.workload("tall", 2, 5),
    jacobian.workload("wide", 5, 2),
    jacobian.banded_workload(5),
    hessian.workload(4),
    products.workload(5),
]

WITHOUT_HAND = [
    *(mixture.workload(style, 2, 3, 7) for style in mixture.gmm.OURS),
    sparse.hessian_workload(9),
    sparse.broyden_workload(9),
    sparse.adjustment_workload(2, 3, 5),
]


@pytest.mark.filterwarnings("ignore")  # the peers' own warnings are no concern of ours
@pytest.mark.parametrize("workload", TINY, ids=lambda workload: workload.name)
@pytest.mark.parametrize("peer", [peer for peer in peers.PACKAGES if peer != peers.HAND])
def test_peers_agree_with_the_version_by_hand(workload, peer):
    if peer not in workload.cases:
        pytest.skip("not written for this peer")
    pytest.importorskip(peers.PACKAGES[peer])
    try:
        peers.prepare(peer)
    except peers.UnavailableError as error:
        pytest.skip(str(error))
    compare(workload, [peers.HAND, peer])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("workload", WITHOUT_HAND, ids=lambda workload: workload.name)
def test_all_ways_agree(workload):
    refused = {}
    errors = compare(workload, peers.installed(), refused=refused)
    if set(workload.cases) <= {peers.OURS, *peers.missing(), *refused}:
        pytest.skip("no peer that this is written for can run here")
    assert len(errors) >= 2
    assert set(refused) <= set(workload.cases)


@pytest.mark.parametrize(
    "name", ["network-2", "network-64", "cnn", "rnn", "adbench-lstm", "adjustment", "rosenbrock-100"]
)
def test_values_of_the_cost_suite_are_those_of_the_gradients(name):
    workload = next(item for item in cost.WORKLOADS if item.name == f"cost-{name}")
    assert len(compare(workload, [peers.OURS], runs=1)) == 4


def test_the_cost_suite_sums_up():
    times = {name: {cost.TENSORS: {"ratio": ratio}} for name, ratio in (("a", 2.0), ("b", 5.0), ("c", 3.5))}
    assert cost.summary(times) == {
        "over value on Tensors, median of 3": (3.5, 3.0),
        "over value on Tensors, largest": (5.0, 4.0),
    }


# Measuring


def test_a_disagreement_is_found():
    cases = {peers.HAND: partial(pure, lambda: np.ones(2)), peers.OURS: partial(pure, lambda: np.ones(2) + 1e-6)}
    with pytest.raises(DisagreementError, match=r"autograd_lite and by hand disagree by 1\.0e-06"):
        compare(Workload("wrong", "", cases), [peers.HAND, peers.OURS])


@pytest.mark.parametrize("wrong", [np.ones(3), np.ones((1, 2)), np.array([1.0, np.nan])])
def test_other_shapes_and_nans_are_disagreements(wrong):
    cases = {peers.HAND: partial(pure, lambda: np.ones(2)), peers.OURS: partial(pure, lambda: wrong)}
    with pytest.raises(DisagreementError, match="wrong: autograd_lite and by hand disagree"):
        compare(Workload("wrong", "", cases), [peers.HAND, peers.OURS])


def test_a_missing_result_is_a_disagreement():
    cases = {peers.HAND: partial(listed, lambda: (1.0, [2.0, 3.0])), peers.OURS: partial(listed, lambda: (1.0, [2.0]))}
    with pytest.raises(DisagreementError, match="shapes"):
        compare(Workload("wrong", "", cases), [peers.HAND, peers.OURS])


def test_a_case_without_a_result_is_not_compared():
    cases = {peers.HAND: partial(pure, lambda: np.ones(2)), "beside": lambda: Case(lambda: None, None)}
    assert compare(Workload("w", "", cases), [peers.HAND]) == {peers.HAND: 0.0, "beside": 0.0}


def test_a_peer_that_cannot_is_told_of():
    def refuse():
        raise peers.UnavailableError("it has no wheels")

    workload = Workload("w", "", {peers.HAND: partial(pure, lambda: 1.0), peers.OURS: refuse})
    refused = {}
    assert set(built(workload, [peers.HAND, peers.OURS], refused)) == {peers.HAND}
    assert refused == {peers.OURS: "it has no wheels"}
    with pytest.raises(peers.UnavailableError):
        built(workload, [peers.HAND, peers.OURS])


def test_every_case_takes_its_turn():
    order = []
    cases = {name: pure(partial(order.append, name)) for name in "ab"}
    samples, first = interleaved(cases, Effort(3, 0.0, 100.0))
    assert order[-6:] == list("ababab")
    assert {name: len(values) for name, values in samples.items()} == {"a": 3, "b": 3}
    assert set(first) == {"a", "b"}


def test_peak_memory_counts_what_a_run_holds_at_once():
    length = 1 << 21
    found = peak_bytes(pure(lambda: np.ones(length) + np.ones(length)))
    assert 8 * length < found < 64 * length


# Figures


def test_growth_workloads_are_right():
    np.testing.assert_array_equal(lookups.ours(7).run(), np.ones(7))
    np.testing.assert_allclose(long_chain.ours(100).run(), 1.0000001**100)
    np.testing.assert_allclose(growth.operations(2)(), 1.01 * np.cos(0.5))
    assert growth.jacobian_size(3)().shape == (3, 3)
    assert [gradient.shape for gradient in growth.depth(2)()] == [(64, 64)] * 2


def test_exponents_are_slopes_of_the_largest_sizes():
    sizes = [1, 10, 100, 1_000, 10_000]
    assert growth.exponent(sizes, [5.0, 5.0, 2.0 * 100**1.5, 2.0 * 1_000**1.5, 2.0 * 10_000**1.5]) == pytest.approx(1.5)
    assert np.isnan(growth.exponent([1], [1.0]))


def test_a_growth_names_sizes_memory_and_exponents():
    found = growth.measure(growth.lengths, [4, 8, 16], quick=True)
    assert list(found) == ["4", "4, memory", "8", "8, memory", "exponent of time", "exponent of memory"]


def test_memory_workload_gives_the_gradients_it_is_measured_for():
    x = np.random.default_rng(0).normal(size=(3, 4))
    gradients = memory.step(2, 4, x, x)
    assert [gradient.shape for gradient in gradients] == [(4, 4), (4,)] * 2


def test_names_are_unique_and_limits_name_peers():
    for suite in SUITES.values():
        names = [item.name for item in (*suite.workloads, *suite.figures)]
        assert len(set(names)) == len(names)
        for workload in suite.workloads:
            assert set(workload.limits) <= set(workload.cases)
            assert workload.ours in workload.cases
        for figure in suite.figures:
            assert figure.title
