"""The process's settings: read from the environment, validated all at once."""

from bot.config.settings import Settings, SettingsError

__all__ = ["Settings", "SettingsError"]
