"""What the simulated Discord holds: people, channels, messages, and the exchanges with the bot."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from typing import Any

import pyvips

from tests.support.wire.discord_rules import EPHEMERAL_FLAG, V2_FLAG, components_in, text_in

APPLICATION, BOT, GUILD, OWNER = 9001, 9001, 7001, 7002
GENERAL, SECRET = 7101, 7102
FAR_GUILD, FAR = (2 << 22) + 7001, 7201
"""A guild on another shard where there are several, and its channel."""
EVERYONE = (1 << 10) | (1 << 11) | (1 << 15) | (1 << 16) | (1 << 31)
"""View channels, send messages, attach files, read history, use commands."""
MANAGE_MESSAGES = 1 << 13
EPOCH = 1_420_070_400_000

_serial = itertools.count(1)
_signatures = itertools.count(1)


def snowflake() -> int:
    """Make a new id that is as old as now."""
    return ((int(time.time() * 1000) - EPOCH) << 22) | (next(_serial) & 0x3FFFFF)


@dataclass(slots=True)
class StoredFile:
    """A file that a message carries; ``links`` are the signed ones handed out, newest last."""

    name: str
    content: bytes
    channel_id: int
    id: int = field(default_factory=snowflake)
    links: list[str] = field(default_factory=list[str])

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height, by decoding the whole picture."""
        image = pyvips.Image.new_from_buffer(self.content, "", access="sequential")
        image.avg()
        return image.width, image.height

    def link(self) -> dict[str, Any]:
        """Sign a new link and describe the picture behind it, as Discord unfurls it."""
        header = pyvips.Image.new_from_buffer(self.content, "", access="sequential")
        path = f"attachments/{self.channel_id}/{self.id}/{self.name}"
        query = f"ex={next(_signatures):08x}&is=00000000&hm={self.id:x}"
        self.links.append(f"https://cdn.discordapp.com/{path}?{query}")
        kind = "image/png" if self.name.endswith(".png") else "image/jpeg"
        return {
            "url": self.links[-1],
            "proxy_url": f"https://media.discordapp.net/{path}?{query}",
            "width": header.width,
            "height": header.height,
            "content_type": kind,
        }

    def described(self) -> dict[str, Any]:
        """Describe it as an upload, behind a new link."""
        about = {"id": str(self.id), "filename": self.name, "size": len(self.content)}
        return {**about, **self.link()}


@dataclass(slots=True)
class StoredMessage:
    """A message as it stands now; ``edits`` are the payloads that made it so, in their order."""

    channel_id: int
    author_id: int = BOT
    flags: int = 0
    token: str | None = None
    reference: dict[str, Any] | None = None
    payload: dict[str, Any] = field(default_factory=dict[str, Any])
    files: list[StoredFile] = field(default_factory=list[StoredFile])
    edits: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    deleted: bool = False
    id: int = field(default_factory=snowflake)
    is_outcome: bool = False
    """Whether this is a picture or a reason, and no waiting card any more."""

    @property
    def ephemeral(self) -> bool:
        """Whether one person alone sees it."""
        return bool(self.flags & EPHEMERAL_FLAG)

    @property
    def text(self) -> str:
        """All the text it shows."""
        return text_in(self.payload)

    @property
    def buttons(self) -> dict[str, str]:
        """The buttons' labels by custom_id."""
        parts = components_in(self.payload.get("components"))
        return {part["custom_id"]: part.get("label", "") for part in parts if part["type"] == 2}

    @property
    def pictures(self) -> list[StoredFile]:
        """The files in the gallery, as they are seen from left to right."""
        by_name = {file.name: file for file in self.files}
        galleries = [p for p in components_in(self.payload.get("components")) if p["type"] == 12]
        items = [item["media"]["url"] for gallery in galleries for item in gallery["items"]]
        return [by_name[url.removeprefix("attachment://")] for url in items]

    @property
    def replies_to(self) -> int | None:
        """The message that this one replies to."""
        return int(self.reference["message_id"]) if self.reference else None

    def button(self, action: str) -> str:
        """Return the custom_id of an action's button."""
        return next(each for each in self.buttons if f":{action}:" in each)

    def apply(self, payload: dict[str, Any], files: dict[str, bytes]) -> None:
        """Take an edit as Discord does: what isn't listed any more is gone."""
        self.edits.append(payload)
        self.payload = {**self.payload, **payload}
        self.flags |= int(payload.get("flags") or 0) & V2_FLAG
        if "attachments" in payload:
            self.files = [StoredFile(name, content, self.channel_id) for name, content in files.items()]
        # Seen once, as whoever waits asks at every change of anything.
        self.is_outcome = bool(self.buttons) and not any("cancel" in each for each in self.buttons)

    def rendered(self) -> dict[str, Any]:
        """Return the message with freshly signed links."""
        links = {f"attachment://{file.name}": file.link() for file in self.files}
        uploads = [file.described() for file in self.files] if self.author_id != BOT else []
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
        }


@dataclass(slots=True)
class Exchange:
    """An interaction and what the bot made of it; ``response`` is how it was acknowledged."""

    user_id: int
    channel_id: int
    event: dict[str, Any]
    sent_at: float
    id: int
    token: str
    ephemeral: bool = False
    response: dict[str, Any] | None = None
    message: StoredMessage | None = None
    followups: list[StoredMessage] = field(default_factory=list[StoredMessage])
    expired: bool = False
    missed: bool = False
    """Whether the acknowledgement came too late: its asker reads that the bot did not respond."""

    @property
    def modal(self) -> dict[str, Any]:
        """The form that the bot answered with."""
        assert self.response, "nothing was answered"
        assert self.response["type"] == 9, f"no form but type {self.response['type']}"
        return self.response["data"]

    @property
    def shown(self) -> StoredMessage:
        """The message that the bot answered with."""
        assert self.message, "nothing was answered"
        return self.message


def user(user_id: int) -> dict[str, Any]:
    """Describe a person."""
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
    """Describe a person in the guild."""
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
    """Describe a channel; the secret one is open to the bot alone."""
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


def guild(guild_id: int) -> dict[str, Any]:
    """Describe a guild."""
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
        "roles": [role],
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


def picture(width: int, height: int) -> bytes:
    """Draw a plain picture for an upload."""
    image = pyvips.Image.black(width, height, bands=3).linear([1, 1, 1], [40, 90, 160])
    return image.cast("uchar").write_to_buffer(".png")


def _unfurled(tree: list[dict[str, Any]], links: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    copied: list[dict[str, Any]] = []
    for number, original in enumerate(tree, 1):
        part: dict[str, Any] = {"id": number, **original}
        if part["type"] == 12:
            part["items"] = [{**item, "media": links[item["media"]["url"]]} for item in part["items"]]
        if "components" in part:
            part["components"] = _unfurled(part["components"], links)
        copied.append(part)
    return copied
