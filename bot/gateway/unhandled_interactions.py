"""Answers interactions that no handler takes: of old or malformed cards, of forms from before a restart."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping
from typing import Any

import discord
from discord.ui.view import ViewStore

from bot.domain.errors import BotError, Restarting, RuleBroken
from bot.gateway.event_parsers import Parser
from bot.gateway.interaction_fields import essentials
from bot.ui.components import Errors, Interaction, was_handled
from bot.ui.running_handlers import RunningHandlers

log = logging.getLogger(__name__)

_EVENT = "INTERACTION_CREATE"
_CONTROLS = (discord.InteractionType.component, discord.InteractionType.modal_submit)


class UnhandledInteractions:
    """Answers the interactions of a client that would otherwise get no answer."""

    def __init__(self, client: discord.Client, errors: Errors, handlers: RunningHandlers) -> None:
        self._state = client._connection  # pyright: ignore[reportPrivateUsage]  # an interaction needs it
        self._errors = errors
        self._handlers = handlers
        self._tasks = set[asyncio.Task[None]]()

    def watch_controls(self) -> None:
        """Answer each use of a control or form that no handler takes."""
        self._state._view_store = _ViewStore(self._state, self)  # pyright: ignore[reportPrivateUsage]  # no public hook

    def of_unreadable(self, parsers: Mapping[str, Parser]) -> dict[str, Parser]:
        """Return parsers that answer interactions which can't be parsed, and raise the error."""
        if (parse := parsers.get(_EVENT)) is None:
            return dict(parsers)

        def parse_or_answer(data: Any) -> None:
            try:
                parse(data)
            except Exception:
                self._answer_unreadable(data)
                raise

        return {**parsers, _EVENT: parse_or_answer}

    def answer(self, interaction: Interaction) -> None:
        """Answer an interaction, in a task of its own."""
        task = asyncio.create_task(self._answer(interaction))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _answer_unreadable(self, data: Any) -> None:
        if (known := essentials(data)) is not None:
            self.answer(discord.Interaction(data=known, state=self._state))

    async def _answer(self, interaction: Interaction) -> None:
        error = RuleBroken("control-gone") if interaction.type in _CONTROLS else BotError()
        with self._handlers.track(lambda: self._errors.present(interaction, Restarting())):
            await self._errors.present(interaction, error)


class _ViewStore(ViewStore):
    """discord.py's registry of controls and forms, with an answer to each use that no handler takes."""

    def __init__(self, state: Any, unhandled: UnhandledInteractions) -> None:
        super().__init__(state)
        self._unhandled = unhandled

    def dispatch_view(self, component_type: int, custom_id: str, interaction: Interaction) -> None:
        """Call the handler of a control."""
        if not any(template.fullmatch(custom_id) for template in self._dynamic_items):
            self._unhandled.answer(interaction)
        super().dispatch_view(component_type, custom_id, interaction)

    async def schedule_dynamic_item_call(
        self,
        component_type: int,
        factory: type[discord.ui.DynamicItem[Any]],
        interaction: Interaction,
        custom_id: str,
        match: re.Match[str],
    ) -> None:
        """Call the handler of a control, which the library rebuilds from its message."""
        try:
            await super().schedule_dynamic_item_call(component_type, factory, interaction, custom_id, match)
        except Exception as error:
            # Not of the handler, which answers its errors itself.
            log.warning("the message of a control can't be read: %r", error)
        if not was_handled(interaction):
            self._unhandled.answer(interaction)

    def dispatch_modal(
        self, custom_id: str, interaction: Interaction, components: Any, resolved: Any
    ) -> None:
        """Call the handler of a form."""
        if custom_id not in self._modals:
            self._unhandled.answer(interaction)
        super().dispatch_modal(custom_id, interaction, components, resolved)
