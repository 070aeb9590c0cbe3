"""/styles: lists, adds, edits and deletes styles."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from bot.domain.models import Style, StyleOwner
from bot.gateway.client import create_bot
from tests.support.in_process.guild import SimulatedGuild
from tests.support.in_process.message_parts import buttons_in, buttons_of, menus_of, text_of


@pytest.fixture
def manager(sim: SimulatedGuild) -> Any:
    """A member with Manage Server."""
    role = sim.guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
    return sim.guild.add_member(sim.env.create_user("manager"), roles=[role])


async def styles(sim: SimulatedGuild, person: Any) -> Any:
    result = await person.slash(sim.channel, "styles")
    assert result.ephemeral
    return result.response


async def press(person: Any, shown: Any, label: str) -> Any:
    return await person.click(shown, custom_id=buttons_of(shown.message)[label])


async def add(sim: SimulatedGuild, person: Any, shown: Any, name: str, text: str) -> Any:
    form = await press(person, shown, "New style")
    return await sim.fill(person, form, name=name, text=text)


async def test_a_manager_edits_the_servers_styles(sim: SimulatedGuild, manager: Any) -> None:
    shown = await styles(sim, manager)
    assert "No styles yet" in text_of(shown.message) and "0/25" in text_of(shown.message)
    await add(sim, manager, shown, "  Ink   wash ", "in loose\nink wash")
    assert "**Ink wash**\nin loose ink wash" in text_of(shown.message)
    form = await press(manager, shown, "Edit")
    await sim.fill(manager, form, text="in *red* ink")
    assert "in \\*red\\* ink" in text_of(shown.message)
    await press(manager, shown, "Back")
    assert "1/25" in text_of(shown.message) and "Ink wash" in text_of(shown.message)
    (options,) = [options for _, options in menus_of(shown.message).values()]
    await manager.select(shown, [options["Ink wash"]], custom_id="style-pick:guild")
    await press(manager, shown, "Delete")
    assert "No styles yet" in text_of(shown.message)


async def test_members_see_the_servers_styles_and_edit_their_own(sim: SimulatedGuild, manager: Any) -> None:
    await add(sim, manager, await styles(sim, manager), "Ink", "in ink")
    shown = await styles(sim, sim.alice)
    assert "Ink" in text_of(shown.message)
    assert list(buttons_of(shown.message)) == ["My styles"] and not menus_of(shown.message)
    await press(sim.alice, shown, "My styles")
    assert "0/20" in text_of(shown.message)
    await add(sim, sim.alice, shown, "Mine", "in my way")
    theirs = await styles(sim, sim.bob)
    await press(sim.bob, theirs, "My styles")
    assert "Mine" not in text_of(theirs.message)


async def test_a_former_manager_cannot_change_styles(sim: SimulatedGuild, manager: Any) -> None:
    shown = await styles(sim, manager)
    await add(sim, manager, shown, "Ink", "in ink")
    sim.env.backend.guilds[sim.guild.id].members[manager.id].role_ids.clear()
    await sim.env.settle()
    for label in ("Edit", "Delete"):
        refused = await press(manager, shown, label)
        assert "Only people who can manage this server" in text_of(refused.response.message)
    (kept,) = await sim.app.services.members.styles(StyleOwner(kind="guild", id=sim.guild.id))
    assert kept.style.text == "in ink"


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("INK", "in ink", "already a style named **INK**"),
        ("-", "in ink", "name must have 1 to"),
        ("Oil", " \n ", "text must have 1 to"),
    ],
)
async def test_an_invalid_style_is_explained(sim: SimulatedGuild, name: str, text: str, says: str) -> None:
    shown = await styles(sim, sim.alice)
    await press(sim.alice, shown, "My styles")
    await add(sim, sim.alice, shown, "Ink", "in ink")
    await press(sim.alice, shown, "Back")
    (refused,) = (await add(sim, sim.alice, shown, name, text)).followups
    assert refused.ephemeral and says in text_of(refused.message)
    (kept,) = await sim.app.services.members.styles(StyleOwner(kind="member", id=sim.alice.id))
    assert kept.style == Style(name="Ink", text="in ink")


async def test_the_style_list_has_pages(sim: SimulatedGuild) -> None:
    owner = StyleOwner(kind="member", id=sim.alice.id)
    names = [f"style {number:02}" for number in range(20)]
    for name in names:
        await sim.app.services.members.add_style(owner, Style(name=name, text="x"))
    shown = await styles(sim, sim.alice)
    await press(sim.alice, shown, "My styles")
    seen: list[str] = []
    for page in range(1, 5):
        seen += [
            f"style {number:02}" for number in range(20) if f"style {number:02}" in text_of(shown.message)
        ]
        await press(sim.alice, shown, f"Page {page} of 4 ›")
    assert seen == names
    assert "style 00" in text_of(shown.message)
    assert next(part for part in buttons_in(shown.message) if part.label == "New style").disabled


async def test_editing_a_deleted_style_is_explained(sim: SimulatedGuild) -> None:
    shown = await styles(sim, sim.alice)
    await press(sim.alice, shown, "My styles")
    await add(sim, sim.alice, shown, "Ink", "in ink")
    (kept,) = await sim.app.services.members.styles(StyleOwner(kind="member", id=sim.alice.id))
    await sim.app.services.members.delete_style(kept)
    refused = await press(sim.alice, shown, "Edit")
    assert "no longer exists" in text_of(refused.response.message)


async def test_the_pages_work_after_a_restart(sim: SimulatedGuild) -> None:
    shown = await styles(sim, sim.alice)
    await sim.env.restart_bot(create_bot(sim.app))
    await press(sim.alice, shown, "My styles")
    await add(sim, sim.alice, shown, "Ink", "in ink")
    assert "Ink" in text_of(shown.message)
