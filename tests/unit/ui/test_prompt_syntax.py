"""Options and prompts, read from what people write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ui.intake.prompt_syntax import Phrase, is_addressed, read, without_mention

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
    """Whether no option can be seen at the beginning, nor a comma that parts one from the prompt."""
    first = read(words[0] + " x", choosing=True)
    return words[0][0] not in ",，、;；" and first == Phrase(prompt=words[0] + " x")


def kind_of(option: str) -> str:
    return next(iter(OPTIONS[option]))


@pytest.mark.parametrize(("option", "means"), OPTIONS.items())
def test_an_option_is_read_before_the_prompt(option: str, means: dict[str, object]) -> None:
    phrase = read(f"{option} a fox", choosing=True)
    assert phrase == Phrase(prompt="a fox", **means)  # pyright: ignore[reportArgumentType]  # by the table


@pytest.mark.parametrize("flag", [option for option in OPTIONS if option[0] in "-—"])
def test_a_flag_is_read_at_the_end_too(flag: str) -> None:
    phrase = read(f"a fox\nin the snow {flag}")
    assert phrase == Phrase(prompt="a fox\nin the snow", **OPTIONS[flag])  # pyright: ignore[reportArgumentType]  # by the table


@pytest.mark.parametrize(
    "text",
    [
        "a clock at 16:9 o'clock",
        "a fox 4K",
        "a 16:9 screen showing x3",
        "3/4 view of a car",
        "2/3 of an apple",
        "5:4 a fox",
        "x5 a fox",
        "8K a fox",
        "4K电视里的狐狸",
        "16:9的屏幕",
        "一只狐狸 16：9",
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
def test_what_is_part_of_the_prompt_stays_there(text: str) -> None:
    assert read(text) == Phrase(prompt=text)


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
def test_other_bots_knobs_are_left_out(flags: str) -> None:
    assert read(f"a fox {flags}") == Phrase(prompt="a fox")
    assert read(f"{flags}\na fox") == Phrase(prompt="a fox")


def test_a_knob_without_its_value_takes_no_word_with_it() -> None:
    assert read("a --tile floor").prompt == "a floor"
    assert read("a --v neck").prompt == "a --v neck"


@pytest.mark.parametrize(
    "flag", ["--ar 5:4", "--size 2048", "--n many", "--n 9", "--n 0", "--ar", "--ar 0:0"]
)
def test_a_flag_with_a_value_that_is_not_offered_is_named(flag: str) -> None:
    assert read(f"a fox {flag}") == Phrase(prompt="a fox", refused=(flag,))


def test_a_flag_is_meant_more_than_a_bare_word_and_the_last_flag_most() -> None:
    phrase = read("16:9 a fox --ar 4:3 --ar 3:4")
    assert (phrase.ratio, phrase.prompt) == ("3:4", "a fox")


def test_the_second_of_a_kind_is_part_of_the_prompt() -> None:
    assert read("4K 4K wallpaper") == Phrase(prompt="4K wallpaper", size="4K")


def test_options_may_have_commas_between_them() -> None:
    assert read("16:9, 4K，x2 a fox") == Phrase(prompt="a fox", ratio="16:9", size="4K", count=2)


def test_a_number_names_a_picture_only_where_there_are_several() -> None:
    assert read("#2 in winter", choosing=True) == Phrase(prompt="in winter", picture=2)
    assert read("#2 in winter") == Phrase(prompt="#2 in winter")


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
def test_the_mention_goes_and_other_peoples_become_names(text: str, rest: str) -> None:
    assert is_addressed(text, 5)
    assert without_mention(text, 5, {7: "Ada"}) == rest


def test_another_ones_mention_is_none() -> None:
    assert not is_addressed("<@55> <@&5> @5 5", 5)


@given(
    st.text()
    | st.lists(st.sampled_from([*OPTIONS, "--", "—", "--ar", "<@5>", "#", "x", "\n", "：", "a"])).map(
        " ".join
    )
)
def test_nothing_makes_it_stumble_and_no_word_is_made_up(text: str) -> None:
    for choosing in (False, True):
        phrase = read(without_mention(text, 5, {}), choosing=choosing)
        words = iter(without_mention(text, 5, {}).split())
        assert all(
            any(word == other or other.endswith(word) for other in words) for word in phrase.prompt.split()
        )


@given(WORDS.filter(is_plain))
def test_a_text_without_options_is_the_prompt_as_it_is(words: list[str]) -> None:
    text = " ".join(words)
    assert read(text, choosing=True) == Phrase(prompt=text)
    assert read(read(text).prompt) == read(text)


@given(
    st.lists(st.sampled_from(list(OPTIONS)), unique_by=kind_of),
    WORDS.filter(is_plain),
    st.sampled_from([" ", "  ", "\n", ", ", "，"]),
    st.booleans(),
)
def test_options_in_any_order_take_no_word_of_the_prompt(
    options: list[str], words: list[str], gap: str, at_end: bool
) -> None:
    flags = [option for option in options if at_end and option[0] in "-—"]
    leading = [option for option in options if option not in flags]
    # Flags hold together by spaces alone, so only what follows bare words is varied.
    text = "".join(option + (gap if option[0] not in "-—" else " ") for option in leading)
    phrase = read(" ".join([text + " ".join(words), *flags]), choosing=True)
    meant = {kind: value for option in options for kind, value in OPTIONS[option].items()}
    assert phrase == Phrase(prompt=" ".join(words), **meant)  # pyright: ignore[reportArgumentType]  # by the table
