"""A request before it is accepted: who asks, for what, and where the answer goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.domain.models.pictures import ImageRequest, Ratio, Size

JobKind = Literal["imagine", "remix", "upscale", "vary"]
RedrawKind = Literal["upscale", "vary"]
"""Kinds of jobs that start from one picture of a result."""
DefaultedField = Literal["ratio", "size", "style", "model"]
"""A model that is defaulted and named all the same is that of an earlier request: used where it still can."""


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
class Parent:
    """The result that a request was made from; ``picture`` is its picture's number, None for all of them."""

    job_id: int
    picture: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftReference:
    """A reference of a request; ``source`` links the message that it came from, or is ``upload``."""

    url: str
    source: str | None = None
    shown: bool = False
    """Whether the request's card may show it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedModel:
    """One picture of a comparison: its model, and what that draws of the ratio and size asked for."""

    model: str
    ratio: Ratio
    size: Size
    weight: int = 1
    """How many pictures of quotas it counts as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A request before acceptance; ``request`` gets the references only when it is sent."""

    kind: JobKind
    request: ImageRequest
    defaulted: frozenset[DefaultedField] = frozenset()
    """Fields the requester left open; they are resolved when the request is accepted."""
    count: int = 1
    references: tuple[DraftReference, ...] = ()
    """In the order in which the prompt may number them."""
    spoiler: bool = False
    show_references: bool = False
    """Whether the requester chose that its card shows the references; not stored."""
    style: Style | None = None
    parent: Parent | None = None
    compared: tuple[ComparedModel, ...] = ()
    """The models of a comparison, one for each of its ``count`` pictures in order; empty otherwise."""
    asked: Mapping[str, str] = field(default_factory=dict[str, str])
    """What was asked for and can't be drawn, by the names of a job's facts; read from those afterwards."""

    @property
    def shows_references(self) -> bool:
        """Whether the request's card may show any of the references."""
        return any(each.shown for each in self.references)
