"""All that a door may ask for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from bot.domain import request_rules
from bot.domain.errors import RuleBroken
from bot.domain.eta import Forecast
from bot.domain.guild_settings import GuildSettings
from bot.domain.models import (
    Draft,
    HintKind,
    ImageRequest,
    InLine,
    Job,
    Place,
    ReplyTo,
    Requester,
    Results,
    Usage,
)
from bot.domain.quotas import quota_of
from bot.services.deadline import Patience
from bot.services.members import Personal
from bot.store.guilds import Guilds
from bot.store.hints import Hints
from bot.store.history import History
from bot.store.queue.admission import CARD_HOLD
from bot.store.queue.card_leases import CardStore
from bot.store.queue.forecast import Outlook
from bot.store.queue.jobs import JobStore
from bot.store.queue.limits import Limits

log = logging.getLogger(__name__)

_DAY = 86_400.0
_FORECAST_HOLDS = 1.0
"""Seconds for which what is known of the line is taken to be so: cards are many, and it costs a look each."""
_PAGE = 4
"""Results on a page of the history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What holds for a person in a place, and the rule, if any, by which they may ask for nothing there."""

    settings: GuildSettings
    limits: Limits
    usage: Usage
    usual: ImageRequest
    """Ratio and size of what is asked for without saying."""
    barred: RuleBroken | None


class ImageService:
    """Takes requests in and answers questions about them; whoever listens is told when there is work."""

    def __init__(
        self,
        jobs: JobStore,
        cards: CardStore,
        history: History,
        guilds: Guilds,
        personal: Personal,
        outlook: Outlook,
        hints: Hints,
        *,
        limits: Limits,
        models: tuple[str, ...],
        clock: Callable[[], float],
        patience: float = 3600.0,
    ) -> None:
        self._jobs = jobs
        self._cards = cards
        self._history = history
        self._guilds = guilds
        self._personal = personal
        self._hints = hints
        self._limits = limits
        self.models = models
        self._outlook = outlook
        self._forecast: Forecast | None = None
        self._clock = clock
        self._patience = patience
        self._soon = Patience(1.0)
        self._listeners: list[Callable[[], object]] = []

    def listen(self, listener: Callable[[], object]) -> None:
        """Call ``listener`` whenever there is something new to run or to drop."""
        self._listeners.append(listener)

    def wake(self) -> None:
        """Tell the listeners that there is something new, whoever brought it."""
        for listener in self._listeners:
            listener()

    async def settings(self, guild_id: int | None) -> GuildSettings:
        """Return a server's settings, or those that hold where there is no server."""
        return GuildSettings() if guild_id is None else await self._guilds.settings(guild_id)

    async def check(self, draft: Draft, requester: Requester) -> None:
        """Raise ``RuleBroken`` when this may not be asked for, as far as that can be known at once."""
        request_rules.check(draft, self.models)
        # Where the database takes its time, ``submit`` looks again, with as much as it needs.
        settings = await self._soon.wait(self.settings(requester.guild_id), None)
        if settings is not None:
            request_rules.permit(draft, requester, settings)

    async def check_place(self, requester: Requester) -> bool:
        """Raise ``RuleBroken`` where this person may post nothing; return whether pictures are hidden."""
        settings = await self.settings(requester.guild_id)
        request_rules.permit_place(requester, settings)
        return request_rules.is_hidden(requester, settings)

    async def settle(self, draft: Draft, user_id: int, guild_id: int | None) -> Draft:
        """Fill in what a draft leaves open, its style included; raise ``RuleBroken`` for an unknown one."""
        style = await self._personal.style_of(draft, user_id, guild_id)
        settings, chosen = await self.settings(guild_id), await self._personal.preferences(user_id)
        return request_rules.settle(replace(draft, style=style), settings, chosen)

    async def submit(self, draft: Draft, requester: Requester, reply_to: ReplyTo) -> Job | None:
        """Accept a request, which from here on can't be lost; None when it was accepted before.

        Raises ``RuleBroken``, also when the queue or the member's part of it is full.
        """
        request_rules.check(draft, self.models)
        draft = await self.settle(draft, requester.user_id, requester.guild_id)
        settings = await self.settings(requester.guild_id)
        request_rules.permit(draft, requester, settings)
        draft = replace(draft, spoiler=draft.spoiler or request_rules.is_hidden(requester, settings))
        now = self._clock()
        quota = quota_of(settings, requester.roles, moderator=requester.moderator, now=now)
        job = await self._jobs.add(
            draft, requester, reply_to, now=now, deadline=now + self._patience, quota=quota
        )
        if job is None:
            log.info("interaction %s came twice", reply_to.interaction_id)
            return None
        log.info(
            "job %s accepted: %s by user %s in channel %s",
            job.id,
            draft.kind,
            requester.user_id,
            requester.channel_id,
        )
        self.wake()
        return job

    async def job(self, job_id: int) -> Job:
        """Return a job; raise ``RuleBroken`` when it is gone."""
        job = await self._jobs.get(job_id)
        if job is None:
            raise RuleBroken("gone")
        return job

    async def cancel(self, job_id: int, user_id: int, *, moderator: bool) -> Job:
        """Cancel a job that waits or runs; raise ``RuleBroken`` for someone else's or when it is too late."""
        job = await self.job(job_id)
        if not request_rules.may_change(job, user_id, moderator=moderator):
            raise RuleBroken("not-yours")
        cancelled = await self._jobs.cancel(job_id, now=self._clock())
        if cancelled is None:
            raise RuleBroken("too-late")
        log.info("job %s cancelled by user %s", job_id, user_id)
        self.wake()
        return cancelled

    async def place(self, job: Job) -> Place:
        """Return how many jobs are before this one and when it is expected to start."""
        now = self._clock()
        standing = await self._cards.place(job, now=now)
        return await self._start(standing) if standing else Place(ahead=0, starts_at=now)

    async def first_place(self, job: Job) -> tuple[Job, Place]:
        """Return a new job, its card held, with its place in line; the first where nobody can say that."""
        try:
            held = await self._cards.hold(job.id, clock=self._clock, seconds=CARD_HOLD)
            if held is not None:
                return held.job, await self._start(held)
        except Exception:
            # A courtesy: the job is accepted, and its asker mustn't read that something went wrong.
            log.exception("job %s: its place in line could not be read", job.id)
        return job, Place(ahead=0, starts_at=self._clock())

    async def pin(self, job: Job, message_id: int) -> Job | None:
        """Note which message is a job's card; None when it has another one or is over."""
        pinned = await self._cards.pin(job.id, message_id, now=self._clock())
        self.wake()
        return pinned

    async def withdraw(self, message_ids: Collection[int]) -> list[Job]:
        """Cancel what messages asked for, as far as it still waits; return what was cancelled."""
        waiting = await self._cards.asked_by(message_ids)
        found = [await self._jobs.cancel(job_id, now=self._clock()) for job_id in waiting]
        cancelled = [job for job in found if job is not None]
        if cancelled:
            log.info("cancelled with their messages: jobs %s", ", ".join(str(job.id) for job in cancelled))
            self.wake()
        return cancelled

    async def take_hint(self, user_id: int, kind: HintKind) -> bool:
        """Whether a member may be given such a hint now, having had none today."""
        return await self._hints.take(user_id, kind, now=self._clock())

    async def language(self, user_id: int) -> str | None:
        """Return the language of a member's own Discord, as far as it was ever told."""
        return await self._history.language(user_id)

    async def moved(self, *, most: int) -> list[tuple[Job, Place]]:
        """Return waiting jobs, their cards held, whose place in line is another than their card says."""
        now = self._clock()
        held = await self._cards.moved(now=now, until=now + CARD_HOLD, most=most)
        return [(each.job, await self._start(each)) for each in held]

    async def results(self, user_id: int, *, search: str, page: int, starred: bool = False) -> Results:
        """Return a page of a member's finished requests, newest first."""
        return await self._history.results(user_id, search=search, page=page, size=_PAGE, starred=starred)

    async def open_jobs(self, user_id: int) -> list[tuple[Job, Place | None]]:
        """Return what a member has waiting, with its place, and what is being drawn, with None."""
        jobs = await self._history.open(user_id)
        return [(job, await self.place(job) if job.state == "waiting" else None) for job in jobs]

    async def usage(self, requester: Requester) -> Usage:
        """Return how much a member had drawn and has open, and how much of a server's quota that is."""
        now = self._clock()
        settings = await self.settings(requester.guild_id)
        quota = quota_of(settings, requester.roles, moderator=requester.moderator, now=now)
        found = await self._history.usage(requester.user_id, day=now - _DAY, month=now - 30 * _DAY)
        if quota is None or requester.guild_id is None:
            return found
        used = await self._history.used(requester.user_id, requester.guild_id, quota, now=now)
        return replace(found, quota=quota, used=used)

    async def terms(self, requester: Requester) -> Terms:
        """Return what holds for a person where they are."""
        settings = await self.settings(requester.guild_id)
        chosen = await self._personal.preferences(requester.user_id)
        open_ = Draft(kind="imagine", request=ImageRequest(prompt=""), unsaid=frozenset({"ratio", "size"}))
        return Terms(
            settings=settings,
            limits=self._limits,
            usage=await self.usage(requester),
            usual=request_rules.settle(open_, settings, chosen).request,
            barred=await self._barred(requester, settings),
        )

    async def _barred(self, requester: Requester, settings: GuildSettings) -> RuleBroken | None:
        try:
            request_rules.permit_place(requester, settings)
            await self._history.check_member(requester.user_id, requester.guild_id, now=self._clock())
        except RuleBroken as rule:
            return rule
        return None

    async def _start(self, standing: InLine) -> Place:
        now, draft = self._clock(), standing.job.draft
        if self._forecast is None or not 0 <= now - self._forecast.now < _FORECAST_HOLDS:
            self._forecast = await self._outlook.forecast(now=now)
        starts_at = self._forecast.start(
            standing.job.requester.user_id, draft.request.size, draft.count, standing.pictures
        )
        return Place(ahead=standing.ahead, starts_at=max(now, starts_at, standing.run_at), down=standing.down)
