"""The README matches the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.demo.relay.faults import FAULTS
from bot.gateway.client import COGS

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[str]:
    """Return the first column of the table under a heading, without backticks."""
    section = README.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return [cell.strip("` ") for cell in re.findall(r"^\| (`[^|]+?`) \|", section, re.M)]


def test_every_fault_is_listed() -> None:
    assert rows("Faults on demand") == [fault.keyword for fault in FAULTS]
    for fault in FAULTS:
        assert f"| `{fault.keyword}` | {fault.description} |" in README


def test_every_setting_is_listed() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert rows("Settings") == re.findall(r"^([A-Z_]+)=", example, re.M)


def test_every_command_is_listed() -> None:
    source = "\n".join((ROOT / f"{cog.replace('.', '/')}.py").read_text(encoding="utf-8") for cog in COGS)
    commands = re.findall(r'localized\("command\.([a-z-]+)"', source)
    assert {f"/{name}" for name in commands} == {row.split()[0] for row in rows("Commands")}


@pytest.mark.parametrize("path", re.findall(r"\]\(((?!http)[^)#]+)\)", README))
def test_every_linked_file_exists(path: str) -> None:
    assert (ROOT / path).exists()


def test_every_path_of_the_layout_exists() -> None:
    layout = README.split("## Layout\n", 1)[1].split("```")[1]
    for name in re.findall(r"^(\S+)", layout, re.M):
        assert (ROOT / name).exists(), name
