"""The domain's values: frozen, without behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Ratio = Literal["1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "21:9"]
Size = Literal["1K", "2K", "4K"]
PictureFormat = Literal["png", "jpeg", "webp", "gif", "bmp", "tiff"]
JobKind = Literal["imagine", "remix", "upscale", "vary"]
RedrawKind = Literal["upscale", "vary"]
"""Kinds of jobs that start from one picture of a result."""
OverQuotaPolicy = Literal["refuse", "relaxed"]
DefaultedField = Literal["ratio", "size", "style"]
HintKind = Literal["reply", "closed"]
DailyScope = Literal["member", "server", "total"]
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
"""Width and height in pixels; 2K is the relay's own table, the others are scaled from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """One call of the relay; ``reference`` is a public http(s) URL."""

    prompt: str
    ratio: Ratio = "1:1"
    size: Size = "2K"
    model: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a picture's first bytes declare."""

    format: PictureFormat
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A complete, decodable picture on disk; ``format`` is read from its bytes."""

    path: Path
    format: PictureFormat
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The source picture of a remix, checked against the relay's limits."""

    url: str
    format: PictureFormat
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester:
    """Who made a request and where; ``upload_limit`` is in bytes, for attachments sent there."""

    user_id: int
    channel_id: int
    guild_id: int | None
    locale: str
    guild_locale: str | None
    upload_limit: int
    guest: bool = False
    """Whether the bot isn't a member there: it can answer the interaction but send no other message."""
    own_locale: str | None = None
    """The requester's Discord language; None where unknown, as with messages."""
    # The fields below are used while a request is accepted and aren't stored with it.
    parent_id: int | None = None
    """The parent channel of a thread."""
    age_restricted: bool = False
    """Whether the channel is age-restricted."""
    roles: frozenset[int] = frozenset()
    moderator: bool = False
    """Whether the requester may manage messages or the server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyTo:
    """The message that shows the outcome: an interaction's response, or the bot's own if ``token`` is None.

    Then ``interaction_id`` is the id of the requesting message. ``expires_at`` is in seconds since the epoch.
    """

    interaction_id: int
    application_id: int
    token: str | None = field(repr=False)
    message_id: int
    ephemeral: bool
    expires_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """A named text that is appended to a prompt."""

    name: str
    text: str = ""
    """Empty until the style is looked up by its name when the request is accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleOwner:
    """Owner of a set of styles: a server or a member."""

    kind: Literal["guild", "member"]
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedStyle:
    """A stored style; ``job_id`` is its newest result."""

    id: int
    owner: StyleOwner
    style: Style
    job_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A request before acceptance; ``source`` links the message that the reference came from."""

    kind: JobKind
    request: ImageRequest
    defaulted: frozenset[DefaultedField] = frozenset()
    """Fields the requester left open; they are resolved when the request is accepted."""
    count: int = 1
    source: str | None = None
    spoiler: bool = False
    style: Style | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """An accepted request; times in seconds since the epoch, ``problem`` is an error's key."""

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
    """Names of the stored originals; empty where none are stored."""
    problem: str | None = None
    facts: Mapping[str, str | int | float] = field(default_factory=dict[str, str | int | float])
    relaxed: bool = False
    """Whether it runs only while no other request is waiting."""
    starred: bool = False
    direct: bool = False
    """Whether its answer was sent as a direct message."""
    abreast: int = 1
    """How many of its pictures may be generated at the same time."""
    card_until: float = 0.0
    """Until when a process may edit its card with queue positions, in seconds since the epoch."""
    ephemeral: bool = False
    """Whether its answer is visible to its requester alone."""
    is_copy: bool = False
    """Whether its message and channel are those of a copy of the answer; never stored."""

    @property
    def copy_id(self) -> int | None:
        """The message of the copy of the answer that is meant; None for the answer itself."""
        return self.message_id if self.is_copy else None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedJob:
    """A waiting job, the number of jobs ahead of it, and their pictures by size."""

    job: Job
    ahead: int
    pictures: Mapping[Size, int]
    run_at: float
    """The earliest start."""
    down: bool
    """Whether the queue is halted because the relay is down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePosition:
    """Position of a waiting job: ``ahead`` jobs before it, and its start in seconds since the epoch.

    While the relay is ``down`` the start is unknown.
    """

    ahead: int
    starts_at: float
    down: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The job is queued."""

    position: QueuePosition


@dataclass(frozen=True, slots=True, kw_only=True)
class Generating:
    """The job is running and expected to finish at ``ready_at``, in seconds since the epoch."""

    ready_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryScheduled:
    """The job failed temporarily and runs again at ``run_at``; ``problem`` is an error's key."""

    problem: str
    run_at: float


Progress = Waiting | Generating | RetryScheduled


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredMessage:
    """The message that holds the answer; ``direct`` if it is a direct message instead of the card."""

    channel_id: int
    message_id: int
    direct: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPage:
    """One of ``pages`` pages of finished requests, counted from 0; ``total`` requests in all."""

    jobs: tuple[Job, ...]
    page: int
    pages: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """Pictures ``allowed`` in a server's day, which lasts from ``since`` to ``until``."""

    allowed: int
    since: float
    until: float
    past: OverQuotaPolicy = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyUsage:
    """How much of one of the operator's daily limits is used; the day ends at ``until``."""

    scope: DailyScope
    used: int
    allowed: int
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Pictures of one day and of thirty days, open requests, and how much of the quota is ``used``."""

    today: int
    month: int
    waiting: int
    running: int
    quota: Quota | None = None
    used: int = 0
    daily: tuple[DailyUsage, ...] = ()
    """The operator's limits that apply."""
