"""Parsers of setting values; their ``ValueError`` says what to write instead."""

from __future__ import annotations

import ipaddress
import math
import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from bot.domain.image_models.prices import parse_money

_MAX_SHARDS = 100_000
_MAX_PORT, _MAX_PORTS = 65_535, 100


def path(text: str) -> Path:
    """Parse a path; ~ is the home folder."""
    try:
        path = Path(text).expanduser()
    except RuntimeError:
        raise ValueError("there is no such user; write the path in full.") from None
    # A question mark would start the options of a database URL.
    if not text.isprintable() or "?" in text:
        raise ValueError("write a path without question marks and control characters.")
    return path


def relay_url(text: str) -> str:
    """Parse the relay's URL, or ``demo`` for the simulated one."""
    if text.lower() == "demo":
        return "demo"
    expected = (
        "write the relay's address, for example RELAY_URL=https://relay.example.com, or RELAY_URL=demo."
    )
    try:
        parts = urlsplit(text)
        found = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        raise ValueError(expected) from None
    if not found or re.search(r"[\s?#@\\]", text) or not text.isprintable():
        raise ValueError(expected)
    return text.rstrip("/")


def database_url(text: str) -> str:
    """Parse a database URL and select its driver; those of earlier versions are accepted."""
    scheme, _, rest = text.partition("://")
    if scheme in ("sqlite", "sqlite+aiosqlite") and rest.startswith("/") and rest != "/":
        return f"sqlite://{rest}"
    if scheme in ("postgres", "postgresql", "postgresql+psycopg", "postgresql+psycopg_async"):
        # Otherwise a part of the password could be taken for that of the host or the database.
        if set("@/?#") & set(rest.rpartition("@")[0]):
            raise ValueError("write %40 for an @ in its password, and %2F, %3A, %23 and %3F for / : # and ?.")
        if rest and _names_a_database(text):
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


def bucket_url(text: str) -> str:
    """Parse the URL of the folder or bucket for originals."""
    if not re.match(r"(file:///|s3://|gs://|az://|https://)[^\s]", text) or not text.isprintable():
        raise ValueError(
            "write the folder or bucket for originals, for example ORIGINALS_URL=s3://bucket/prefix "
            "or ORIGINALS_URL=file:///srv/originals."
        )
    return text


def command(text: str) -> tuple[str, ...]:
    """Parse a command line."""
    try:
        words = tuple(shlex.split(text))
    except ValueError:
        words = ()
    if not words:
        raise ValueError("write the program that prints a token, for example RELAY_AUTH_COMMAND=rebyte-auth.")
    return words


def names(text: str) -> tuple[str, ...]:
    """Parse comma-separated names."""
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names or len(names) > 25 or any(len(name) > 100 for name in names):
        raise ValueError(
            "write 1 to 25 model names with commas between, for example RELAY_MODELS=seedream-4.5."
        )
    return names


def calls_a_minute(text: str) -> int:
    """Parse the limit of relay calls per minute."""
    # A request of four pictures has to fit into one minute.
    return _whole(text, 4, 100_000, "no limit")


def pictures_a_day(text: str) -> int:
    """Parse one of the limits of pictures per day."""
    return _whole(text, 1, 1_000_000, "no limit")


def money_a_day(text: str) -> int:
    """Parse one of the limits of costs per day; return it in millionths."""
    expected = "write an amount in the currency of the models, such as 5 or 2.50, or nothing for no limit."
    try:
        micro = parse_money(text)
    except ValueError:
        raise ValueError(expected) from None
    if not micro:
        raise ValueError(expected)
    return micro


def ids(text: str) -> frozenset[int]:
    """Parse Discord ids."""
    found = [part.strip() for part in text.split(",") if part.strip()]
    if not found or not all(re.fullmatch(r"[0-9]{15,20}", each) for each in found):
        raise ValueError("write ids with commas between: Discord copies them in developer mode.")
    return frozenset(int(each) for each in found)


def spool_limit(text: str) -> int:
    """Parse the limit of the spool in megabytes; return it in bytes."""
    return _whole(text, 100, 1_000_000, "no limit") * 1_000_000


def pictures_at_once(text: str) -> int:
    """Parse how many pictures one process generates at the same time."""
    return _whole(text, 1, 500, "as many as RELAY_CONCURRENCY")


def shard_count(text: str) -> int | None:
    """Parse the total number of shards; None lets Discord decide."""
    if text.lower() == "auto":
        return None
    if not text.isdecimal() or not 1 <= int(text) <= _MAX_SHARDS:
        raise ValueError(f"write a number from 1 to {_MAX_SHARDS}, or auto to let Discord decide.")
    return int(text)


def shard_ids(text: str) -> tuple[int, ...]:
    """Parse the shards of a process, such as ``0-3,8``."""
    ids: set[int] = set()
    for part in text.split(","):
        found = re.fullmatch(r"\s*(\d{1,6})(?:\s*-\s*(\d{1,6}))?\s*", part, re.ASCII)
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
        if not first <= last < _MAX_SHARDS:
            raise ValueError("write numbers and ranges with commas between, for example SHARD_IDS=0-3,8.")
        ids.update(range(first, last + 1))
    return tuple(sorted(ids))


def ports(text: str) -> Sequence[int]:
    """Parse a port, or a range such as ``9400-9409`` of which each process takes the first free one."""
    found = re.fullmatch(r"(\d{1,5})(?:\s*-\s*(\d{1,5}))?", text, re.ASCII)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 0 < first <= last <= _MAX_PORT or last - first >= _MAX_PORTS:
        raise ValueError(
            "write a port such as 9400, or for several processes on one machine a range such as 9400-9409."
        )
    return range(first, last + 1)


def host(text: str) -> str:
    """Parse the address of this machine to listen on."""
    if not re.fullmatch(r"[\w.:-]+", text, re.ASCII):
        raise ValueError("write an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them.")
    return text


def port(text: str) -> int:
    """Parse a port."""
    if not re.fullmatch(r"\d{1,5}", text, re.ASCII) or not 0 < int(text) <= _MAX_PORT:
        raise ValueError(f"write a port from 1 to {_MAX_PORT}, or nothing for no console.")
    return int(text)


def is_loopback(host: str) -> bool:
    """Whether an address leads to this machine alone."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def format_shard_ids(ids: Sequence[int]) -> str:
    """Format shard ids the way ``shard_ids`` parses them."""
    parts: list[list[int]] = []
    for number in sorted(ids):
        if parts and parts[-1][-1] == number - 1:
            parts[-1][1:] = [number]
        else:
            parts.append([number])
    return ",".join("-".join(map(str, part)) for part in parts)


def format_duration(seconds: float) -> str:
    """Format a duration in seconds, rounded up."""
    if seconds < 60:
        return f"{math.ceil(seconds)} s"
    hours, minutes = divmod(math.ceil(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _whole(text: str, low: int, high: int, nothing: str) -> int:
    if not text.isdecimal() or not low <= int(text) <= high:
        raise ValueError(f"write a whole number from {low} to {high}, or nothing for {nothing}.")
    return int(text)
