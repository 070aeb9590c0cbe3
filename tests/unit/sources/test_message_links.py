from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sources.message_links import MessageLink, parse_message_link

HERE = MessageLink(guild_id=41771983423143937, channel_id=127121515262115840, message_id=162701077035089920)
PATH = "/channels/41771983423143937/127121515262115840/162701077035089920"


@pytest.mark.parametrize(
    "text",
    [
        f"https://discord.com{PATH}",
        f"https://ptb.discord.com{PATH}",
        f"https://canary.discord.com{PATH}",
        f"https://www.discord.com{PATH}",
        f"https://discordapp.com{PATH}",
        f"https://canary.discordapp.com{PATH}",
        f"https://DISCORD.com{PATH}",
        f"<https://discord.com{PATH}>",
        f"  https://discord.com{PATH}/\n",
        f"https://discord.com{PATH}?foo=bar",
        f"<https://discord.com{PATH}/?foo=bar>",
    ],
)
def test_message_links_of_every_client_are_parsed(text: str) -> None:
    assert parse_message_link(text) == HERE


def test_a_link_to_a_direct_message_has_no_guild() -> None:
    assert parse_message_link("https://discord.com/channels/@me/12/34") == MessageLink(
        guild_id=None, channel_id=12, message_id=34
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        f"https://discord.com.evil.example{PATH}",
        f"https://evil.example/https://discord.com{PATH}",
        f"https://evildiscord.com{PATH}",
        f"https://discord.com@evil.example{PATH}",
        f"ftp://discord.com{PATH}",
        f"look: https://discord.com{PATH}",
        f"<https://discord.com{PATH}",
        f"https://discord.com{PATH}>",
        f"https://discord.com{PATH}/threads",
        "https://discord.com/channels/1/2",
        "https://discord.com/channels/1/2/x",
        "https://discord.com/channels/１/２/３",
        "https://discord.com/channels/@you/2/3",
        "https://cdn.discordapp.com/attachments/1/2/a.png",
    ],
)
def test_anything_else_is_no_message_link(text: str) -> None:
    assert parse_message_link(text) is None


@given(st.integers(1, 2**64 - 1), st.integers(1, 2**64 - 1), st.integers(1, 2**64 - 1))
def test_every_id_survives_its_link(guild: int, channel: int, message: int) -> None:
    link = parse_message_link(f"https://discord.com/channels/{guild}/{channel}/{message}")
    assert link == MessageLink(guild_id=guild, channel_id=channel, message_id=message)
