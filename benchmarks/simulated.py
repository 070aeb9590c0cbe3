"""The tests' simulated Discord, and the bot as a process of its own: for measurements."""

from __future__ import annotations

import sys
from pathlib import Path

# It is no package: its parts find each other in their folder.
sys.path.append(str(Path(__file__).parents[1] / "tests" / "wire"))

from bot_under_test import RELAY_TOKEN, BotProcess
from discord_rest import Call
from discord_server import DiscordServer
from discord_world import Exchange

__all__ = ["RELAY_TOKEN", "BotProcess", "Call", "DiscordServer", "Exchange"]
