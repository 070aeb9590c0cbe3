"""Puts copies of references where the relay can fetch them.

A copy is on the request's card, in the place of its reference, if that may be shown there, else in an answer
for the requester's eyes alone, which only interactions have.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import discord
from discord import ui

from bot.domain.models import Job
from bot.ui import outgoing
from bot.ui.cards.layout import card, with_reference_copies
from bot.ui.delivery.routes import DeliveryRoutes
from bot.ui.discord_errors import CONNECTION_ERRORS, unexpected
from bot.ui.i18n.texts import Texts
from bot.ui.intake.references.media import pictures_in, thumbnails_in
from bot.ui.outgoing import KeptFile

log = logging.getLogger(__name__)

_NAME = "reference.jpg"
ShowCopy = Callable[[Job, int, Path], Awaitable["ReferenceCopy | None"]]
"""Shows the copy of a reference by number on a running job's card; None where that can't be edited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceCopy:
    """A copy of the reference with a number that is on a job's card, under ``name``."""

    number: int
    attachment_id: int
    name: str
    url: str


class ReferenceCopies:
    """Puts copies on cards by ``show``, or sends them after the response of the request's interaction."""

    def __init__(self, routes: DeliveryRoutes, texts: Texts, show: ShowCopy) -> None:
        self._routes = routes
        self._texts = texts
        self._show = show

    async def publish(self, job: Job, number: int, copy: Path) -> str | None:
        """Return the link of a copy of a reference; None where there is no place for it."""
        if job.draft.references[number - 1].shown:
            shown = await self._show(job, number, copy)
            if shown is not None:
                return shown.url
        return await self._send(job, copy)

    async def _send(self, job: Job, copy: Path) -> str | None:
        """Send a copy for the requester's eyes alone; None without an interaction or when it has expired."""
        webhook = self._routes.webhook(job)
        if webhook is None:
            return None
        try:
            message = await outgoing.follow_up_by_webhook(webhook, self._card(job), discord.File(copy, _NAME))
        except (discord.HTTPException, *CONNECTION_ERRORS) as error:
            log.warning("job %s: its copy can't be sent: %r", job.id, error, exc_info=unexpected(error))
            return None
        sent = pictures_in(message)
        return sent[0].url if sent else None

    def _card(self, job: Job) -> ui.LayoutView:
        shown = discord.MediaGalleryItem(f"attachment://{_NAME}", spoiler=job.draft.spoiler)
        about = self._texts(job.requester.own_locale or job.requester.locale, "card.reference-copy")
        return card(ui.MediaGallery(shown), ui.TextDisplay(f"-# {about}"))


def kept_copy(copy: ReferenceCopy) -> KeptFile:
    """Return a copy as a file that an edit of its card keeps."""
    return KeptFile(copy.attachment_id, copy.name)


def copy_name(job: Job, number: int) -> str:
    """Return the name of the copy of a reference on a job's card."""
    return f"jimeng-{job.id}-reference-{number}.jpg"


def copies_on(job: Job, message: discord.Message) -> tuple[ReferenceCopy, ...]:
    """Return the copies of a job's references that a message shows."""
    found: list[ReferenceCopy] = []
    for media in thumbnails_in(message):
        named = re.fullmatch(rf"jimeng-{job.id}-reference-(\d+)\.jpg", media.name)
        if named is not None and media.attachment_id is not None:
            number = int(named[1])
            found.append(
                ReferenceCopy(
                    number=number, attachment_id=media.attachment_id, name=media.name, url=media.url
                )
            )
    return tuple(found)


def with_copies(job: Job, copies: Sequence[ReferenceCopy]) -> Job:
    """Return a job whose card shows these copies, attached to it, in place of their references."""
    return with_reference_copies(job, {copy.number: copy.name for copy in copies})
