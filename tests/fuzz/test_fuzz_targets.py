"""What takes input from outside, with mutated samples; ``tests.fuzz.run`` does so for a set time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import BadReply, BotError
from bot.domain.models import Ratio, Size
from bot.pictures.sniff import HeaderReader, sniff
from bot.providers.errors.refusals import classify
from bot.providers.wire.reply_decoder import ReplyDecoder
from bot.providers.wire.reply_shapes import ReplyShape
from bot.textfilter.blocklist import Blocklist
from bot.ui.intake.messages.prompt_syntax import parse_prompt
from tests.fuzz import corpora
from tests.fuzz.mutations import chunks, mutated, mutated_text
from tests.support.relay.reply_bodies import MemorySink

CUTS = st.lists(st.integers(0, 20_000), max_size=6)


def decode(pieces: Sequence[bytes], shape: ReplyShape) -> tuple[object, ...]:
    """Return everything that can be seen of a decoder that was fed with pieces."""
    sink = MemorySink()
    decoder = ReplyDecoder(sink, limit=10_000, shape=shape)
    try:
        if any(decoder.feed(piece) for piece in pieces):
            return "picture", sink.getvalue()
        return "text", decoder.close(), decoder.address
    except BadReply as error:
        # What follows the colon is the words of the base64 library, which depend on the piece that it got.
        return "bad", error.detail.partition(":")[0]


@given(mutated(corpora.replies()), st.sampled_from(corpora.SHAPES), CUTS)
def test_a_reply_means_the_same_in_pieces(reply: bytes, shape: ReplyShape, cuts: Sequence[int]) -> None:
    assert decode([reply], shape) == decode(chunks(reply, cuts), shape)


@given(mutated(corpora.headers()), CUTS)
def test_a_header_is_the_same_in_pieces(picture: bytes, cuts: Sequence[int]) -> None:
    reader, found = HeaderReader(), None
    for piece in chunks(picture, cuts):
        found = found or reader.feed(piece)
    assert found == sniff(picture)
    assert found is None or (found.width > 0 and found.height > 0)


@given(mutated_text(corpora.PROMPTS), st.booleans())
def test_a_prompt_has_options_that_are_offered(text: str, several: bool) -> None:
    parsed = parse_prompt(text, several_pictures=several)
    assert parsed.ratio in (None, *get_args(Ratio)) and parsed.size in (None, *get_args(Size))
    assert parsed.count is None or 1 <= parsed.count <= 4
    assert parsed.picture is None or 1 <= parsed.picture <= 99
    assert parsed.prompt == parsed.prompt.strip() and len(parsed.prompt) <= len(text)


@given(
    st.sampled_from(corpora.STATUSES),
    mutated_text([text for _, text in corpora.refusals()]),
    mutated_text(["a fox", "120", "Wed, 21 Oct 2026 07:28:00 GMT", "-1", "nan"]),
)
def test_every_body_is_one_bounded_error(status: int, text: str, retry_after: str) -> None:
    error = classify(status, text, retry_after=retry_after, prompt="a fox")
    assert isinstance(error, BotError) and len(error.detail) <= 8_020
    again = classify(status, text, retry_after=retry_after, prompt="a fox")
    assert (type(error), error.detail, error.facts) == (type(again), again.detail, again.facts)


@given(st.lists(mutated_text(corpora.WORDS), max_size=6), mutated_text(corpora.SENTENCES))
def test_a_blocked_word_is_found_wherever_it_stands(words: list[str], text: str) -> None:
    blocklist = Blocklist(words)
    assert blocklist.find(text) in (None, *words)
    for word in words:
        if Blocklist([word]).find(word) is not None:
            assert blocklist.find(f"{text} . {word}") is not None
