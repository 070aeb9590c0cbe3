"""Submits, cancels and looks up image requests."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from bot.domain import request_rules
from bot.domain.errors import RuleBroken
from bot.domain.eta import QueueSnapshot
from bot.domain.guild_settings import GuildSettings
from bot.domain.models import (
    Draft,
    HintKind,
    ImageRequest,
    Job,
    JobPage,
    QueuedJob,
    QueuePosition,
    ReplyTo,
    Requester,
    Usage,
)
from bot.domain.quotas import member_quota
from bot.services.deadline import Deadline
from bot.services.members import MemberService
from bot.store.guilds import GuildStore
from bot.store.hints import HintStore
from bot.store.history import HistoryStore
from bot.store.queue.admission import CARD_LEASE
from bot.store.queue.card_leases import CardStore
from bot.store.queue.forecast import QueueForecast
from bot.store.queue.jobs import JobStore
from bot.store.queue.limits import Limits

log = logging.getLogger(__name__)

_DAY = 86_400.0
_FORECAST_TTL = 1.0
"""Seconds for which a forecast is reused: many cards need one, and each costs a query."""
_PAGE = 4
"""Results per page of the history."""


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


class ImageService:
    """Submits and cancels requests, answers queries about them, and notifies listeners of new work."""

    def __init__(
        self,
        jobs: JobStore,
        cards: CardStore,
        history: HistoryStore,
        guilds: GuildStore,
        member_service: MemberService,
        queue_forecast: QueueForecast,
        hints: HintStore,
        *,
        limits: Limits,
        models: tuple[str, ...],
        clock: Callable[[], float],
        request_lifetime: float = 3600.0,
    ) -> None:
        self._jobs = jobs
        self._cards = cards
        self._history = history
        self._guilds = guilds
        self._member_service = member_service
        self._hints = hints
        self._limits = limits
        self.models = models
        self._queue_forecast = queue_forecast
        self._forecast: QueueSnapshot | None = None
        self._clock = clock
        self._request_lifetime = request_lifetime
        self._soon = Deadline(1.0)
        self._listeners: list[Callable[[], object]] = []

    def subscribe(self, listener: Callable[[], object]) -> None:
        """Call ``listener`` whenever there is a new job to run or to cancel."""
        self._listeners.append(listener)

    def notify(self) -> None:
        """Notify the listeners of new work, from this process or another one."""
        for listener in self._listeners:
            listener()

    async def settings(self, guild_id: int | None) -> GuildSettings:
        """Return a server's settings, or the defaults where there is no server."""
        return GuildSettings() if guild_id is None else await self._guilds.settings(guild_id)

    async def check(self, draft: Draft, requester: Requester) -> None:
        """Raise ``RuleBroken`` when a request isn't allowed, as far as that is known within a second."""
        request_rules.check(draft, self.models)
        # Where the database is slow, ``submit`` checks again, without a limit.
        settings = await self._soon.wait_or_default(self.settings(requester.guild_id), None)
        if settings is not None:
            request_rules.check_guild_rules(draft, requester, settings)

    async def require_access(self, requester: Requester) -> bool:
        """Raise ``RuleBroken`` where the member may post nothing; return whether pictures are spoilers."""
        settings = await self.settings(requester.guild_id)
        request_rules.check_channel_rules(requester, settings)
        return request_rules.shows_spoilers(requester, settings)

    async def resolve(self, draft: Draft, user_id: int, guild_id: int | None) -> Draft:
        """Fill in a draft's defaulted fields and style; raise ``RuleBroken`` for an unknown style."""
        style = await self._member_service.resolve_style(draft, user_id, guild_id)
        settings, chosen = await self.settings(guild_id), await self._member_service.preferences(user_id)
        return request_rules.resolve(replace(draft, style=style), settings, chosen)

    async def submit(self, draft: Draft, requester: Requester, reply_to: ReplyTo) -> Job | None:
        """Store a request durably and return its job; None when this interaction was accepted before.

        Raises ``RuleBroken``, also when the queue or the member's share of it is full.
        """
        request_rules.check(draft, self.models)
        draft = await self.resolve(draft, requester.user_id, requester.guild_id)
        settings = await self.settings(requester.guild_id)
        request_rules.check_guild_rules(draft, requester, settings)
        draft = replace(draft, spoiler=draft.spoiler or request_rules.shows_spoilers(requester, settings))
        now = self._clock()
        quota = member_quota(settings, requester.roles, moderator=requester.moderator, now=now)
        job = await self._jobs.add(
            draft, requester, reply_to, now=now, deadline=now + self._request_lifetime, quota=quota
        )
        if job is None:
            log.info("interaction %s was delivered twice", reply_to.interaction_id)
            return None
        log.info(
            "job %s accepted: %s by user %s in channel %s",
            job.id,
            draft.kind,
            requester.user_id,
            requester.channel_id,
        )
        self.notify()
        return job

    async def job(self, job_id: int) -> Job:
        """Return a job; raise ``RuleBroken`` when it doesn't exist any more."""
        job = await self._jobs.get(job_id)
        if job is None:
            raise RuleBroken("gone")
        return job

    async def cancel(self, job_id: int, user_id: int, *, moderator: bool) -> Job:
        """Cancel an open job; raise ``RuleBroken`` for another member's and for a finished one."""
        job = await self.job(job_id)
        if not request_rules.may_manage_job(job, user_id, moderator=moderator):
            raise RuleBroken("not-yours")
        cancelled = await self._jobs.cancel(job_id, now=self._clock())
        if cancelled is None:
            raise RuleBroken("too-late")
        log.info("job %s cancelled by user %s", job_id, user_id)
        self.notify()
        return cancelled

    async def position(self, job: Job) -> QueuePosition:
        """Return how many jobs are ahead of a waiting one and when it is expected to start."""
        now = self._clock()
        queued = await self._cards.position(job, now=now)
        return await self._with_start(queued) if queued else QueuePosition(ahead=0, starts_at=now)

    async def initial_position(self, job: Job) -> tuple[Job, QueuePosition]:
        """Return a new job and its place in the queue, with its card held; never raises."""
        try:
            held = await self._cards.lease(job.id, clock=self._clock, seconds=CARD_LEASE)
            if held is not None:
                return held.job, await self._with_start(held)
        except Exception:
            # The job is accepted, so its requester must not be shown an error.
            log.exception("job %s: its place in the queue could not be read", job.id)
        return job, QueuePosition(ahead=0, starts_at=self._clock())

    async def pin(self, job: Job, message_id: int) -> Job | None:
        """Record which message is a job's card; None when the job has another card or is finished."""
        pinned = await self._cards.attach_card(job.id, message_id, now=self._clock())
        self.notify()
        return pinned

    async def cancel_asked_by(self, message_ids: Collection[int]) -> list[Job]:
        """Cancel the waiting jobs that these messages asked for; return the cancelled ones."""
        waiting = await self._cards.waiting_for_messages(message_ids)
        found = [await self._jobs.cancel(job_id, now=self._clock()) for job_id in waiting]
        cancelled = [job for job in found if job is not None]
        if cancelled:
            log.info(
                "jobs cancelled because their messages were deleted: %s",
                ", ".join(str(job.id) for job in cancelled),
            )
            self.notify()
        return cancelled

    async def claim_hint(self, user_id: int, kind: HintKind) -> bool:
        """Return whether a member may be sent such a hint now; at most one of a kind a day."""
        return await self._hints.claim(user_id, kind, now=self._clock())

    async def language(self, user_id: int) -> str | None:
        """Return the last known language of a member's Discord client."""
        return await self._history.latest_locale(user_id)

    async def changed_positions(self, *, most: int) -> list[tuple[Job, QueuePosition]]:
        """Return waiting jobs whose place differs from the one on their card, with their cards held."""
        now = self._clock()
        held = await self._cards.lease_moved(now=now, until=now + CARD_LEASE, most=most)
        return [(each.job, await self._with_start(each)) for each in held]

    async def results(self, user_id: int, *, search: str, page: int, starred: bool = False) -> JobPage:
        """Return a page of a member's finished requests, newest first."""
        return await self._history.results(user_id, search=search, page=page, size=_PAGE, starred=starred)

    async def open_jobs(self, user_id: int) -> list[tuple[Job, QueuePosition | None]]:
        """Return a member's open jobs: waiting ones with their place, running ones with None."""
        jobs = await self._history.open_jobs(user_id)
        return [(job, await self.position(job) if job.state == "waiting" else None) for job in jobs]

    async def usage(self, requester: Requester) -> Usage:
        """Return a member's drawn pictures and open requests, and how much of the server's quota is used."""
        now = self._clock()
        settings = await self.settings(requester.guild_id)
        quota = member_quota(settings, requester.roles, moderator=requester.moderator, now=now)
        found = await self._history.usage(requester.user_id, day=now - _DAY, month=now - 30 * _DAY)
        if quota is None or requester.guild_id is None:
            return found
        used = await self._history.quota_used(requester.user_id, requester.guild_id, quota, now=now)
        return replace(found, quota=quota, used=used)

    async def member_status(self, requester: Requester) -> MemberStatus:
        """Return the settings, limits and usage that apply to a member in a channel."""
        settings = await self.settings(requester.guild_id)
        chosen = await self._member_service.preferences(requester.user_id)
        defaulted = Draft(
            kind="imagine", request=ImageRequest(prompt=""), defaulted=frozenset({"ratio", "size"})
        )
        return MemberStatus(
            settings=settings,
            limits=self._limits,
            usage=await self.usage(requester),
            defaults=request_rules.resolve(defaulted, settings, chosen).request,
            denial=await self._find_denial(requester, settings),
        )

    async def _find_denial(self, requester: Requester, settings: GuildSettings) -> RuleBroken | None:
        try:
            request_rules.check_channel_rules(requester, settings)
            await self._history.check_member(requester.user_id, requester.guild_id, now=self._clock())
        except RuleBroken as rule:
            return rule
        return None

    async def _with_start(self, queued: QueuedJob) -> QueuePosition:
        now, draft = self._clock(), queued.job.draft
        if self._forecast is None or not 0 <= now - self._forecast.now < _FORECAST_TTL:
            self._forecast = await self._queue_forecast.snapshot(now=now)
        starts_at = self._forecast.start(
            queued.job.requester.user_id, draft.request.size, draft.count, queued.pictures
        )
        return QueuePosition(
            ahead=queued.ahead, starts_at=max(now, starts_at, queued.run_at), down=queued.down
        )
