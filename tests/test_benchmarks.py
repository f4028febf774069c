"""Every version of a workload computes the same: sizes are tiny, and nothing is timed."""

import json
from functools import partial

import numpy as np
import pytest

from benchmarks import overhead, peers, report
from benchmarks.measure import DisagreementError, compare, interleaved
from benchmarks.workload import Workload, pure
from benchmarks.workloads import (
    FIGURES,
    WORKLOADS,
    chain,
    classification,
    hessian,
    jacobian,
    long_chain,
    lookups,
    memory,
    regression,
)

TINY = [
    chain.workload(None, 3, {}),
    chain.workload(4, 3, {}),
    regression.workload([2, 3, 3, 1], 5),
    classification.workload([4, 3, 2], 5),
    jacobian.workload(3),
    hessian.workload(4),
]


@pytest.mark.filterwarnings("ignore")  # the peers' own warnings are no concern of ours
@pytest.mark.parametrize("workload", TINY, ids=lambda workload: workload.name)
@pytest.mark.parametrize("peer", [peer for peer in peers.PACKAGES if peer != peers.HAND])
def test_peers_agree_with_the_version_by_hand(workload, peer):
    if peer not in workload.cases:
        pytest.skip("not written for this peer")
    pytest.importorskip(peers.PACKAGES[peer])
    compare(workload, [peers.HAND, peer])


def test_a_disagreement_is_found():
    cases = {peers.HAND: partial(pure, lambda: np.ones(2)), peers.OURS: partial(pure, lambda: np.ones(2) + 1e-6)}
    with pytest.raises(DisagreementError, match="autograd_lite and by hand disagree"):
        compare(Workload("wrong", "", cases), [peers.HAND, peers.OURS])


def test_growth_workloads_are_right():
    np.testing.assert_array_equal(lookups.ours(7).run(), np.ones(7))
    np.testing.assert_allclose(long_chain.ours(100).run(), 1.0000001**100)


def test_memory_workload_gives_the_gradients_it_is_measured_for():
    x = np.random.default_rng(0).normal(size=(3, 4))
    gradients = memory.step(2, 4, x, x)
    assert [gradient.shape for gradient in gradients] == [(4, 4), (4,)] * 2


def test_every_case_takes_its_turn():
    order = []
    cases = {name: pure(partial(order.append, name)) for name in "ab"}
    assert set(interleaved(cases, rounds=3, sample_seconds=0.0)) == {"a", "b"}
    assert order[-6:] == list("ababab")


def test_names_are_unique_and_limits_name_peers():
    names = [item.name for item in (*WORKLOADS, *FIGURES)]
    assert len(set(names)) == len(names)
    for workload in WORKLOADS:
        assert set(workload.limits) <= set(workload.cases)
        assert workload.ours in workload.cases


def test_the_command_prints_tables_and_writes_json(tmp_path, monkeypatch, capsys):
    measured = {
        "workloads": {"jacobian": {peers.OURS: 1e-4, peers.TORCH: 2e-4}},
        "figures": {"lookups": {"10": 0.1, "100": 2.0, "ratio": 20.0}},
    }
    monkeypatch.setattr(overhead, "_fresh", lambda names, quick: measured)
    overhead.main(["--only", "jacobian", "lookups", "--json", str(tmp_path / "made" / "numbers.json")])
    written = json.loads((tmp_path / "made" / "numbers.json").read_text())
    assert written["workloads"] == measured["workloads"]
    printed = capsys.readouterr().out
    assert "| **0.5 (0.35)** |" in printed
    assert "**20 (15)**" in printed


def test_the_median_over_processes_is_taken():
    runs = [{"workloads": {"w": {"p": value}}, "figures": {}} for value in (1.0, 5.0, 2.0)]
    assert overhead._merged(runs) == {"workloads": {"w": {"p": 2.0}}, "figures": {}}


def test_a_missing_peer_leaves_a_gap():
    results = {
        "machine": {"python": "3", "packages": {}}, "quick": True, "processes": 1, "figures": {},
        "workloads": {"jacobian": {peers.OURS: 1e-4}, "hessian": {peers.OURS: 1e-4, peers.TORCH: 1e-3}},
    }  # fmt: skip
    assert "| 100 | – |" in report.markdown(results, WORKLOADS, FIGURES)
