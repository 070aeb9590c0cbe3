from __future__ import annotations

import asyncio
import base64
import io
import json
import random
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import BadReply
from bot.relay.reply import ReplyDecoder, receive

PICTURE = bytes(random.Random(7).randbytes(100_000))
GOOD = base64.b64encode(PICTURE).decode()
URL = f"data:image/png;base64,{GOOD}"


def decode(body: bytes, *, step: int = 1 << 20, limit: int = 1 << 20) -> bytes | str:
    sink = io.BytesIO()
    decoder = ReplyDecoder(sink, limit=limit)
    for at in range(0, len(body), step):
        if decoder.feed(body[at : at + step]):
            return sink.getvalue()
    return decoder.close()


def body(**image: object) -> bytes:
    return json.dumps({"image": image, "description": None}).encode()


def empty(folder: Path) -> bool:
    return not list(folder.iterdir())


async def pieces(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


# What a reply may look like, as a property.

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
    """Write a JSON string with escapes where they need not be."""
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


@settings(max_examples=120, deadline=None)
@given(data=st.data(), reply=replies())
def test_the_same_bytes_come_out_however_the_reply_is_written_and_cut(
    data: st.DataObject, reply: tuple[bytes, bytes]
):
    text, picture = reply
    sink = io.BytesIO()
    decoder = ReplyDecoder(sink, limit=300)
    assert any(decoder.feed(piece) for piece in data.draw(cuts(text)))
    assert sink.getvalue() == picture


@settings(max_examples=120, deadline=None)
@given(data=st.data(), reply=replies(), at=st.integers(0), junk=st.binary(max_size=20))
def test_damage_and_cutting_off_never_raise_anything_but_a_bad_reply(
    data: st.DataObject, reply: tuple[bytes, bytes], at: int, junk: bytes
):
    text, _ = reply
    at %= len(text) + 1
    for hurt in (text[:at], text[:at] + junk, text[:at] + junk + text[at + len(junk) :]):
        swallow(data.draw(cuts(hurt)))


@settings(max_examples=120, deadline=None)
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
def test_rubbish_never_raises_anything_but_a_bad_reply(parts: list[bytes]):
    swallow(parts)
    swallow([b'{"image":{"base64":"', *parts])
    swallow([b'{"image":{"dataUrl":"', *parts])


def swallow(parts: list[bytes]) -> None:
    decoder = ReplyDecoder(io.BytesIO(), limit=300)
    try:
        if not any(decoder.feed(part) for part in parts):
            assert isinstance(decoder.close(), str)
    except BadReply:
        pass


@settings(max_examples=100, deadline=None)
@given(value=anything)
def test_json_without_a_picture_comes_back_as_its_text(value: object):
    text = json.dumps({"description": value, "image": None})
    assert decode(text.encode(), step=3) == text


# One example for each promise.


@pytest.mark.parametrize("step", [1, 2, 3, 5, 4096, 65_537, 1 << 20])
def test_the_picture_comes_out_whole_at_any_chunk_size(step: int):
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
def test_every_way_to_write_the_base64_is_understood(text: str):
    reply = b'{"image": {"base64": "%s"}}' % text.encode()
    for step in (1, 2, 3, 100):
        assert decode(reply, step=step) == b"ABCD"


def test_both_alphabets_are_understood():
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
def test_what_only_looks_like_the_picture_does_not_count(decoy: str):
    for step in (1, 7, 1000):
        reply = f'{{{decoy}, "image": {{"mimeType": "base64", "base64": "QUJD"}}}}'
        assert decode(reply.encode(), step=step) == b"ABC"
        alone = f"{{{decoy}}}"
        assert decode(alone.encode(), step=step) == alone


@pytest.mark.parametrize(
    "first", [None, "", "not base64!!", "abc\\", "QUJD=QUJD", "Q", "é", 7, True, ["QUJD"], {}]
)
def test_a_useless_base64_waits_for_the_data_url(first: object):
    assert decode(body(base64=first, dataUrl=URL), step=1 << 12) == PICTURE


@pytest.mark.parametrize(
    "first", [None, "", "data:", "data:;base64,", "data:image/png,abc", "https://a.example/b.png", "QUJD"]
)
def test_a_useless_data_url_waits_for_the_base64(first: object):
    assert decode(body(dataUrl=first, base64=GOOD), step=1 << 12) == PICTURE


def test_a_long_picture_that_turns_out_broken_leaves_nothing_behind():
    assert decode(body(base64=GOOD + "!", dataUrl="data:;base64,QUJD"), step=4096) == b"ABC"


def test_a_second_image_key_serves_when_the_first_had_nothing():
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
def test_a_picture_that_is_cut_off_or_broken_is_a_bad_reply(reply: bytes):
    with pytest.raises(BadReply):
        decode(reply, step=5)


def test_a_picture_over_the_limit_is_a_bad_reply():
    assert decode(body(base64=GOOD), limit=len(PICTURE)) == PICTURE
    with pytest.raises(BadReply):
        decode(body(base64=GOOD), limit=len(PICTURE) - 1)


def test_a_reply_that_never_ends_is_a_bad_reply():
    decoder = ReplyDecoder(io.BytesIO(), limit=10)
    assert not decoder.feed(b'{"description": "')
    with pytest.raises(BadReply):
        while not decoder.feed(b" " * (1 << 20)):
            pass


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


def test_an_error_beside_an_empty_picture_is_told_rather_than_the_picture():
    for rubbish in ("", "!" * 200_000):
        text = decode(body(base64=rubbish)[:-1] + b', "error": "No image generated", "message": "SAFETY"}')
        assert isinstance(text, str)
        assert json.loads(text)["message"] == "SAFETY"


def test_only_the_first_64_kib_of_text_are_kept_and_odd_bytes_replaced():
    text = decode(b"\xef\xbb\xbf\xff" + b"x" * 1_000_000)
    assert isinstance(text, str)
    assert text.startswith("\ufffdxxx")
    assert 65_000 < len(text) <= 65_536


def test_deep_nesting_is_given_up():
    reply = b'{"a": ' + b"[" * 100_000
    assert decode(reply) == reply[:65_536].decode()


async def test_receiving_stops_as_soon_as_the_picture_is_whole(tmp_path: Path):
    async def endless() -> AsyncIterator[bytes]:
        yield body(base64=GOOD)[:-2]
        pytest.fail("read on after the picture was whole")

    assert await receive(endless(), tmp_path / "spool", limit=1 << 20) is None
    assert (tmp_path / "spool").read_bytes() == PICTURE


async def test_a_reply_without_a_picture_leaves_no_file(tmp_path: Path):
    text = await receive(pieces(b'{"err', b'or": "x"}'), tmp_path / "spool", limit=10)
    assert text == '{"error": "x"}'
    assert empty(tmp_path)


async def test_a_bad_reply_leaves_no_file(tmp_path: Path):
    for reply, limit in ((body(base64=GOOD)[:5000], 1 << 20), (body(base64=GOOD), 1000)):
        with pytest.raises(BadReply):
            await receive(pieces(reply), tmp_path / "spool", limit=limit)
        assert empty(tmp_path)


async def test_a_broken_connection_leaves_no_file(tmp_path: Path):
    async def broken() -> AsyncIterator[bytes]:
        yield body(base64=GOOD)[:5000]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await receive(broken(), tmp_path / "spool", limit=1 << 20)
    assert empty(tmp_path)


async def test_a_cancelled_reply_leaves_no_file(tmp_path: Path):
    begun = asyncio.Event()

    async def stalled() -> AsyncIterator[bytes]:
        yield body(base64=GOOD)[:5000]
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(receive(stalled(), tmp_path / "spool", limit=1 << 20))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert empty(tmp_path)


async def test_the_loop_turns_while_a_big_chunk_is_decoded(tmp_path: Path):
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    big = base64.b64encode(bytes(6 << 20)).decode()
    await receive(pieces(body(base64=big)), tmp_path / "spool", limit=8 << 20)
    counting.cancel()
    assert turns > 20


async def test_a_picture_comes_through_a_real_connection(tmp_path: Path):
    picture = random.Random(1).randbytes(3_000_000)
    reply = body(dataUrl="data:image/png;base64," + base64.b64encode(picture).decode(), mimeType="image/png")

    async def generate(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for at in range(0, len(reply), 50_001):
            await response.write(reply[at : at + 50_001])
        return response

    app = web.Application()
    app.router.add_post("/", generate)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        async with aiohttp.ClientSession() as session, session.post(f"http://127.0.0.1:{port}/") as response:
            assert (
                await receive(response.content.iter_chunked(65_536), tmp_path / "spool", limit=1 << 22)
                is None
            )
    finally:
        await runner.cleanup()
    assert (tmp_path / "spool").read_bytes() == picture
