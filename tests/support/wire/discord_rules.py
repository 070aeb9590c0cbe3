"""Validation of messages and commands; an empty list means a valid payload."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

V2_FLAG = 1 << 15
EPHEMERAL_FLAG = 1 << 6

_V2_TYPES = {9, 10, 11, 12, 13, 14, 17}
_COMMAND_NAME = re.compile(r"[-_'\w]{1,32}")
_FILE_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")


def components_in(tree: Any) -> Iterator[dict[str, Any]]:
    """Walk every component of a message or a modal."""
    for component in tree or ():
        yield component
        yield from components_in(component.get("components"))
        for single in ("component", "accessory"):
            if component.get(single):
                yield from components_in([component[single]])


def text_in(payload: dict[str, Any]) -> str:
    """Return all the text that a message shows."""
    parts = [payload.get("content") or ""]
    parts += [part["content"] for part in components_in(payload.get("components")) if part["type"] == 10]
    return "\n".join(parts)


def message_problems(
    payload: dict[str, Any], files: Collection[str], flags: int, present: Mapping[str, str]
) -> list[str]:
    """Validate a message that is created or edited.

    ``files`` are the uploaded names, ``present`` those of the files that the message has, by id.
    """
    problems = _mention_problems(payload.get("allowed_mentions"))
    parts = list(components_in(payload.get("components")))
    if any(part["type"] in _V2_TYPES for part in parts):
        if not flags & V2_FLAG:
            problems.append("new components without their flag")
        if payload.get("content") or payload.get("embeds"):
            problems.append("new components beside content or embeds")
    if not parts and not payload.get("content") and not payload.get("embeds") and not files:
        problems.append("an empty message")
    return problems + component_problems(parts) + _attachment_problems(payload, parts, files, present)


def component_problems(parts: list[dict[str, Any]]) -> list[str]:
    """Validate components by the limits of each and of all together."""
    problems: list[str] = []
    if len(parts) > 40:
        problems.append(f"{len(parts)} components")
    ids = [part["custom_id"] for part in parts if "custom_id" in part]
    if len(ids) != len(set(ids)):
        problems.append("the same custom_id twice")
    problems += [f"a custom_id of {len(each)}" for each in ids if not 1 <= len(each) <= 100]
    if (total := sum(len(part["content"]) for part in parts if part["type"] == 10)) > 4000:
        problems.append(f"{total} characters of text")
    for part in parts:
        problems += _part_problems(part)
    return problems


def command_problems(command: dict[str, Any]) -> list[str]:
    """Validate an application command."""
    kind, name = command.get("type", 1), command["name"]
    if kind != 1:
        return [] if 1 <= len(name) <= 32 else [f"name {name!r}"]
    return [f"/{name}: {problem}" for problem in _option_problems(command)]


def _option_problems(option: dict[str, Any]) -> list[str]:
    problems: list[str] = []
    names: list[str] = [option["name"], *(option.get("name_localizations") or {}).values()]
    problems += [f"name {n!r}" for n in names if not _COMMAND_NAME.fullmatch(n) or n != n.lower()]
    texts: list[str] = [
        option.get("description", ""),
        *(option.get("description_localizations") or {}).values(),
    ]
    problems += [f"description of {len(text)}" for text in texts if not 1 <= len(text) <= 100]
    inner: list[dict[str, Any]] = option.get("options") or []
    choices: list[dict[str, Any]] = option.get("choices") or []
    if len(inner) > 25 or len(choices) > 25:
        problems.append("more than 25 options or choices")
    required: list[bool] = [each.get("required", False) for each in inner]
    if required != sorted(required, reverse=True):
        problems.append("a required option after an optional one")
    for choice in choices:
        problems += [f"choice {choice['name']!r}"] if not 1 <= len(choice["name"]) <= 100 else []
    for each in inner:
        problems += [f"{each['name']}: {problem}" for problem in _option_problems(each)]
    return problems


def _mention_problems(allowed: dict[str, Any] | None) -> list[str]:
    if allowed is None:
        return ["no allowed_mentions"]
    parsed = set(allowed.get("parse", ())) & {"everyone", "roles", "users"}
    return [f"mentions of {kind} are parsed" for kind in sorted(parsed)]


def _part_problems(part: dict[str, Any]) -> list[str]:
    problems: list[str] = []
    match part["type"]:
        case 1 if not 1 <= len(part["components"]) <= 5:
            problems.append("a row of more than five buttons or none")
        case 2:
            if not 1 <= len(part.get("label") or "") <= 80:
                problems.append(f"a label of {len(part.get('label') or '')}")
        case 10 if not part["content"]:
            problems.append("an empty text")
        case 12 if not 1 <= len(part["items"]) <= 10:
            problems.append(f"a gallery of {len(part['items'])}")
        case 12:
            long = [item for item in part["items"] if len(item.get("description") or "") > 1024]
            problems += ["a description over 1024"] * len(long)
        case _:
            pass
    return problems


def _attachment_problems(
    payload: dict[str, Any], parts: list[dict[str, Any]], files: Collection[str], present: Mapping[str, str]
) -> list[str]:
    attachments: list[dict[str, Any]] = payload.get("attachments") or []
    listed = {each["filename"] for each in attachments if "filename" in each}
    kept = {present[str(each["id"])] for each in attachments if str(each["id"]) in present}
    shown = {
        item["media"]["url"].removeprefix("attachment://")
        for part in parts
        if part["type"] == 12
        for item in part["items"]
        if item["media"]["url"].startswith("attachment://")
    }
    problems = [f"{name} is shown but not attached" for name in sorted(shown - set(files) - kept)]
    problems += [f"{name} is shown but not listed" for name in sorted(shown - listed)]
    problems += [f"{name} is sent but not listed" for name in sorted(set(files) - listed)]
    problems += [f"the file name {name!r}" for name in files if not _FILE_NAME.fullmatch(name)]
    long = [each for each in payload.get("attachments") or () if len(each.get("description") or "") > 1024]
    return problems + ["an attachment's description over 1024"] * len(long)
