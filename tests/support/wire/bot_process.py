"""The real command line with discord.py redirected: ``bot_process.py REST_URL GATEWAY_URL run``.

CLOCK_OFFSET is by how many seconds its machine's clock is fast, IDENTIFY_INTERVAL the seconds between two
identifies.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta
from typing import Any

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route
from discord.state import ConnectionState

from bot.__main__ import main
from bot.gateway import sharding

_SERVERS_WITHIN = 0.2
"""Seconds without another server after which a start is complete; discord.py's 2 are most of a start here."""


def _shift_clock(seconds: float) -> None:
    correct = discord.utils.utcnow

    def shifted() -> datetime:
        return correct() + timedelta(seconds=seconds)

    discord.utils.utcnow = shifted


def _wait_less_for_servers(seconds: float) -> None:
    create = ConnectionState.__init__

    def created(self: Any, **options: Any) -> None:
        create(self, guild_ready_timeout=seconds, **options)

    ConnectionState.__init__ = created


if __name__ == "__main__":
    Route.BASE, gateway, *arguments = sys.argv[1:]
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
    _shift_clock(float(os.environ.get("CLOCK_OFFSET", "0")))
    _wait_less_for_servers(_SERVERS_WITHIN)
    sharding.IDENTIFY_INTERVAL = float(os.environ.get("IDENTIFY_INTERVAL", sharding.IDENTIFY_INTERVAL))
    sys.argv = ["jimeng-bot", *arguments]
    main()
