"""Checks that the relay and the other services answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.config.settings import Settings

if TYPE_CHECKING:
    from bot.app import ServeDemoRelay
    from bot.providers.service_checks import ServiceCheck


async def check_relay(settings: Settings, serve_demo_relay: ServeDemoRelay) -> Sequence[ServiceCheck]:
    """Ask each service whether it would draw, without drawing."""
    # Imported here: they take a while, and most commands don't need them.
    from bot.app import open_relay
    from bot.pictures.sniff import HeaderReader
    from bot.sources.guard import Guard

    async with Guard(sniff=HeaderReader) as guard, open_relay(settings, guard, serve_demo_relay) as relay:
        return await relay.check()
