"""A question is answered once its asker presses a button, for an hour."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bot.domain.errors import RuleBroken
from bot.ui.intake.choices import ChoiceButton, Choices

ALICE, BOB = 1, 2


class Questions:
    """A question that is put to Alice at time 0."""

    def __init__(self) -> None:
        self.now = 0.0
        self.chosen: list[int] = []
        self.choices = Choices(lambda: self.now)
        self.button: Any = self.choices.open(ALICE, self._choose)(3, "three")

    async def press(self, user_id: int, button: ChoiceButton | None = None) -> None:
        interaction: Any = SimpleNamespace(user=SimpleNamespace(id=user_id))
        await self.choices.press(interaction, button or self.button)

    async def _choose(self, _: Any, number: int) -> None:
        self.chosen.append(number)


async def test_the_number_of_the_pressed_button_is_passed_on() -> None:
    questions = Questions()
    questions.now = 3599
    await questions.press(ALICE)
    assert questions.chosen == [3]


@pytest.mark.parametrize(
    ("user_id", "now", "rule"), [(BOB, 0, "not-your-question"), (ALICE, 3601, "question-expired")]
)
async def test_nobody_else_and_nobody_too_late_can_answer(user_id: int, now: float, rule: str) -> None:
    questions = Questions()
    questions.now = now
    with pytest.raises(RuleBroken) as refused:
        await questions.press(user_id)
    assert refused.value.rule == rule and not questions.chosen


async def test_a_button_of_another_process_has_expired() -> None:
    with pytest.raises(RuleBroken, match="rule") as refused:
        await Questions().press(ALICE, ChoiceButton(5, 1, "1"))
    assert refused.value.rule == "question-expired"
