"""The full run: ``python -m tests.random_programs --count 2000 --seed 0`` prints every disagreement and a summary."""

from __future__ import annotations

import argparse
from collections import Counter

from .backends import peers
from .comparing import failures
from .program import Program, generate, shrink


def main() -> int:
    """Compare programs and report; the exit status says whether all agreed."""
    parser = argparse.ArgumentParser(prog="python -m tests.random_programs", description=__doc__)
    parser.add_argument("--count", type=int, default=2000, help="how many programs")
    parser.add_argument("--seed", type=int, default=0, help="the seed of the first; the others follow")
    parser.add_argument("--jax-every", type=int, default=1, help="run JAX, which compiles each, on every n-th")
    options = parser.parse_args()
    found, tallies, steps = peers(), Counter[str](), Counter[str]()
    for seed in range(options.seed, options.seed + options.count):
        program = generate(seed)
        steps.update(step.name for step in program.steps)
        chosen = {name: peer for name, peer in found.items() if name != "jax" or seed % options.jax_every == 0}
        tallies.update(["itself", *chosen])
        wrong = failures(program, chosen)
        if wrong:
            tallies["disagreements"] += 1
            report(seed, program, wrong, chosen)
    print(f"{sum(steps.values())} steps of {len(steps)} kinds; the rarest: {steps.most_common()[:-6:-1]}")
    print(", ".join(f"{name}: {count}" for name, count in tallies.items()) + f", of {options.count} programs")
    return 1 if tallies["disagreements"] else 0


def report(seed: int, program: Program, wrong: list[str], chosen: dict) -> None:
    """Print what disagreed, and the smallest program that shows the first of it."""
    first = wrong[0]
    small = shrink(program, lambda candidate: first in failures(candidate, chosen))
    print(f"seed {seed}: {'; '.join(wrong)}\nshrunk to:\n{small}\n", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
