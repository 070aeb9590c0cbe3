"""Every command of the bot that the documentation names does what it says."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
import typer
import yaml

from bot.__main__ import cli
from tests.support.command_line import REDIRECTED_BOT, TOKEN, closed_port, command, start
from tests.support.databases import new_sqlite
from tests.support.documented_commands import PAGES, ROOT, Documented, code_of, documented_commands

DOCUMENTED = documented_commands()
Finished = subprocess.CompletedProcess[str]
PLACES = {
    "/data/": "",
    "sqlite:////srv/bot/data/jimeng.db": "sqlite:///data/jimeng.db",
}
"""Places that the pages name, and those that stand for them in an empty folder."""
NOT_RUN = {
    "jimeng-bot": "the program's name alone, in running text",
    "restore": "without a file, in running text",
    "backup": "without a file, in running text",
    "copy": "without its addresses, in running text",
}
"""Commands that aren't run here, and why."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a migrated database, like one in which the bot ran before."""
    new_sqlite(tmp_path / "data" / "jimeng.db")
    return tmp_path


def at_places(arguments: tuple[str, ...], **places: str) -> list[str]:
    substitutes = {**PLACES, **places}
    replaced: list[str] = []
    for argument in arguments:
        written = next((place for place in substitutes if argument.startswith(place)), "")
        replaced.append(substitutes.get(written, "") + argument.removeprefix(written))
    return replaced


def unreachable(folder: Path, *arguments: str, **settings: str) -> Finished:
    """Run a command that finds no Discord at its address."""
    nowhere = f"127.0.0.1:{closed_port()}"
    return start(
        folder, str(REDIRECTED_BOT), f"http://{nowhere}", f"ws://{nowhere}", *arguments,
        DISCORD_TOKEN=TOKEN, RELAY_URL="demo", LOG_LEVEL="WARNING", **settings,
    )  # fmt: skip


def runs(folder: Path, arguments: tuple[str, ...]) -> None:
    done = unreachable(folder, *arguments)
    assert (done.returncode, "Discord can't be reached" in done.stderr) == (75, True)


def diagnoses(folder: Path, arguments: tuple[str, ...]) -> None:
    done = command(folder, *arguments, RELAY_URL="demo")
    assert done.returncode == 1
    assert "DISCORD_TOKEN is empty" in done.stdout


def backs_up(folder: Path, arguments: tuple[str, ...]) -> None:
    name, file = at_places(arguments)
    done = command(folder, name, file)
    assert (done.returncode, done.stderr) == (0, "")
    assert (folder / file).stat().st_mode & 0o777 == 0o600


def restores(folder: Path, arguments: tuple[str, ...]) -> None:
    name, file, *options = at_places(arguments)
    assert command(folder, "backup", file).returncode == 0
    done = command(folder, name, file, *options)
    assert (done.returncode, done.stderr) == (0, "")
    assert "The database is as it was at" in done.stdout


def succeeds(folder: Path, arguments: tuple[str, ...]) -> None:
    done = command(folder, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


RUNS: dict[str, Callable[[Path, tuple[str, ...]], None]] = {
    "run": runs,
    "doctor": diagnoses,
    "backup": backs_up,
    "restore": restores,
    "migrate": succeeds,
    "status": succeeds,
    "--version": succeeds,
}
"""What has to come of a command, by its first word."""
ON_POSTGRESQL = ("worker", "copy")


def is_run(documented: Documented) -> bool:
    return str(documented) not in NOT_RUN and not str(documented).startswith(ON_POSTGRESQL)


@pytest.mark.parametrize("documented", [*filter(is_run, DOCUMENTED)], ids=str)
def test_it_does_what_the_page_says(folder: Path, documented: Documented) -> None:
    assert documented.arguments[0] in RUNS, f"{documented.page}: jimeng-bot {documented}"
    RUNS[documented.arguments[0]](folder, documented.arguments)


def test_a_worker_starts_on_postgresql(folder: Path, postgres_url: str) -> None:
    (documented,) = (each for each in DOCUMENTED if each.arguments[:1] == ("worker",))
    done = unreachable(folder, *documented.arguments, DATABASE_URL=postgres_url)
    assert (done.returncode, "Discord can't be reached" in done.stderr) == (75, True)


def test_a_database_is_copied_to_postgresql(folder: Path, postgres_url: str) -> None:
    (documented,) = (each for each in DOCUMENTED if each.arguments[:1] == ("copy",) and each.arguments[1:])
    target = {"postgresql://bot:secret@database/jimeng": postgres_url}
    done = command(folder, *at_places(documented.arguments, **target))
    assert (done.returncode, done.stderr) == (0, "")
    assert "All is copied" in done.stdout


def test_reasons_for_not_running_a_command_are_still_needed() -> None:
    assert NOT_RUN.keys() - {str(each) for each in DOCUMENTED} == set()


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    code = [line for page in PAGES for line in code_of(page.read_text("utf-8"))]
    named = {name for line in code for name in re.findall(r"^\s*make ([a-z-]+)", line)}
    assert "demo" in named
    assert named - targets == set()


def test_options_of_the_demo_exist() -> None:
    commands = cast("Any", typer.main.get_command(cli)).commands
    text = "\n".join(page.read_text("utf-8") for page in PAGES)
    given = [arguments.split() for arguments in re.findall(r'`make demo ARGS="([^"]+)"', text)]
    assert given
    for arguments in given:
        commands["demo"].make_context("demo", arguments)


def test_modules_to_run_exist() -> None:
    text = "\n".join(page.read_text("utf-8") for page in PAGES)
    for module in set(re.findall(r"python -m ((?:bot|benchmarks|website)[\w.]*)", text)):
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module


def test_compose_commands_name_files_and_services_that_exist() -> None:
    code = "\n".join(line for page in PAGES for line in code_of(page.read_text("utf-8")))
    calls = re.findall(r"docker compose (?:-f (\S+) )?(?:exec|run --rm) (\S+)", code)
    assert calls
    for file, service in calls:
        assert service in yaml.safe_load((ROOT / (file or "compose.yaml")).read_text("utf-8"))["services"]
