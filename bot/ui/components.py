"""Base classes of the buttons, menus and modals: each calls a typed handler and answers its errors."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

import discord
from discord import ui

from bot.domain.errors import Restarting, RuleBroken
from bot.ui.open_modals import OpenModals
from bot.ui.running_handlers import RunningHandlers

Interaction = discord.Interaction[Any]

HANDLER_TIMEOUT = 14.5 * 60
"""Seconds a handler may take: its interaction can't be answered much longer."""
MODAL_TIMEOUT = 3600.0
"""Seconds after which an open modal is forgotten: Discord doesn't tell when one is dismissed."""
MAX_OPTIONS = 25
"""Options of a menu; more must be reached by typing."""
_HANDLED = "handled"
_NEVER = r"(?!)"
"""The template of a base class, which is never registered."""

ItemT = TypeVar("ItemT", bound=ui.Item[Any])
ControlT = TypeVar("ControlT", bound="CardControl[Any]")


class Errors(Protocol):
    """Answers interactions that failed."""

    async def present(self, interaction: Interaction, error: Exception) -> None:
        """Answer an interaction that failed; never raises."""
        ...


class HasControls(Protocol):
    """A client that handles the controls of its cards, and waits for running handlers before it stops."""

    controls: Controls
    modals: OpenModals
    handlers: RunningHandlers


class CardControl(ui.DynamicItem[ItemT], template=_NEVER):
    """A button or menu of a card that works after a restart, as its ``custom_id`` holds its state.

    Its use calls the handler registered for its class.
    """

    async def callback(self, interaction: Interaction) -> None:
        """Call the handler."""
        client: HasControls = interaction.client
        await client.controls.handle(interaction, self)


class CardButton(CardControl[ui.Button[Any]], template=_NEVER):
    """A button of a card."""


class CardSelect(CardControl[ui.Select[Any]], template=_NEVER):
    """A menu of a card."""


class Controls:
    """The handlers of a client's controls, by class; their errors are answered by ``errors``."""

    def __init__(self, client: discord.Client, errors: Errors) -> None:
        self._client = client
        self._errors = errors
        self._handlers: dict[type[Any], Callable[[Interaction, Any], Awaitable[object]]] = {}

    @property
    def registered(self) -> set[type[Any]]:
        """The classes that have a handler."""
        return set(self._handlers)

    def register(
        self, control: type[ControlT], handler: Callable[[Interaction, ControlT], Awaitable[object]]
    ) -> None:
        """Call ``handler`` with every use of a control."""
        self._handlers[control] = handler
        self._client.add_dynamic_items(control)

    async def handle(self, interaction: Interaction, control: CardControl[Any]) -> None:
        """Call the handler of a control that was used; never raises."""
        await _answer_errors(
            interaction, self._errors, lambda: self._handlers[type(control)](interaction, control)
        )


class CardModal(ui.Modal):
    """A modal whose submit calls ``submitted``; errors are answered, and a dismissed modal is forgotten."""

    def __init__(self, errors: Errors, *, title: str) -> None:
        super().__init__(title=title, timeout=MODAL_TIMEOUT)
        self._errors = errors

    async def open(self, interaction: Interaction) -> None:
        """Answer an interaction with this modal."""
        await interaction.response.send_modal(self)
        client: HasControls = interaction.client
        client.modals.add(self, interaction.user.id)

    async def submitted(self, interaction: Interaction) -> None:
        """Handle the submitted values."""
        raise NotImplementedError

    async def on_submit(self, interaction: Interaction, /) -> None:
        """Call ``submitted``; never raises, so that discord.py forgets the modal."""
        await _answer_errors(interaction, self._errors, lambda: self.submitted(interaction))

    async def on_error(self, interaction: Interaction, error: Exception, /) -> None:
        """Answer an error of discord.py's in reading the values."""
        await self._errors.present(interaction, error)


def was_handled(interaction: Interaction) -> bool:
    """Whether the handler of a control or form was called."""
    return _HANDLED in interaction.extras


def single_value(select: ui.Select[Any]) -> str:
    """Return the only value that was sent for a menu; raise ``RuleBroken`` unless there is one."""
    if len(select.values) != 1:
        raise RuleBroken("choice-gone")
    return select.values[0]


def selected_value(select: ui.Select[Any]) -> str:
    """Return the selected value; raise ``RuleBroken`` for one that wasn't offered."""
    value = single_value(select)
    if value not in {option.value for option in select.options}:
        raise RuleBroken("choice-gone")
    return value


async def _answer_errors(
    interaction: Interaction, errors: Errors, work: Callable[[], Awaitable[object]]
) -> None:
    """Do the work of a handler and answer its errors; never raises."""
    interaction.extras[_HANDLED] = True
    client: HasControls = interaction.client
    # discord.py only logs what a control's callback raises; the user would see a failed interaction.
    try:
        with client.handlers.track(lambda: errors.present(interaction, Restarting())):
            async with asyncio.timeout(HANDLER_TIMEOUT):
                await work()
    except Exception as error:
        await errors.present(interaction, error)


def components_of(message: discord.Message | discord.MessageSnapshot) -> Sequence[Any]:
    """Return a message's components; Discord may leave the field out, and the library then has none."""
    found: Sequence[Any] = getattr(message, "components", ())
    return found


def each_component(components: Sequence[Any]) -> Iterator[Any]:
    """Yield components, each followed by those within it."""
    for component in components:
        yield component
        yield from each_component(getattr(component, "children", ()))
