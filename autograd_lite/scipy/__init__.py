"""SciPy for Tensors: ``integrate``, ``linalg``, ``signal``, ``special``, ``stats``; other submodules are SciPy's own.

SciPy is imported when something of it is first used.
"""

import importlib
from typing import Any

#: Submodules that are namespaces of their own here.
_SUBMODULES = ("integrate", "linalg", "signal", "special", "stats")


def __getattr__(name: str) -> Any:
    if name in _SUBMODULES:
        return importlib.import_module(f"{__name__}.{name}")
    return getattr(importlib.import_module("scipy"), name)


def __dir__() -> list[str]:
    return dir(importlib.import_module("scipy"))
