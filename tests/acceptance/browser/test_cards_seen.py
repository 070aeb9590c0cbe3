"""Nothing that a card says goes unseen: each text is on a picture, or there is a reason why not."""

from __future__ import annotations

from bot.ui.i18n.texts import DEFAULT, Texts
from tests.support.browser.card_sheets import SEEN, UNSEEN

SAYING = {"card", "error", "missing", "more", "record", "reminder", "rule"}
"""The sections of texts that stand on cards by themselves."""
KEYS = {key for key in Texts.load().languages[DEFAULT] if key.partition(".")[0] in SAYING}


def test_every_text_of_a_card_is_on_a_picture_or_has_a_reason_not_to_be() -> None:
    pictured = {key for keys in SEEN.values() for key in keys}
    assert KEYS - pictured - UNSEEN.keys() == set()


def test_no_reason_is_left_over() -> None:
    pictured = {key for keys in SEEN.values() for key in keys}
    assert UNSEEN.keys() <= KEYS
    assert UNSEEN.keys() & pictured == set()
    assert all(len(reason) > 20 for reason in UNSEEN.values())
