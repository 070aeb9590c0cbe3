"""Whose picture a message shows, from messages as Discord sends them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock

import discord
import pytest

from bot.domain.errors import RuleBroken
from bot.ui.intake.references.picture_owners import PictureOwners

ALICE, BOB, BOT, OTHER_BOT, JOB = 1, 2, 900, 901, 17
FILE = "https://cdn.discordapp.com/attachments/1/2/a.png?ex=1&is=1&hm=1"
GALLERY = {
    "type": 12,
    "id": 2,
    "items": [{"media": {"url": FILE, "proxy_url": FILE, "width": 9, "height": 9, "attachment_id": "5"}}],
}
CARD = {"type": 17, "id": 1, "components": [GALLERY], "accent_color": None, "spoiler": False}


def user(user_id: int) -> dict[str, Any]:
    return {"id": str(user_id), "username": "u", "discriminator": "0", "avatar": None, "global_name": None}


class State:
    """What discord.py parses messages with."""

    user = None

    def create_user(self, data: Any) -> discord.User:
        state: Any = self
        return discord.User(state=state, data=data)

    def store_user(self, data: Any, *, cache: bool = True) -> discord.User:
        return self.create_user(data)

    def _get_guild(self, _: int | None) -> None:
        return None


def message(author: int, **payload: Any) -> discord.Message:
    """Parse a message; as Discord does, it has its pictures in components and no attachments."""
    state: Any = State()
    channel: Any = SimpleNamespace(id=10, guild=None, type=discord.ChannelType.private)
    data: Any = {
        "id": "3",
        "channel_id": "10",
        "author": user(author),
        "content": "",
        "attachments": [],
        "embeds": [],
        "components": [CARD],
        "edited_timestamp": None,
        "type": 0,
        "pinned": False,
        "mention_everyone": False,
        "tts": False,
        "mentions": [],
        **payload,
    }
    return discord.Message(state=state, channel=channel, data=data)


class Consent:
    """Lets nobody else remix the pictures of ``owners``; the job 17 is Bob's."""

    def __init__(self, *owners: int) -> None:
        self._owners = owners

    async def require(self, owner_id: int, by_id: int) -> None:
        if owner_id != by_id and owner_id in self._owners:
            raise RuleBroken("remix-not-allowed")

    async def requester_of(self, job_id: int) -> int | None:
        return BOB if job_id == JOB else None


def owners(*opted_out: int) -> PictureOwners:
    client: Any = SimpleNamespace(user=State().create_user(user(BOT)))
    consent: Any = Consent(*opted_out)
    return PictureOwners(client, consent)


def person(user_id: int) -> Any:
    return discord.Object(user_id)


def answered_command(user_id: int) -> dict[str, Any]:
    return {"id": "7", "type": 2, "user": user(user_id), "authorizing_integration_owners": {}}


def job_button(job_id: int) -> dict[str, Any]:
    button = {"type": 2, "id": 4, "style": 2, "label": "Again", "custom_id": f"job:again:{job_id}"}
    return {"type": 1, "id": 3, "components": [button]}


@pytest.mark.parametrize(
    "shown",
    [
        message(BOB),
        message(OTHER_BOT, interaction_metadata=answered_command(BOB)),
        message(BOT, components=[CARD, job_button(JOB)]),
    ],
    ids=["its author", "the user of another bot's command", "the requester of a card"],
)
async def test_the_owner_of_a_message_is_respected(shown: discord.Message) -> None:
    alice, bob = person(ALICE), person(BOB)
    with pytest.raises(RuleBroken):
        await owners(BOB).require_for_message(shown, alice)
    await owners(BOB).require_for_message(shown, bob)
    await owners().require_for_message(shown, alice)


async def test_job_buttons_that_another_bot_imitates_name_no_owner() -> None:
    imitation = message(OTHER_BOT, components=[CARD, job_button(JOB)])
    await owners(BOB).require_for_message(imitation, person(ALICE))


@pytest.mark.parametrize(
    ("url", "owner"),
    [
        ("https://cdn.discordapp.com/avatars/2/f.png?size=1024", BOB),
        ("https://media.discordapp.net/guilds/5/users/2/avatars/f.webp", BOB),
        ("https://cdn.discordapp.com/attachments/2/3/a.png", None),
        ("https://pictures.example/avatars/2/f.png", None),
        ("https://cdn.discordapp.com/embed/avatars/2.png", None),
    ],
)
async def test_only_the_address_of_an_avatar_tells_its_owner(url: str, owner: int | None) -> None:
    consent: Any = AsyncMock()
    client: Any = SimpleNamespace(user=None)
    await PictureOwners(client, consent).require_for_url(url, person(ALICE))
    asked = [call.args for call in consent.require_for_avatar.await_args_list]
    assert asked == ([] if owner is None else [(owner, ALICE, None)])
