"""The rules for files that no tool checks."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[3]
FOLDERS = ("bot", "cogs", "tests", "benchmarks")
LINES = 300
"""The most lines of a Python file; longer ones hold more than one thing."""
MODULES = 15
"""The most modules beside each other in a package; more need packages of their own."""
TIERS = "unit|integration|acceptance|chaos|gallery|fuzz"


def python_files(*folders: str) -> list[Path]:
    return [file for folder in folders or FOLDERS for file in sorted((ROOT / folder).rglob("*.py"))]


def test_no_file_is_long() -> None:
    lengths = {str(file.relative_to(ROOT)): file.read_bytes().count(b"\n") for file in python_files()}
    assert {name: lines for name, lines in lengths.items() if lines > LINES} == {}


def test_no_package_has_many_modules() -> None:
    modules = Counter(
        file.parent.relative_to(ROOT).as_posix()
        for file in python_files("bot", "cogs")
        if file.name != "__init__.py"
    )
    del modules["bot/store/migrations/versions"]  # as many as the schema has changed
    assert {package: count for package, count in modules.items() if count > MODULES} == {}


def test_tests_share_helpers_through_their_support_only() -> None:
    borrowed = re.compile(rf"^from tests\.(?:{TIERS})[\w.]*test_", re.M)
    files = python_files("tests")
    assert [str(file.relative_to(ROOT)) for file in files if borrowed.search(file.read_text("utf-8"))] == []


def test_migrations_follow_each_other() -> None:
    files = sorted((ROOT / "bot/store/migrations/versions").glob("[0-9]*.py"))
    sources = [file.read_text("utf-8") for file in files]
    revisions = [re.findall(r'^(?:down_)?revision.* = "?(\w+)', source, re.M) for source in sources]
    assert [name for name, _ in revisions] == [file.name[:4] for file in files]
    assert all(later[1] == earlier[0] for earlier, later in pairwise(revisions))
