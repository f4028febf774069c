"""The command of the benchmarks: what it lists, writes, refuses and flags. One run of it measures a tiny workload."""

import copy
import json
from functools import partial

import numpy as np
import pytest

import autograd_lite as ag
from benchmarks import adbench, baseline, command, finite_differences, overhead, peers, plots, profiling, report, runner
from benchmarks.finite_differences import conclusions, functions, methods, study, words
from benchmarks.measure import DisagreementError
from benchmarks.suites import SUITES
from benchmarks.tables import limited, number, seconds
from benchmarks.workload import Workload, pure
from benchmarks.workloads import hessian


def cell(time=1.0, spread=0.01, **more):
    return {"seconds": time, "spread": spread, "samples": 3, "first": 2 * time, "error": 0.0, **more}


@pytest.fixture
def results():
    """Return numbers as a run gives them."""
    times = {
        "jacobian": {
            peers.OURS: cell(1e-4, memory=4_000_000),
            peers.TORCH: cell(2e-4, memory=8_000_000, ratio=0.5, ratio_spread=0.02),
            peers.JAX_JIT: cell(5e-5, ratio=2.0, ratio_spread=0.02),
        }
    }
    machine = {
        "platform": "p", "cpu": "c", "cores": 2, "load": 0.1, "threads": {}, "python": "3", "packages": {"numpy": "2"},
        "date": "2026-01-02T03:04:05+00:00", "revision": "abc",
    }  # fmt: skip
    return {
        "format": 1, "machine": machine, "quick": True, "processes": 1, "missing": {"tinygrad": "pip install tinygrad"},
        "suites": {
            "jacobians": {"times": times, "figures": {}, "study": None},
            "growth": {"times": {}, "figures": {"lookups": {"10": 0.1, "100": 2.0, "ratio": 20.0}}, "study": None},
        },
    }  # fmt: skip


# Listing


def test_without_a_suite_they_are_listed(capsys):
    command.main([])
    printed = capsys.readouterr().out
    for suite in SUITES.values():
        assert suite.name in printed
        assert suite.title in printed
    assert "Installed: autograd_lite" in printed


def test_all_suites_of_the_issue_are_there():
    assert set(SUITES) >= {
        "engine", "networks", "regression", "mixture", "second-order", "jacobians", "sparse", "cost", "growth",
        "finite-differences", "adbench",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--suite", "engines"], "engines"),
        (["--suite", "all", "--peers", "jox"], "jox"),
        (["--suite", "engine", "--only", "hesian"], "no workload or figure of engine has a name with 'hesian'"),
        (["--suite", "engine", "--baseline", "nowhere.json"], "no file nowhere.json"),
    ],
)
def test_unknown_names_are_refused(arguments, words, capsys):
    with pytest.raises(SystemExit):
        command.main(arguments)
    assert words in capsys.readouterr().err


def test_suites_without_a_name_that_is_asked_for_are_left_out():
    assert command.having(["engine", "second-order", "finite-differences"], ["hvp"]) == ["second-order"]
    assert command.having(["engine", "finite-differences"], []) == ["engine", "finite-differences"]


def test_all_suites_run_where_none_is_named(monkeypatch, results, capsys, tmp_path):
    asked = []
    monkeypatch.setattr(command.runner, "run", lambda names, *_: asked.append(names) or results)
    command.main(["--quick", "--json", str(tmp_path / "numbers.json")])
    assert asked == [list(SUITES)]


def test_pictures_without_matplotlib_are_refused_before_anything_is_measured(monkeypatch, capsys):
    monkeypatch.setattr(command.importlib.util, "find_spec", lambda name: None if name == "matplotlib" else True)
    monkeypatch.setattr(command.runner, "run", lambda *_: pytest.fail("something was measured"))
    with pytest.raises(SystemExit):
        command.main(["--suite", "engine", "--plot", "p.png"])
    assert "pip install matplotlib" in capsys.readouterr().err


def test_a_run_of_one_peer_says_so(results):
    for row in results["suites"]["jacobians"]["times"].values():
        for peer in set(row) - {peers.OURS}:
            del row[peer]
    text = report.markdown(results)
    assert "Nobody else was there to compare with." in text
    assert "Results differ" not in text


def test_peers_are_chosen_by_name_or_package():
    assert peers.chosen(None) == peers.installed()
    assert set(peers.chosen(["hand"])) == {peers.OURS, peers.OURS_NN, peers.HAND}


def test_entry_points_stand_for_suites(monkeypatch):
    given = []
    monkeypatch.setattr(command, "main", given.append)
    overhead.main(["--quick"])
    from benchmarks.adbench import __main__ as entry

    entry.main(["--only", "gmm"])
    assert given == [
        ["--suite", "engine", "networks", "jacobians", "second-order", "--quick"],
        ["--suite", "adbench", "--only", "gmm"],
    ]
    assert SUITES["adbench"].workloads == adbench.WORKLOADS


# Running


def test_a_quick_run_writes_json_and_markdown(tmp_path, capsys):
    files = {name: tmp_path / "made" / f"numbers.{name}" for name in ("json", "markdown")}
    command.main(
        [
            *("--suite", "second-order", "--only", "hessian", "--peers", "hand", "--quick"),
            *("--json", str(files["json"]), "--markdown", str(files["markdown"])),
        ]
    )
    written = json.loads(files["json"].read_text())
    row = written["suites"]["second-order"]["times"]["hessian"]
    assert list(row) == [peers.OURS, peers.HAND]
    assert row[peers.HAND]["ratio"] > 0
    assert row[peers.OURS]["samples"] >= 3
    assert {"cpu", "threads", "packages", "date", "revision", "python"} <= set(written["machine"])
    assert written["machine"]["threads"]["OPENBLAS_NUM_THREADS"] == "1"
    text = files["markdown"].read_text()
    assert "| Hessian of the 100-variable Rosenbrock function |" in text
    assert text.strip() in capsys.readouterr().out


def test_unequal_answers_are_refused_before_anything_is_timed(monkeypatch):
    monkeypatch.setattr(runner, "interleaved", lambda *_: pytest.fail("something was timed"))
    cases = {peers.OURS: partial(pure, lambda: np.ones(2)), peers.HAND: partial(pure, lambda: np.zeros(2))}
    job = runner.Job("engine", [], [peers.OURS, peers.HAND], True)
    with pytest.raises(DisagreementError, match="by hand and autograd_lite disagree"):
        runner.measured(Workload("wrong", "", cases), job, {})


def test_another_peer_begins_in_each_process(monkeypatch):
    order = []

    def measured_in(cases, _):
        order.append(list(cases))
        return {peer: [1.0] for peer in cases}, dict.fromkeys(cases, 1.0)

    monkeypatch.setattr(runner, "interleaved", measured_in)
    workload = Workload("w", "", {peer: partial(pure, lambda: 1.0) for peer in (peers.OURS, peers.HAND)})
    job = runner.Job("engine", [], [peers.OURS, peers.HAND], True)
    for turn in range(2):
        assert list(runner.measured(workload, job._replace(turn=turn), {})) == [peers.OURS, peers.HAND]
    assert order == [[peers.OURS, peers.HAND], [peers.HAND, peers.OURS]]


def part(ours, theirs):
    row = {peers.OURS: ours, peers.TORCH: theirs}
    samples = {peer: {"samples": values, "first": values[0], "error": 0.0} for peer, values in row.items()}
    return {"times": {"jacobian": samples}, "figures": {}, "study": None, "refused": {}}


def test_samples_of_all_processes_are_merged_and_ratios_paired():
    parts = [part([1.0, 2.0, 3.0], [2.0, 4.0, 6.0]), part([5.0, 6.0, 7.0], [10.0, 12.0, 14.0])]
    row = runner.merge(parts, SUITES["jacobians"])["times"]["jacobian"]
    assert row[peers.OURS]["seconds"] == 4.0
    assert row[peers.TORCH]["ratio"] == 0.5
    assert row[peers.TORCH]["ratio_spread"] == 0.0
    assert row[peers.TORCH]["samples"] == 6
    assert "ratio" not in row[peers.OURS]


def test_spread_is_the_distance_of_the_quartiles():
    assert runner.spread([1.0, 2.0, 3.0, 4.0, 5.0]) == pytest.approx(2 / 3)
    assert runner.spread([1.0]) == 0.0


# Reporting


def test_the_report_has_times_ratios_memory_and_figures(results):
    text = report.markdown(results)
    assert "| full Jacobian, 50 outputs of 50 inputs | 100 µs ± 0 % | 200 µs ± 0 % | 50 µs ± 0 % |" in text
    assert "| **0.5 (0.2)** | 2 |" in text
    assert "| 4.0 | 8.0 | – |" in text
    assert "| 100 µs |" in text.split("Building")[1]
    assert "**20 (15)**" in text
    assert "Without tinygrad: pip install tinygrad." in text
    assert "Quick run" in text


def test_a_missing_peer_leaves_a_gap(results):
    times = results["suites"]["jacobians"]["times"]
    times["jacobian-tall"] = {peers.OURS: cell(1e-3)}
    assert "| 1 ms ± 0 % | – | – |" in report.markdown(results)


def test_numbers_are_written_with_three_digits_that_count():
    assert [number(value) for value in (1234.5, 0.012345, 12.0)] == ["1,234", "0.0123", "12"]
    assert [seconds(value) for value in (2.0, 3.5e-3, 1e-6, 4e-8)] == ["2 s", "3.5 ms", "1 µs", "40 ns"]
    assert [limited(2.0, None), limited(2.0, 3.0), limited(2.0, 1.0)] == ["2", "2 (3)", "**2 (1)**"]


def test_a_picture_is_drawn(results, tmp_path):
    pytest.importorskip("matplotlib")
    results["suites"]["growth"]["figures"]["growth-length"] = {
        "10": 1.0,
        "100": 2.0,
        "1,000": 20.0,
        "exponent of time": 1.0,
    }
    plots.draw(results, tmp_path / "made" / "picture.png")
    assert (tmp_path / "made" / "picture.png").stat().st_size > 1000


def test_there_must_be_something_to_draw(results, tmp_path):
    pytest.importorskip("matplotlib")
    results["suites"] = {}
    with pytest.raises(SystemExit, match="nothing to draw"):
        plots.draw(results, tmp_path / "picture.png")


def test_stored_numbers_are_reported_again(results, tmp_path, capsys):
    path = tmp_path / "numbers.json"
    path.write_text(json.dumps(results))
    command.main(["--from", str(path)])
    assert "full Jacobian, 50 outputs of 50 inputs" in capsys.readouterr().out


def test_a_profile_names_functions():
    text = profiling.profiled(hessian.workload(4), 0.0)
    assert "autograd_lite/" in text
    assert "| function | share of the time | calls a run |" in text


# Baselines


def slower(results, factor, peers_too):
    after = copy.deepcopy(results)
    for peer, numbers in after["suites"]["jacobians"]["times"]["jacobian"].items():
        if peer == peers.OURS or peers_too:
            numbers["seconds"] *= factor
    return after


def flagged(old, new):
    return [change.name for change in baseline.compare(old, new) if change.flagged]


def test_nothing_is_flagged_between_equal_runs(results):
    assert flagged(results, results) == []
    assert "Nothing grew" in baseline.markdown(baseline.compare(results, results))


def test_growth_beyond_the_noise_is_flagged(results):
    assert flagged(results, slower(results, 1.3, False)) == ["jacobians/jacobian"]
    assert flagged(results, slower(results, 1.05, False)) == []
    assert "**1.30**" in baseline.markdown(baseline.compare(results, slower(results, 1.3, False)))


def test_a_slower_machine_is_not_our_fault(results):
    assert flagged(results, slower(results, 2.0, True)) == []


def test_noisy_samples_excuse_more(results):
    noisy = slower(results, 1.3, False)
    noisy["suites"]["jacobians"]["times"]["jacobian"][peers.OURS]["spread"] = 0.2
    assert flagged(results, noisy) == []


def test_memory_and_figures_are_compared(results):
    after = copy.deepcopy(results)
    after["suites"]["jacobians"]["times"]["jacobian"][peers.OURS]["memory"] *= 2
    after["suites"]["growth"]["figures"]["lookups"]["ratio"] = 40.0
    changes = {(change.name, change.kind) for change in baseline.compare(results, after) if change.flagged}
    assert changes == {("jacobians/jacobian", "memory"), ("growth/lookups: ratio", "figure")}


def test_a_flag_is_the_exit_status(results, tmp_path, capsys):
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text(json.dumps(results))
    new.write_text(json.dumps(slower(results, 1.5, False)))
    with pytest.raises(SystemExit) as ended:
        command.main(["--from", str(new), "--baseline", str(old)])
    assert ended.value.code == 1
    command.main(["--from", str(new), "--baseline", str(new)])
    assert "Nothing grew beyond the noise" in capsys.readouterr().out


# Finite differences


@pytest.fixture(scope="module")
def measured():
    """Return a small study; its times say nothing."""
    return study.measure(quick=True)


def test_derivatives_by_hand_are_those_of_differences():
    x = functions.point(5)
    for example in (functions.GRADIENT, functions.network(5)):
        found = ag.finite_difference(example.f, x, method="five-point")
        np.testing.assert_allclose(found, example.derivative(x), rtol=1e-9, atol=1e-9)
    found = study.second_differences(functions.HESSIAN.f, x)
    np.testing.assert_allclose(found, functions.HESSIAN.derivative(x), rtol=1e-5, atol=1e-4)
    assert functions.CURVE.derivative(1.5) == pytest.approx(float(ag.finite_difference(functions.CURVE.f, 1.5)))


@pytest.mark.parametrize("method", study.SCHEMES)
def test_gradients_by_differences_leave_the_point_alone(method):
    x = functions.point(4)
    before = x.copy()
    found = methods.differences(method, functions.GRADIENT.f, x, [0, 2])
    np.testing.assert_array_equal(x, before)
    np.testing.assert_allclose(found, functions.GRADIENT.derivative(x)[[0, 2]], rtol=1e-5)


def test_theory_bounds_what_is_measured(measured):
    for found in measured["curves"].values():
        for method, errors in found["errors"].items():
            for error, theory in zip(errors, found["theory"][method], strict=True):
                assert error < 20 * theory, method


def test_no_formula_beats_reverse_mode_but_the_complex_step(measured):
    for row in measured["variables"]:
        for method in ("forward", "central", "five-point"):
            assert row["error"]["reverse mode"] < row["error"][method]
        assert row["error"]["complex-step"] < 1e-15


def test_the_page_has_every_number_from_the_run(measured, tmp_path, monkeypatch, results):
    pytest.importorskip("matplotlib")
    monkeypatch.setattr(finite_differences.page, "DOCS", tmp_path)
    made = finite_differences.write_page(measured, results["machine"])
    text = made[0].read_text()
    assert all((tmp_path / "images" / path.name).exists() for path in made[1:])
    assert seconds(measured["variables"][-1]["seconds"]["reverse mode"]) in text
    assert words.sci(measured["hessians"][-1]["error"]["second differences"]) in text
    assert max(len(line) for line in text.splitlines() if not line.startswith(("|", "!"))) <= 120
    assert conclusions.claim(measured) == {}  # a quick run does not go as far


def test_the_claim_compares_with_what_must_be():
    row = {
        "n": 10_000,
        "seconds": {"central": 2.0, "reverse mode": 1e-3},
        "error": {"central": 1e-7, "reverse mode": 1e-16},
    }
    found = conclusions.claim({"variables": [row]})
    assert found["times faster"] == (pytest.approx(2000.0), 1000)
    assert found["times smaller an error"] == (pytest.approx(1e9), 10_000)
