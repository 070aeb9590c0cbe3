"""The level of the log is changed in every process on a database."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.app import open_app
from bot.config.settings import Settings
from bot.domain.controls.acts import Operator
from bot.services.operator.log_level import LogLevelService


async def test_a_change_reaches_every_process(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: asyncio.Queue[tuple[int, str]] = asyncio.Queue()

    def apply(service: LogLevelService, level: str) -> None:
        told.put_nowait((id(service), level))

    monkeypatch.setattr(LogLevelService, "apply", apply)
    environment = {"DATABASE_URL": postgres_url, "RELAY_URL": "http://127.0.0.1:9", "RELAY_TOKEN": "t"}
    first, second = (Settings.from_env({**environment, "DATA_DIR": str(tmp_path / name)}) for name in "ab")
    async with open_app(first) as app, open_app(second), asyncio.timeout(60):
        listening = {await told.get() for _ in range(2)}
        assert {level for _, level in listening} == {""}
        await app.operator.log_level.change("ERROR", by=Operator(who="console", origin="here"))
        changed = {await told.get() for _ in range(2)}
    assert changed == {(process, "ERROR") for process, _ in listening}
