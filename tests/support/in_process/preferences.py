"""What members choose in /preferences."""

from __future__ import annotations

from typing import Any

from tests.support.in_process.guild import SimulatedGuild
from tests.support.in_process.message_parts import text_of


async def opt_out(sim: SimulatedGuild, person: Any) -> None:
    """Choose that others may not remix the person's avatar and pictures."""
    shown = (await person.slash(sim.channel, "preferences")).response
    await person.click(shown, custom_id="preference:remixes:off")
    assert "Others may not remix" in text_of(shown.message)
