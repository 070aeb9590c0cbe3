"""Tell errors of Discord and of the connection to it from faults of the program."""

from __future__ import annotations

import ssl

import aiohttp
import discord

CONNECTION_ERRORS = (aiohttp.ClientError, ConnectionError, TimeoutError, ssl.SSLError)
"""What a broken connection to Discord raises."""


def unexpected(error: Exception) -> Exception | None:
    """Return the error if it is a fault of the program, whose traceback belongs in the log."""
    return None if isinstance(error, (discord.DiscordException, *CONNECTION_ERRORS)) else error
