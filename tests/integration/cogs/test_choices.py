"""Styles and preferences in requests: what is asked for where a style is named, or nothing is said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord
import pytest

from bot.demo.painter.paint import encode, paint
from bot.domain.models import Style, StyleOwner
from tests.support.in_process.guild import Town, text_of

INK = Style(name="Ink", text="in loose ink wash")
PHOTO = encode(paint("a castle on a hill", width=640, height=480), "jpeg")


async def keep(town: Town, style: Style, *, owner: Any = None) -> None:
    """Keep a style: a person's own, or the server's."""
    kind, number = ("member", owner.id) if owner else ("guild", town.guild.id)
    await town.app.personal.add_style(StyleOwner(kind=kind, id=number), style)


async def prefer(town: Town, **choices: Any) -> None:
    await town.app.personal.choose(town.alice.id, lambda old: replace(old, **choices))


async def settings(town: Town, **changes: Any) -> None:
    await town.app.guilds.change(town.guild.id, 1, lambda old: replace(old, **changes))


async def imagine(town: Town, person: Any = None, **options: Any) -> Any:
    return await (person or town.alice).slash(town.channel, "imagine", prompt="a fox", **options)


async def test_the_text_of_a_style_follows_the_prompt_and_the_card_names_it(town: Town) -> None:
    await keep(town, INK)
    await imagine(town, style="ink", size="1K")
    assert town.asked[0]["prompt"] == "a fox\nin loose ink wash"
    assert "> a fox" in town.card and "loose ink" not in town.card
    assert "1024×1024 · Ink · " in town.card


async def test_both_remixes_take_a_style(town: Town) -> None:
    await keep(town, INK)
    shown = await town.bob.send(town.channel, "look", attachments=[("photo.jpg", PHOTO)])
    await town.alice.slash(town.channel, "remix", url=shown.jump_url, prompt="x", style="Ink", size="1K")
    await town.alice.slash(
        town.channel, "remix-file", image=("photo.jpg", PHOTO), prompt="y", style="Ink", size="1K"
    )
    assert [asked["prompt"] for asked in town.asked] == ["x\nin loose ink wash", "y\nin loose ink wash"]


async def test_ones_own_style_goes_before_the_servers_of_that_name(town: Town) -> None:
    await keep(town, INK)
    await keep(town, Style(name="INK", text="in my own ink"), owner=town.alice)
    await imagine(town, style="Ink", size="1K")
    await imagine(town, town.bob, style="Ink", size="1K")
    assert [asked["prompt"] for asked in town.asked] == ["a fox\nin my own ink", "a fox\nin loose ink wash"]


async def test_an_unknown_style_gets_words_and_draws_nothing(town: Town) -> None:
    await keep(town, INK, owner=town.bob)
    result = await imagine(town, style="Ink")
    told = result.followups[0].message if result.followups else result.response.message
    assert "no style called **Ink** here" in text_of(told)
    assert not town.asked


async def test_styles_are_offered_by_name_and_text_as_one_types(town: Town) -> None:
    await keep(town, INK)
    await keep(town, Style(name="Oil", text="in thick oil"), owner=town.alice)
    await keep(town, Style(name="Secret", text="x"), owner=town.bob)
    for command in ("imagine", "remix", "remix-file"):
        choices = await town.alice.autocomplete(town.channel, command, "style", "")
        assert [(choice["name"], choice["value"]) for choice in choices] == [
            ("Oil · in thick oil", "Oil"),
            ("Ink · in loose ink wash", "Ink"),
            ("No style", "-"),
        ]
    choices = await town.alice.autocomplete(town.channel, "imagine", "style", "LOOSE")
    assert [choice["value"] for choice in choices] == ["Ink", "-"]


async def test_again_keeps_the_style_as_it_was(town: Town) -> None:
    await keep(town, INK, owner=town.alice)
    await imagine(town, style="Ink", size="1K")
    (kept,) = await town.app.personal.styles(StyleOwner(kind="member", id=town.alice.id))
    await town.app.personal.delete_style(kept)
    await town.press(town.bob, "Again")
    assert town.asked[1]["prompt"] == "a fox\nin loose ink wash"
    assert " · Ink · " in town.card


async def test_edit_keeps_changes_or_drops_the_style(town: Town) -> None:
    await keep(town, INK, owner=town.alice)
    await keep(town, Style(name="Oil", text="in thick oil"))
    await imagine(town, style="Ink", size="1K")
    card = town.message
    for style, asked in ((None, "in loose ink wash"), ("Oil", "in thick oil"), ("-", None)):
        shown = await town.press(town.bob, "Edit", card)
        await town.fill(town.bob, shown, prompt="an owl", **({"style": style} if style else {}))
        assert town.asked[-1]["prompt"] == (f"an owl\n{asked}" if asked else "an owl")


async def test_a_form_without_any_style_to_choose_asks_for_none(town: Town) -> None:
    await imagine(town, size="1K")
    shown = await town.press(town.alice, "Edit")
    assert [label["label"] for label in shown.modal["components"]] == ["Prompt", "Ratio", "Size"]


async def test_however_many_styles_there_are_a_form_can_be_shown(town: Town) -> None:
    for number in range(25):
        await keep(town, Style(name=f"server {number}", text="x"))
        if number < 20:
            await keep(town, Style(name=f"own {number}", text="x"), owner=town.alice)
    await imagine(town, style="server 24", size="1K")
    shown = await town.press(town.alice, "Edit")
    (styles,) = [part["component"] for part in shown.modal["components"] if part["label"] == "Style"]
    assert [option["value"] for option in styles["options"] if option.get("default")] == ["server 24"]
    assert len(styles["options"]) == 25
    choices = await town.alice.autocomplete(town.channel, "imagine", "style", "")
    assert len(choices) == 25 and choices[-1]["name"] == "No style"


async def test_more_shows_what_a_style_adds_as_it_shows_the_prompt(town: Town) -> None:
    await keep(town, INK, owner=town.alice)
    await imagine(town, style="Ink", size="1K")
    more = text_of((await town.press(town.bob, "More")).response.message)
    assert "Ink" in more and "in loose ink wash" in more and "a fox" in more


async def test_a_style_shows_its_newest_result(town: Town) -> None:
    await keep(town, INK)
    await imagine(town, style="Ink", size="1K")
    card = town.message
    shown = await town.bob.slash(town.channel, "styles")
    assert card.attachments[0].filename in str(shown.response.message.components)


async def test_a_result_in_a_channel_that_one_can_not_see_is_not_shown(town: Town) -> None:
    await keep(town, INK)
    nobody = discord.PermissionOverwrite(view_channel=False)
    seen = discord.PermissionOverwrite(view_channel=True)
    overwrites = {town.guild.default_role: nobody, town.moderator: seen, town.bot.user: seen}
    hidden = town.guild.create_text_channel("staff", overwrites=overwrites)
    await town.moderator.slash(hidden, "imagine", prompt="a secret", style="Ink", size="1K")
    shown = await town.bob.slash(town.channel, "styles")
    assert "Ink" in text_of(shown.response.message)
    assert "attachments" not in str(shown.response.message.components)


async def test_preferences_hold_where_nothing_is_said(town: Town) -> None:
    await keep(town, INK)
    await prefer(town, ratio="16:9", size="1K", style="Ink")
    await imagine(town)
    await imagine(town, ratio="1:1", size="2K", style="-")
    assert town.asked[0] | {"model": ""} == {
        "prompt": "a fox\nin loose ink wash",
        "aspectRatio": "16:9",
        "size": "1K",
        "model": "",
    }
    assert (town.asked[1]["prompt"], town.asked[1]["aspectRatio"], town.asked[1]["size"]) == (
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
async def test_ones_own_choice_goes_before_the_servers_within_what_it_allows(
    town: Town, own: dict[str, Any], server: dict[str, Any], asked: tuple[str, str]
) -> None:
    await prefer(town, **own)
    await settings(town, **server)
    await imagine(town)
    assert (town.asked[0]["aspectRatio"], town.asked[0]["size"]) == asked


async def test_a_preferred_style_that_is_not_here_is_left_out(town: Town) -> None:
    await prefer(town, style="of another server")
    await imagine(town, size="1K")
    assert town.asked[0]["prompt"] == "a fox"


async def test_a_menus_form_begins_with_what_one_prefers(town: Town) -> None:
    await keep(town, INK)
    await prefer(town, size="1K", style="Ink")
    shown = await town.bob.send(town.channel, "look", attachments=[("photo.jpg", PHOTO)])
    form = await town.alice.context_menu(town.channel, "Remix", shown)
    await town.fill(town.alice, form, prompt="at night")
    assert town.asked[0]["prompt"] == "at night\nin loose ink wash" and town.asked[0]["size"] == "1K"


async def test_a_servers_blocked_words_hold_for_styles_too(town: Town) -> None:
    await keep(town, Style(name="Red", text="in blood red"), owner=town.alice)
    await settings(town, blocked_words=("blood",))
    result = await imagine(town, style="Red", size="1K")
    told = result.followups[0].message if result.followups else result.response.message
    assert "words that this server doesn't allow" in text_of(told)
    assert not town.asked
