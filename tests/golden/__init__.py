"""Golden values: what PyTorch makes of each module and loss, stored, so that the tests need no PyTorch.

`TOPICS` names the tables, one module of this package each, with a list ``CASES``. ``python -m tests.golden`` computes
all answers with the installed PyTorch anew and writes one archive for each topic into ``tests/data/nn/``.
"""

import importlib
from types import ModuleType

#: One module of this package, and one archive, each.
TOPICS = ("layers", "activations", "normalization", "recurrent", "convolution", "attention", "losses")


def table(topic: str) -> ModuleType:
    """Return the module that holds the cases of a topic."""
    return importlib.import_module(f"{__name__}.{topic}")
