"""The composition root: opens everything the bot needs in order and closes it in reverse."""

from bot.app.application import App, open_app
from bot.app.relay import Fetch, ServeDemoRelay, open_relay
from bot.app.runner import create_originals_keeper, create_runner

__all__ = [
    "App",
    "Fetch",
    "ServeDemoRelay",
    "create_originals_keeper",
    "create_runner",
    "open_app",
    "open_relay",
]
