"""/privacy, whole: what is kept is said, taken away, and deleted when its owner says so twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support.in_process.guild import Town, buttons_of, open_town, text_of


async def ask(town: Town, person: Any, prompt: str) -> Any:
    return await person.slash(town.channel, "imagine", prompt=prompt, size="1K")


async def step(town: Town, person: Any, shown: Any, label: str) -> Any:
    """Press a button of a card that its reader alone sees."""
    return await person.click(shown.response, custom_id=buttons_of(shown.response.message)[label])


async def erase(town: Town, person: Any) -> Any:
    shown = await person.slash(town.channel, "privacy")
    await step(town, person, shown, "Delete mine")
    assert "can't be undone" in text_of(shown.response.message)
    await step(town, person, shown, "Delete everything")
    return shown


async def test_one_alone_reads_what_is_kept_and_how_much(town: Town) -> None:
    await ask(town, town.alice, "a fox")
    await ask(town, town.bob, "an owl")
    shown = await town.alice.slash(town.channel, "privacy")
    assert shown.ephemeral
    card = text_of(shown.response.message)
    assert "1 request of yours" in card and "90 days" in card and "image service" in card
    assert list(buttons_of(shown.response.message)) == ["Export mine", "Delete mine"]


async def test_the_card_says_how_this_operator_keeps_things(tmp_path: Path) -> None:
    async with open_town(tmp_path, RETENTION_DAYS="0", KEEP_ORIGINALS="true") as town:
        shown = await town.alice.slash(town.channel, "privacy")
        card = text_of(shown.response.message)
        assert "until you delete it" in card and "untouched copy" in card


async def test_an_export_is_a_file_for_its_owner_alone(town: Town) -> None:
    await ask(town, town.alice, "a fox")
    await ask(town, town.bob, "an owl")
    shown = await town.alice.slash(town.channel, "privacy")
    result = await step(town, town.alice, shown, "Export mine")
    (sent,) = result.followups
    assert sent.ephemeral and [file.filename for file in sent.message.attachments] == ["jimeng-data.json"]
    found = json.loads(town.files(sent.message)[0])
    assert [request["prompt"] for request in found["requests"]] == ["a fox"]
    assert found["user_id"] == str(town.alice.id)


async def test_deletion_asks_first_and_can_be_left(town: Town) -> None:
    await ask(town, town.alice, "a fox")
    shown = await town.alice.slash(town.channel, "privacy")
    await step(town, town.alice, shown, "Delete mine")
    await step(town, town.alice, shown, "Keep it")
    assert "1 request of yours" in text_of(shown.response.message)


async def test_deletion_takes_ones_own_and_leaves_everybody_elses(town: Town) -> None:
    await ask(town, town.alice, "a fox")
    card = town.message
    await ask(town, town.bob, "an owl")
    shown = await erase(town, town.alice)
    assert "1 request" in text_of(shown.response.message)
    history = await town.alice.slash(town.channel, "history")
    assert "no results yet" in text_of(history.response.message)
    history = await town.bob.slash(town.channel, "history")
    assert "an owl" in text_of(history.response.message)
    result = await town.press(town.bob, "Again", card)
    assert "isn't known any more" in text_of(result.response.message)


async def test_deletion_cancels_what_waits_and_what_is_being_drawn(gated: Town) -> None:
    for prompt in ("one", "two", "three"):
        await ask(gated, gated.alice, prompt)
    await erase(gated, gated.alice)
    await gated.until_answered()
    assert gated.asked == []
    cards = [text_of(message) for message in gated.channel.history()]
    assert len(cards) == 3 and all("Cancelled" in card for card in cards)
    assert list(gated.app.settings.spool.glob("*/*.png")) == []


async def test_the_card_speaks_its_readers_language(town: Town) -> None:
    town.speaks(town.alice, "zh-TW")
    shown = await town.alice.slash(town.channel, "privacy")
    assert "你的資料" in text_of(shown.response.message)
    assert list(buttons_of(shown.response.message)) == ["匯出我的資料", "刪除我的資料"]
