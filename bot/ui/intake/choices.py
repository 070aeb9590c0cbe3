"""Questions about a request that isn't accepted yet, with a button for each answer."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import discord
from cachetools import TTLCache
from discord import ui

from bot.domain.errors import RuleBroken
from bot.ui.components import CardButton, Interaction

Choose = Callable[[Interaction, int], Awaitable[object]]
"""Goes on with a request; the number is that of the button that was pressed."""
MakeButton = Callable[[int, str], ui.Item[Any]]
"""Builds the button with a number and a label."""

_LIFETIME = 3600.0
"""Seconds for which a question can be answered, as long as a form."""
_MAX_OPEN = 10_000
"""Questions that are remembered; the oldest are forgotten first."""


class ChoiceButton(CardButton, template=r"choice:(?P<question>[0-9]{1,20}):(?P<number>[0-9]{1,2})"):
    """An answer to a question."""

    def __init__(self, question: int, number: int, label: str) -> None:
        super().__init__(ui.Button(label=label, custom_id=f"choice:{question}:{number}"))
        self.question = question
        self.number = number

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> ChoiceButton:
        """Rebuild the button that was pressed."""
        return cls(int(match["question"]), int(match["number"]), "…")


@dataclass(frozen=True, slots=True)
class _Question:
    user_id: int
    choose: Choose


class Choices:
    """Remembers for an hour how each open question goes on; only the user it was put to can answer it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._open: TTLCache[int, _Question] = TTLCache(_MAX_OPEN, _LIFETIME, timer=clock)

    def open(self, user_id: int, choose: Choose) -> MakeButton:
        """Return what builds the buttons of a new question."""
        question = secrets.randbelow(10**18)
        self._open[question] = _Question(user_id, choose)
        return lambda number, label: ChoiceButton(question, number, label)

    async def press(self, interaction: Interaction, button: ChoiceButton) -> None:
        """Go on with the answer that was pressed; raise ``RuleBroken`` if it comes too late."""
        question = self._open.get(button.question)
        if question is None:
            raise RuleBroken("question-expired")
        if question.user_id != interaction.user.id:
            raise RuleBroken("not-your-question")
        await question.choose(interaction, button.number)
