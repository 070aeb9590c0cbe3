"""compose.yaml uses only commands and settings that exist."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
import typer
import yaml

from bot.__main__ import cli
from bot.config.settings import Settings

ROOT = Path(__file__).parents[3]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
BOTS: dict[str, dict[str, Any]] = {
    name: service for name, service in COMPOSE["services"].items() if "build" in service
}


def test_it_shows_two_gateway_processes_three_workers_and_a_database() -> None:
    commands = {name: service["command"] for name, service in BOTS.items()}
    assert commands == {"gateway-0": ["run"], "gateway-1": ["run"], "worker": ["worker"]}
    assert BOTS["worker"]["deploy"]["replicas"] == 3
    assert COMPOSE["services"]["database"]["image"].startswith("postgres:")


@pytest.mark.parametrize("name", BOTS)
def test_its_commands_and_settings_are_real_ones(name: str) -> None:
    commands = cast("Any", typer.main.get_command(cli)).commands
    assert BOTS[name]["command"][0] in commands
    documented = (ROOT / ".env.example").read_text(encoding="utf-8")
    for setting in BOTS[name]["environment"]:
        assert f"\n{setting}=" in documented, setting


def test_its_gateway_processes_share_the_shards() -> None:
    ids: list[int] = []
    for name in ("gateway-0", "gateway-1"):
        given = {key: str(value) for key, value in BOTS[name]["environment"].items()}
        given |= {"RELAY_URL": "demo", "DATABASE_URL": "postgresql://bot@db/jimeng", "RELAY_TOKEN": ""}
        settings = Settings.from_env(given)
        ids += settings.shard_ids or ()
        assert settings.shard_count == 2
    assert sorted(ids) == [0, 1]


def test_its_image_starts_the_installed_program() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert 'ENTRYPOINT ["jimeng-bot"]' in dockerfile and "USER bot" in dockerfile
