"""Settings as a pure function of a mapping: every problem in one message, no secret in any repr."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import urlsplit

LogFormat = Literal["text", "json"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
_T = TypeVar("_T")
_MEGABYTE = 1024 * 1024
_LONGEST_SHOWN = 100


class SettingsError(ValueError):
    """Report every problem with the settings at once, each with what to write instead."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(f"- {problem}" for problem in problems))
        self.problems = problems


class Secret:
    """A text that never shows itself; call ``reveal`` where it is used."""

    # No dataclass: ``asdict`` of what holds it would lay it open.
    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the text itself."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "Secret(…)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator decided; times in seconds, sizes in bytes."""

    discord_token: Secret | None
    relay_url: str | None
    relay_token: Secret | None
    relay_auth_command: tuple[str, ...]
    relay_auth_file: Path
    relay_models: tuple[str, ...]
    relay_timeout: float
    relay_concurrency: int
    relay_calls_a_minute: int | None
    member_running: int
    member_waiting: int
    queue_size: int
    worker_lease: float
    run_workers: bool
    database_url: str = field(repr=False)
    data_dir: Path
    upload_limit: int
    keep_originals: bool
    originals_url: str = field(repr=False)
    publish_references: bool
    shard_count: int | None
    log_level: LogLevel
    log_format: LogFormat

    @property
    def demo_relay(self) -> bool:
        """Whether the simulated relay is to run inside."""
        return self.relay_url == "demo"

    @property
    def many_processes(self) -> bool:
        """Whether the database takes more than one process."""
        return self.database_url.startswith("postgresql")

    @property
    def spool(self) -> Path:
        """The folder where pictures wait until they are delivered."""
        return self.data_dir / "spool"

    @classmethod
    def from_env(cls, mapping: Mapping[str, str]) -> Settings:
        """Read settings from a mapping such as ``os.environ``; raise ``SettingsError`` with every problem."""
        read = _Reader(mapping)
        data_dir = read.path("DATA_DIR", "data")
        settings = cls(
            discord_token=read.secret("DISCORD_TOKEN"),
            relay_url=read.value("RELAY_URL", _relay_url, None),
            relay_token=read.secret("RELAY_TOKEN"),
            relay_auth_command=read.value("RELAY_AUTH_COMMAND", _command, ("rebyte-auth",)),
            relay_auth_file=read.path("RELAY_AUTH_FILE", "~/.rebyte.ai/auth.json"),
            relay_models=read.value("RELAY_MODELS", _names, ("seedream-4.5",)),
            relay_timeout=float(read.number("RELAY_TIMEOUT", 300, low=0.1, high=3600)),
            relay_concurrency=int(read.number("RELAY_CONCURRENCY", 4, low=1, high=500, whole=True)),
            relay_calls_a_minute=read.value("RELAY_CALLS_A_MINUTE", _calls_a_minute, None),
            member_running=int(read.number("MEMBER_RUNNING", 2, low=1, high=100, whole=True)),
            member_waiting=int(read.number("MEMBER_WAITING", 25, low=1, high=1000, whole=True)),
            queue_size=int(read.number("QUEUE_SIZE", 1000, low=1, high=1_000_000, whole=True)),
            worker_lease=float(read.number("WORKER_LEASE", 60, low=2, high=3600)),
            run_workers=read.value("RUN_WORKERS", _yes, True),
            database_url=read.value(
                "DATABASE_URL", _database_url, f"sqlite+aiosqlite:///{data_dir / 'jimeng.db'}"
            ),
            data_dir=data_dir,
            upload_limit=int(read.number("UPLOAD_LIMIT_MB", 25, low=0.1, high=500) * _MEGABYTE),
            keep_originals=read.choice("KEEP_ORIGINALS", ("false", "true"), str.lower) == "true",
            originals_url=read.value(
                "ORIGINALS_URL", _bucket_url, (data_dir / "originals").absolute().as_uri()
            ),
            publish_references=read.choice("PUBLISH_REFERENCES", ("false", "true"), str.lower) == "true",
            shard_count=read.value("SHARD_COUNT", _shards, None),
            log_level=read.choice("LOG_LEVEL", ("INFO", "DEBUG", "WARNING", "ERROR", "CRITICAL"), str.upper),
            log_format=read.choice("LOG_FORMAT", ("text", "json"), str.lower),
        )
        if settings.relay_token and not settings.relay_url:
            read.problems.append(
                "RELAY_TOKEN is set but RELAY_URL isn't: write the address the token belongs to."
            )
        if not settings.run_workers and not settings.many_processes:
            read.problems.append(
                "RUN_WORKERS=false leaves the drawing to other processes, but an SQLite file takes one: "
                "write DATABASE_URL=postgresql://user:password@host/database, or leave RUN_WORKERS out."
            )
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
                f"{name} holds spaces or special characters: paste the token alone, without quotes."
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
            self.problems.append(f"{name}={_shown(text)}: {error}")
            return default

    def path(self, name: str, default: str) -> Path:
        return self.value(name, _path, None) or Path(default).expanduser()

    def number(self, name: str, default: float, *, low: float, high: float, whole: bool = False) -> float:
        kind = "whole number" if whole else "number"
        wanted = f"write a {kind} from {low:g} to {high:g}, for example {name}={default:g}."

        def parse(text: str) -> float:
            try:
                number = float(int(text)) if whole else float(text)
            except ValueError:
                raise ValueError(wanted) from None
            if not low <= number <= high:
                raise ValueError(wanted)
            return number

        return self.value(name, parse, default)

    def choice(self, name: str, choices: tuple[_T, ...], fold: Callable[[str], str]) -> _T:
        def parse(text: str) -> _T:
            for choice in choices:
                if choice == fold(text):
                    return choice
            raise ValueError("write one of " + ", ".join(str(choice) for choice in choices) + ".")

        return self.value(name, parse, choices[0])


def _shown(text: str) -> str:
    """Repeat a value, but not the password in it, nor all of a long one."""
    bare = re.sub(r"//\S*@", "//…@", text)
    return repr(bare if len(bare) <= _LONGEST_SHOWN else f"{bare[:_LONGEST_SHOWN]}…")


def _path(text: str) -> Path:
    try:
        path = Path(text).expanduser()
    except RuntimeError:
        raise ValueError("there is no such user; write the path in full.") from None
    # The question mark would begin the options of a database's address.
    if not text.isprintable() or "?" in text:
        raise ValueError("write a path without question marks and control characters.")
    return path


def _relay_url(text: str) -> str:
    if text.lower() == "demo":
        return "demo"
    wanted = "write the relay's address, for example RELAY_URL=https://relay.example.com, or RELAY_URL=demo."
    try:
        parts = urlsplit(text)
        found = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        raise ValueError(wanted) from None
    if not found or re.search(r"[\s?#@\\]", text) or not text.isprintable():
        raise ValueError(wanted)
    return text.rstrip("/")


def _database_url(text: str) -> str:
    scheme, _, rest = text.partition("://")
    if scheme in ("sqlite", "sqlite+aiosqlite") and rest.startswith("/") and rest != "/":
        return f"sqlite+aiosqlite://{rest}"
    if scheme in ("postgresql", "postgresql+psycopg") and _names_a_database(text):
        return f"postgresql+psycopg://{rest}"
    raise ValueError(
        "write sqlite:///data/jimeng.db for a file, "
        "or postgresql://user:password@host/database for PostgreSQL."
    )


def _names_a_database(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.path.strip("/") != "" and parts.port != 0
    except ValueError:
        return False


def _bucket_url(text: str) -> str:
    if not re.match(r"(file:///|s3://|gs://|az://|https://)[^\s]", text) or not text.isprintable():
        raise ValueError(
            "write the folder or bucket for originals, for example ORIGINALS_URL=s3://bucket/prefix "
            "or ORIGINALS_URL=file:///srv/originals."
        )
    return text


def _command(text: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(text))
    except ValueError:
        words = ()
    if not words:
        raise ValueError("write the program that prints a token, for example RELAY_AUTH_COMMAND=rebyte-auth.")
    return words


def _names(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names or len(names) > 25 or any(len(name) > 100 for name in names):
        raise ValueError(
            "write 1 to 25 model names with commas between, for example RELAY_MODELS=seedream-4.5."
        )
    return names


def _calls_a_minute(text: str) -> int:
    # A request may be for four pictures, which have to fit into a minute.
    if not text.isdecimal() or not 4 <= int(text) <= 100_000:
        raise ValueError("write a whole number from 4 to 100000, or nothing for no limit.")
    return int(text)


def _yes(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError("write true or false.")
    return text.lower() == "true"


def _shards(text: str) -> int | None:
    if text.lower() == "auto":
        return None
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise ValueError("write a number from 1 to 1000, or auto to let Discord decide.")
    return int(text)
