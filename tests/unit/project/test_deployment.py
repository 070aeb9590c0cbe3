"""The files for Docker, systemd and Kubernetes use what exists, and pins have hashes."""

from __future__ import annotations

import configparser
import re
from pathlib import Path
from typing import Any, cast

import pytest
import typer
import yaml

from bot.__main__ import cli
from bot.config.settings import Settings
from bot.ops.process_exit import EX_CONFIG

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


def test_its_image_starts_the_installed_program_as_another_user() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert 'ENTRYPOINT ["tini", "--", "jimeng-bot"]' in dockerfile and "USER bot" in dockerfile
    assert "HEALTHCHECK" in dockerfile and "--require-hashes" in dockerfile


def test_containers_have_no_rights_and_keep_little_log() -> None:
    single = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8"))["services"]["bot"]
    for service in (single, *BOTS.values()):
        assert service["read_only"] and service["cap_drop"] == ["ALL"]
        assert service["logging"]["options"]["max-size"]
        assert service["stop_grace_period"] == "40s"


def pods() -> dict[str, dict[str, Any]]:
    documents = yaml.safe_load_all((ROOT / "deploy" / "kubernetes.yaml").read_text(encoding="utf-8"))
    return {each["kind"]: each["spec"]["template"]["spec"] for each in documents}


@pytest.mark.parametrize("kind", ["StatefulSet", "Deployment"])
def test_kubernetes_starts_commands_with_settings_that_exist(kind: str) -> None:
    pod = pods()[kind]
    (container,) = pod["containers"]
    assert container["args"][0] in cast("Any", typer.main.get_command(cli)).commands
    documented = (ROOT / ".env.example").read_text(encoding="utf-8")
    for variable in container["env"]:
        assert f"\n{variable['name']}=" in documented, variable
    assert pod["terminationGracePeriodSeconds"] > 30 and pod["securityContext"]["runAsNonRoot"]
    assert container["securityContext"]["readOnlyRootFilesystem"]


def test_systemd_restarts_all_but_wrong_settings() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # pyright: ignore[reportAttributeAccessIssue]  # as its documentation says
    unit.read(ROOT / "deploy" / "jimeng-bot.service", encoding="utf-8")
    service = unit["Service"]
    assert service["ExecStart"].endswith("/jimeng-bot run")
    assert service["Restart"] == "always" and service["RestartPreventExitStatus"] == str(EX_CONFIG)
    assert int(service["TimeoutStopSec"]) > 30


@pytest.mark.parametrize("name", ["run", "test"])
def test_every_pin_has_hashes_and_the_version_that_is_tested(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())
    tested = pins((ROOT / "constraints.txt").read_text(encoding="utf-8"))
    for entry in entries:
        assert "--hash=sha256:" in entry, entry
    found = pins(text)
    # What only Windows or later versions of Python need isn't installed where constraints are made.
    assert {each for each in found if each not in tested} <= {"audioop-lts", "colorama"}
    assert {each: version for each, version in found.items() if tested.get(each, version) != version} == {}
    assert "://" not in text
    if name == "test":
        assert tested.keys() <= found.keys()


def pins(text: str) -> dict[str, str]:
    found = re.findall(r"^([\w.-]+)(?:\[.*\])?==([^ ;\\\n]+)", text, re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}
