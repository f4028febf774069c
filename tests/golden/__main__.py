"""Compute golden values with the installed PyTorch: ``python -m tests.golden [TOPIC …]``."""

import importlib
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

golden = importlib.import_module("golden")
case_module = importlib.import_module("golden.case")


def main(topics: list[str]) -> None:
    """Write the archives of these topics, of all if none are named."""
    torch = importlib.import_module("torch")
    case_module.DATA.mkdir(parents=True, exist_ok=True)
    for topic in topics or golden.TOPICS:
        answers = {
            f"{case.name} | {name}": value
            for case in golden.table(topic).CASES
            for name, value in case_module.run_theirs(case, torch).items()
        }
        np.savez_compressed(case_module.DATA / f"{topic}.npz", **answers)
        print(f"{topic}: {len(answers)} arrays, made by PyTorch {torch.__version__}")


if __name__ == "__main__":
    main(sys.argv[1:])
