"""A word to those who wish to hear by direct message that a request of theirs is done."""

from __future__ import annotations

import logging

import discord

from bot.domain.models import Delivered, Job
from bot.services.members import Personal
from bot.ui.cards.job_cards import Cards

log = logging.getLogger(__name__)


class Reminders:
    """Sends the messages, short ones with a link to the answer."""

    def __init__(self, client: discord.Client, cards: Cards, personal: Personal) -> None:
        self._client = client
        self._cards = cards
        self._personal = personal

    async def send(self, job: Job, answered: Delivered) -> None:
        """Tell a request's asker that it is done, if they wish to hear; never fails."""
        # Somewhere else than where it was asked for is a direct message already.
        if job.requester.guild_id is None or answered.channel_id != job.requester.channel_id:
            return
        try:
            chosen = await self._personal.preferences(job.requester.user_id)
            if chosen.tell_when_done:
                await self._tell(job, chosen.language or _locale(job), _link(job, answered))
        except Exception as error:
            # A courtesy: the answer itself is where it belongs.
            log.info("job %s: its asker can't be reminded: %r", job.id, error)

    async def _tell(self, job: Job, locale: str, link: str) -> None:
        person = await self._client.fetch_user(job.requester.user_id)
        await person.send(
            view=self._cards.reminder(locale, job, link),
            # Sent once more, it is the same message for Discord.
            nonce=f"done-{job.id}",
            allowed_mentions=discord.AllowedMentions.none(),
        )


def _locale(job: Job) -> str:
    """Return the language of what the asker alone reads: the answer's is the server's where it has one."""
    return job.requester.own_locale or job.requester.locale


def _link(job: Job, answered: Delivered) -> str:
    """Return where the answer stands; to what one person sees alone no link leads, but to its channel."""
    channel = f"https://discord.com/channels/{job.requester.guild_id}/{answered.channel_id}"
    hidden = job.reply_to is not None and job.reply_to.ephemeral
    return channel if hidden else f"{channel}/{answered.message_id}"
