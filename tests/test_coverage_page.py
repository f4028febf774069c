"""The page of what is covered says what the tables say, and covers as much as the README promises."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"


@pytest.fixture(scope="module")
def generator() -> Iterator[Any]:
    """Give the script that writes the page, as a module."""
    pytest.importorskip("scipy")
    found = importlib.util.spec_from_file_location("make_coverage", DOCS / "make_coverage.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules["make_coverage"] = module  # its dataclasses look it up
    found.loader.exec_module(module)
    yield module
    del sys.modules["make_coverage"]


def test_the_page_is_up_to_date(generator: Any) -> None:
    text = generator.PAGE.read_text()
    written_with = re.search(r"with (NumPy \S+, SciPy [^:]+):", text)
    assert written_with is not None
    if written_with[1] != generator.versions():
        pytest.skip(f"the page was written with {written_with[1]}, and this is {generator.versions()}")
    assert text == generator.page(), "run python docs/make_coverage.py"


def test_enough_is_differentiated(generator: Any) -> None:
    count = re.search(r"(\d+) functions with derivatives", generator.PAGE.read_text())
    assert count is not None
    assert int(count[1]) >= 260


def test_every_row_says_what_the_function_is_like(generator: Any) -> None:
    rows = [line.split("|")[1:-1] for line in generator.PAGE.read_text().splitlines() if line.startswith("| `")]
    kinds = {"elementwise", "linear", "multilinear", "general", "composition", "constant", "refused"}
    wrong = [row for row in rows if row[1].strip() not in kinds or (row[1].strip() == "refused") > bool(row[4].strip())]
    assert not wrong
