"""Every text of a card is in a picture, or has a reason why not."""

from __future__ import annotations

from bot.ui.i18n.texts import DEFAULT, Texts
from tests.support.browser.card_sheets import CARD_TEXTS, UNPICTURED

CARD_SECTIONS = {"card", "error", "missing", "more", "record", "reminder", "rule"}
"""The sections of texts that appear on cards."""
KEYS = {key for key in Texts.load().languages[DEFAULT] if key.partition(".")[0] in CARD_SECTIONS}


def test_every_text_of_a_card_is_on_a_picture_or_has_a_reason_not_to_be() -> None:
    pictured = {key for keys in CARD_TEXTS.values() for key in keys}
    assert KEYS - pictured - UNPICTURED.keys() == set()


def test_no_reason_is_left_over() -> None:
    pictured = {key for keys in CARD_TEXTS.values() for key in keys}
    assert UNPICTURED.keys() <= KEYS
    assert UNPICTURED.keys() & pictured == set()
    assert all(len(reason) > 20 for reason in UNPICTURED.values())
