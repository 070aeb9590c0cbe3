"""Latin words written with letters and signs that only look Latin; honest words of other alphabets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.textfilter.blocklist import Blocklist
from bot.textfilter.lookalikes import SIMILAR
from bot.textfilter.normalize import fold

FILTER = Blocklist(["fuck", "sex", "cop", "kot", "porn", "shit"])

STYLES = {
    "Armenian": "fսck",
    "Cyrillic": "fцсk",
    "Cyrillic capitals": "ЅЕX",
    "faux Cyrillic": "PОЯИ",
    "Greek": "fυck",
    "Cherokee": "ᏚEX",
    "small Cherokee": "ꮪex",
    "Coptic": "fuⲥk",
    "Lisu": "ꓝUCK",
    "Lisu alone": "ꓝꓴꓚꓗ",
    "Canadian syllabics": "ᖴᑌᑕK",
    "Georgian": "pჿrn",
    "Deseret": "fu𐐽k",
    "Osage": "f𐓶ck",
    "Old Italic": "fu𐌂k",
    "Carian": "𐊥uck",
    "Warang Citi": "f𑣘ck",
    "Tifinagh": "pⵔrn",
    "Runic": "fucᛕ",
    "Miao": "f𖽂ck",
    "several alphabets without Latin": "ѕеᕁ",
    "full width": "ｆｕｃｋ",
    "mathematical": "𝖋𝖚𝖈𝖐",
    "double struck": "𝕗𝕦𝕔𝕜",
    "small capitals": "ꜰᴜᴄᴋ",
    "superscripts": "ᶠᵘᶜᵏ",
    "circled": "ⓕⓤⓒⓚ",
    "negative circled": "🅕🅤🅒🅚",
    "squared": "🄵🅄🄲🄺",
    "negative squared": "🅵🆄🅲🅺",
    "regional indicators": "🇫🇺🇨🇰",
    "parenthesized": "⒡⒰⒞⒦",
    "hooks": "ƒųƈƙ",
    "strokes": "ꞙʉȼꝁ",
    "letters of phonetics": "fʋck",
    "currency": "₣Ʉ₵₭",
    "signs": "f∪¢k",
    "emoji": "p⭕rn",
    "digits of other scripts": "p०rn",
    "Thai": "fยck",
    "Han": "千uck",
    "keycaps": "F⃣U⃣C⃣K⃣",
    "digits and lookalikes": "ѕ3х",
    "spelled out": "f υ с k",
    "stretched": "ѕехххх",
}


@pytest.mark.parametrize("style", list(STYLES))
def test_a_word_is_found_in_letters_of_every_style(style: str) -> None:
    assert FILTER.find(f"a picture of {STYLES[style]} now")


@pytest.mark.parametrize(
    "text",
    [
        "հու օր սուր տուն հաց",  # Armenian
        "Հայաստանի Հանրապետություն, հին քաղաք",
        "в комнате сор, тихо",  # Russian
        "кот, мост, порт и рот",
        "a poster with the text «Выбрось сор»",
        "Київ увечері, сонце",
        "μια γάτα και ένα σκυλί",  # Greek
        "ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ",  # Cherokee
        "საქართველო ყველა",  # Georgian
        "ᐃᓄᒃᑎᑐᑦ ᐯᐯ",  # Inuktitut
        "ⵜⴰⵎⴰⵣⵉⵖⵜ",  # Tamazight
        "חתול על הגג",  # Hebrew
        "T恤 USB口 卡拉OK山",
        "iPhone'ы и USB-кабель",
        "5€, 100₽ и €uro",
        "แมว ๑๐ ตัว",
        "ƙasa da ɗaki",  # Hausa
    ],
)
def test_honest_words_of_other_alphabets_are_not_taken_for_latin_ones(text: str) -> None:
    assert FILTER.find(text) is None


@pytest.mark.parametrize("character", [chr(code) for code in SIMILAR])
def test_a_lookalike_is_found_within_a_latin_word(character: str) -> None:
    word = f"qz{SIMILAR[ord(character)]}zq"
    assert fold(character) == character
    assert Blocklist([word]).find(f"a qz{character}zq picture") == word


def test_a_rule_in_its_own_alphabet_is_found_whatever_it_looks_like() -> None:
    for rule in ("сор", "կով", "ᏣᎳᎩ", "σκύλος", "хер"):
        assert Blocklist([rule]).find(f"a {rule} b {rule}") == rule


def test_a_word_alone_is_taken_for_a_latin_one_if_all_its_letters_look_latin() -> None:
    assert FILTER.find("ѕех") == FILTER.find("a ѕех b") == "sex"
    assert FILTER.find("ꓢꓰꓫ") == "sex"


def test_lookalike_capitals_are_read_as_latin_where_most_words_are_latin() -> None:
    assert FILTER.find("draw me a КОТ") == "kot"
    assert FILTER.find("рисунок: КОТ") is None


@given(
    st.lists(st.text("абвгдежзийклмнопрстуфхцчшщъыьэюя", min_size=1, max_size=8), min_size=1).map(" ".join)
)
def test_a_russian_text_with_a_word_that_looks_russian_is_read_as_russian(text: str) -> None:
    assert Blocklist(["sex", "cop", "epoxy", "pop"]).find(f"жук {text}") is None
