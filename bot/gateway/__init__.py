"""The Discord client, its shards, and the background loops of a process."""

from bot.gateway.client import ImageBot, create_bot

__all__ = ["ImageBot", "create_bot"]
