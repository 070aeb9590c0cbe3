"""One of several pictures, redraws and edits, from messages as Discord sends them.

The bot's own have no attachments: their pictures are only in components.
"""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.requests.redraws import INSTRUCTIONS
from tests.support.wire.discord_objects import BOT, StoredMessage
from tests.support.wire.setup import ASKER, OTHER, WireEnvironment

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def draw_two(environment: WireEnvironment, prompt: str) -> StoredMessage:
    asked = await environment.discord.slash(ASKER, "imagine", prompt=prompt, size="1K", ratio="3:2", count=2)
    card = await environment.discord.outcome(asked)
    assert card.to_payload()["attachments"] == [] and len(card.pictures) == 2
    return card


def shown_in(message: StoredMessage) -> list[str]:
    """Return the links of a message's gallery."""
    galleries = [part for part in _parts(message.payload["components"]) if part["type"] == 12]
    return [item["media"]["url"] for gallery in galleries for item in gallery["items"]]


def _parts(components: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [part for each in components for part in (each, *_parts(each.get("components", [])))]


async def opened(environment: WireEnvironment, card: StoredMessage, number: int) -> StoredMessage:
    discord = environment.discord
    asked = await discord.press(OTHER, card, "open", picture=number)
    await discord.until(lambda: asked.followups or (asked.message and asked.message.buttons), "the picture")
    return asked.followups[-1] if asked.followups else asked.response_message


async def test_the_second_of_two_is_opened_alone(environment: WireEnvironment) -> None:
    card = await draw_two(environment, "two owls")
    alone = await opened(environment, card, 2)
    (link,) = shown_in(alone)
    assert alone.ephemeral and link in card.pictures[1].links
    assert "2 of 2" in alone.text


async def test_4k_sends_the_chosen_picture_back_and_keeps_its_ratio(environment: WireEnvironment) -> None:
    card = await draw_two(environment, "two bears")
    alone = await opened(environment, card, 2)
    asked = await environment.discord.press(OTHER, alone, "upscale")
    await environment.discord.outcome(asked)
    (call,) = environment.relay.calls(INSTRUCTIONS["upscale"])
    assert call["image"] in card.pictures[1].links
    assert (call["size"], call["aspectRatio"]) == ("4K", "3:2")


async def test_replies_edit_and_before_shows_the_previous_picture(environment: WireEnvironment) -> None:
    discord = environment.discord
    first = await discord.answer(await discord.write(ASKER, f"<@{BOT}> 1K 3:2 a mill"))
    asked = await discord.write(ASKER, f"<@{BOT}> the mill in snow", reply_to=first)
    edited = await discord.answer(asked)
    (call,) = environment.relay.calls("the mill in snow")
    assert call["image"] in first.pictures[0].links
    assert (call["size"], call["aspectRatio"]) == ("1K", "3:2")
    assert "edit 1 of" in edited.text
    pressed = await discord.press(ASKER, edited, "before")
    await discord.until(lambda: pressed.message and pressed.message.buttons, "the picture before")
    (link,) = shown_in(pressed.response_message)
    assert link in first.pictures[0].links
