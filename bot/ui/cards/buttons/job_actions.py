"""Calls the handlers of the job buttons, for those who may see the job's answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any, Protocol, TypeVar

import discord

from bot.domain.errors import RuleBroken
from bot.domain.image_models.comparisons import of_picture
from bot.domain.models import Job
from bot.services.deadline import Deadline
from bot.services.queries import QueryService
from bot.ui.cards.buttons.job_buttons import JobAction, JobButton, job_buttons_in
from bot.ui.cards.buttons.picture_buttons import PictureAction, PictureButton
from bot.ui.cards.buttons.try_with import TryButton, TrySelect
from bot.ui.components import Interaction, components_of

JobHandler = Callable[[Interaction, Job], Awaitable[object]]
PictureHandler = Callable[[Interaction, Job, int], Awaitable[object]]
ModelHandler = Callable[[Interaction, Job, str], Awaitable[object]]
_Control = JobButton | PictureButton | TryButton | TrySelect

_T = TypeVar("_T")


class Visibility(Protocol):
    """Tells who can see answers."""

    async def may_read_answer(self, job: Job, person: discord.User | discord.Member) -> bool:
        """Whether a member can read the channel of a job's answer."""
        ...

    async def shows_result(self, job: Job, channel_id: int, message_id: int) -> bool:
        """Whether a message is the bot's and shows a job's result."""
        ...


class RequestReads(Protocol):
    """Reads what a request needs, through an outage of the database."""

    async def read(self, interaction: Interaction, work: Callable[[], Awaitable[_T]]) -> _T:
        """Return the result of ``work``; defer the interaction if that takes long."""
        ...


class Consent(Protocol):
    """Tells whether members let others remix their pictures."""

    async def require(self, owner_id: int, by_id: int) -> None:
        """Raise ``RuleBroken`` if ``owner_id`` lets nobody else remix their pictures."""
        ...


_REMIXES: frozenset[str] = frozenset({"edit", "remix", "upscale", "vary", "continue"})
"""Actions that make something else of a result."""


class JobActions:
    """The handlers of job buttons by action.

    They are called with the job; of a button that belongs to a copy of the answer, with the message and
    channel of the copy.
    """

    def __init__(
        self,
        queries: QueryService,
        visibility: Visibility,
        consent: Consent,
        request_reads: RequestReads,
    ) -> None:
        self._queries = queries
        self._consent = consent
        self._visibility = visibility
        self._request_reads = request_reads
        self._handlers: dict[JobAction, JobHandler] = {}
        self._picture_handlers: dict[PictureAction, PictureHandler] = {}
        self._model_handlers: dict[str, ModelHandler] = {}
        self._requests: set[str] = set()
        self._soon = Deadline(1.5)

    @property
    def registered(self) -> set[JobAction]:
        """The actions that have a handler."""
        return set(self._handlers)

    def register(self, handlers: Mapping[JobAction, JobHandler], *, requests: bool = False) -> None:
        """Call these handlers with the job of a button that was pressed.

        Those of ``requests`` submit one, and are called after an outage too; the interaction may be deferred.
        """
        self._handlers.update(handlers)
        if requests:
            self._requests.update(handlers)

    def register_for_pictures(
        self, handlers: Mapping[PictureAction, PictureHandler], *, requests: bool = False
    ) -> None:
        """Call these handlers with the job and the picture's number; ``requests`` is as of ``register``."""
        self._picture_handlers.update(handlers)
        if requests:
            self._requests.update(handlers)

    def register_for_models(self, handlers: Mapping[str, ModelHandler]) -> None:
        """Call these handlers, which submit requests, with the job and the id of a model."""
        self._model_handlers.update(handlers)
        self._requests.update(handlers)

    async def handle(self, interaction: Interaction, button: JobButton) -> None:
        """Call the handler of a button's action; raise ``RuleBroken`` where the user may not use it."""
        job = await self._usable(interaction, button)
        await self._handlers[button.action](interaction, job)

    async def handle_picture(self, interaction: Interaction, button: PictureButton) -> None:
        """Call the handler of a picture's button; raise ``RuleBroken`` where the user may not use it."""
        job = await self._usable(interaction, button)
        if button.number > len(job.pictures):
            raise RuleBroken("not-there")
        one = of_picture(job, button.number)
        await self._picture_handlers[button.action](interaction, one, button.number)

    async def handle_model(self, interaction: Interaction, control: TryButton | TrySelect) -> None:
        """Call the handler of a model's control; raise ``RuleBroken`` where the user may not use it."""
        job = await self._usable(interaction, control)
        await self._model_handlers[control.action](interaction, job, control.model)

    async def _usable(self, interaction: Interaction, button: _Control) -> Job:
        job = await self._read(interaction, button, lambda: self._queries.job(button.job_id))
        requester_id = job.requester.user_id
        copy_id = button.copy_id or _copy_with_button(interaction, job)
        if copy_id is not None:
            if button.copy_id is not None:
                await self._require_copy(interaction, job, button.copy_id)
            job = _as_copy(job, interaction, copy_id)
        elif not await self._is_visible(interaction, job):
            raise RuleBroken("not-visible")
        if button.action in _REMIXES:
            await self._read(
                interaction, button, lambda: self._consent.require(requester_id, interaction.user.id)
            )
        return job

    async def _require_copy(self, interaction: Interaction, job: Job, copy_id: int) -> None:
        # Discord doesn't check the custom_id of a button on an ephemeral message: a client can make it up.
        shows = self._visibility.shows_result(job, interaction.channel_id or 0, copy_id)
        if not await self._soon.wait(shows):
            raise RuleBroken("not-visible")

    async def _read(
        self,
        interaction: Interaction,
        button: _Control,
        work: Callable[[], Coroutine[Any, Any, _T]],
    ) -> _T:
        if button.action in self._requests:
            return await self._request_reads.read(interaction, work)
        return await self._soon.wait(work())

    async def _is_visible(self, interaction: Interaction, job: Job) -> bool:
        message = interaction.message
        if job.requester.user_id == interaction.user.id or (message and message.id == job.message_id):
            return True
        if job.ephemeral:
            return False
        # Members can only use a button in a channel they can see.
        if job.requester.channel_id == interaction.channel_id:
            return True
        return await self._visibility.may_read_answer(job, interaction.user)


def _copy_with_button(interaction: Interaction, job: Job) -> int | None:
    """Return the id of the message with the button if that is a copy of a result's card."""
    message = interaction.message
    if message is None or message.id == job.message_id or message.flags.ephemeral:
        return None
    return message.id if ("more", job.id) in job_buttons_in(components_of(message)) else None


def _as_copy(job: Job, interaction: Interaction, message_id: int) -> Job:
    requester = replace(job.requester, channel_id=interaction.channel_id or 0, guild_id=interaction.guild_id)
    return replace(
        job, requester=requester, message_id=message_id, direct=interaction.guild_id is None, is_copy=True
    )
