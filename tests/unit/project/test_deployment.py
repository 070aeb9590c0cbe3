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


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile's instructions with their arguments, in order."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.M)
    lines = text.replace("\\\n", " ").splitlines()
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in lines) if name]


def last(name: str) -> str:
    return [rest for each, rest in instructions() if each == name][-1]


def test_the_image_starts_the_installed_program_as_another_user() -> None:
    assert (last("ENTRYPOINT"), last("CMD")) == ('["tini", "--", "jimeng-bot"]', '["run"]')
    names = [name for name, _ in instructions()]
    # Nothing runs as the superuser after the build, and nothing that it adds belongs to the bot.
    assert last("USER") == "bot" and "RUN" not in names[names.index("USER") :]
    assert "--chown" not in last("COPY")


def test_both_stages_of_the_image_begin_with_one_base_that_a_digest_can_replace() -> None:
    assert instructions()[0][0] == "ARG"
    assert [rest.split()[0] for name, rest in instructions() if name == "FROM"] == ["${PYTHON}"] * 2


def test_the_image_leaves_no_caches_and_installs_only_what_has_hashes() -> None:
    steps = [rest for name, rest in instructions() if name == "RUN"]
    for call in re.findall(r"pip install [^&]*", " ".join(steps)):
        assert "--no-cache-dir" in call and ("--require-hashes" in call or "--no-deps ." in call)
    for step in steps:
        assert ("apt-get" in step) == ("rm -rf /var/lib/apt/lists/*" in step)


def test_the_image_gets_all_files_that_it_copies() -> None:
    allowed = [
        line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line[0] == "!"
    ]
    copied = [rest.split()[:-1] for name, rest in instructions() if name == "COPY" and "--from" not in rest]
    files = [file for each in copied for file in each]
    assert sorted(files) == sorted(allowed)
    assert all((ROOT / file).exists() for file in files)


def test_the_image_is_healthy_while_its_own_port_answers() -> None:
    settings = dict(pair.split("=", 1) for pair in last("ENV").split())
    (code,) = re.findall(r'"(from .*)"\]', last("HEALTHCHECK"))
    compile(code, "HEALTHCHECK", "exec")
    assert f":{settings['METRICS_PORT']}/healthz" in code and settings["DATA_DIR"] == last("VOLUME")
    documented = (ROOT / ".env.example").read_text(encoding="utf-8")
    ours = settings.keys() - {"PATH", "HOME", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
    assert [name for name in ours if f"\n{name}=" not in documented] == []


def test_workflows_use_actions_by_their_commit() -> None:
    for file in (ROOT / ".github" / "workflows").glob("*.yml"):
        text = file.read_text(encoding="utf-8")
        assert yaml.safe_load(text)["permissions"]["contents"] == "read"
        assert all(re.search(r"@[0-9a-f]{40} # v", use) for use in re.findall(r"uses: (.*)", text))


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
