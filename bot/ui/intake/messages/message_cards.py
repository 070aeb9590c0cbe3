"""Posts the cards of requests that messages made."""

from __future__ import annotations

import logging

import discord

from bot.domain.models import Job, Waiting
from bot.services.queries import QueryService
from bot.services.queue import QueueService
from bot.services.requests import RequestService
from bot.ui import outgoing
from bot.ui.cards.job_cards import Cards
from bot.ui.delivery.discord_delivery import DiscordDelivery
from bot.ui.discord_errors import unexpected
from bot.ui.intake.channel_access import ChannelAccess

log = logging.getLogger(__name__)


class MessageCards:
    """Replies to messages with the cards of their jobs."""

    def __init__(
        self,
        requests: RequestService,
        queries: QueryService,
        queue: QueueService,
        delivery: DiscordDelivery,
        cards: Cards,
    ) -> None:
        self._requests = requests
        self._queries = queries
        self._queue = queue
        self._delivery = delivery
        self._cards = cards

    async def show(
        self, message: discord.Message, access: ChannelAccess, job: Job, card: discord.Message | None
    ) -> None:
        """Post the card of a submitted request, or show the job on the ``card`` that told of the outage.

        Never raises: without a card its answer is delivered all the same.
        """
        try:
            job, position = await self._queue.initial_position(job)
            self._delivery.expect(job)
            view = self._cards.progress(job, Waiting(position=position))
            if card is not None:
                await outgoing.edit(card, view)
            else:
                reference = message.to_reference(fail_if_not_exists=False)
                card = await outgoing.send(access.channel, view, reference=reference, nonce=str(job.id))
            if await self._requests.attach_card(job, card.id) is None:
                await self._delete_late_card(job, card)
        except Exception as error:
            log.warning("job %s: its card can't be posted: %r", job.id, error, exc_info=unexpected(error))

    async def _delete_late_card(self, job: Job, card: discord.Message) -> None:
        """Delete a card that was posted after the job finished, unless the answer was delivered into it."""
        if (await self._queries.job(job.id)).message_id != card.id:
            await card.delete()
