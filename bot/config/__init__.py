"""Settings of the process: read from the environment, checked all at once."""

from bot.config.settings import Settings, SettingsError

__all__ = ["Settings", "SettingsError"]
