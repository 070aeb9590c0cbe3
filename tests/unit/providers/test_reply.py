"""The reply decoder by examples."""

from __future__ import annotations

import base64
import json

import pytest

from bot.domain.errors import BadReply
from bot.providers.wire.reply_decoder import MAX_TOKENS, ReplyDecoder
from bot.providers.wire.reply_text import MAX_OTHER_BYTES
from tests.support.relay.reply_bodies import GOOD, PICTURE, URL, MemorySink, body, decode


@pytest.mark.parametrize("step", [1, 4096, 65_537, 1 << 20])
def test_the_picture_is_decoded_at_any_chunk_size(step: int):
    assert decode(body(base64=GOOD, mimeType="image/png", dataUrl=URL), step=step) == PICTURE
    assert decode(body(dataUrl=URL, mimeType="image/png", base64=GOOD), step=step) == PICTURE


@pytest.mark.parametrize(
    "text",
    [
        "QUJDRA==",
        "QUJDRA",
        "QUJDRA=",
        "QUJDRA\\u003d\\u003D",
        "\\u0051UJDRA==",
        "QUJD\\nRA==\\r\\n",
        "\\tQU JDRA = =",
        "data:image/png;base64,QUJDRA==",
        "DATA:image\\/png;charset=x; BASE64 ,QUJDRA==",
        "data:;base64,QUJDRA",
    ],
)
def test_every_base64_variant_is_decoded(text: str):
    reply = b'{"image": {"base64": "%s"}}' % text.encode()
    for step in (1, 2, 3, 100):
        assert decode(reply, step=step) == b"ABCD"


def test_both_base64_alphabets_are_decoded():
    for text in (b"-_-_+/+/", b"+\\/+\\/\\u002b\\u002f-_"):
        assert decode(b'{"image": {"base64": "%s"}}' % text, step=1) == base64.b64decode("+/+/+/+/")


def test_a_key_written_with_escapes_is_the_same_key():
    assert decode(b'{"im\\u0061ge": {"b\\u0061se64": "QUJD"}}', step=1) == b"ABC"


@pytest.mark.parametrize(
    "decoy",
    [
        '"description": "\\"image\\": {\\"base64\\": \\"RkFL\\"}"',
        '"description": "\\\\", "x": "\\"base64\\":\\"RkFL\\""',
        '"other": {"image": {"base64": "RkFL"}}',
        '"list": [{"image": {"base64": "RkFL"}}, "image", {"base64": "RkFL"}]',
        '"base64": "RkFL", "dataUrl": "data:;base64,RkFL"',
        '"image": [{"base64": "RkFL"}]',
        '"image": "base64", "base64": "RkFL"',
        '"image": {"image": {"base64": "RkFL"}, "base64 ": "RkFL", "Base64": "RkFL"}',
        '"image": {"base64": {"base64": "RkFL"}, "dataUrl": ["data:;base64,RkFL"]}',
        '"image.base64": "RkFL", "Image": {"base64": "RkFL"}',
        f'"{"x" * 500}image": {{"base64": "RkFL"}}',
    ],
)
def test_lookalikes_of_the_picture_are_ignored(decoy: str):
    for step in (1, 7, 1000):
        reply = f'{{{decoy}, "image": {{"mimeType": "base64", "base64": "QUJD"}}}}'
        assert decode(reply.encode(), step=step) == b"ABC"
        alone = f"{{{decoy}}}"
        assert decode(alone.encode(), step=step) == alone


@pytest.mark.parametrize(
    "first", [None, "", "not base64!!", "abc\\", "QUJD=QUJD", "Q", "é", 7, True, ["QUJD"], {}]
)
def test_an_unusable_base64_is_replaced_by_the_data_url(first: object):
    assert decode(body(base64=first, dataUrl=URL), step=1 << 12) == PICTURE


@pytest.mark.parametrize(
    "first", [None, "", "data:", "data:;base64,", "data:image/png,abc", "https://a.example/b.png", "QUJD"]
)
def test_an_unusable_data_url_is_replaced_by_the_base64(first: object):
    assert decode(body(dataUrl=first, base64=GOOD), step=1 << 12) == PICTURE


def test_a_broken_long_picture_leaves_nothing_in_the_sink():
    assert decode(body(base64=GOOD + "!", dataUrl="data:;base64,QUJD"), step=4096) == b"ABC"


def test_a_second_image_key_is_used_if_the_first_had_no_picture():
    assert decode(b'{"image": null, "image": {"base64": ""}, "image": {"base64": "QUJD"}}') == b"ABC"


@pytest.mark.parametrize(
    "reply",
    [
        body(base64="", dataUrl=None),
        body(base64="not base64!!"),
        body(base64="not base64!!", dataUrl="https://a.example/b.png"),
        body(base64=GOOD)[:-30],
        b'{"image": {"base64": "',
        b'{"image": {"base64": "QUJD',
        b'{"image": {"base64": "QUJD\\',
        b'{"image": {"base64": "QUJD\\u00',
    ],
)
def test_a_truncated_or_broken_picture_is_a_bad_reply(reply: bytes):
    with pytest.raises(BadReply):
        decode(reply, step=5)


def test_a_picture_over_the_limit_is_a_bad_reply():
    assert decode(body(base64=GOOD), limit=len(PICTURE)) == PICTURE
    with pytest.raises(BadReply):
        decode(body(base64=GOOD), limit=len(PICTURE) - 1)


def test_a_reply_that_never_ends_is_a_bad_reply():
    decoder = ReplyDecoder(MemorySink(), limit=10)
    assert not decoder.feed(b'{"description": "')
    with pytest.raises(BadReply):
        while not decoder.feed(b" " * (1 << 20)):
            pass


@pytest.mark.parametrize("fill", [b" ", b'"a":1,', b"[", b'"', b"\\", b'"base64":"!",'])
@pytest.mark.parametrize("opening", [b"", b"{", b'{"image":{', b'{"a":['])
def test_what_is_no_picture_is_limited_in_bytes(opening: bytes, fill: bytes):
    body = opening + fill * (2 * MAX_OTHER_BYTES // len(fill))
    with pytest.raises(BadReply):
        decode(body, limit=1 << 26)


def test_a_picture_after_a_rejected_one_may_be_longer_than_what_is_no_picture():
    rejected = "!" + "A" * 2 * MAX_OTHER_BYTES
    assert decode(body(base64=rejected, dataUrl=URL), step=65_536) == PICTURE


@pytest.mark.parametrize("fill", [b'"a":1,', b'"base64":1,', b'"":"",', b'"a":[],', b"1,"])
def test_parsing_stops_after_many_tokens(fill: bytes):
    reply = b'{"image":{' + fill * MAX_TOKENS + b'"base64":"QUJD"}}'
    assert decode(reply, step=65_536) == reply[:65_536].decode()
    few = b'{"image":{' + fill * (MAX_TOKENS // 100) + b'"base64":"QUJD"}}'
    assert decode(few, step=65_536) == b"ABC"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "plain words",
        "<html><body>502 Bad Gateway</body></html>",
        '{"error": "Request failed", "message": "Jimeng API error (400): 输入文本"}',
        '[{"image": {"base64": "QUJD"}}]',
        '"image"',
        "{}",
        '{"image": {"mimeType": "image/png"',
        '{"image": {}} {"image": {"base64": "QUJD"}}',
        '{"a": [}, "image": {"base64": "QUJD"}}',
    ],
)
def test_a_body_without_a_picture_is_its_text(text: str):
    for step in (1, 1000):
        assert decode(text.encode(), step=step) == text


def test_an_error_beside_an_unusable_picture_is_returned():
    for rubbish in ("", "!" * 200_000):
        text = decode(body(base64=rubbish)[:-1] + b', "error": "No image generated", "message": "SAFETY"}')
        assert isinstance(text, str)
        assert json.loads(text)["message"] == "SAFETY"


def test_only_the_first_64_kib_of_text_are_kept_and_odd_bytes_replaced():
    text = decode(b"\xef\xbb\xbf\xff" + b"x" * 1_000_000)
    assert isinstance(text, str)
    assert text.startswith("\ufffdxxx")
    assert 65_000 < len(text) <= 65_536


def test_parsing_stops_at_deep_nesting():
    reply = b'{"a": ' + b"[" * 100_000
    assert decode(reply) == reply[:65_536].decode()
