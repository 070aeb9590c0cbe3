"""Interactions with missing, unknown or wrongly typed fields."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from tests.support.in_process.guild import SimulatedGuild, gallery_of


@contextmanager
def changed(sim: SimulatedGuild, **fields: Any) -> Generator[None]:
    """Send interactions with these fields, None for one that is left out."""
    emit = sim.env.backend.emit

    def emit_changed(event: str, payload: Mapping[str, Any]) -> None:
        if event == "INTERACTION_CREATE":
            payload = {name: value for name, value in {**payload, **fields}.items() if value is not None}
        emit(event, payload)

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
