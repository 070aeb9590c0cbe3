"""A reference picture that was found for a request."""

from __future__ import annotations

from dataclasses import dataclass, replace

import discord

from bot.domain.errors import RuleBroken
from bot.domain.models import Draft, FoundPicture, Job, Parent, Ratio
from bot.domain.request_rules import closest_ratio
from bot.sources.reference_limits import needs_copy

UPLOAD = "upload"
OTHERS_UPLOAD = "others-upload"
"""The source of a repeated request whose reference was uploaded for another member's request."""

_DISPLAYED = frozenset({"png", "jpeg", "jpg", "webp", "gif", "avif"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedReference:
    """A usable reference; ``source`` is the link of its message, or ``upload``.

    ``ratio`` is the offered one closest to the picture's own, where that is known.
    """

    url: str
    source: str | None = None
    spoiler: bool = False
    ratio: Ratio | None = None
    needs_copy: bool = False
    """Whether the image service is known not to accept it as it is."""
    displayable: bool = False
    """Whether it is a file on Discord in a format that Discord's clients show."""
    channel_id: int | None = None
    """The channel of its message; None for everything else."""
    is_avatar: bool = False
    parent: Parent | None = None
    """The result that shows it."""

    def remix(self, draft: Draft, *, follow_ratio: bool, channel_id: int | None) -> Draft:
        """Return a draft as a remix of this reference, requested in a channel.

        ``follow_ratio`` uses its own ratio where known. A draft that already has a parent keeps it. The card
        shows an avatar, what its channel shows anyway, and what the requester chose to show.
        """
        visible = self.is_avatar or (self.channel_id is not None and self.channel_id == channel_id)
        request = replace(draft.request, reference=self.url)
        if follow_ratio and self.ratio is not None:
            request = replace(request, ratio=self.ratio)
            draft = replace(draft, defaulted=draft.defaulted - {"ratio"})
        spoiler = draft.spoiler or self.spoiler
        kind = "remix" if draft.kind == "imagine" else draft.kind
        return replace(
            draft,
            kind=kind,
            request=request,
            source=self.source,
            spoiler=spoiler,
            show_reference=self.displayable and (visible or draft.show_reference),
            parent=draft.parent or self.parent,
        )


def require_editable(job: Job, person: discord.User | discord.Member) -> None:
    """Raise ``RuleBroken`` for a remix of an upload that the member didn't make themselves.

    With a prompt of their own they could see what only the uploader has seen.
    """
    source = job.draft.source
    if source == OTHERS_UPLOAD or (source == UPLOAD and job.requester.user_id != person.id):
        raise RuleBroken("not-your-upload")


def resolved(picture: FoundPicture, *, hosted: bool) -> ResolvedReference:
    """Return a picture as a reference; ``hosted`` if it is a file on Discord."""
    known = picture.width and picture.height
    ratio = closest_ratio(picture.width, picture.height) if known else None
    return ResolvedReference(
        url=picture.url,
        ratio=ratio,
        needs_copy=needs_copy(picture),
        displayable=hosted and picture.format in _DISPLAYED,
    )
