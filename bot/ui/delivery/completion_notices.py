"""Direct messages that tell requesters their request is done, for those who turned them on."""

from __future__ import annotations

import logging

import discord

from bot.domain.models import DeliveredMessage, Job
from bot.services.members import MemberService
from bot.ui import outgoing
from bot.ui.cards.job_cards import Cards
from bot.ui.discord_errors import unexpected

log = logging.getLogger(__name__)


class CompletionNotices:
    """Sends notices with a link to the answer."""

    def __init__(self, client: discord.Client, cards: Cards, member_service: MemberService) -> None:
        self._client = client
        self._cards = cards
        self._member_service = member_service

    async def send(self, job: Job, delivered: DeliveredMessage) -> None:
        """Notify the requester that a job is done, if they want notices; never fails."""
        # An answer outside the requested channel is a direct message already.
        if job.requester.guild_id is None or delivered.channel_id != job.requester.channel_id:
            return
        try:
            chosen = await self._member_service.preferences(job.requester.user_id)
            if chosen.tell_when_done:
                await self._send(job, chosen.language or _locale(job), _link(job, delivered))
        except Exception as error:
            # Best effort: the answer itself was delivered.
            log.info("job %s: its requester can't be notified: %r", job.id, error, exc_info=unexpected(error))

    async def _send(self, job: Job, locale: str, link: str) -> None:
        person = await self._client.fetch_user(job.requester.user_id)
        view = self._cards.completion_notice(locale, job, link)
        # A nonce makes a repeated send the same message for Discord.
        await outgoing.send(person, view, nonce=f"done-{job.id}")


def _locale(job: Job) -> str:
    """Return the requester's own language, which the answer's may differ from in a server."""
    return job.requester.own_locale or job.requester.locale


def _link(job: Job, delivered: DeliveredMessage) -> str:
    """Return a link to the answer, or to its channel for an ephemeral answer, which has no link."""
    channel = f"https://discord.com/channels/{job.requester.guild_id}/{delivered.channel_id}"
    hidden = job.reply_to is not None and job.reply_to.ephemeral
    return channel if hidden else f"{channel}/{delivered.message_id}"
