"""`python -m benchmarks.overhead`: the suites engine, networks, jacobians and second-order."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from benchmarks import command


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; takes the arguments of `python -m benchmarks`."""
    given = sys.argv[1:] if arguments is None else arguments
    command.main(["--suite", "engine", "networks", "jacobians", "second-order", *given])


if __name__ == "__main__":
    main()
