"""The real command line with discord.py redirected: ``bot_process.py REST_URL GATEWAY_URL run``.

CLOCK_OFFSET is by how many seconds its machine's clock is fast.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.__main__ import main


def _shift_clock(seconds: float) -> None:
    correct = discord.utils.utcnow

    def shifted() -> datetime:
        return correct() + timedelta(seconds=seconds)

    discord.utils.utcnow = shifted


if __name__ == "__main__":
    Route.BASE, gateway, *arguments = sys.argv[1:]
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
    _shift_clock(float(os.environ.get("CLOCK_OFFSET", "0")))
    sys.argv = ["jimeng-bot", *arguments]
    main()
