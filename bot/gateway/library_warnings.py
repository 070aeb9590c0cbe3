"""Keeps warnings of discord.py out of the log that are about what the bot doesn't use."""

from __future__ import annotations

import discord


def silence_voice_warnings() -> None:
    """Have no client warn of missing voice libraries: the bot never joins voice channels."""
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
