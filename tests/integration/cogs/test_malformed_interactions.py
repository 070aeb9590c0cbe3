"""Interactions with missing, unknown or wrongly typed fields."""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from bot.ui.components import CardModal
from tests.support.in_process.guild import SimulatedGuild
from tests.support.in_process.message_parts import gallery_of, text_of


def changed(sim: SimulatedGuild, **fields: Any) -> AbstractContextManager[None]:
    """Send interactions with these fields, None for one that is left out."""

    def with_fields(payload: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in {**payload, **fields}.items() if value is not None}

    return changed_by(sim, with_fields)


@contextmanager
def changed_by(sim: SimulatedGuild, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Generator[None]:
    """Send interactions as ``change`` returns them."""
    emit = sim.env.backend.emit

    def emit_changed(event: str, payload: Mapping[str, Any]) -> None:
        emit(event, change({**payload}) if event == "INTERACTION_CREATE" else payload)

    sim.env.backend.emit = emit_changed
    try:
        yield
    finally:
        sim.env.backend.emit = emit


@pytest.mark.parametrize(
    "fields",
    [
        {"locale": 7, "guild_locale": []},
        {"locale": "tlh", "guild_locale": "x" * 300},
        {"locale": None, "guild_locale": None, "context": None, "app_permissions": None},
        {"attachment_size_limit": -1, "app_permissions": "x", "context": "0"},
        {"attachment_size_limit": "many", "entitlements": 5, "version": "1"},
    ],
)
async def test_a_request_with_odd_fields_is_drawn(sim: SimulatedGuild, fields: dict[str, Any]) -> None:
    with changed(sim, **fields):
        await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    await sim.finish_jobs()
    assert gallery_of(sim.message)
    assert sim.relay_requests


MALFORMED_MESSAGES: list[Any] = [
    5,
    {},
    {"components": None},
    {"components": 5},
    {"components": []},
    {"components": [{"type": 1}]},
    {"components": [{"type": 1, "components": [{"type": 2, "style": 1}]}]},
    {"components": [{"type": 17, "components": [{"type": 9, "accessory": None}]}]},
    {"embeds": [5]},
    {"flags": "x"},
]


@pytest.mark.parametrize("fields", MALFORMED_MESSAGES, ids=str)
async def test_a_press_on_a_card_that_cannot_be_read_is_answered(
    sim: SimulatedGuild, fields: int | dict[str, Any]
) -> None:
    await draw(sim)

    def with_fields(payload: dict[str, Any]) -> dict[str, Any]:
        malformed = {**payload["message"], **fields} if isinstance(fields, dict) and fields else fields
        return {**payload, "message": malformed}

    with changed_by(sim, with_fields):
        pressed = await sim.press(sim.alice, "Again")
    assert_no_longer_works(pressed)


async def test_a_button_that_this_version_does_not_know_is_answered(sim: SimulatedGuild) -> None:
    await draw(sim)
    with changed(sim, data={"custom_id": "job:anything:1", "component_type": 2}):
        pressed = await sim.press(sim.alice, "Again")
    assert_no_longer_works(pressed)


async def test_a_form_that_was_opened_before_a_restart_is_answered(sim: SimulatedGuild) -> None:
    await draw(sim)
    form = await sim.press(sim.alice, "Edit")
    for modal in [each for each in gc.get_objects() if isinstance(each, CardModal)]:
        modal.stop()
    assert_no_longer_works(await sim.fill(sim.alice, form, prompt="an owl"))


async def draw(sim: SimulatedGuild) -> None:
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    await sim.finish_jobs()


def assert_no_longer_works(answered: Any) -> None:
    assert answered.ephemeral
    assert "no longer works" in text_of(answered.response.message)
