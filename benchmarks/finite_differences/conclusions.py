"""What follows from the numbers: sentences whose every figure is looked up in the results of the run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.finite_differences.words import label, magnitude, sci
from benchmarks.tables import number, seconds, table

Numbers = Mapping[str, Any]

REVERSE, CENTRAL = "reverse mode", "central"

#: What central differences must lose by, at ten thousand variables.
SIZE, FASTER, SMALLER = 10_000, 1_000, 10_000


def conclusions(measured: Numbers) -> str:
    """Return the section of conclusions; those that a quick run has no numbers for are left out."""
    parts = [_verdict(measured), _cost(measured), _step(measured), _precision(measured), _complex(measured)]
    parts += [_adaptive(measured), _matrices(measured), _use()]
    return "## What follows\n\n" + "\n\n".join(part for part in parts if part)


def claim(measured: Numbers) -> dict[str, tuple[float, float]]:
    """Return how many times faster and more exact reverse mode is than central differences, each with what must be."""
    row = next((row for row in measured["variables"] if row["n"] == SIZE), None)
    if row is None:
        return {}
    faster = row["seconds"][CENTRAL] / row["seconds"][REVERSE]
    smaller = row["error"][CENTRAL] / row["error"][REVERSE]
    return {"times faster": (faster, FASTER), "times smaller an error": (smaller, SMALLER)}


def _verdict(measured: Numbers) -> str:
    row = next((row for row in measured["variables"] if row["n"] == SIZE), None)
    if row is None:
        return ""
    (faster, _), (smaller, _) = claim(measured).values()
    taken = row["columns"][CENTRAL]
    how = "all of them computed" if taken == SIZE else f"scaled from {taken:,} elements"
    return (
        f"**At {SIZE:,} variables reverse mode is {number(faster)} times faster than central differences, and its "
        f"error {magnitude(smaller)} times smaller.** {seconds(row['seconds'][REVERSE])} against "
        f"{seconds(row['seconds'][CENTRAL])} ({how}), {sci(row['error'][REVERSE])} against "
        f"{sci(row['error'][CENTRAL])}."
    )


def _cost(measured: Numbers) -> str:
    rows = measured["variables"]
    lines = [
        [
            f"{row['n']:,}",
            f"{number(row['seconds'][REVERSE] / row['seconds']['value'])}",
            f"{number(row['seconds'][CENTRAL] / row['seconds']['value'])}",
            f"{number(row['seconds'][CENTRAL] / row['seconds'][REVERSE])}",
        ]
        for row in rows
    ]
    cheaper = [row["n"] for row in rows if row["seconds"][CENTRAL] > row["seconds"][REVERSE]]
    last = rows[-1]
    return (
        "**Differences cost values in proportion to n, reverse mode one sweep whatever n is.** Central differences "
        "take 2n values of the function. In units of one value on plain arrays:\n\n"
        + table(["variables", "reverse mode", "central differences", "differences over reverse"], lines)
        + f"\n\nOf the sizes measured, reverse mode is the cheaper one from n = {min(cheaper):,} on. For small n its "
        "cost is that of recording, not of arithmetic: it falls to "
        f"{last['seconds'][REVERSE] / last['seconds']['value']:.1f} values at n = {last['n']:,}; theory bounds the "
        "arithmetic by 4 to 5."
    )


def _step(measured: Numbers) -> str:
    found = measured["curves"]["float64"]
    lines = []
    for method in ("forward", CENTRAL, "five-point"):
        best = min(found["errors"][method])
        at = found["steps"][found["errors"][method].index(best)]
        expected = min(zip(found["theory"][method], found["steps"], strict=True))
        lines.append(
            f"{label(method)}: {sci(best)} at h = {sci(at)}; theory says {sci(expected[0])} at {sci(expected[1])}"
        )
    errors, steps = found["errors"][CENTRAL], found["steps"]
    tiny = next(error for error, step in zip(errors, steps, strict=True) if step < 1e-12)
    return (
        "**There is no good step, only a least bad one.** A large step is wrong by truncation, a small one by "
        f"round-off, and the two balance far above the precision of the numbers: {'; '.join(lines)}. Left of its best "
        "step a formula loses digits in proportion to 1/h: central differences with h = "
        f"{sci(next(h for h in steps if h < 1e-12))} are wrong by {sci(tiny)}. The best step needs derivatives that "
        "nobody knows beforehand; the package's, which only knows epsilon and x, leaves "
        f"{sci(found['chosen'][CENTRAL][1])}. Reverse and forward mode have no step, and are wrong by "
        f"{sci(found['constant'][REVERSE])} and {sci(found['constant']['forward mode'])}."
    )


def _precision(measured: Numbers) -> str:
    found = measured["curves"]["float32"]
    row = measured["single"][-1]
    return (
        "**In float32 differences are of little use.** On the function of one variable the package's steps leave "
        f"{sci(found['chosen']['forward'][1])} (forward), {sci(found['chosen'][CENTRAL][1])} (central) and "
        f"{sci(found['chosen']['five-point'][1])} (five-point), reverse mode {sci(found['constant'][REVERSE])}. With "
        f"{row['n']:,} variables, where the value is a large sum and its last digit drowns what one variable changes, "
        f"central differences are wrong by {sci(row['error'][CENTRAL])} of the largest element, reverse mode by "
        f"{sci(row['error'][REVERSE])}. That is why `check_grads` takes its differences in float64."
    )


def _complex(measured: Numbers) -> str:
    found = measured["curves"]["float64"]
    row = measured["variables"][-1]
    return (
        "**The complex step is exact, and still costs n values.** No difference is taken, so any step below 1e-8 will "
        f"do: {sci(found['chosen']['complex-step'][1])} with the package's. At n = {row['n']:,} it takes "
        f"{number(row['seconds']['complex-step'] / row['seconds'][REVERSE])} times as long as reverse mode, and it "
        "needs a function that is analytic and takes complex numbers."
    )


def _adaptive(measured: Numbers) -> str:
    rows = [row for row in measured["variables"] if "scipy.differentiate" in row["seconds"]]
    if not rows:
        return ""
    row = rows[-1]
    parts = [
        f"{label(name)} {sci(row['error'][name])} in {seconds(row['seconds'][name])}"
        for name in ("richardson", "scipy.differentiate", "numdifftools")
        if name in row["seconds"]
    ]
    return (
        "**Extrapolation buys digits with time.** Methods that choose their steps, beside plain central differences "
        f"({sci(row['error'][CENTRAL])} in {seconds(row['seconds'][CENTRAL])} at n = {row['n']}): "
        f"{', '.join(parts)}. Reverse mode takes {seconds(row['seconds'][REVERSE])} and leaves "
        f"{sci(row['error'][REVERSE])}."
    )


def _matrices(measured: Numbers) -> str:
    jacobian, hessian = measured["jacobians"][-1], measured["hessians"][-1]
    exact = "reverse over reverse"
    return (
        f"**Jacobians and Hessians likewise.** A {jacobian['n']} × {jacobian['n']} Jacobian takes "
        f"{seconds(jacobian['seconds'][REVERSE])} in reverse mode and {seconds(jacobian['seconds'][CENTRAL])} by "
        f"central differences, with errors of {sci(jacobian['error'][REVERSE])} and "
        f"{sci(jacobian['error'][CENTRAL])}. The Hessian of the Rosenbrock function in {hessian['n']} variables: "
        f"{seconds(hessian['seconds'][exact])} and {sci(hessian['error'][exact])} by two sweeps, "
        f"{seconds(hessian['seconds']['central of reverse'])} and {sci(hessian['error']['central of reverse'])} by "
        f"central differences of exact gradients, {seconds(hessian['seconds']['second differences'])} and "
        f"{sci(hessian['error']['second differences'])} by second differences of values. If differences must be, take "
        "them of gradients."
    )


def _use() -> str:
    return (
        "**What differences are for.** To check a rule, along one direction and with a tolerance that knows their "
        "error (`check_grads`); and for functions that nobody can differentiate. `finite_difference` has all of these "
        "formulas."
    )
