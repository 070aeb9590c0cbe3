"""Settings as a pure function of a mapping; all problems in one error, no secret in any repr."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

from bot.config import setting_values
from bot.config.catalogue import CatalogueError, load
from bot.config.provider_rules import KEY_SETTINGS
from bot.config.setting_conflicts import conflicts
from bot.domain.image_models.catalogue import Catalogue

LogFormat = Literal["text", "json"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
_T = TypeVar("_T")
_MEGABYTE = 1024 * 1024
_MAX_SHOWN = 100


class SettingsError(ValueError):
    """All problems with the settings, each with what to write instead."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(f"- {problem}" for problem in problems))
        self.problems = problems


class Secret:
    """A string without a revealing repr; call ``reveal`` where it is used."""

    # Not a dataclass: ``asdict`` of its owner would expose it.
    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the string itself."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "Secret(…)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The operator's settings; times in seconds, sizes in bytes."""

    discord_token: Secret | None
    relay_url: str | None
    relay_token: Secret | None
    relay_auth_command: tuple[str, ...]
    relay_auth_file: Path
    catalogue: Catalogue
    provider_keys: Mapping[str, Secret]
    relay_timeout: float
    relay_concurrency: int
    relay_calls_a_minute: int | None
    member_running: int
    member_waiting: int
    member_daily: int | None
    server_daily: int | None
    total_daily: int | None
    member_daily_cost: int | None
    server_daily_cost: int | None
    total_daily_cost: int | None
    """The same in money, in millionths of the models' currency."""
    allowed_servers: frozenset[int]
    """The servers that the bot is for; empty for all."""
    owner_ids: frozenset[int]
    """The Discord ids of whom the bot writes to about limits."""
    queue_size: int
    worker_concurrency: int | None
    worker_lease: float
    run_workers: bool
    database_url: str = field(repr=False)
    data_dir: Path
    spool_limit: int | None
    upload_limit: int
    keep_originals: bool
    originals_url: str = field(repr=False)
    publish_references: bool
    message_content_intent: bool
    welcome: bool
    retention_days: int | None
    shard_count: int | None
    shard_ids: tuple[int, ...] | None
    metrics_ports: Sequence[int]
    metrics_host: str
    console_port: int | None
    console_host: str
    console_password: Secret | None
    console_prompts: bool
    log_level: LogLevel
    log_format: LogFormat

    @property
    def demo_relay(self) -> bool:
        """Whether the simulated relay runs inside this process."""
        return self.relay_url == "demo"

    @property
    def supports_many_processes(self) -> bool:
        """Whether several processes can share the database."""
        return self.database_url.startswith("postgresql")

    @property
    def spool(self) -> Path:
        """The folder for pictures until they are delivered."""
        return self.data_dir / "spool"

    @classmethod
    def from_env(cls, mapping: Mapping[str, str]) -> Settings:
        """Read settings from a mapping such as ``os.environ``; raise ``SettingsError`` with every problem."""
        read = _Reader(mapping)
        data_dir = read.path("DATA_DIR", "data")
        catalogue = read.catalogue(
            read.value("MODELS_FILE", setting_values.path, None),
            read.value("RELAY_MODELS", setting_values.names, None),
        )
        settings = cls(
            discord_token=read.secret("DISCORD_TOKEN"),
            relay_url=read.value("RELAY_URL", setting_values.relay_url, None),
            relay_token=read.secret("RELAY_TOKEN"),
            relay_auth_command=read.value("RELAY_AUTH_COMMAND", setting_values.command, ("rebyte-auth",)),
            relay_auth_file=read.path("RELAY_AUTH_FILE", "~/.rebyte.ai/auth.json"),
            catalogue=catalogue,
            provider_keys=read.provider_keys(catalogue),
            relay_timeout=float(read.number("RELAY_TIMEOUT", 300, low=0.1, high=3600)),
            relay_concurrency=int(read.number("RELAY_CONCURRENCY", 4, low=1, high=500, whole=True)),
            relay_calls_a_minute=read.value("RELAY_CALLS_A_MINUTE", setting_values.calls_a_minute, None),
            member_running=int(read.number("MEMBER_RUNNING", 2, low=1, high=100, whole=True)),
            member_waiting=int(read.number("MEMBER_WAITING", 25, low=1, high=1000, whole=True)),
            member_daily=read.value("MEMBER_DAILY", setting_values.pictures_a_day, None),
            server_daily=read.value("SERVER_DAILY", setting_values.pictures_a_day, None),
            total_daily=read.value("TOTAL_DAILY", setting_values.pictures_a_day, None),
            member_daily_cost=read.value("MEMBER_DAILY_COST", setting_values.money_a_day, None),
            server_daily_cost=read.value("SERVER_DAILY_COST", setting_values.money_a_day, None),
            total_daily_cost=read.value("TOTAL_DAILY_COST", setting_values.money_a_day, None),
            allowed_servers=read.value("ALLOWED_SERVERS", setting_values.ids, frozenset[int]()),
            owner_ids=read.value("OWNER_IDS", setting_values.ids, frozenset[int]()),
            queue_size=int(read.number("QUEUE_SIZE", 1000, low=1, high=1_000_000, whole=True)),
            worker_concurrency=read.value("WORKER_CONCURRENCY", setting_values.pictures_at_once, None),
            worker_lease=float(read.number("WORKER_LEASE", 60, low=2, high=3600)),
            run_workers=read.switch("RUN_WORKERS", default=True),
            database_url=read.value(
                "DATABASE_URL", setting_values.database_url, f"sqlite:///{data_dir / 'jimeng.db'}"
            ),
            data_dir=data_dir,
            spool_limit=read.value("SPOOL_LIMIT_MB", setting_values.spool_limit, None),
            upload_limit=int(read.number("UPLOAD_LIMIT_MB", 25, low=0.1, high=500) * _MEGABYTE),
            keep_originals=read.switch("KEEP_ORIGINALS"),
            originals_url=read.value(
                "ORIGINALS_URL", setting_values.bucket_url, (data_dir / "originals").absolute().as_uri()
            ),
            publish_references=read.switch("PUBLISH_REFERENCES"),
            retention_days=int(read.number("RETENTION_DAYS", 90, low=0, high=36_500, whole=True)) or None,
            message_content_intent=read.switch("MESSAGE_CONTENT_INTENT"),
            welcome=read.switch("WELCOME", default=True),
            shard_count=read.value("SHARD_COUNT", setting_values.shard_count, None),
            shard_ids=read.value("SHARD_IDS", setting_values.shard_ids, None),
            metrics_ports=read.value("METRICS_PORT", setting_values.ports, ()),
            metrics_host=read.value("METRICS_HOST", setting_values.host, "127.0.0.1"),
            console_port=read.value("CONSOLE_PORT", setting_values.port, None),
            console_host=read.value("CONSOLE_HOST", setting_values.host, "127.0.0.1"),
            console_password=read.secret("CONSOLE_PASSWORD"),
            console_prompts=read.switch("CONSOLE_PROMPTS"),
            log_level=read.choice("LOG_LEVEL", ("INFO", "DEBUG", "WARNING", "ERROR", "CRITICAL"), str.upper),
            log_format=read.choice("LOG_FORMAT", ("text", "json"), str.lower),
        )
        read.problems += conflicts(settings)
        if read.problems:
            raise SettingsError(tuple(read.problems))
        return settings


class _Reader:
    """Collects problems instead of stopping at the first."""

    def __init__(self, mapping: Mapping[str, str]) -> None:
        self._mapping = mapping
        self.problems: list[str] = []

    def text(self, name: str, default: str) -> str:
        return self._mapping.get(name, "").strip() or default

    def secret(self, name: str) -> Secret | None:
        text = self.text(name, "")
        if text and (not text.isascii() or not text.isprintable() or " " in text):
            self.problems.append(
                f"{name} holds spaces or special characters: paste it alone, without quotes."
            )
            return None
        return Secret(text) if text else None

    def value(self, name: str, parse: Callable[[str], _T], default: _T) -> _T:
        text = self.text(name, "")
        if not text:
            return default
        try:
            return parse(text)
        except ValueError as error:
            self.problems.append(f"{name}={_without_password(text)}: {error}")
            return default

    def catalogue(self, file: Path | None, relay_models: tuple[str, ...] | None) -> Catalogue:
        try:
            return load(file, relay_models)
        except CatalogueError as error:
            self.problems += [f"MODELS_FILE={file}: {problem}" for problem in error.problems]
            return load(None, relay_models)

    def provider_keys(self, catalogue: Catalogue) -> dict[str, Secret]:
        """Return the keys of the providers in use by the names of their variables."""
        users = {model.key_env: model.id for model in catalogue if model.key_env}
        found = {name: self.secret(name) for name in sorted({*users, *KEY_SETTINGS}) if self.text(name, "")}
        self.problems += [
            f"{name} is missing: the model {user} needs it. Write {name}=… with the key of its provider."
            for name, user in users.items()
            if not self.text(name, "")
        ]
        return {name: key for name, key in found.items() if key is not None and name in users}

    def path(self, name: str, default: str) -> Path:
        return self.value(name, setting_values.path, None) or Path(default).expanduser()

    def number(self, name: str, default: float, *, low: float, high: float, whole: bool = False) -> float:
        kind = "whole number" if whole else "number"
        expected = f"write a {kind} from {low:.10g} to {high:.10g}, for example {name}={default:g}."

        def parse(text: str) -> float:
            try:
                number = float(int(text)) if whole else float(text)
            except ValueError:
                raise ValueError(expected) from None
            if not low <= number <= high:
                raise ValueError(expected)
            return number

        return self.value(name, parse, default)

    def switch(self, name: str, *, default: bool = False) -> bool:
        choices = ("true", "false") if default else ("false", "true")
        return self.choice(name, choices, str.lower) == "true"

    def choice(self, name: str, choices: tuple[_T, ...], fold: Callable[[str], str]) -> _T:
        def parse(text: str) -> _T:
            for choice in choices:
                if choice == fold(text):
                    return choice
            raise ValueError("write one of " + ", ".join(str(choice) for choice in choices) + ".")

        return self.value(name, parse, choices[0])


def _without_password(text: str) -> str:
    """Quote a value, without its password and cut to a readable length."""
    bare = re.sub(r"//\S*@", "//…@", text)
    return repr(bare if len(bare) <= _MAX_SHOWN else f"{bare[:_MAX_SHOWN]}…")
