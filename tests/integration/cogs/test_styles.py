"""/styles: kept by those whose they are, looked at by everyone, with what was last drawn in them."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from bot.domain.models import Style, StyleOwner
from bot.gateway.client import create_bot
from tests.support.in_process.guild import Town, buttons_in, buttons_of, menus_of, text_of


@pytest.fixture
def manager(town: Town) -> Any:
    """Somebody who manages the server."""
    role = town.guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
    return town.guild.add_member(town.env.create_user("manager"), roles=[role])


async def styles(town: Town, person: Any) -> Any:
    result = await person.slash(town.channel, "styles")
    assert result.ephemeral
    return result.response


async def press(person: Any, shown: Any, label: str) -> Any:
    return await person.click(shown, custom_id=buttons_of(shown.message)[label])


async def add(town: Town, person: Any, shown: Any, name: str, text: str) -> Any:
    form = await press(person, shown, "New style")
    return await town.fill(person, form, name=name, text=text)


async def test_a_manager_keeps_the_servers_styles(town: Town, manager: Any) -> None:
    shown = await styles(town, manager)
    assert "No styles yet" in text_of(shown.message) and "0/25" in text_of(shown.message)
    await add(town, manager, shown, "  Ink   wash ", "in loose\nink wash")
    assert "**Ink wash**\nin loose ink wash" in text_of(shown.message)
    form = await press(manager, shown, "Edit")
    await town.fill(manager, form, text="in *red* ink")
    assert "in \\*red\\* ink" in text_of(shown.message)
    await press(manager, shown, "Back")
    assert "1/25" in text_of(shown.message) and "Ink wash" in text_of(shown.message)
    (options,) = [options for _, options in menus_of(shown.message).values()]
    await manager.select(shown, [options["Ink wash"]], custom_id="style-pick:guild")
    await press(manager, shown, "Delete")
    assert "No styles yet" in text_of(shown.message)


async def test_members_look_at_the_servers_styles_and_change_their_own(town: Town, manager: Any) -> None:
    await add(town, manager, await styles(town, manager), "Ink", "in ink")
    shown = await styles(town, town.alice)
    assert "Ink" in text_of(shown.message)
    assert list(buttons_of(shown.message)) == ["My styles"] and not menus_of(shown.message)
    await press(town.alice, shown, "My styles")
    assert "0/20" in text_of(shown.message)
    await add(town, town.alice, shown, "Mine", "in my way")
    theirs = await styles(town, town.bob)
    await press(town.bob, theirs, "My styles")
    assert "Mine" not in text_of(theirs.message)


async def test_who_manages_the_server_no_more_changes_nothing(town: Town, manager: Any) -> None:
    shown = await styles(town, manager)
    await add(town, manager, shown, "Ink", "in ink")
    town.env.backend.guilds[town.guild.id].members[manager.id].role_ids.clear()
    await town.env.settle()
    for label in ("Edit", "Delete"):
        refused = await press(manager, shown, label)
        assert "Only people who manage this server" in text_of(refused.response.message)
    (kept,) = await town.app.personal.styles(StyleOwner(kind="guild", id=town.guild.id))
    assert kept.style.text == "in ink"


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("INK", "in ink", "called **INK** already"),
        ("-", "in ink", "needs a name"),
        ("Oil", " \n ", "needs a text"),
    ],
)
async def test_what_can_not_be_kept_gets_words(town: Town, name: str, text: str, says: str) -> None:
    shown = await styles(town, town.alice)
    await press(town.alice, shown, "My styles")
    await add(town, town.alice, shown, "Ink", "in ink")
    await press(town.alice, shown, "Back")
    refused = await add(town, town.alice, shown, name, text)
    assert refused.ephemeral and says in text_of(refused.response.message)
    (kept,) = await town.app.personal.styles(StyleOwner(kind="member", id=town.alice.id))
    assert kept.style == Style(name="Ink", text="in ink")


async def test_styles_are_turned_page_by_page_until_there_are_no_more(town: Town) -> None:
    owner = StyleOwner(kind="member", id=town.alice.id)
    names = [f"style {number:02}" for number in range(20)]
    for name in names:
        await town.app.personal.add_style(owner, Style(name=name, text="x"))
    shown = await styles(town, town.alice)
    await press(town.alice, shown, "My styles")
    seen: list[str] = []
    for page in range(1, 5):
        seen += [
            f"style {number:02}" for number in range(20) if f"style {number:02}" in text_of(shown.message)
        ]
        await press(town.alice, shown, f"Page {page} of 4 ›")
    assert seen == names
    assert "style 00" in text_of(shown.message)
    assert next(part for part in buttons_in(shown.message) if part.label == "New style").disabled


async def test_a_deleted_style_gets_words(town: Town) -> None:
    shown = await styles(town, town.alice)
    await press(town.alice, shown, "My styles")
    await add(town, town.alice, shown, "Ink", "in ink")
    (kept,) = await town.app.personal.styles(StyleOwner(kind="member", id=town.alice.id))
    await town.app.personal.delete_style(kept)
    refused = await press(town.alice, shown, "Edit")
    assert "isn't there any more" in text_of(refused.response.message)


async def test_it_goes_on_after_a_restart(town: Town) -> None:
    shown = await styles(town, town.alice)
    await town.env.restart_bot(create_bot(town.app))
    await press(town.alice, shown, "My styles")
    await add(town, town.alice, shown, "Ink", "in ink")
    assert "Ink" in text_of(shown.message)
