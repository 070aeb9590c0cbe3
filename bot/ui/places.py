"""Where an interaction comes from, as far as it decides what the bot may do there, and where answers are."""

from __future__ import annotations

from typing import Any

import discord

from bot.models import Job


def is_guest(interaction: discord.Interaction[Any]) -> bool:
    """Whether the bot is no member there, so that all it may do is answer."""
    if interaction.guild_id is None:
        return bool(interaction.context.private_channel)
    # A server that the bot is in answers to one of these, whichever way the command came to it.
    return not (
        interaction.is_guild_integration() or interaction.client.get_guild(interaction.guild_id) is not None
    )


def link_to(job: Job) -> str:
    """Return the address of the message that holds a job's answer."""
    guild = job.requester.guild_id or "@me"
    return f"https://discord.com/channels/{guild}/{job.requester.channel_id}/{job.message_id}"
