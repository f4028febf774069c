"""HIPS autograd's own tests on autograd_lite: ``python -m tests.peers.hips_autograd PATH_TO_TESTS [pytest arguments]``.

Modules with autograd's names are put where ``import autograd`` finds them; what they hold is autograd_lite's. What
autograd adds to signatures of NumPy and SciPy (keywords of ``where``, axes of ``convolve``) is written out in the shim.
Tests of autograd's internals (vector spaces, its core without NumPy) run too and are counted apart. Tests that fail
because the two libraries differ on purpose are listed in `BY_DESIGN`, with the reason; they are expected to fail.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
from collections import Counter
from typing import Any

import autograd_lite.numpy as anp
from autograd_lite import Tensor
from autograd_lite.core.dispatch import untracked

from . import hips_checks, hips_operators

#: Files that test how autograd works inside.
INTERNALS = ("test_core.py", "test_vspaces.py")

_WHERE_CASES = ("int-True-1-2", "float-True-3.0-4.0", "float-False-1-2.0", "list-True-x3-y3")

#: Test -> why autograd_lite does something else, on purpose.
BY_DESIGN = {
    "test_misc.py::test_const_graph": "replaying a recorded graph is no feature of autograd_lite",
    "test_misc.py::test_const_graph_args": "replaying a recorded graph is no feature of autograd_lite",
    "test_fft.py::test_rfftn_odd_not_implemented": "it expects that lengths that are odd cannot be differentiated",
    **dict.fromkeys(
        [f"test_wrappers.py::test_custom_where_dtypes[{case}]" for case in _WHERE_CASES],
        "np.where of numbers and lists gives arrays, as NumPy's does, and not the objects themselves",
    ),
}


def module(name: str, names: dict[str, Any], behind: Any = None) -> types.ModuleType:
    """Make a module of these names, and of those of a namespace behind it, and let ``import`` find it."""
    made = types.ModuleType(name)
    vars(made).update(names)
    if behind is not None:
        vars(made)["__getattr__"] = lambda attribute: getattr(behind, attribute)
    sys.modules[name] = made
    parent, _, own = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], own, made)
    return made


def install() -> None:
    """Put modules with autograd's names in place."""
    checks, operators = dict(vars(hips_checks)), hips_operators
    top = {**operators.OPERATORS, **operators.BUILTINS, **operators.EXTEND}
    module("autograd", {**top, "__path__": []})
    core = {"make_vjp": hips_checks.make_vjp, "make_jvp": hips_checks.make_jvp, "primitive_vjps": {}}
    module("autograd.core", {**operators.EXTEND, **core})
    module("autograd.extend", operators.EXTEND)
    module("autograd.builtins", operators.BUILTINS)
    module("autograd.differential_operators", operators.OPERATORS)
    module("autograd.test_util", checks)
    module("autograd.wrap_util", {"unary_to_nary": hips_checks.unary_to_nary})
    module("autograd.util", {"quick_grad_check": operators.quick_grad_check})
    tracing = {"isbox": lambda value: isinstance(value, Tensor), "getval": untracked}
    module("autograd.tracer", {**operators.EXTEND, **tracing})
    misc = {"__path__": [], "flatten": operators.flatten, "const_graph": lambda f, *args, **kwargs: f}
    module("autograd.misc", misc)
    module("autograd.misc.fixed_points", {"fixed_point": operators.fixed_point})
    module("autograd.numpy", {"__path__": [], "where": operators.where}, anp)
    for name in ("fft", "linalg", "random"):
        module(f"autograd.numpy.{name}", {}, getattr(anp, name))
    transposed = {"_dot": anp.matmul, "T": lambda a: anp.swapaxes(a, -1, -2)}
    vars(sys.modules["autograd.numpy.linalg"]).update(transposed)
    install_scipy()


def install_scipy() -> None:
    """Put modules with the names of autograd.scipy in place, as far as SciPy is installed."""
    if importlib.util.find_spec("scipy") is None:
        return
    module("autograd.scipy", {"__path__": []})
    for name in ("special", "linalg", "signal", "stats", "integrate"):
        ours = f"autograd_lite.scipy.{name}"
        behind = importlib.import_module(ours if importlib.util.find_spec(ours) else f"scipy.{name}")
        added = {"convolve": hips_operators.convolve} if name == "signal" else {}
        module(f"autograd.scipy.{name}", {"__path__": [], **added}, behind)
    for name in ("beta", "chi2", "dirichlet", "gamma", "multivariate_normal", "norm", "poisson", "t"):
        sys.modules[f"autograd.scipy.stats.{name}"] = getattr(sys.modules["autograd.scipy.stats"], name)


class Tally:
    """A pytest plugin that expects what differs by design to fail, and counts."""

    def __init__(self) -> None:
        self.outcomes: dict[str, str] = {}

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Mark the tests of `BY_DESIGN`."""
        import pytest

        for item in items:
            name = f"{item.path.name}::{item.name}"
            if name in BY_DESIGN:
                item.add_marker(pytest.mark.xfail(reason=BY_DESIGN[name], strict=True))

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Remember what became of each test."""
        if report.when == "call" or report.outcome != "passed":
            self.outcomes[report.nodeid] = "by design" if hasattr(report, "wasxfail") else report.outcome

    def summary(self) -> str:
        """Return the counts, internals apart."""
        lines = []
        for title, inside in (("tests", False), ("tests of internals", True)):
            chosen = [out for name, out in self.outcomes.items() if any(f in name for f in INTERNALS) is inside]
            counts = ", ".join(f"{outcome}: {count}" for outcome, count in sorted(Counter(chosen).items()))
            lines.append(f"{len(chosen)} {title}: {counts}")
        return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Install the modules, run pytest on the tests, and print the counts."""
    import pytest

    install()
    tally = Tally()
    path, *rest = arguments
    quiet = ["-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", path, "-q", "--tb=short"]
    status = pytest.main([path, *quiet, *rest], plugins=[tally])
    print(tally.summary())
    return int(status)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
