"""Buttons, menus and modals: their handlers, their errors, and their memory."""

from __future__ import annotations

import gc
import logging
import weakref
from typing import Any, get_args

import pytest
from discord import ui

from bot.ui.cards.buttons.job_buttons import JobAction
from bot.ui.components import CardButton, CardControl, CardSelect
from tests.support.in_process.guild import SimulatedGuild
from tests.support.in_process.message_parts import text_of


async def draw(sim: SimulatedGuild) -> Any:
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    return sim.message


def open_modals(sim: SimulatedGuild) -> list[ui.Modal]:
    """Return the modals whose submission discord.py waits for."""
    return list(sim.bot._connection._view_store._modals.values())  # pyright: ignore[reportPrivateUsage]


def concrete_controls() -> set[type[Any]]:
    """Return every class of control but the base classes."""
    found: set[type[Any]] = set()
    waiting: list[type[Any]] = [CardControl]
    while waiting:
        waiting += (subclasses := waiting.pop().__subclasses__())
        found.update(subclasses)
    return found - {CardButton, CardSelect}


async def test_every_control_has_a_handler(sim: SimulatedGuild) -> None:
    assert len(concrete_controls()) >= 10
    assert sim.bot.controls.registered == concrete_controls()
    assert sim.bot.job_actions.registered == set(get_args(JobAction))


async def test_an_unexpected_error_of_a_handler_is_answered_and_logged(
    sim: SimulatedGuild, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = await draw(sim)

    async def broken(job_id: int) -> None:
        raise ZeroDivisionError(job_id)

    monkeypatch.setattr(sim.app.services.queries, "job", broken)
    with caplog.at_level(logging.ERROR):
        result = await sim.press(sim.bob, "More", card)
    assert result.ephemeral and "something went wrong" in text_of(result.response.message)
    assert any(record.exc_info for record in caplog.records)


async def test_a_submitted_modal_is_freed_at_once(sim: SimulatedGuild) -> None:
    card = await draw(sim)
    shown = await sim.press(sim.alice, "Edit", card)
    opened = weakref.ref(open_modals(sim)[-1])
    await sim.fill(sim.alice, shown, prompt="an owl")
    gc.collect()
    assert opened() is None
