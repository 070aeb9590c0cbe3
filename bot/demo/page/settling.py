"""How soon the simulated Discord sees that the bot has done what it was asked to do."""

from __future__ import annotations

from functools import partial
from typing import Any

LOOK = 0.005
"""Seconds between two looks; SimCord's own 0.05 are most of what an action on the simulation takes."""


def settle_soon(env: Any) -> None:
    """Let every action on a simulated Discord end within milliseconds of the bot's coming to rest."""
    env._settle_internal = partial(env._settle_internal, idle=LOOK)
