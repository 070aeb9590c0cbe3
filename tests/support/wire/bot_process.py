"""The real command line with discord.py redirected: ``bot_process.py REST_URL GATEWAY_URL run``."""

from __future__ import annotations

import sys

import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.__main__ import main

if __name__ == "__main__":
    Route.BASE, gateway, *arguments = sys.argv[1:]
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
    sys.argv = ["jimeng-bot", *arguments]
    main()
