"""Styles and preferences in requests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord
import pytest

from bot.domain.models import Style, StyleOwner
from tests.support.in_process.guild import SimulatedGuild
from tests.support.in_process.message_parts import buttons_of, file_urls, text_of
from tests.support.photos import photo

INK = Style(name="Ink", text="in loose ink wash")
PHOTO = photo(640, 480)


async def keep(sim: SimulatedGuild, style: Style, *, owner: Any = None) -> None:
    """Add a style of the server or of ``owner``."""
    kind, number = ("member", owner.id) if owner else ("guild", sim.guild.id)
    await sim.app.services.members.add_style(StyleOwner(kind=kind, id=number), style)


async def prefer(sim: SimulatedGuild, **choices: Any) -> None:
    await sim.app.services.members.change_preferences(sim.alice.id, lambda old: replace(old, **choices))


async def settings(sim: SimulatedGuild, **changes: Any) -> None:
    await sim.app.stores.guilds.change(sim.guild.id, 1, lambda old: replace(old, **changes))


async def imagine(sim: SimulatedGuild, person: Any = None, **options: Any) -> Any:
    return await (person or sim.alice).slash(sim.channel, "imagine", prompt="a fox", **options)


async def test_the_text_of_a_style_follows_the_prompt_and_the_card_names_it(sim: SimulatedGuild) -> None:
    await keep(sim, INK)
    await imagine(sim, style="ink", size="1K")
    assert sim.relay_requests[0]["prompt"] == "a fox\nin loose ink wash"
    assert "> a fox" in sim.card and "loose ink" not in sim.card
    assert "1024×1024 · Ink · " in sim.card


async def test_both_remixes_take_a_style(sim: SimulatedGuild) -> None:
    await keep(sim, INK)
    shown = await sim.bob.send(sim.channel, "look", attachments=[("photo.jpg", PHOTO)])
    await sim.alice.slash(sim.channel, "remix", url=shown.jump_url, prompt="x", style="Ink", size="1K")
    await sim.alice.slash(
        sim.channel, "remix-file", image=("photo.jpg", PHOTO), prompt="y", style="Ink", size="1K"
    )
    assert [asked["prompt"] for asked in sim.relay_requests] == [
        "x\nin loose ink wash",
        "y\nin loose ink wash",
    ]


async def test_a_members_style_hides_the_servers_style_of_the_same_name(sim: SimulatedGuild) -> None:
    await keep(sim, INK)
    await keep(sim, Style(name="INK", text="in my own ink"), owner=sim.alice)
    await imagine(sim, style="Ink", size="1K")
    await imagine(sim, sim.bob, style="Ink", size="1K")
    assert [asked["prompt"] for asked in sim.relay_requests] == [
        "a fox\nin my own ink",
        "a fox\nin loose ink wash",
    ]


async def test_an_unknown_style_is_refused(sim: SimulatedGuild) -> None:
    await keep(sim, INK, owner=sim.bob)
    result = await imagine(sim, style="Ink")
    told = result.followups[0].message if result.followups else result.response.message
    assert "no style named **Ink** here" in text_of(told)
    assert not sim.relay_requests


async def test_styles_are_offered_by_name_and_text_while_typing(sim: SimulatedGuild) -> None:
    await keep(sim, INK)
    await keep(sim, Style(name="Oil", text="in thick oil"), owner=sim.alice)
    await keep(sim, Style(name="Secret", text="x"), owner=sim.bob)
    for command in ("imagine", "remix", "remix-file"):
        choices = await sim.alice.autocomplete(sim.channel, command, "style", "")
        assert [(choice["name"], choice["value"]) for choice in choices] == [
            ("Oil · in thick oil", "Oil"),
            ("Ink · in loose ink wash", "Ink"),
            ("No style", "-"),
        ]
    choices = await sim.alice.autocomplete(sim.channel, "imagine", "style", "LOOSE")
    assert [choice["value"] for choice in choices] == ["Ink", "-"]


async def test_again_keeps_the_style_as_it_was(sim: SimulatedGuild) -> None:
    await keep(sim, INK, owner=sim.alice)
    await imagine(sim, style="Ink", size="1K")
    (kept,) = await sim.app.services.members.styles(StyleOwner(kind="member", id=sim.alice.id))
    await sim.app.services.members.delete_style(kept)
    await sim.press(sim.bob, "Again")
    assert sim.relay_requests[1]["prompt"] == "a fox\nin loose ink wash"
    assert " · Ink · " in sim.card


async def test_edit_keeps_changes_or_drops_the_style(sim: SimulatedGuild) -> None:
    await keep(sim, INK, owner=sim.alice)
    await keep(sim, Style(name="Oil", text="in thick oil"))
    await imagine(sim, style="Ink", size="1K")
    card = sim.message
    for style, asked in ((None, "in loose ink wash"), ("Oil", "in thick oil"), ("-", None)):
        shown = await sim.press(sim.bob, "Edit", card)
        await sim.fill(sim.bob, shown, prompt="an owl", **({"style": style} if style else {}))
        assert sim.relay_requests[-1]["prompt"] == (f"an owl\n{asked}" if asked else "an owl")


async def test_a_form_without_available_styles_has_no_style_menu(sim: SimulatedGuild) -> None:
    await imagine(sim, size="1K")
    shown = await sim.press(sim.alice, "Edit")
    assert [label["label"] for label in shown.modal["components"]] == ["Prompt", "Ratio", "Size", "Pictures"]


async def keep_many(sim: SimulatedGuild) -> None:
    """Add as many styles of the server and of Alice as there can be: 45."""
    for number in range(25):
        await keep(sim, Style(name=f"server {number}", text=f"text {number}"))
        if number < 20:
            await keep(sim, Style(name=f"own {number}", text="x"), owner=sim.alice)


async def test_a_full_form_takes_the_names_of_styles_that_no_menu_could_show(sim: SimulatedGuild) -> None:
    await keep_many(sim)
    await imagine(sim, style="server 24", size="1K")
    card = sim.message
    shown = await sim.press(sim.alice, "Edit", card)
    (style,) = [part for part in shown.modal["components"] if part["label"] == "Style"]
    assert style["component"]["value"] == "server 24" and "45" in style["description"]
    await sim.fill(sim.alice, shown, prompt="an owl", style="SERVER 9")
    assert sim.relay_requests[-1]["prompt"] == "an owl\ntext 9"
    shown = await sim.press(sim.alice, "Edit", card)
    await sim.fill(sim.alice, shown, prompt="a crow")
    assert sim.relay_requests[-1]["prompt"] == "a crow\ntext 24"
    shown = await sim.press(sim.alice, "Edit", card)
    refused = await sim.fill(sim.alice, shown, style="server 99")
    assert "no style named **server 99**" in text_of(refused.response.message)


async def test_styles_beyond_those_offered_are_found_by_typing(sim: SimulatedGuild) -> None:
    await keep_many(sim)
    choices = await sim.alice.autocomplete(sim.channel, "imagine", "style", "")
    assert len(choices) == 25 and choices[-1]["name"] == "No style"
    choices = await sim.alice.autocomplete(sim.channel, "imagine", "style", "server 24")
    assert [choice["value"] for choice in choices] == ["server 24", "-"]


async def test_a_preferred_style_that_is_not_in_the_menu_is_typed(sim: SimulatedGuild) -> None:
    few = (await sim.alice.slash(sim.channel, "preferences")).response
    assert "Type a style's name" not in buttons_of(few.message)
    await keep_many(sim)
    page = (await sim.alice.slash(sim.channel, "preferences")).response
    assert "Style · 24 of 45 shown" in text_of(page.message)
    shown = await sim.alice.click(page, custom_id="preference:style-name")
    await sim.fill(sim.alice, shown, style="SERVER 24")
    assert (await sim.app.services.members.preferences(sim.alice.id)).style == "server 24"
    shown = await sim.alice.click(page, custom_id="preference:style-name")
    refused = await sim.fill(sim.alice, shown, style="server 99")
    assert "no style named **server 99**" in text_of(refused.followups[-1].message)
    shown = await sim.alice.click(page, custom_id="preference:style-name")
    await sim.fill(sim.alice, shown, style="")
    assert (await sim.app.services.members.preferences(sim.alice.id)).style is None


async def test_more_shows_the_text_of_the_style(sim: SimulatedGuild) -> None:
    await keep(sim, INK, owner=sim.alice)
    await imagine(sim, style="Ink", size="1K")
    more = text_of((await sim.press(sim.bob, "More")).response.message)
    assert "Ink" in more and "in loose ink wash" in more and "a fox" in more


async def test_a_style_shows_its_newest_result(sim: SimulatedGuild) -> None:
    await keep(sim, INK)
    await imagine(sim, style="Ink", size="1K")
    card = sim.message
    shown = await sim.bob.slash(sim.channel, "styles")
    assert file_urls(card)[0].rpartition("/")[2] in str(shown.response.message.components)


async def test_a_styles_result_in_an_unreadable_channel_is_not_shown(sim: SimulatedGuild) -> None:
    await keep(sim, INK)
    nobody = discord.PermissionOverwrite(view_channel=False)
    seen = discord.PermissionOverwrite(view_channel=True)
    overwrites = {sim.guild.default_role: nobody, sim.moderator: seen, sim.bot.user: seen}
    hidden = sim.guild.create_text_channel("staff", overwrites=overwrites)
    await sim.moderator.slash(hidden, "imagine", prompt="a secret", style="Ink", size="1K")
    shown = await sim.bob.slash(sim.channel, "styles")
    assert "Ink" in text_of(shown.response.message)
    assert "attachments" not in str(shown.response.message.components)


async def test_preferences_fill_in_omitted_options(sim: SimulatedGuild) -> None:
    await keep(sim, INK)
    await prefer(sim, ratio="16:9", size="1K", style="Ink")
    await imagine(sim)
    await imagine(sim, ratio="1:1", size="2K", style="-")
    assert sim.relay_requests[0] | {"model": ""} == {
        "prompt": "a fox\nin loose ink wash",
        "aspectRatio": "16:9",
        "size": "1K",
        "model": "",
    }
    assert (
        sim.relay_requests[1]["prompt"],
        sim.relay_requests[1]["aspectRatio"],
        sim.relay_requests[1]["size"],
    ) == (
        "a fox",
        "1:1",
        "2K",
    )


@pytest.mark.parametrize(
    ("own", "server", "asked"),
    [
        ({}, {}, ("1:1", "2K")),
        ({}, {"ratio": "3:2", "size": "1K"}, ("3:2", "1K")),
        ({"ratio": "9:16"}, {"ratio": "3:2", "size": "1K"}, ("9:16", "1K")),
        ({"size": "4K"}, {"largest": "2K"}, ("1:1", "2K")),
        ({"size": "1K"}, {"largest": "2K", "size": "4K"}, ("1:1", "1K")),
    ],
)
async def test_preferences_override_the_servers_defaults_within_its_limits(
    sim: SimulatedGuild, own: dict[str, Any], server: dict[str, Any], asked: tuple[str, str]
) -> None:
    await prefer(sim, **own)
    await settings(sim, **server)
    await imagine(sim)
    assert (sim.relay_requests[0]["aspectRatio"], sim.relay_requests[0]["size"]) == asked


async def test_a_preferred_style_that_does_not_exist_here_is_ignored(sim: SimulatedGuild) -> None:
    await prefer(sim, style="of another server")
    await imagine(sim, size="1K")
    assert sim.relay_requests[0]["prompt"] == "a fox"


async def test_a_context_menus_form_starts_with_the_preferences(sim: SimulatedGuild) -> None:
    await keep(sim, INK)
    await prefer(sim, size="1K", style="Ink")
    shown = await sim.bob.send(sim.channel, "look", attachments=[("photo.jpg", PHOTO)])
    form = await sim.alice.context_menu(sim.channel, "Remix", shown)
    await sim.fill(sim.alice, form, prompt="at night")
    assert (
        sim.relay_requests[0]["prompt"] == "at night\nin loose ink wash"
        and sim.relay_requests[0]["size"] == "1K"
    )


async def test_a_servers_blocked_words_apply_to_styles(sim: SimulatedGuild) -> None:
    await keep(sim, Style(name="Red", text="in blood red"), owner=sim.alice)
    await settings(sim, blocked_words=("blood",))
    result = await imagine(sim, style="Red", size="1K")
    told = result.followups[0].message if result.followups else result.response.message
    assert "words that aren't allowed in this server" in text_of(told)
    assert not sim.relay_requests
