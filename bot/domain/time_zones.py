"""Time zones by IANA name, city in English or Chinese, or offset from UTC."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo, available_timezones

from bot.textfilter.normalize import fold

_BESIDES = {
    "beijing": "Asia/Shanghai",
    "北京": "Asia/Shanghai",
    "gmt": "UTC",
    "utc": "UTC",
    "香港": "Asia/Hong_Kong",
}
_OFFSET = re.compile(r"(?:utc|gmt)\s*(?P<sign>[+-])\s*(?P<hours>1[0-4]|0?[0-9])(?::?00)?")


def parse_time_zone(text: str) -> str | None:
    """Return the IANA name of the zone, None if unknown; the first call is slow."""
    folded = " ".join(fold(text).replace("_", " ").replace("−", "-").split())
    if (offset := _OFFSET.fullmatch(folded)) is not None:
        return _at_offset(offset["sign"], int(offset["hours"]))
    return _zones().get(folded) or _zones().get(folded.removesuffix("市"))


def load_time_zone(name: str) -> tzinfo:
    """Return the zone of an IANA name, UTC if unknown."""
    return ZoneInfo(name) if _is_zone(name) else UTC


def _at_offset(sign: str, hours: int) -> str | None:
    if hours == 0:
        return "UTC"
    # In Etc/ names the sign is inverted, and only one side reaches 14 hours.
    name = f"Etc/GMT{'-' if sign == '+' else '+'}{hours}"
    return name if _is_zone(name) else None


@cache
def _zones() -> dict[str, str]:
    """Map every folded name of a zone to its IANA name."""
    names = sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
    found = {_called(name): name for name in names}
    for name in names:
        found.setdefault(_called(name.rpartition("/")[2]), name)
    for name, cities in _chinese_cities().items():
        for city in cities:
            found.setdefault(fold(city), name)
    return found | _BESIDES


def _chinese_cities() -> Mapping[str, Sequence[str]]:
    """Return the Chinese names of the city of each zone."""
    return tomllib.loads((resources.files("bot.domain") / "chinese_cities.toml").read_text(encoding="utf-8"))


def _called(name: str) -> str:
    return fold(name.replace("_", " "))


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
