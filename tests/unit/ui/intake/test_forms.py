"""Forms say what their menus leave out, and refuse values that no menu offers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bot.domain.errors import RuleBroken
from bot.domain.models import ComparedModel, Draft, ImageRequest, Style
from bot.ui.components import selected_value
from bot.ui.i18n.texts import Texts
from bot.ui.intake.forms.modals import RequestModal

TEXTS = Texts.load()
DRAFT = Draft(kind="remix", request=ImageRequest(prompt=""))
STYLES = [Style(name=f"style {number}", text="x") for number in range(45)]


def fields(**more: Any) -> list[dict[str, Any]]:
    errors: Any = None  # not used before it is submitted

    async def submit(*_: Any) -> None: ...

    modal = RequestModal(TEXTS, errors, "en", DRAFT, submit, remix=True, **more)
    return modal.to_dict()["components"]


async def test_a_form_never_has_more_fields_than_discord_allows() -> None:
    for styles in ([], STYLES[:3], STYLES[:24], STYLES):
        assert len(fields(styles=styles)) <= 5


async def test_all_of_twenty_four_styles_are_in_the_menu() -> None:
    style = fields(styles=STYLES[:24])[3]
    assert len(style["component"]["options"]) == 25 and not style.get("description")


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


async def test_the_form_of_an_edit_asks_how_many_and_never_has_more_fields_than_allowed() -> None:
    errors: Any = None  # not used before it is submitted

    async def submit(*_: Any) -> None: ...

    draft = Draft(kind="imagine", request=ImageRequest(prompt="a fox"), count=3)
    for styles in ([], STYLES[:3], STYLES):
        modal = RequestModal(TEXTS, errors, "en", draft, submit, remix=False, styles=styles)
        shown = modal.to_dict()["components"]
        assert len(shown) <= 5
        options = shown[-1]["component"]["options"]
        assert [option["label"] for option in options if option.get("default")] == ["3"]
        assert len(options) == 4


async def test_a_comparison_is_edited_with_one_picture_by_each_model() -> None:
    errors: Any = None  # not used before it is submitted

    async def submit(*_: Any) -> None: ...

    compared = tuple(ComparedModel(model=name, ratio="1:1", size="2K") for name in ("a", "b"))
    draft = Draft(kind="imagine", request=ImageRequest(prompt="a fox"), count=2, compared=compared)
    shown = RequestModal(TEXTS, errors, "en", draft, submit, remix=False).to_dict()["components"]
    assert [label["label"] for label in shown] == ["Prompt", "Ratio", "Size"]
