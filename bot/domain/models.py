"""The shared vocabulary: frozen values without behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Ratio = Literal["1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "21:9"]
Size = Literal["1K", "2K", "4K"]
PictureFormat = Literal["png", "jpeg", "webp", "gif", "bmp", "tiff"]
JobKind = Literal["imagine", "remix"]
PastQuota = Literal["refuse", "relaxed"]
HintKind = Literal["reply", "closed"]
JobState = Literal["waiting", "running", "drawn", "failed", "done", "cancelled"]

PIXELS: dict[Size, dict[Ratio, tuple[int, int]]] = {
    "1K": {
        "1:1": (1024, 1024),
        "16:9": (1280, 720),
        "9:16": (720, 1280),
        "4:3": (1152, 864),
        "3:4": (864, 1152),
        "3:2": (1152, 768),
        "2:3": (768, 1152),
        "21:9": (1280, 549),
    },
    "2K": {
        "1:1": (2048, 2048),
        "16:9": (2560, 1440),
        "9:16": (1440, 2560),
        "4:3": (2304, 1728),
        "3:4": (1728, 2304),
        "3:2": (2304, 1536),
        "2:3": (1536, 2304),
        "21:9": (2560, 1097),
    },
    "4K": {
        "1:1": (4096, 4096),
        "16:9": (5120, 2880),
        "9:16": (2880, 5120),
        "4:3": (4608, 3456),
        "3:4": (3456, 4608),
        "3:2": (4608, 3072),
        "2:3": (3072, 4608),
        "21:9": (5120, 2194),
    },
}
"""Width and height in pixels; 2K is the relay's table, the others are scaled from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """What one call asks of the relay; ``reference`` is a public http(s) URL."""

    prompt: str
    ratio: Ratio = "1:1"
    size: Size = "2K"
    model: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a picture's first bytes say of it."""

    format: PictureFormat
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A whole, decodable picture on disk; its format comes from its bytes."""

    path: Path
    format: PictureFormat
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A picture that a remix starts from, checked to be within the relay's limits."""

    url: str
    format: PictureFormat
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester:
    """Who asks, from where; ``upload_limit`` in bytes is what the asker may be sent there."""

    user_id: int
    channel_id: int
    guild_id: int | None
    locale: str
    guild_locale: str | None
    upload_limit: int
    guest: bool = False
    """Whether the bot is no member there: it may answer the interaction, and send no message of its own."""
    own_locale: str | None = None
    """The language of the asker's own Discord; None where it was never told, as messages don't tell it."""
    # What follows counts while a request is taken in, and isn't kept with it.
    parent_id: int | None = None
    """The channel that a thread belongs to."""
    age_restricted: bool = False
    """Whether the channel is for adults alone."""
    roles: frozenset[int] = frozenset()
    moderator: bool = False
    """Whether the asker keeps order there: manages messages, or the server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyTo:
    """The message an outcome is edited into: a deferred one, or the bot's own where ``token`` is None.

    ``interaction_id`` is then the id of the message that asked. ``expires_at`` is in seconds since the epoch.
    """

    interaction_id: int
    application_id: int
    token: str | None = field(repr=False)
    message_id: int
    ephemeral: bool
    expires_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """A named text that is added to a prompt."""

    name: str
    text: str = ""
    """Empty where its asker only named it; whoever accepts the request looks it up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleOwner:
    """Whose styles: a server's, or a member's own."""

    kind: Literal["guild", "member"]
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptStyle:
    """A style as it is kept; ``job_id`` is its newest result's."""

    id: int
    owner: StyleOwner
    style: Style
    job_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A request as it is handed in; ``source`` is the link of the message the reference came from."""

    kind: JobKind
    request: ImageRequest
    unsaid: frozenset[Literal["ratio", "size", "style"]] = frozenset()
    """What of the request its asker left open; whoever accepts it fills that in."""
    count: int = 1
    source: str | None = None
    spoiler: bool = False
    style: Style | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """An accepted request; times in seconds since the epoch, ``problem`` an error's key."""

    id: int
    draft: Draft
    requester: Requester
    reply_to: ReplyTo | None
    message_id: int
    state: JobState
    created_at: float
    attempts: int
    deadline: float
    started_at: float | None
    drawn_at: float | None
    pictures: tuple[Picture, ...] = ()
    kept: tuple[str, ...] = ()
    """Names under which the untouched pictures are kept; empty where they aren't."""
    problem: str | None = None
    facts: Mapping[str, str | int | float] = field(default_factory=dict[str, str | int | float])
    relaxed: bool = False
    """Whether it is drawn only when nobody else waits."""
    starred: bool = False
    direct: bool = False
    """Whether its answer came by direct message, wherever it was asked for."""
    abreast: int = 1
    """How many of its pictures may be drawn at once while it runs."""
    card_until: float = 0.0
    """Until when somebody may be editing its card with news of the line, in seconds since the epoch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InLine:
    """A waiting job with the jobs that are before it, and their pictures by size."""

    job: Job
    ahead: int
    pictures: Mapping[Size, int]
    run_at: float
    """Before when it isn't tried again."""
    down: bool
    """Whether nothing moves because the relay is down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a waiting job stands: ``ahead`` jobs before it, and its start in seconds since the epoch.

    While the relay is ``down`` nobody knows when that will be.
    """

    ahead: int
    starts_at: float
    down: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The job stands in line."""

    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """The job is being drawn and is expected at ``ready_at``, in seconds since the epoch."""

    ready_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrying:
    """The job failed in a way that passes, and runs again at ``run_at``; ``problem`` is an error's key."""

    problem: str
    run_at: float


Progress = Waiting | Drawing | Retrying


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """Where the answer stands now; ``direct`` is a message to its asker in place of what was to be."""

    channel_id: int
    message_id: int
    direct: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """One of ``pages`` pages of finished requests, counted from 0; ``total`` in all."""

    jobs: tuple[Job, ...]
    page: int
    pages: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """How many pictures are ``allowed`` in a server's day, which lasts from ``since`` to ``until``."""

    allowed: int
    since: float
    until: float
    past: PastQuota = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Pictures drawn in a day and in thirty, requests that are open, and what of a quota is ``used``."""

    today: int
    month: int
    waiting: int
    running: int
    quota: Quota | None = None
    used: int = 0
