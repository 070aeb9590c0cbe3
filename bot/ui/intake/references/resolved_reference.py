"""A reference picture that was found for a request."""

from __future__ import annotations

from dataclasses import dataclass

import discord

from bot.domain.errors import RuleBroken
from bot.domain.models import FoundPicture, Job, Parent, Ratio
from bot.domain.request_rules import closest_ratio

UPLOAD = "upload"
OTHERS_UPLOAD = "others-upload"
"""The source of a repeated request whose reference was uploaded for another member's request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedReference:
    """A usable reference; ``source`` is the link of its message, or ``upload``.

    ``ratio`` is the offered one closest to the picture's own, where that is known.
    """

    url: str
    source: str | None = None
    spoiler: bool = False
    ratio: Ratio | None = None
    hosted: bool = False
    """Whether it is a file on Discord."""
    channel_id: int | None = None
    """The channel of its message; None for everything else."""
    is_avatar: bool = False
    parent: Parent | None = None
    """The result that shows it."""

    was_shown: bool = False
    """Whether the card of an earlier request of the same member in the same channel showed it."""

    def is_shown(self, channel_id: int | None, *, chosen: bool) -> bool:
        """Whether the card of a request in a channel shows it.

        It shows an avatar, what its channel shows anyway, and what the requester has ``chosen`` to show.
        """
        here = self.is_avatar or (self.channel_id is not None and self.channel_id == channel_id)
        return chosen or (self.hosted and (here or self.was_shown))


def require_editable(job: Job, person: discord.User | discord.Member) -> None:
    """Raise ``RuleBroken`` for a remix of an upload that the member didn't make themselves.

    With a prompt of their own they could see what only the uploader has seen.
    """
    for reference in job.draft.references:
        source = reference.source
        if source == OTHERS_UPLOAD or (source == UPLOAD and job.requester.user_id != person.id):
            raise RuleBroken("not-your-upload")


def resolved(picture: FoundPicture, *, hosted: bool) -> ResolvedReference:
    """Return a picture as a reference; ``hosted`` if it is a file on Discord."""
    known = picture.width and picture.height
    ratio = closest_ratio(picture.width, picture.height) if known else None
    return ResolvedReference(
        url=picture.url,
        ratio=ratio,
        hosted=hosted,
    )
