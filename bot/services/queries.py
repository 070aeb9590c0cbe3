"""Answers questions about jobs, results and usage."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from bot.domain import request_rules
from bot.domain.errors import RuleBroken
from bot.domain.guild_settings import GuildSettings
from bot.domain.ids import require_id
from bot.domain.image_models.prices import Spending
from bot.domain.models import Draft, ImageRequest, Job, JobPage, Requester, Usage
from bot.domain.quotas import member_quota
from bot.domain.requests.history_filter import HistoryFilter
from bot.services.request_context import ContextResolver, RequestContext
from bot.store.history import HistoryStore
from bot.store.queue.jobs import JobStore
from bot.store.queue.limits import Limits

_DAY = 86_400.0
_PAGE = 4
"""Results per page of the history."""
_DEFAULTED = Draft(kind="imagine", request=ImageRequest(prompt=""), defaulted=frozenset({"ratio", "size"}))


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberStatus:
    """The settings, limits and usage that apply to a member in a channel.

    ``denial`` is the rule that forbids every request there, if one does.
    """

    settings: GuildSettings
    limits: Limits
    usage: Usage
    defaults: ImageRequest
    """The ratio and size of a request that names neither."""
    denial: RuleBroken | None


class QueryService:
    """Reads jobs, results and usage."""

    def __init__(
        self,
        jobs: JobStore,
        history: HistoryStore,
        contexts: ContextResolver,
        limits: Limits,
        clock: Callable[[], float],
        *,
        allowed_servers: Collection[int] = (),
    ) -> None:
        self._jobs = jobs
        self._history = history
        self._contexts = contexts
        self._limits = limits
        self._clock = clock
        self._allowed_servers = allowed_servers

    async def job(self, job_id: int) -> Job:
        """Return a job; raise ``RuleBroken`` when its data was deleted."""
        job = await self._jobs.get(require_id(job_id))
        # A refused request's row outlives its content for a while: it still counts as a refusal.
        if job is None or not job.draft.request.prompt:
            raise RuleBroken("data-deleted")
        return job

    async def find(self, job_id: int) -> Job | None:
        """Return a job; None when it doesn't exist any more."""
        return await self._jobs.get(job_id)

    async def results(self, user_id: int, wanted: HistoryFilter, *, page: int) -> JobPage:
        """Return a page of a member's finished requests, newest first."""
        return await self._history.results(user_id, wanted, page=page, size=_PAGE)

    async def suggestions(self, user_id: int, channel_id: int, *, search: str, most: int) -> tuple[Job, ...]:
        """Return the newest results of a member and of a channel whose prompts contain these words."""
        return await self._history.suggestions(user_id, channel_id, search=search, most=most)

    async def usage(self, requester: Requester) -> Usage:
        """Return a member's drawn pictures and open requests, and how much of the server's quota is used."""
        return await self._usage(await self._contexts.resolve(requester))

    async def spending(self, guild_id: int | None) -> list[Spending]:
        """Return what the requests of 30 days cost by currency: in a server, or in all for None."""
        return await self._history.spending(guild_id, since=self._clock() - 30 * _DAY)

    async def member_status(self, requester: Requester) -> MemberStatus:
        """Return the settings, limits and usage that apply to a member in a channel."""
        context = await self._contexts.resolve(requester)
        return MemberStatus(
            settings=context.settings,
            limits=self._limits,
            usage=await self._usage(context),
            defaults=request_rules.resolve(_DEFAULTED, context.settings, context.preferences).request,
            denial=await self._denial(context),
        )

    async def _usage(self, context: RequestContext) -> Usage:
        now, requester = self._clock(), context.requester
        quota = member_quota(context.settings, requester.roles, moderator=requester.moderator, now=now)
        found = await self._history.usage(requester.user_id, day=now - _DAY, month=now - 30 * _DAY)
        daily = await self._history.daily_usage(
            self._limits.daily, requester.user_id, requester.guild_id, now=now
        )
        found = replace(found, daily=daily)
        if quota is None or requester.guild_id is None:
            return found
        used = await self._history.quota_used(requester.user_id, requester.guild_id, quota, now=now)
        return replace(found, quota=quota, used=used)

    async def _denial(self, context: RequestContext) -> RuleBroken | None:
        requester = context.requester
        try:
            request_rules.check_allowed_server(requester, self._allowed_servers)
            request_rules.check_channel_rules(requester, context.settings)
            await self._history.check_member(requester.user_id, requester.guild_id, now=self._clock())
        except RuleBroken as rule:
            return rule
        return None
