"""Finds the commands that the documentation tells people to type."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import typer

from bot.__main__ import cli

ROOT = Path(__file__).parents[2]
_HISTORY = ROOT / "CHANGELOG.md"  # names what existed once, too
PAGES = sorted(
    {*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "requirements").glob("*.md")} - {_HISTORY}
)
PROGRAM = "jimeng-bot"
COMMANDS = frozenset(cast("Any", typer.main.get_command(cli)).commands)


@dataclass(frozen=True, slots=True)
class Documented:
    """A command line of the bot, without the program's name, and where it is written."""

    arguments: tuple[str, ...]
    page: str

    def __str__(self) -> str:
        return " ".join(self.arguments) or PROGRAM


def documented_commands() -> list[Documented]:
    """Return each command line once, in the order of the pages."""
    found: dict[tuple[str, ...], Documented] = {}
    for page in PAGES:
        for code in code_of(page.read_text(encoding="utf-8")):
            for arguments in bot_arguments(code):
                found.setdefault(arguments, Documented(arguments, str(page.relative_to(ROOT))))
    return list(found.values())


def code_of(text: str) -> Iterator[str]:
    """Yield the lines of the blocks of code, then everything that is written as code within the text."""
    blocks = re.compile(r"^ *```[a-z]*\n(.*?)^ *```$", re.M | re.S)
    for block in blocks.findall(text):
        yield from block.replace("\\\n", " ").splitlines()
    yield from (code.replace("\n", " ") for code in re.findall(r"`([^`]+)`", blocks.sub("", text)))


def bot_arguments(line: str) -> Iterator[tuple[str, ...]]:
    """Yield what each call of the program in a line is given, in a container and without its name, too."""
    line = re.sub(r"\$\(.*?\)", "today", line)
    for part in re.split(r"&&|;|\|", line):
        try:
            words = shlex.split(part, comments=True)
        except ValueError:
            continue  # no command line: an apostrophe in something else
        for index, word in enumerate(words):
            if _starts_program(words, index, word):
                yield tuple(words[index + 1 :])
        if words[:1] and words[0] in COMMANDS and any(word.startswith("--") for word in words):
            yield tuple(words)


def _starts_program(words: list[str], index: int, word: str) -> bool:
    if word.endswith(f"/bin/{PROGRAM}"):
        return True
    if words[:2] == ["docker", "compose"]:
        # The image's entry point is the program, unless the command runs in a container that has started.
        return (word == PROGRAM and "exec" in words) or ("run" in words and index == words.index("--rm") + 1)
    return word == PROGRAM and index == 0
