"""Modals and controls without a server."""

from __future__ import annotations

import asyncio
import gc
import weakref
from types import SimpleNamespace
from typing import Any

import discord
import pytest
from discord import ui

from bot.ui.components import MODAL_TIMEOUT, CardModal, Interaction
from bot.ui.open_modals import OpenModals
from bot.ui.running_handlers import RunningHandlers


class Errors:
    """Records the errors it is asked to answer."""

    def __init__(self) -> None:
        self.presented: list[Exception] = []

    async def present(self, interaction: Interaction, error: Exception) -> None:
        self.presented.append(error)


class Form(CardModal):
    def __init__(self, errors: Errors) -> None:
        super().__init__(errors, title="A form")
        self.add_item(ui.Label[Any](text="Name", component=ui.TextInput[Any]()))

    async def submitted(self, interaction: Interaction) -> None:
        raise ZeroDivisionError


def show(modal: ui.Modal, *, timeout: float) -> None:
    """Register a modal as discord.py does when it is sent."""
    client: Any = discord.Client(intents=discord.Intents.none())
    modal.timeout = timeout
    client._connection.store_view(modal)  # the store outlives the client with the modal's task


@pytest.mark.parametrize(("per_member", "total"), [(3, 100), (100, 3)])
async def test_only_the_newest_modals_are_kept(per_member: int, total: int) -> None:
    opened, modals = OpenModals(per_member=per_member, total=total), [Form(Errors()) for _ in range(200)]
    client: Any = discord.Client(intents=discord.Intents.none())
    for modal in modals:
        client._connection.store_view(modal)
        opened.add(modal, 1)
    assert [modal.is_finished() for modal in modals] == [True] * 197 + [False] * 3
    assert list(client._connection._view_store._modals.values()) == modals[-3:]


async def test_a_members_modals_do_not_close_anothers() -> None:
    opened, (first, *others) = OpenModals(per_member=2), [Form(Errors()) for _ in range(4)]
    opened.add(first, 1)
    for other in others:
        opened.add(other, 2)
    assert not first.is_finished()


async def test_a_dismissed_modal_is_freed_after_its_timeout() -> None:
    modal = Form(Errors())
    assert modal.timeout == MODAL_TIMEOUT
    show(modal, timeout=0.01)
    freed = weakref.ref(modal)
    await modal.wait()
    del modal
    for _ in range(3):
        await asyncio.sleep(0)  # discord.py calls the modal's on_timeout in a task
    gc.collect()
    assert freed() is None


async def test_an_error_in_a_submitted_modal_is_answered_and_not_raised() -> None:
    errors = Errors()
    interaction: Any = SimpleNamespace(client=SimpleNamespace(handlers=RunningHandlers()), extras={})
    await Form(errors).on_submit(interaction)
    assert [type(error) for error in errors.presented] == [ZeroDivisionError]
