"""Save, stars, and the message that says what is done: what people keep of results."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord
import pytest

from bot.domain.errors import RuleBroken
from bot.domain.models import Header
from bot.pictures.sniff import sniff
from tests.support.in_process.guild import Town, buttons_of, gallery_of, text_of

MOST = 10 * 1024 * 1024


async def draw(
    town: Town, prompt: str = "a fox", person: Any = None, size: str = "1K", **options: Any
) -> discord.Message:
    await (person or town.alice).slash(town.channel, "imagine", prompt=prompt, size=size, **options)
    return town.message


async def more(town: Town, person: Any, message: discord.Message) -> Any:
    return (await town.press(person, "More", message)).response


def dms(person: Any) -> list[discord.Message]:
    return person.user.dm_channel.history()


async def test_more_offers_in_order_what_each_may_do(town: Town) -> None:
    card = await draw(town)
    for person, offered in (
        (town.alice, ["Save to my DMs", "☆ Star", "Delete"]),
        (town.moderator, ["Save to my DMs", "Delete"]),
        (town.bob, ["Save to my DMs"]),
    ):
        assert list(buttons_of((await more(town, person, card)).message)) == offered


async def test_anyone_saves_a_picture_to_their_own_messages(town: Town) -> None:
    card = await draw(town, "a *fox* @everyone", count=2)
    shown = await more(town, town.bob, card)
    result = await town.bob.click(shown, custom_id="job:save:1")
    assert result.ephemeral and "Saved" in text_of(result.response.message)
    saved = dms(town.bob)[-1]
    assert town.files(saved) == town.files(card)
    assert len(gallery_of(saved)) == 2 and "a \\*fox\\*" in text_of(saved)
    assert card.jump_url in text_of(saved)
    assert saved.jump_url in text_of(result.response.message)
    assert not dms(town.alice)


async def test_what_is_too_large_for_direct_messages_is_made_to_fit(town: Town) -> None:
    emit = town.env.backend.emit

    def boosted(event: str, data: dict[str, Any]) -> None:
        # In a boosted server more may be sent than in a direct message.
        emit(event, {**data, "attachment_size_limit": 50_000_000})

    town.env.backend.emit = boosted
    card = await draw(town, "huge", size="2K")
    (large,) = town.files(card)
    assert len(large) > MOST
    shown = await more(town, town.bob, card)
    await town.bob.click(shown, custom_id="job:save:1")
    (saved,) = town.files(dms(town.bob)[-1])
    assert len(saved) <= MOST and sniff(saved) == Header(format="jpeg", width=2048, height=2048)


async def test_closed_messages_get_words(town: Town) -> None:
    shown = await more(town, town.bob, await draw(town))
    town.env.inject_error("POST", f"/channels/{town.bob.user.dm_channel.id}/messages", status=403, code=50007)
    result = await town.bob.click(shown, custom_id="job:save:1")
    assert result.ephemeral and "closed to the bot" in text_of(result.response.message)


async def test_a_deleted_picture_can_not_be_saved(town: Town) -> None:
    card = await draw(town)
    shown = await more(town, town.bob, card)
    theirs = await more(town, town.alice, card)
    await town.alice.click(theirs, custom_id="job:delete:1")
    result = await town.bob.click(shown, custom_id="job:save:1")
    assert "isn't there any more" in text_of(result.response.message)
    assert not dms(town.bob)


async def test_a_star_is_put_taken_and_looked_for(town: Town) -> None:
    first = await draw(town, "a fox")
    await draw(town, "an owl")
    shown = await more(town, town.alice, first)
    await town.alice.click(shown, custom_id="job:star:1")
    assert "★ Unstar" in buttons_of(shown.message) and "☆ Star" not in buttons_of(shown.message)
    history = (await town.alice.slash(town.channel, "history")).response
    assert "★ a fox" in text_of(history.message) and "★ an owl" not in text_of(history.message)
    await town.alice.click(history, custom_id=buttons_of(history.message)["★ only"])
    assert "a fox" in text_of(history.message) and "an owl" not in text_of(history.message)
    await town.alice.click(history, custom_id=buttons_of(history.message)["All results"])
    assert "an owl" in text_of(history.message)
    await town.alice.click(shown, custom_id="job:unstar:1")
    starred = (await town.alice.slash(town.channel, "history", starred=True)).response
    assert "None of your results has a star" in text_of(starred.message)
    await town.alice.click(starred, custom_id=buttons_of(starred.message)["All results"])
    assert "an owl" in text_of(starred.message)


async def test_nobody_stars_anothers_result(town: Town) -> None:
    await draw(town)
    await town.env.settle()
    with pytest.raises(RuleBroken) as caught:
        await town.app.personal.star(1, town.bob.id, starred=True)
    assert caught.value.rule == "not-your-result"
    assert not (await town.app.service.job(1)).starred


async def wish(town: Town, **more: Any) -> None:
    await town.app.personal.choose(town.alice.id, lambda old: replace(old, tell_when_done=True, **more))


async def test_who_wishes_hears_once_where_their_picture_is(town: Town) -> None:
    await draw(town, "no wish")
    await wish(town)
    card = await draw(town, "a fox")
    await draw(town, "another's", person=town.bob)
    (told,) = dms(town.alice)
    assert "Your picture is done" in text_of(told) and "a fox" in text_of(told)
    assert card.jump_url in text_of(told)
    assert not dms(town.bob)


async def test_who_wishes_hears_of_failure_too_and_in_their_language(town: Town) -> None:
    await wish(town, language="zh-TW")
    await draw(town, "blocked-prompt")
    (told,) = dms(town.alice)
    assert "你的請求結束了，但沒有圖" in text_of(told)


async def test_nobody_hears_of_what_stands_in_their_messages_already(gated: Town) -> None:
    await wish(gated)
    await gated.alice.user.slash("imagine", prompt="in here", size="1K")
    await gated.until_answered()
    assert len(dms(gated.alice)) == 1


async def test_nobody_hears_of_what_came_by_direct_message(gated: Town) -> None:
    await wish(gated)
    await gated.alice.slash(gated.channel, "imagine", prompt="a fox", size="1K")
    gated.env.inject_error("PATCH", "/webhooks/*/messages/*", status=401, code=50027)
    gated.env.inject_error("POST", f"/channels/{gated.channel.id}/messages", status=403, code=50001)
    await gated.until_answered()
    assert len(dms(gated.alice)) == 1 and gallery_of(dms(gated.alice)[0])


async def test_closed_messages_do_no_harm_to_the_answer(town: Town) -> None:
    await wish(town)
    path = f"/channels/{town.alice.user.dm_channel.id}/messages"
    town.env.inject_error("POST", path, status=403, code=50007)
    assert gallery_of(await draw(town))
    assert not dms(town.alice)
