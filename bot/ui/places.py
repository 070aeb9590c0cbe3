"""Where an interaction comes from, as far as it decides what the bot may do there."""

from __future__ import annotations

from typing import Any

import discord


def is_guest(interaction: discord.Interaction[Any]) -> bool:
    """Whether the bot is no member there, so that all it may do is answer."""
    if interaction.guild_id is None:
        return bool(interaction.context.private_channel)
    # A server that the bot is in answers to one of these, whichever way the command came to it.
    return not (
        interaction.is_guild_integration() or interaction.client.get_guild(interaction.guild_id) is not None
    )
