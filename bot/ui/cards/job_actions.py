"""Calls the handlers of the job buttons."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from bot.domain.models import Job
from bot.services.queries import QueryService
from bot.ui.cards.buttons import JobAction, JobButton
from bot.ui.components import Interaction

JobHandler = Callable[[Interaction, Job], Awaitable[object]]


class JobActions:
    """The handlers of job buttons by action."""

    def __init__(self, queries: QueryService) -> None:
        self._queries = queries
        self._handlers: dict[JobAction, JobHandler] = {}

    @property
    def registered(self) -> set[JobAction]:
        """The actions that have a handler."""
        return set(self._handlers)

    def register(self, handlers: Mapping[JobAction, JobHandler]) -> None:
        """Call these handlers with the job of a button that was pressed."""
        self._handlers.update(handlers)

    async def handle(self, interaction: Interaction, button: JobButton) -> None:
        """Call the handler of a button's action."""
        await self._handlers[button.action](interaction, await self._queries.job(button.job_id))
