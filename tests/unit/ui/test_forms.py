"""Forms say what their menus leave out, and refuse values that no menu offers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bot.domain.errors import RuleBroken
from bot.domain.models import Draft, ImageRequest, Style
from bot.ui.components import selected_value
from bot.ui.i18n.texts import Texts
from bot.ui.intake.media import Media
from bot.ui.intake.modals import RequestModal

TEXTS = Texts.load()
DRAFT = Draft(kind="remix", request=ImageRequest(prompt=""))
STYLES = [Style(name=f"style {number}", text="x") for number in range(45)]


def pictures(count: int) -> list[Media]:
    return [
        Media(
            url=f"https://cdn.discordapp.com/{number}.png",
            content_type="image/png",
            width=20,
            height=20,
            size=9,
            spoiler=False,
        )
        for number in range(count)
    ]


def fields(**more: Any) -> list[dict[str, Any]]:
    errors: Any = None  # not used before it is submitted

    async def submit(*_: Any) -> None: ...

    modal = RequestModal(TEXTS, errors, "en", DRAFT, submit, remix=True, **more)
    return modal.to_dict()["components"]


async def test_a_form_never_has_more_fields_than_discord_allows() -> None:
    for styles in ([], STYLES[:3], STYLES[:24], STYLES):
        for count in (1, 2, 30):
            assert len(fields(styles=styles, pictures=pictures(count))) <= 5


async def test_all_of_twenty_four_styles_are_in_the_menu() -> None:
    style = fields(styles=STYLES[:24])[3]
    assert len(style["component"]["options"]) == 25 and not style.get("description")


async def test_a_form_without_room_for_both_takes_the_name_of_a_style() -> None:
    style = fields(styles=STYLES, pictures=pictures(2))[3]
    assert style["description"] == "45 styles. Type a name, or leave this empty for none."
    assert "options" not in style["component"] and style["component"]["required"] is False


async def test_a_form_says_how_to_reach_the_pictures_it_leaves_out() -> None:
    picture = fields(pictures=pictures(30))[-1]
    assert len(picture["component"]["options"]) == 25
    assert picture["description"] == "25 of 30 shown. For others, put #26 after the message link in /remix."
    assert not fields(pictures=pictures(25))[-1].get("description")


@pytest.mark.parametrize("values", [[], ["2K", "4K"], ["99:1"], [""]])
def test_a_value_that_a_menu_does_not_offer_is_refused(values: list[str]) -> None:
    select: Any = SimpleNamespace(
        values=values, options=[SimpleNamespace(value=size) for size in ("2K", "4K")]
    )
    with pytest.raises(RuleBroken) as caught:
        selected_value(select)
    assert caught.value.rule == "choice-gone"


def test_an_offered_value_is_returned() -> None:
    select: Any = SimpleNamespace(values=["4K"], options=[SimpleNamespace(value="4K")])
    assert selected_value(select) == "4K"
