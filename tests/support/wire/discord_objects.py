"""Objects of the simulated Discord: users, channels, messages and interactions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.support.wire.discord_rules import EPHEMERAL_FLAG, V2_FLAG, components_in, text_in
from tests.support.wire.stored_files import StoredFile, snowflake

APPLICATION, BOT, GUILD, OWNER = 9001, 9001, 7001, 7002
GENERAL, SECRET = 7101, 7102
BOT_ROLE = 7009
"""The role that Discord made for the bot."""
FAR_GUILD, FAR = (2 << 22) + 7001, 7201
"""A guild on another shard, and its channel."""
EVERYONE = (1 << 10) | (1 << 11) | (1 << 15) | (1 << 16) | (1 << 31)
"""View channels, send messages, attach files, read history, use commands."""
MANAGE_MESSAGES = 1 << 13


@dataclass(slots=True)
class StoredMessage:
    """The current state of a message; ``edits`` are all payloads applied to it, in order."""

    channel_id: int
    author_id: int = BOT
    flags: int = 0
    token: str | None = None
    reference: dict[str, Any] | None = None
    payload: dict[str, Any] = field(default_factory=dict[str, Any])
    files: list[StoredFile] = field(default_factory=list[StoredFile])
    edits: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    more: dict[str, Any] = field(default_factory=dict[str, Any])
    """Fields that are added to its payload."""
    forwarded: bool = False
    """Whether its files are those of a message that it forwards: they are in a snapshot of that one."""
    deleted: bool = False
    id: int = field(default_factory=snowflake)
    is_outcome: bool = False
    """Whether it shows a result or a refusal rather than a waiting card."""

    @property
    def ephemeral(self) -> bool:
        """Whether it is ephemeral."""
        return bool(self.flags & EPHEMERAL_FLAG)

    @property
    def text(self) -> str:
        """All of its text."""
        return text_in(self.payload)

    @property
    def buttons(self) -> dict[str, str]:
        """The buttons' labels by custom_id."""
        parts = components_in(self.payload.get("components"))
        return {part["custom_id"]: part.get("label", "") for part in parts if part["type"] == 2}

    @property
    def pictures(self) -> list[StoredFile]:
        """The files in the gallery, in display order."""
        by_name = {file.name: file for file in self.files}
        galleries = [p for p in components_in(self.payload.get("components")) if p["type"] == 12]
        items = [item["media"]["url"] for gallery in galleries for item in gallery["items"]]
        return [by_name[url.removeprefix("attachment://")] for url in items]

    @property
    def replies_to(self) -> int | None:
        """The message that this one replies to."""
        return int(self.reference["message_id"]) if self.reference else None

    def button(self, action: str, picture: int | None = None) -> str:
        """Return the custom_id of an action's button, for one ``picture`` that of this number."""
        ids = [each for each in self.buttons if f":{action}:" in each]
        return next(each for each in ids if picture is None or each.endswith(f":{picture}"))

    def apply(self, payload: dict[str, Any], files: dict[str, bytes]) -> None:
        """Apply a payload as Discord does: attachments that aren't listed are removed."""
        self.edits.append(payload)
        self.payload = {**self.payload, **payload}
        self.flags |= int(payload.get("flags") or 0) & V2_FLAG
        if "attachments" in payload:
            listed = {str(each["id"]) for each in payload["attachments"]}
            kept = [file for file in self.files if str(file.id) in listed]
            self.files = kept + [
                StoredFile(name, content, self.channel_id) for name, content in files.items()
            ]
        # Computed once per edit: waiting tests read it after every change.
        self.is_outcome = bool(self.buttons) and not any("cancel" in each for each in self.buttons)

    def to_payload(self) -> dict[str, Any]:
        """Return the message payload with freshly signed links."""
        links = {
            f"attachment://{file.name}": {**file.sign_link(), "attachment_id": str(file.id)}
            for file in self.files
        }
        uploads = [file.to_attachment() for file in self.files] if self.author_id != BOT else []
        if self.forwarded:
            return {**self._payload({}, []), "message_snapshots": [{"message": self._payload({}, uploads)}]}
        return self._payload(links, uploads)

    def _payload(self, links: dict[str, dict[str, Any]], uploads: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "channel_id": str(self.channel_id),
            "author": user(self.author_id),
            "content": self.payload.get("content") or "",
            "timestamp": "2026-08-01T12:00:00.000000+00:00",
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": uploads,
            "embeds": [],
            "pinned": False,
            "type": 19 if self.reference else 0,
            **({"message_reference": self.reference} if self.reference else {}),
            "flags": self.flags,
            "components": _unfurled(self.payload.get("components") or [], links),
            **self.more,
        }


@dataclass(slots=True)
class StoredInteraction:
    """An interaction and the bot's response; ``response`` is the acknowledgement."""

    user_id: int
    channel_id: int
    event: dict[str, Any]
    sent_at: float
    id: int
    token: str
    acknowledge_by: float
    """In the running time of the simulated Discord."""
    ephemeral: bool = False
    response: dict[str, Any] | None = None
    message: StoredMessage | None = None
    followups: list[StoredMessage] = field(default_factory=list[StoredMessage])
    expired: bool = False
    acknowledged_too_late: bool = False
    """Whether the acknowledgement came too late: the user reads that the bot did not respond."""

    @property
    def modal(self) -> dict[str, Any]:
        """The modal that the bot responded with."""
        assert self.response, "nothing was answered"
        assert self.response["type"] == 9, f"no form but type {self.response['type']}"
        return self.response["data"]

    @property
    def response_message(self) -> StoredMessage:
        """The message that the bot responded with."""
        assert self.message, "nothing was answered"
        return self.message


def user(user_id: int) -> dict[str, Any]:
    """Return a user payload."""
    bot = user_id == BOT
    return {
        "id": str(user_id),
        "username": f"person-{user_id}",
        "discriminator": "0",
        "global_name": None,
        "avatar": None,
        "bot": bot,
        "flags": 0,
        "public_flags": 0,
    }


def member(user_id: int, permissions: int = EVERYONE) -> dict[str, Any]:
    """Return a member payload."""
    return {
        "user": user(user_id),
        "roles": [],
        "joined_at": "2026-01-01T00:00:00.000000+00:00",
        "deaf": False,
        "mute": False,
        "flags": 0,
        "permissions": str(permissions),
    }


def guild_of(channel_id: int) -> int:
    """Return the guild that a channel belongs to."""
    return FAR_GUILD if channel_id == FAR else GUILD


def channel(channel_id: int) -> dict[str, Any]:
    """Return a channel payload; only the bot can see the secret one."""
    view, guild_id = str(1 << 10), guild_of(channel_id)
    closed = [
        {"id": str(guild_id), "type": 0, "allow": "0", "deny": view},
        {"id": str(BOT), "type": 1, "allow": view, "deny": "0"},
    ]
    return {
        "id": str(channel_id),
        "guild_id": str(guild_id),
        "type": 0,
        "name": f"channel-{channel_id}",
        "position": 0,
        "permission_overwrites": closed if channel_id == SECRET else [],
        "nsfw": False,
        "parent_id": None,
    }


_OF_BOT = {"bot_id": str(BOT)}


def guild(guild_id: int) -> dict[str, Any]:
    """Return a guild payload."""
    role = {
        "id": str(guild_id),
        "name": "@everyone",
        "permissions": str(EVERYONE),
        "position": 0,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }
    lists = ("threads", "presences", "voice_states", "stage_instances", "guild_scheduled_events")
    return {
        "id": str(guild_id),
        "name": "Guild",
        "owner_id": str(OWNER),
        "roles": [role, {**role, "id": str(BOT_ROLE), "name": "Jimeng", "managed": True, "tags": _OF_BOT}],
        "channels": [channel(each) for each in (GENERAL, SECRET, FAR) if guild_of(each) == guild_id],
        "members": [member(BOT)],
        "member_count": 5,
        "emojis": [],
        "stickers": [],
        "features": [],
        "preferred_locale": "en-US",
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "system_channel_flags": 0,
        **{name: [] for name in lists},
    }


def _media(url: str, links: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the media of a file of the message, or of a link, which Discord shows from a copy."""
    copied = {"url": url, "proxy_url": url, "width": 1, "height": 1, "content_type": "image/jpeg"}
    return links.get(url, copied)


def _unfurled(tree: list[dict[str, Any]], links: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    copied: list[dict[str, Any]] = []
    for number, original in enumerate(tree, 1):
        part: dict[str, Any] = {"id": number, **original}
        if part["type"] == 12:
            part["items"] = [{**item, "media": _media(item["media"]["url"], links)} for item in part["items"]]
        if "components" in part:
            part["components"] = _unfurled(part["components"], links)
        copied.append(part)
    return copied
