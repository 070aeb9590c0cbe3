"""The reply decoder by properties."""

from __future__ import annotations

import base64
import json
import random

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import BadReply
from bot.providers.wire.reply_decoder import ReplyDecoder
from tests.support.relay.reply_bodies import MemorySink, decode

scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=12)
lookalike = st.sampled_from(
    [
        {"image": {"base64": "RkFLRQ=="}},
        {"base64": "RkFLRQ==", "dataUrl": "data:image/png;base64,RkFLRQ=="},
        [{"image": {"base64": "RkFLRQ=="}}],
        '{"image": {"base64": "RkFLRQ=="}}',
        '"base64":"RkFLRQ=="',
        '\\"image\\": {"base64": "RkFLRQ=="',
        "}}]]{{[[",
        "\\",
        '"',
    ]
)
anything = st.recursive(
    scalars | lookalike,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
names = st.text(max_size=8) | st.sampled_from(
    ["Image", "base64", "dataUrl", "description", "images", '"', "\\"]
)
inner_names = st.text(max_size=8) | st.sampled_from(["image", "Base64", "dataurl", "mimeType", "base64\0"])


@st.composite
def picture_texts(draw: st.DrawFn, picture: bytes) -> str:
    text = base64.b64encode(picture).decode()
    if draw(st.booleans()):
        text = text.rstrip("=")
    if draw(st.booleans()):
        text = text.translate(str.maketrans("+/", "-_"))
    if draw(st.booleans()):
        width = draw(st.integers(1, 80))
        text = "\r\n".join(text[at : at + width] for at in range(0, len(text), width))
    return text


def prefixes() -> st.SearchStrategy[str]:
    kind = st.sampled_from(["image/png", "IMAGE/PNG", "", "image/svg+xml;charset=x", "image/jpeg;a=b;c=d"])
    return st.tuples(
        st.sampled_from(["data:", "DATA:"]), kind, st.sampled_from([";base64,", ";BASE64,"])
    ).map("".join)


@st.composite
def escaped(draw: st.DrawFn, text: str) -> str:
    """Write a JSON string with unnecessary escapes."""
    rng = draw(st.randoms(use_true_random=False))
    share = draw(st.sampled_from([0.0, 0.1, 1.0]))
    plain = {"/": "\\/", "\n": "\\n", "\r": "\\r"}

    def one(char: str) -> str:
        if char not in '"\\' and char >= " " and char < "\x7f" and rng.random() >= share:
            return char
        return plain[char] if char in plain and rng.random() < 0.5 else "".join(units(char, rng))

    return '"' + "".join(map(one, text)) + '"'


def units(char: str, rng: random.Random) -> list[str]:
    raw = char.encode("utf-16-be", "surrogatepass")
    upper = rng.random() < 0.5
    return [
        f"\\u{raw[at : at + 2].hex().upper() if upper else raw[at : at + 2].hex()}"
        for at in range(0, len(raw), 2)
    ]


@st.composite
def written(draw: st.DrawFn, members: list[tuple[str, str]]) -> str:
    """Write an object in any order and spacing from names and values already written."""
    blank = st.sampled_from(["", " ", "\n\t", "\r\n  "])
    parts = [
        f"{draw(blank)}{draw(escaped(name))}{draw(blank)}:{draw(blank)}{value}{draw(blank)}"
        for name, value in draw(st.permutations(members))
    ]
    return "{" + ",".join(parts) + "}"


@st.composite
def decoys(draw: st.DrawFn, of: st.SearchStrategy[str]) -> list[tuple[str, str]]:
    taken = {"image", "base64", "dataUrl"}
    found = draw(st.dictionaries(of, anything, max_size=3))
    return [(name, json.dumps(value)) for name, value in found.items() if name not in taken or value is None]


@st.composite
def replies(draw: st.DrawFn) -> tuple[bytes, bytes]:
    picture = draw(st.binary(min_size=1, max_size=300))
    text = draw(picture_texts(picture))
    whole = [("base64", text), ("dataUrl", draw(prefixes()) + text), ("base64", draw(prefixes()) + text)]
    useless = [
        ("base64", "null"),
        ("dataUrl", "null"),
        ("base64", '""'),
        ("dataUrl", '" "'),
        ("base64", '"not base64!!"'),
        ("base64", '"QUJD\\\\/"'),
        ("base64", '"QUJD=QUJD"'),
        ("dataUrl", '"https:\\/\\/example.com\\/a.png"'),
        ("dataUrl", '"data:image/png,QUJD"'),
        ("dataUrl", '"QUJD"'),
        ("base64", '["QUJD"]'),
        ("dataUrl", '{"base64": "QUJD"}'),
    ]
    image = [
        (name, draw(escaped(value)))
        for name, value in draw(st.lists(st.sampled_from(whole), min_size=1, max_size=2))
    ]
    image += draw(st.lists(st.sampled_from(useless), max_size=3)) + draw(decoys(inner_names))
    root = [("image", draw(written(image))), *draw(decoys(names))]
    bom = draw(st.sampled_from([b"", b"\xef\xbb\xbf", b" \n", b"\xef\xbb\xbf\t"]))
    return bom + draw(written(root)).encode("utf-8", "surrogatepass"), picture


@st.composite
def cuts(draw: st.DrawFn, data: bytes) -> list[bytes]:
    if draw(st.booleans()):
        return [data[at : at + 1] for at in range(len(data))]
    places = sorted(draw(st.lists(st.integers(0, len(data)), max_size=20)))
    return [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)]


@given(data=st.data(), reply=replies())
def test_the_same_bytes_are_decoded_from_every_encoding_and_chunking(
    data: st.DataObject, reply: tuple[bytes, bytes]
):
    text, picture = reply
    sink = MemorySink()
    decoder = ReplyDecoder(sink, limit=300)
    assert any(decoder.feed(piece) for piece in data.draw(cuts(text)))
    assert sink.getvalue() == picture


@given(data=st.data(), reply=replies(), at=st.integers(0), junk=st.binary(max_size=20))
def test_damage_and_truncation_raise_only_bad_replies(
    data: st.DataObject, reply: tuple[bytes, bytes], at: int, junk: bytes
):
    text, _ = reply
    at %= len(text) + 1
    for hurt in (text[:at], text[:at] + junk, text[:at] + junk + text[at + len(junk) :]):
        decode_or_bad_reply(data.draw(cuts(hurt)))


@given(
    parts=st.lists(
        st.binary(max_size=4)
        | st.sampled_from(
            [
                b'{"image":',
                b'{"base64":',
                b'"',
                b"\\",
                b"{",
                b"}",
                b"[",
                b"]",
                b",",
                b":",
                b"\\u00",
                b"QUJD",
                b"data:",
                b";base64,",
            ]
        ),
        max_size=30,
    )
)
def test_random_bytes_raise_only_bad_replies(parts: list[bytes]):
    decode_or_bad_reply(parts)
    decode_or_bad_reply([b'{"image":{"base64":"', *parts])
    decode_or_bad_reply([b'{"image":{"dataUrl":"', *parts])


def decode_or_bad_reply(parts: list[bytes]) -> None:
    decoder = ReplyDecoder(MemorySink(), limit=300)
    try:
        if not any(decoder.feed(part) for part in parts):
            assert isinstance(decoder.close(), str)
    except BadReply:
        pass


@given(value=anything)
def test_json_without_a_picture_is_returned_as_text(value: object):
    text = json.dumps({"description": value, "image": None})
    assert decode(text.encode(), step=3) == text
