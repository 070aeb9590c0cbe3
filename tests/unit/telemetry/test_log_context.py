"""JSON log lines carry the job, server, shard, worker and provider that they are about."""

from __future__ import annotations

import ast
import asyncio
import io
import json
import logging
import re
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import pytest

from bot.telemetry.log_context import log_fields
from bot.telemetry.logging import configure_logging

ROOT = Path(__file__).parents[3]
LOG_CALLS = {"debug", "info", "warning", "error", "exception", "critical", "log", "log_failure"}


class JsonLog:
    """The process's log as JSON."""

    def __init__(self) -> None:
        self._written = io.StringIO()
        with redirect_stderr(self._written):
            configure_logging("INFO", as_json=True)
        self.logger = logging.getLogger("bot.somewhere")

    @property
    def last(self) -> dict[str, Any]:
        return json.loads(self._written.getvalue().splitlines()[-1])


@pytest.fixture(scope="module")
def log() -> Iterator[JsonLog]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []
    yield JsonLog()
    root.handlers = handlers
    root.setLevel(level)


async def test_a_task_and_those_it_creates_log_its_fields(log: JsonLog) -> None:
    async def inner() -> None:
        log.logger.info("rate limited")

    with log_fields(worker="here-1"), log_fields(job_id=7, guild_id=None, provider="relay"):
        task = asyncio.create_task(inner())
    await task
    fields = {name: log.last.get(name) for name in ("job_id", "guild_id", "worker", "provider")}
    assert fields == {"job_id": 7, "guild_id": None, "worker": "here-1", "provider": "relay"}
    log.logger.info("rate limited")
    assert "job_id" not in log.last


@pytest.mark.parametrize(
    ("template", "arguments", "job_id"),
    [
        ("job %s stopped", (5,), 5),
        ("%s of job %d: %r", ("a", 6, "b"), 6),
        ("took %5.1f %% of job %s", (2.5, 8), 8),
        ("waiting for %d jobs", (3,), None),
        ("job %s", ("?",), None),
    ],
)
def test_a_line_about_a_job_carries_its_number(
    log: JsonLog, template: str, arguments: tuple[Any, ...], job_id: int | None
) -> None:
    log.logger.info(template, *arguments)
    assert log.last.get("job_id") == job_id


def test_the_job_that_a_line_names_goes_before_that_of_the_task(log: JsonLog) -> None:
    with log_fields(job_id=1):
        log.logger.info("job %s stopped", 2)
    assert log.last["job_id"] == 2


def test_no_line_speaks_of_a_job_without_its_number() -> None:
    templates = [each for folder in ("bot", "cogs") for each in log_templates(ROOT / folder)]
    assert len(templates) > 100
    about_jobs = [each for each in templates if re.search(r"\bjob\b", each[1])]
    assert [each for each in about_jobs if not re.search(r"\bjob %[sd]", each[1])] == []


def log_templates(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the place and the text of every log line below a folder."""
    for path in sorted(folder.rglob("*.py")):
        code = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(code)) if "log" in code else ():
            if isinstance(node, ast.Call) and called_name(node) in LOG_CALLS:
                for text in node.args:
                    if isinstance(text, ast.Constant) and isinstance(text.value, str):
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", text.value


def called_name(call: ast.Call) -> str:
    """Return the last part of the name of what is called."""
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
