"""`python -m benchmarks.adbench`: the suite of ADBench's objectives."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from benchmarks import command


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; takes the arguments of `python -m benchmarks`."""
    command.main(["--suite", "adbench", *(sys.argv[1:] if arguments is None else arguments)])


if __name__ == "__main__":
    main()
