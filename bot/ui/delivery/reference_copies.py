"""Puts copies of references where the relay can fetch them: into answers for their requesters' eyes alone."""

from __future__ import annotations

import logging
from pathlib import Path

import discord
from discord import ui

from bot.domain.models import Job
from bot.ui import outgoing
from bot.ui.cards.layout import card
from bot.ui.delivery.routes import DeliveryRoutes
from bot.ui.discord_errors import CONNECTION_ERRORS, unexpected
from bot.ui.i18n.texts import Texts
from bot.ui.intake.media import pictures_in

log = logging.getLogger(__name__)

_NAME = "reference.jpg"


class ReferenceCopies:
    """Sends copies after the response of the interaction that made the request."""

    def __init__(self, routes: DeliveryRoutes, texts: Texts) -> None:
        self._routes = routes
        self._texts = texts

    async def publish(self, job: Job, copy: Path) -> str | None:
        """Send a copy and return its link; None for a request by message, or whose token has expired."""
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
