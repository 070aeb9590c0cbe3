"""Checks, submits and cancels image requests."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from bot.domain import request_rules
from bot.domain.errors import RuleBroken
from bot.domain.ids import require_id
from bot.domain.image_models.catalogue import Catalogue, Model
from bot.domain.image_models.fallbacks import fallbacks
from bot.domain.image_models.model_choice import allowed_models, choose_model
from bot.domain.models import Draft, Job, ReplyTo, Requester
from bot.domain.quotas import member_quota
from bot.domain.requests import reference_rules
from bot.domain.requests.cancellation import Cancellation
from bot.domain.requests.edits import keep_options
from bot.services.members import MemberService
from bot.services.request_context import ContextResolver, RequestContext
from bot.store.queue.jobs import JobStore
from bot.store.queue.leases.card_leases import CardStore
from bot.telemetry.recorder import NOT_RECORDED, Recorder

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestConfig:
    """The offered models, and the seconds after which a waiting job fails."""

    models: Catalogue
    lifetime: float = 3600.0
    allowed_servers: Collection[int] = ()
    """The servers that the bot is for; empty for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedRequest:
    """A complete draft that the rules of its context allow."""

    draft: Draft
    context: RequestContext


class RequestService:
    """Prepares, submits and cancels requests, and notifies listeners of new work."""

    def __init__(
        self,
        jobs: JobStore,
        cards: CardStore,
        contexts: ContextResolver,
        members: MemberService,
        config: RequestConfig,
        clock: Callable[[], float],
        recorder: Recorder = NOT_RECORDED,
    ) -> None:
        self._jobs = jobs
        self._cards = cards
        self._contexts = contexts
        self._members = members
        self.config = config
        self._clock = clock
        self._recorder = recorder
        self._listeners: list[Callable[[], object]] = []
        self._refusal_listeners: list[Callable[[str], object]] = []

    def subscribe(self, listener: Callable[[], object]) -> None:
        """Call ``listener`` whenever there is a new job to run or to cancel."""
        self._listeners.append(listener)

    def subscribe_refusals(self, listener: Callable[[str], object]) -> None:
        """Call ``listener`` with the rule by which a request was refused."""
        self._refusal_listeners.append(listener)

    def notify(self) -> None:
        """Notify the listeners of new work, from this process or another one."""
        for listener in self._listeners:
            listener()

    async def prepare(self, draft: Draft, requester: Requester, *, references: int = 0) -> PreparedRequest:
        """Resolve a request's context and complete its draft; raise ``RuleBroken`` if it isn't allowed.

        ``references`` is how many were given, which the draft needn't have yet.
        """
        with self._refusals_recorded():
            request_rules.check(draft)
            request_rules.check_allowed_server(requester, self.config.allowed_servers)
            context = await self._contexts.resolve(requester)
            completed = await self.complete(draft, context)
            request_rules.check_guild_rules(completed, requester, context.settings)
            allowed = self._allowed(context)
            reference_rules.require_references(completed, references, self.config.models, allowed)
        hidden = request_rules.shows_spoilers(requester, context.settings)
        return PreparedRequest(draft=replace(completed, spoiler=completed.spoiler or hidden), context=context)

    async def complete(self, draft: Draft, context: RequestContext) -> Draft:
        """Fill in a draft's defaulted fields and style; raise ``RuleBroken`` for an unknown style or model.

        An edit keeps those of the result it is made from.
        """
        parent = await self._jobs.get(draft.parent.job_id) if draft.parent and draft.defaulted else None
        if parent is not None:
            draft = keep_options(draft, parent, largest=context.settings.largest)
        style = await self._members.resolve_style(draft, context.requester, context.preferences)
        resolved = request_rules.resolve(replace(draft, style=style), context.settings, context.preferences)
        models, settings = self.config.models, context.settings
        chosen = choose_model(resolved, models, context.requester, settings, context.preferences)
        return replace(chosen, defaulted=frozenset())

    async def models_for(self, requester: Requester) -> tuple[Model, ...]:
        """Return the models that a member may use."""
        return self._allowed(await self._contexts.resolve(requester))

    def most_references(self, draft: Draft, context: RequestContext) -> int:
        """Return how many references may be given for a complete draft."""
        model = self.config.models.find(draft.request.model)
        return reference_rules.most_references(model, self._allowed(context))

    def _allowed(self, context: RequestContext) -> tuple[Model, ...]:
        requester = context.requester
        return allowed_models(
            self.config.models, context.settings, requester.roles, moderator=requester.moderator
        )

    async def check_repost(self, draft: Draft, requester: Requester) -> bool:
        """Raise ``RuleBroken`` where a result may not be posted; return whether it is a spoiler there."""
        request_rules.check_allowed_server(requester, self.config.allowed_servers)
        context = await self._contexts.resolve(requester)
        request_rules.check_guild_rules(draft, requester, context.settings)
        return request_rules.shows_spoilers(requester, context.settings)

    async def submit(self, request: PreparedRequest, reply_to: ReplyTo) -> Job | None:
        """Store a request durably and return its job; None when this interaction was accepted before.

        Raises ``RuleBroken`` when the queue, the member's share of it or their quota is full.
        """
        context, now, settings = request.context, self._clock(), request.context.settings
        # Only now, as the ratio may be that of a reference.
        draft = request_rules.fit_to_model(request.draft, self.config.models, settings.largest)
        requester = replace(context.requester, locale=context.locale(private=reply_to.ephemeral))
        quota = member_quota(settings, requester.roles, moderator=requester.moderator, now=now)
        model = self.config.models.find(draft.request.model)
        began = time.monotonic()
        with self._refusals_recorded():
            job = await self._jobs.add(
                draft,
                requester,
                reply_to,
                now=now,
                deadline=now + self.config.lifetime,
                quota=quota,
                weight=model.weight if model and not draft.compared else 1,
                fallbacks=fallbacks(draft, self.config.models, self._allowed(context), settings.largest),
            )
        self._recorder.accepted(time.monotonic() - began)
        if job is None:
            log.info("interaction %s was delivered twice", reply_to.interaction_id)
            return None
        log.info(
            "job %s accepted: %s by user %s in channel %s",
            job.id,
            job.draft.kind,
            requester.user_id,
            requester.channel_id,
        )
        self.notify()
        return job

    async def attach_card(self, job: Job, message_id: int) -> Job | None:
        """Record which message is a job's card; None when the job has another card or is finished."""
        updated = await self._cards.attach_card(job.id, message_id, now=self._clock())
        self.notify()
        return updated

    async def cancel(
        self, job_id: int, user_id: int, cancellation: Cancellation, *, moderator: bool = False
    ) -> Job:
        """Cancel an open job; raise ``RuleBroken`` for another member's and for a finished one."""
        job = await self._jobs.get(require_id(job_id))
        if job is None:
            raise RuleBroken("data-deleted")
        if not request_rules.may_manage_job(job, user_id, moderator=moderator):
            raise RuleBroken("not-yours")
        own = job.requester.user_id == user_id
        cancelled = await self._jobs.cancel(job_id, now=self._clock(), cancellation=cancellation, charge=own)
        if cancelled is None:
            raise RuleBroken("too-late")
        log.info("job %s cancelled by user %s", job_id, user_id)
        self._recorder.cancelled()
        self.notify()
        return cancelled

    async def cancel_asked_by(self, message_ids: Collection[int]) -> list[Job]:
        """Cancel the waiting jobs that these messages asked for; return the cancelled ones."""
        waiting = await self._cards.waiting_for_messages(message_ids)
        why = Cancellation("message")
        found = [await self._jobs.cancel(job_id, now=self._clock(), cancellation=why) for job_id in waiting]
        cancelled = [job for job in found if job is not None]
        for _ in cancelled:
            self._recorder.cancelled()
        if cancelled:
            ids = ", ".join(str(job.id) for job in cancelled)
            log.info("jobs cancelled because their messages were deleted: %s", ids)
            self.notify()
        return cancelled

    @contextmanager
    def _refusals_recorded(self) -> Generator[None]:
        try:
            yield
        except RuleBroken as refusal:
            self._recorder.refused(refusal.rule)
            for listener in self._refusal_listeners:
                listener(refusal.rule)
            raise
