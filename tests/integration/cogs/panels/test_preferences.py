"""/preferences: a member's defaults."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.guild_settings import Preferences
from tests.support.in_process.guild import SimulatedGuild
from tests.support.in_process.message_parts import buttons_of, menus_of, text_of


async def page(sim: SimulatedGuild, person: Any = None) -> Any:
    result = await (person or sim.alice).slash(sim.channel, "preferences")
    assert result.ephemeral
    return result.response


async def choose(sim: SimulatedGuild, what: str, value: str) -> Any:
    shown = await page(sim)
    return await sim.alice.select(shown, [value], custom_id=f"preference:{what}")


async def test_unset_preferences_are_shown_as_defaults(sim: SimulatedGuild) -> None:
    menus = menus_of((await page(sim)).message)
    assert {name: label for name, (label, _) in menus.items()} == {
        "preference:ratio": "Server default",
        "preference:size": "Server default",
        "preference:style": "No style",
        "preference:language": "Same as Discord",
    }


@pytest.mark.parametrize(
    ("what", "value", "shows"),
    [
        ("ratio", "16:9", "16:9 · landscape, banner"),
        ("size", "4K", "4K · large, slower"),
    ],
)
async def test_a_preference_is_saved_and_shown(
    sim: SimulatedGuild, what: str, value: str, shows: str
) -> None:
    changed = await choose(sim, what, value)
    assert menus_of(changed.response.message)[f"preference:{what}"][0] == shows
    assert getattr(await sim.app.services.members.preferences(sim.alice.id), what) == value
    await choose(sim, what, "-")
    assert await sim.app.services.members.preferences(sim.alice.id) == Preferences()
    assert await sim.app.services.members.preferences(sim.bob.id) == Preferences()


async def test_the_language_applies_at_once_to_every_answer(sim: SimulatedGuild) -> None:
    changed = await choose(sim, "language", "zh-TW")
    assert "你的偏好" in text_of(changed.response.message)
    assert menus_of(changed.response.message)["preference:language"][0] == "繁體中文"
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    card = sim.message
    assert "再畫一次" in buttons_of(card)
    again = await sim.press(sim.alice, "更多")
    assert "這張圖的設定" in text_of(again.response.message)
    refused = await sim.alice.slash(sim.channel, "remix", url="file:///etc/passwd", prompt="x")
    assert "公開" in text_of(refused.response.message)
    history = await sim.alice.slash(sim.channel, "history")
    assert "作品" in text_of(history.response.message)
    theirs = await sim.bob.slash(sim.channel, "history")
    assert "no results yet" in text_of(theirs.response.message)


async def test_completion_notices_are_switched_on_and_off(sim: SimulatedGuild) -> None:
    shown = await page(sim)
    on = await sim.alice.click(shown, custom_id=buttons_of(shown.message)["DM me when a picture is ready"])
    assert (await sim.app.services.members.preferences(sim.alice.id)).tell_when_done
    label = "Don't DM me when a picture is ready"
    await sim.alice.click(shown, custom_id=buttons_of(on.response.message)[label])
    assert not (await sim.app.services.members.preferences(sim.alice.id)).tell_when_done
