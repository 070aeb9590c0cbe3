"""The fields of an interaction whose values the bot relies on, checked before discord.py parses them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from discord.utils import DEFAULT_FILE_SIZE_LIMIT_BYTES

from bot.domain.ids import MAX_ID
from bot.gateway.event_parsers import Parser

_MAX_UPLOAD_LIMIT = 2**30
_EVENT = "INTERACTION_CREATE"


def check_interactions(parsers: Mapping[str, Parser]) -> dict[str, Parser]:
    """Return parsers that leave out fields of a wrong type, and raise ``ValueError`` without a user."""
    if (parse := parsers.get(_EVENT)) is None:
        return dict(parsers)
    return {**parsers, _EVENT: lambda data: parse(checked(data))}


def checked(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return an interaction whose optional fields have the types that the bot relies on, or are left out.

    Raises ``ValueError`` without a user, as nobody would know whose it is.
    """
    fields = {name: value for name, value in data.items() if _OPTIONAL.get(name, _anything)(value)}
    if "member" in fields:
        fields["member"] = _checked_member(fields["member"])
    # Members of a server are users within it; elsewhere there is only the user.
    person = fields.get("member", {}) if "guild_id" in fields else fields
    if not _is_user(person.get("user")):
        raise ValueError("an interaction without a user")
    return {**_DEFAULTS, **fields}


def essentials(data: object) -> Any:
    """Return what answering an interaction needs, without its other fields; None where that is missing."""
    if not isinstance(data, dict):
        return None
    fields = cast("dict[str, Any]", data)
    known = {name: fields.get(name) for name in ("id", "type", "token", "application_id", "locale")}
    if not (_is_id(known["id"]) and _is_id(known["application_id"]) and _is_text(known["token"])):
        return None
    language = {} if _is_text(known["locale"]) else {"locale": "en-US"}
    return {**_DEFAULTS, **known, **language, "user": {**_NOBODY, "id": _user_id(fields)}}


def _user_id(fields: dict[str, Any]) -> str:
    member = fields.get("member")
    person = cast("dict[str, Any]", member) if isinstance(member, dict) else fields
    user = person.get("user")
    return cast("dict[str, Any]", user)["id"] if _is_user(user) else "0"


def _checked_member(member: dict[str, Any]) -> dict[str, Any]:
    roles = member.get("roles")
    given = cast("list[object]", roles) if isinstance(roles, list) else []
    known = [role for role in given if _is_id(role)]
    permissions = member.get("permissions")
    return {**member, "roles": known, "permissions": permissions if _is_number(permissions) else "0"}


def _is_user(value: object) -> bool:
    return isinstance(value, dict) and _is_id(cast("dict[str, Any]", value).get("id"))


def _is_id(value: object) -> bool:
    return _is_number(value) and 0 < int(cast("str", value)) <= MAX_ID


def _is_number(value: object) -> bool:
    """Whether a value is digits, as Discord sends ids and permissions."""
    return isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 40


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _is_channel(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    channel = cast("dict[str, Any]", value)
    # Of any class of whole numbers, as the simulated Discord's are.
    return _is_id(channel.get("id")) and isinstance(channel.get("type"), int)


def _are_owners(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    owners = cast("dict[str, Any]", value)
    # Of an app that a server installed, its id is given; 0 in direct messages.
    return all(_is_number(kind) and _is_number(owner) for kind, owner in owners.items())


def _is_upload_limit(value: object) -> bool:
    return type(value) is int and 0 < value <= _MAX_UPLOAD_LIMIT


def _anything(_: object) -> bool:
    return True


_OPTIONAL: dict[str, Callable[[object], bool]] = {
    "locale": _is_text,
    "guild_locale": _is_text,
    "attachment_size_limit": _is_upload_limit,
    "app_permissions": _is_number,
    "authorizing_integration_owners": _are_owners,
    "context": lambda value: type(value) is int and 0 <= value < 32,
    "entitlements": lambda _: False,  # the bot sells nothing
    "entitlement_skus": lambda _: False,
    "guild_id": _is_id,
    "channel_id": _is_id,
    "guild": _is_object,
    "channel": _is_channel,
    "member": _is_object,
    "version": lambda value: type(value) is int,
}
"""By field whether a value can be used; another one is left out."""
_NOBODY = {"username": "", "discriminator": "0", "avatar": None}
_DEFAULTS = {"version": 1, "attachment_size_limit": DEFAULT_FILE_SIZE_LIMIT_BYTES}
"""Fields that discord.py needs."""
