"""/preferences: what a member chooses holds wherever they say nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.guild_settings import Preferences
from tests.support.in_process.guild import Town, buttons_of, menus_of, text_of


async def page(town: Town, person: Any = None) -> Any:
    result = await (person or town.alice).slash(town.channel, "preferences")
    assert result.ephemeral
    return result.response


async def choose(town: Town, what: str, value: str) -> Any:
    shown = await page(town)
    return await town.alice.select(shown, [value], custom_id=f"preference:{what}")


async def test_who_never_chose_sees_that_others_decide(town: Town) -> None:
    menus = menus_of((await page(town)).message)
    assert {name: label for name, (label, _) in menus.items()} == {
        "preference:ratio": "As the server has it",
        "preference:size": "As the server has it",
        "preference:style": "No style",
        "preference:language": "As in your Discord",
    }


@pytest.mark.parametrize(
    ("what", "value", "shows"),
    [
        ("ratio", "16:9", "16:9 · landscape, banner"),
        ("size", "4K", "4K · large, slower"),
    ],
)
async def test_a_choice_is_kept_and_shown(town: Town, what: str, value: str, shows: str) -> None:
    changed = await choose(town, what, value)
    assert menus_of(changed.response.message)[f"preference:{what}"][0] == shows
    assert getattr(await town.app.personal.preferences(town.alice.id), what) == value
    await choose(town, what, "-")
    assert await town.app.personal.preferences(town.alice.id) == Preferences()
    assert await town.app.personal.preferences(town.bob.id) == Preferences()


async def test_the_language_holds_at_once_and_for_everything_that_answers(town: Town) -> None:
    changed = await choose(town, "language", "zh-TW")
    assert "你的偏好" in text_of(changed.response.message)
    assert menus_of(changed.response.message)["preference:language"][0] == "繁體中文"
    await town.alice.slash(town.channel, "imagine", prompt="a fox", size="1K")
    card = town.message
    assert "再來一張" in buttons_of(card)
    again = await town.press(town.alice, "更多")
    assert "這張圖的設定" in text_of(again.response.message)
    refused = await town.alice.slash(town.channel, "remix", url="file:///etc/passwd", prompt="x")
    assert "公開" in text_of(refused.response.message)
    history = await town.alice.slash(town.channel, "history")
    assert "作品" in text_of(history.response.message)
    theirs = await town.bob.slash(town.channel, "history")
    assert "no results yet" in text_of(theirs.response.message)


async def test_the_message_about_what_is_done_is_switched_on_and_off(town: Town) -> None:
    shown = await page(town)
    on = await town.alice.click(shown, custom_id=buttons_of(shown.message)["DM me when a picture is done"])
    assert (await town.app.personal.preferences(town.alice.id)).tell_when_done
    label = "No DM when a picture is done"
    await town.alice.click(shown, custom_id=buttons_of(on.response.message)[label])
    assert not (await town.app.personal.preferences(town.alice.id)).tell_when_done
