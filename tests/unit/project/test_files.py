"""The rules for files that no tool checks."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[3]
FOLDERS = ("bot", "cogs", "tests", "benchmarks")
LINES = 300
"""The most lines of a Python file; longer ones hold more than one thing."""


def python_files() -> list[Path]:
    return [
        file for folder in ("bot", "cogs", "tests", "benchmarks") for file in (ROOT / folder).rglob("*.py")
    ]


def test_no_file_is_long() -> None:
    lengths = {str(file.relative_to(ROOT)): file.read_bytes().count(b"\n") for file in python_files()}
    assert {name: lines for name, lines in lengths.items() if lines > LINES} == {}


def test_migrations_follow_each_other() -> None:
    files = sorted((ROOT / "bot/store/migrations/versions").glob("[0-9]*.py"))
    sources = [file.read_text("utf-8") for file in files]
    revisions = [re.findall(r'^(?:down_)?revision.* = "?(\w+)', source, re.M) for source in sources]
    assert [name for name, _ in revisions] == [file.name[:4] for file in files]
    assert all(later[1] == earlier[0] for earlier, later in pairwise(revisions))
