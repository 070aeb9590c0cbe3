"""Parsing of options and prompts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ui.intake.messages.prompt_syntax import ParsedPrompt, mentions, parse_prompt, without_mention
from tests.support.processor_time import is_quick

OPTIONS = {
    "16:9": {"ratio": "16:9"},
    "16：9": {"ratio": "16:9"},
    "１６：９": {"ratio": "16:9"},
    "9/16": {"ratio": "9:16"},
    "4K": {"size": "4K"},
    "1k": {"size": "1K"},
    "x3": {"count": 3},
    "×2": {"count": 2},
    "#2": {"picture": 2},
    "--ar 16:9": {"ratio": "16:9"},
    "—ar 16:9": {"ratio": "16:9"},
    "--ar=9/16": {"ratio": "9:16"},
    "--ar 1920x1080": {"ratio": "16:9"},
    "--aspect 3:4": {"ratio": "3:4"},
    "--size 4k": {"size": "4K"},
    "--n 3": {"count": 3},
    "--n3": {"count": 3},
    "--repeat 2": {"count": 2},
    "--N 4": {"count": 4},
}
WORDS = st.lists(
    st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1).filter(
        lambda word: not word.startswith(("-", "—", "–"))
    ),
    min_size=1,
    max_size=8,
)


def is_plain(words: list[str]) -> bool:
    """Whether the words name no picture, and neither start nor end with an option or a comma beside one."""
    if any("#" in word or "＃" in word for word in words):
        return False
    if parse_prompt("x " + words[-1]) != ParsedPrompt(prompt="x " + words[-1]):
        return False
    first = parse_prompt(words[0] + " x", several_pictures=True)
    return words[0][0] not in ",，、;；" and first == ParsedPrompt(prompt=words[0] + " x")


def kind_of(option: str) -> str:
    return next(iter(OPTIONS[option]))


@pytest.mark.parametrize(("option", "means"), OPTIONS.items())
def test_an_option_is_parsed_before_the_prompt(option: str, means: dict[str, object]) -> None:
    phrase = parse_prompt(f"{option} a fox", several_pictures=True)
    assert phrase == ParsedPrompt(prompt="a fox", **means)  # pyright: ignore[reportArgumentType]  # by the table


@pytest.mark.parametrize("option", [option for option in OPTIONS if option[0] not in "-—#＃"])
@pytest.mark.parametrize("text", ["a fox {}", "a fox, {}", "a fox in {}.", "a fox\n{}"])
def test_an_option_is_parsed_after_the_prompt(text: str, option: str) -> None:
    phrase = parse_prompt(text.format(option))
    assert phrase == ParsedPrompt(prompt="a fox", **OPTIONS[option])  # pyright: ignore[reportArgumentType]  # by the table


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("a fox in the snow, 16:9, 4K", {"prompt": "a fox in the snow", "ratio": "16:9", "size": "4K"}),
        ("雪地里的狐狸，16：9、x3", {"prompt": "雪地里的狐狸", "ratio": "16:9", "count": 3}),
        ("2K a fox 16:9 x2 --v 6", {"prompt": "a fox", "ratio": "16:9", "size": "2K", "count": 2}),
        ("2K a fox 4K", {"prompt": "a fox 4K", "size": "2K"}),
        ("a fox 3:2 16:9", {"prompt": "a fox 3:2", "ratio": "16:9"}),
    ],
)
def test_options_after_the_prompt_are_taken_once_each(text: str, means: dict[str, Any]) -> None:
    assert parse_prompt(text) == ParsedPrompt(**means)


@pytest.mark.parametrize("flag", [option for option in OPTIONS if option[0] in "-—"])
def test_a_flag_is_parsed_at_the_end(flag: str) -> None:
    phrase = parse_prompt(f"a fox\nin the snow {flag}")
    assert phrase == ParsedPrompt(prompt="a fox\nin the snow", **OPTIONS[flag])  # pyright: ignore[reportArgumentType]  # by the table


@pytest.mark.parametrize(
    "text",
    [
        "a clock at 16:9 o'clock",
        "a 16:9 screen showing a fox",
        "a fox x5",
        "3/4 view of a car",
        "2/3 of an apple",
        "5:4 a fox",
        "x5 a fox",
        "8K a fox",
        "4K电视里的狐狸",
        "16:9的屏幕",
        "一只狐狸16：9",
        "#1 dad mug",
        "a fox --no trees, snow",
        "a fox --sparkle 3",
        "a fox -- in the snow",
        "a fox — in the snow",
        "a fox —raw and wild— in the snow",
        "well-known --s-curve",
        "a fox --style of old masters",
    ],
)
def test_text_of_the_prompt_stays_in_the_prompt(text: str) -> None:
    assert parse_prompt(text) == ParsedPrompt(prompt=text)


@pytest.mark.parametrize(
    "flags",
    [
        "--v 6",
        "--v 6.1 --stylize 100",
        "--s 250 --c 10 --q .5",
        "--tile",
        "--tile --seed 4",
        "--niji 6",
        "--niji",
        "--style raw",
        "--sref https://example.com/a.png --sw 10",
        "—v 7",
    ],
)
def test_other_bots_flags_are_removed(flags: str) -> None:
    assert parse_prompt(f"a fox {flags}") == ParsedPrompt(prompt="a fox")
    assert parse_prompt(f"{flags}\na fox") == ParsedPrompt(prompt="a fox")


def test_a_foreign_flag_without_its_value_removes_no_other_word() -> None:
    assert parse_prompt("a --tile floor").prompt == "a floor"
    assert parse_prompt("a --v neck").prompt == "a --v neck"


@pytest.mark.parametrize(
    "flag", ["--ar 5:4", "--size 2048", "--n many", "--n 9", "--n 0", "--ar", "--ar 0:0"]
)
def test_a_flag_with_an_unsupported_value_is_rejected(flag: str) -> None:
    assert parse_prompt(f"a fox {flag}") == ParsedPrompt(prompt="a fox", rejected_flags=(flag,))


def test_a_flag_overrides_a_leading_option_and_the_last_flag_wins() -> None:
    phrase = parse_prompt("16:9 a fox --ar 4:3 --ar 3:4")
    assert (phrase.ratio, phrase.prompt) == ("3:4", "a fox")


def test_a_second_option_of_a_kind_belongs_to_the_prompt() -> None:
    assert parse_prompt("4K 4K wallpaper") == ParsedPrompt(prompt="4K wallpaper", size="4K")


def test_options_can_be_separated_by_commas() -> None:
    assert parse_prompt("16:9, 4K，x2 a fox") == ParsedPrompt(
        prompt="a fox", ratio="16:9", size="4K", count=2
    )


def test_a_number_chooses_a_picture_only_among_several() -> None:
    assert parse_prompt("#2 in winter", several_pictures=True) == ParsedPrompt(prompt="in winter", picture=2)
    assert parse_prompt("#2 in winter") == ParsedPrompt(prompt="#2 in winter")


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("in winter #2", "in winter"),
        ("in #2 winter", "in winter"),
        ("make #2, at night", "make , at night"),
        ("改成冬天，#2", "改成冬天，"),
        ("in winter ＃２", "in winter"),
    ],
)
def test_the_number_of_a_picture_may_stand_anywhere(text: str, prompt: str) -> None:
    assert parse_prompt(text, several_pictures=True) == ParsedPrompt(prompt=prompt, picture=2)
    assert parse_prompt(text).picture is None


@pytest.mark.parametrize("text", ["agent #0", "room #123", "C#2", "the #2nd house", "a#2 b"])
def test_other_words_with_the_sign_belong_to_the_prompt(text: str) -> None:
    assert parse_prompt(text, several_pictures=True) == ParsedPrompt(prompt=text)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("<@5> a fox", "a fox"),
        ("<@!5>, a fox", "a fox"),
        ("<@5>：一只狐狸", "一只狐狸"),
        ("a fox <@5>", "a fox"),
        ("hey <@5> draw a fox", "hey draw a fox"),
        ("<@5> <@5> a fox", "a fox"),
        ("<@5> <@7> as a knight, <@8>", "Ada as a knight, <@8>"),
        ("<@5>", ""),
    ],
)
def test_the_bots_mention_is_removed_and_others_become_names(text: str, rest: str) -> None:
    assert mentions(text, 5)
    assert without_mention(text, 5, {7: "Ada"}) == rest


def test_a_mention_of_another_user_does_not_count() -> None:
    assert not mentions("<@55> <@&5> @5 5", 5)


def test_a_mention_of_the_bots_role_counts() -> None:
    assert mentions("<@&7> a fox", 5, 7)
    assert without_mention("<@&7> a fox <@5>", 5, {}, 7) == "a fox"


@pytest.mark.parametrize(
    "text",
    [
        "`<@5> a fox`",
        "``<@5> a `quick` fox``",
        "  > <@5> a fox",
        "look:\n >>> quoted\n<@5> a fox",
        ">>> <@5> a fox",
        "see ```\n<@5> a fox\n``` for an example",
        "> <@5> a fox\nnice one",
        "look:\n>>> quoted\n<@5> a fox",
    ],
)
def test_a_mention_in_code_or_a_quote_does_not_count(text: str) -> None:
    assert not mentions(text, 5)
    assert mentions(f"<@5> {text}", 5)


@pytest.mark.parametrize("text", ["> quote\n<@5> a fox", "`code` <@5>", "an ` alone <@5>", ">no quote <@5>"])
def test_a_mention_beside_code_or_a_quote_counts(text: str) -> None:
    assert mentions(text, 5)


PUMPED = [
    *("\n", " ", "\u3000", "\t", "--", "—", "--ar ", "--v ", "--a"),
    *("<@5>", "<@5> ", " <@5>", "<@", "`", "```", "> ", ">>> "),
]


@pytest.mark.parametrize("ends", [("", ""), ("a", "b"), ("<@5>", "b"), ("--ar", "--v")])
@pytest.mark.parametrize("pumped", PUMPED)
def test_the_time_to_parse_is_linear_in_the_length(pumped: str, ends: tuple[str, str]) -> None:
    text = ends[0] + pumped * (4000 // len(pumped)) + ends[1]

    def parse() -> None:
        if mentions(text, 5):
            parse_prompt(without_mention(text, 5, {}), several_pictures=True)
        else:
            parse_prompt(text, several_pictures=True)

    assert is_quick(parse, 0.02)


@given(
    st.text()
    | st.lists(st.sampled_from([*OPTIONS, "--", "—", "--ar", "<@5>", "#", "x", "\n", "：", "a"])).map(
        " ".join
    )
)
def test_any_text_is_parsed_and_no_word_is_invented(text: str) -> None:
    for several_pictures in (False, True):
        phrase = parse_prompt(without_mention(text, 5, {}), several_pictures=several_pictures)
        words = iter(without_mention(text, 5, {}).split())
        assert all(
            any(word == other or other.endswith(word) for other in words) for word in phrase.prompt.split()
        )


@given(WORDS.filter(is_plain))
def test_a_text_without_options_is_the_prompt_unchanged(words: list[str]) -> None:
    text = " ".join(words)
    assert parse_prompt(text, several_pictures=True) == ParsedPrompt(prompt=text)
    assert parse_prompt(parse_prompt(text).prompt) == parse_prompt(text)


@given(
    st.lists(st.sampled_from(list(OPTIONS)), unique_by=kind_of),
    WORDS.filter(is_plain),
    st.sampled_from([" ", "  ", "\n", ", ", "，"]),
    st.booleans(),
)
def test_options_in_any_order_leave_the_prompt_intact(
    options: list[str], words: list[str], gap: str, at_end: bool
) -> None:
    flags = [option for option in options if at_end and option[0] in "-—"]
    leading = [option for option in options if option not in flags]
    # A flag and its value are separated by a space only, so the separator varies after plain options only.
    text = "".join(option + (gap if option[0] not in "-—" else " ") for option in leading)
    phrase = parse_prompt(" ".join([text + " ".join(words), *flags]), several_pictures=True)
    meant = {kind: value for option in options for kind, value in OPTIONS[option].items()}
    assert phrase == ParsedPrompt(prompt=" ".join(words), **meant)  # pyright: ignore[reportArgumentType]  # by the table
