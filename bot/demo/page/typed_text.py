"""Parse typed text: commands written out in full, and @names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedCommand:
    """A command of the page's catalogue, and the options as typed."""

    entry: Mapping[str, Any]
    options: Mapping[str, str]


def parse_command(text: str, entries: Sequence[Mapping[str, Any]]) -> TypedCommand | None:
    """Parse ``/name option: value …``; None for any other text.

    Text before the first option's name belongs to the first required option.
    """
    for entry in entries:
        name = f"/{entry['invocation']}"
        if text == name or text.startswith(f"{name} "):
            return TypedCommand(entry=entry, options=_options(text[len(name) :], entry["options"]))
    return None


def resolve_mentions(text: str, ids: Mapping[str, int]) -> str:
    """Replace ``@name`` by a mention, as Discord's client does."""
    names = "|".join(map(re.escape, sorted(ids, key=len, reverse=True)))
    return re.sub(rf"(?<!\w)@({names})(?!\w)", lambda found: f"<@{ids[found[1]]}>", text)


def _options(text: str, declared: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    names = "|".join(re.escape(option["name"]) for option in declared)
    first, *rest = re.split(rf"(?:^|\s)({names}):", text)
    found = {name: value.strip() for name, value in zip(rest[::2], rest[1::2], strict=True)}
    required = next((option["name"] for option in declared if option.get("required")), None)
    if first.strip() and required and required not in found:
        found[required] = first.strip()
    return found
