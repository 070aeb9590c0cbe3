"""Deletes results and cancels requests, on Discord and in the records."""

from __future__ import annotations

import logging

import discord

from bot.domain.errors import RuleBroken
from bot.domain.models import Job
from bot.domain.requests.cancellation import BY_ASKER, Cancellation, as_cancelled
from bot.services.moderation import ModerationService
from bot.ui.delivery.discord_delivery import DiscordDelivery
from bot.ui.delivery.routes import THREAD_ARCHIVED
from bot.ui.modlog.moderation_log import ModerationLog

log = logging.getLogger(__name__)


class JobRemoval:
    """Removes what a job left on Discord; actions on other members' jobs are audited and logged."""

    def __init__(
        self,
        client: discord.Client,
        delivery: DiscordDelivery,
        moderation_service: ModerationService,
        moderation_log: ModerationLog,
    ) -> None:
        self._client = client
        self._delivery = delivery
        self._moderation_service = moderation_service
        self._moderation_log = moderation_log

    async def delete(self, job: Job, by_id: int, reason: str = "") -> None:
        """Delete a result's message and its originals; raise ``RuleBroken`` where the bot may not.

        Of a copy only the message is deleted. ``reason`` is a moderator's.
        """
        await self._delete_message(job)
        if not job.is_copy:
            # Otherwise they could be posted again.
            own = by_id == job.requester.user_id
            cancellation = BY_ASKER if own else Cancellation("moderator", reason)
            await self._moderation_service.forget_pictures(job, cancellation)
        await self._moderation_service.record_action(job, "deleted", by_id, reason)
        self._moderation_log.result_deleted(job, by_id, reason)

    async def record_cancelled(self, job: Job, by_id: int, reason: str = "") -> None:
        """Audit and log that a job was cancelled."""
        await self._moderation_service.record_action(job, "cancelled", by_id, reason)
        self._moderation_log.request_cancelled(job, by_id, reason)

    async def show_cancelled(self, job: Job, cancelled: Job) -> None:
        """Show on a job's card that it was cancelled; ``job`` is as it was before and has its token."""
        await self._delivery.cancel(as_cancelled(job, cancelled))

    async def _delete_message(self, job: Job) -> None:
        requester = job.requester
        channel = self._client.get_partial_messageable(requester.channel_id, guild_id=requester.guild_id)
        try:
            await channel.get_partial_message(job.message_id).delete()
        except discord.NotFound:
            log.info("job %s: its answer was already deleted", job.id)
        except discord.Forbidden as error:
            raise RuleBroken("cannot-delete") from error
        except discord.HTTPException as error:
            if error.code != THREAD_ARCHIVED:
                raise
            raise RuleBroken("thread-archived") from error
