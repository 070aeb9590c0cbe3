"""The slowest inputs known for every way in, and the code of the bot that reads them."""

from __future__ import annotations

import asyncio
import base64
import importlib
import json
import pkgutil
import re
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

import discord

import bot.ui
from benchmarks import searching
from benchmarks.pictures import photo
from bot.app import MAX_PIXELS
from bot.domain.errors import BotError
from bot.domain.guild_settings import GuildSettings
from bot.domain.guild_settings_input import BLOCKLIST_TEXT_LIMIT, update_blocked_words
from bot.domain.request_rules import PROMPT_LIMIT
from bot.pictures.sniff import MAX_HEADER_BYTES, HeaderReader, sniff
from bot.pictures.verify import Verifier
from bot.providers.error_response import ErrorResponse
from bot.providers.reply import receive_picture
from bot.sources.guard import Guard
from bot.sources.message_links import parse_message_link
from bot.store.db.engine import open_engine
from bot.store.history import HistoryStore
from bot.textfilter.blocklist import MAX_WORDS, Blocklist
from bot.ui.intake.prompt_syntax import mentions, parse_prompt, without_mention
from bot.ui.intake.small_talk import is_too_short

Case = Callable[[], Awaitable[object]]
Cases = Iterator[tuple[str, Case]]

MB = 1_000_000
REFERENCE_BYTES = 10 * MB
REPLY_BYTES, JSON_BYTES = 8 * MB, MB // 4
MESSAGE, FIELD, CUSTOM_ID, SEARCH = 4_000, 4_000, 100, 100
"""Discord's limits in characters."""
ERROR_BODY = 64 * 1024
REQUESTS = 2_000
"""Earlier requests of the member who searches."""

SMALL_JPEG = photo(64, 64, 6).jpegsave_buffer()
SMALL_PNG = photo(64, 64, 6).pngsave_buffer()
JPEG_FILLS = {
    "empty segments": b"\xff\xe0\0\x02",
    "fill bytes": b"\xff",
    "bare markers": b"\xff\x01",
    "bytes between markers": b"\0\xff\0",
}
PUMPS = {
    **{
        "spaces": " ",
        "newlines": "\n",
        "letters": "a",
        "words": "a ",
        "hyphens": "--",
        "flags": "--ar ",
        "dashes": "—",
    },
    **{
        "signs": "$",
        "mentions": "<@1>",
        "markup": "<@",
        "links": "https://a/",
        "commas": "a,",
        "Chinese": "的",
    },
    **{"backslashes": "\\", "mixed letters": "aа1", "zeros": "\0", "combining marks": "a\u0315\u0300"},
}


# Addresses and uploads: the header of a file of a reference's size.


def url_headers() -> Cases:
    for name, body in hostile_files(REFERENCE_BYTES):
        yield name, partial(check_url, body)


async def check_url(body: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body))
        try:
            for at in range(0, len(body), 65_536):
                writer.write(body[at : at + 65_536])
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with Guard(sniff=HeaderReader, exceptions={("127.0.0.1", port)}) as guard:
            await refused(guard.check(f"http://127.0.0.1:{port}/picture"))


def uploads() -> Cases:
    """Yield the files that are read again, as a whole, where references are published."""
    for name, body in hostile_files(REFERENCE_BYTES):
        yield name, partial(in_loop, partial(sniff, body[:MAX_HEADER_BYTES]))


def hostile_files(size: int) -> Iterator[tuple[str, bytes]]:
    for name, fill in JPEG_FILLS.items():
        yield f"JPEG of {name}", b"\xff\xd8" + fill * (size // len(fill))
    yield "TIFF of tags", b"II*\0\x08\0\0\0\xff\xff" + bytes(12) * (size // 12)
    yield "SVG without an end", b"<?xml " + b"<" * size
    yield "zeros", bytes(size)


# Texts.


def prompts() -> Cases:
    lists = {
        "500 phrases": [f"a a a {n}" for n in range(MAX_WORDS)],
        "500 words": [f"word{n} thing" if n % 3 else f"词语{chr(0x4E00 + n)}" for n in range(MAX_WORDS)],
        "59 katakana words": ["カ" * n for n in range(1, 60)],
    }
    for name, words in lists.items():
        blocklist = Blocklist(words)
        for pump in (
            *PUMPS.items(),
            ("katakana", "カ"),
            ("wide characters", "㌀"),
            ("obfuscation", "s3x4 a$b а s p "),
        ):
            yield (
                f"{pump[0]}, {name}",
                partial(in_loop, partial(blocklist.find, pumped(pump[1], PROMPT_LIMIT))),
            )


def mention_texts() -> Cases:
    for name, pump in PUMPS.items():
        yield name, partial(in_loop, partial(read_mention, pumped(pump, MESSAGE)))
        yield (
            f"{name} within words",
            partial(in_loop, partial(read_mention, f"a{pumped(pump, MESSAGE - 2)}b")),
        )


def read_mention(text: str) -> None:
    parse_message_link(text)
    mentions(text, 1)
    prompt = parse_prompt(without_mention(text, 1, {1: "bot", 2: "a"}), several_pictures=True)
    is_too_short(prompt.prompt)


def settings_lists() -> Cases:
    texts = {
        "many words": "\n".join(f"w{n}" for n in range(FIELD))[:FIELD],
        "long words": "\n".join(f"{n:060}" for n in range(FIELD))[:FIELD],
        **{name: pumped(pump, FIELD) for name, pump in PUMPS.items()},
    }
    full = GuildSettings(blocked_words=tuple(f"x{n}" for n in range(MAX_WORDS - 10)))
    for name, text in texts.items():
        yield name, partial(in_loop, partial(save_words, full, text[:BLOCKLIST_TEXT_LIMIT]))


def save_words(settings: GuildSettings, text: str) -> None:
    words = update_blocked_words(settings, text, shown=settings.blocked_words).blocked_words
    Blocklist(words).find("a lighthouse in a storm")


def custom_ids() -> Cases:
    patterns = [each.__discord_ui_compiled_template__ for each in _dynamic_items()]
    for name, pump in {**PUMPS, "digits": "1", "colons": ":", "history": "history:1"}.items():
        text = pumped(pump, CUSTOM_ID)
        yield name, partial(in_loop, partial(match_all, patterns, text))


def match_all(patterns: list[re.Pattern[str]], text: str) -> None:
    for pattern in patterns:
        pattern.fullmatch(text)


def _dynamic_items() -> list[type[Any]]:
    for module in pkgutil.walk_packages(bot.ui.__path__, "bot.ui."):
        importlib.import_module(module.name)
    dynamic: Any = discord.ui.DynamicItem
    found: list[type[Any]] = []
    waiting: list[type[Any]] = [*dynamic.__subclasses__()]
    while waiting:
        each = waiting.pop()
        waiting += each.__subclasses__()
        if hasattr(each, "__discord_ui_compiled_template__"):
            found.append(each)
    return found


def error_bodies() -> Cases:
    bodies = {
        "backslashes": "{" + "\\" * ERROR_BODY,
        "quotes": '"' * ERROR_BODY,
        "brackets": "[" * ERROR_BODY,
        "tags": "<" * ERROR_BODY,
        "entities": "<p>" + "&a" * ERROR_BODY,
        "codes": "Aa" * ERROR_BODY,
        "words": "error code " * ERROR_BODY,
        "nested JSON": nested(12),
        "many messages": json.dumps([{"message": f"error {n}", "code": f"C{n}"} for n in range(2_000)]),
        "prompt repeated": json.dumps({"message": "a " * ERROR_BODY}),
    }
    for name, body in bodies.items():
        for status in (200, 400, 500):
            response = ErrorResponse(status, body[:ERROR_BODY], "1" * 4_000, "token")
            yield (
                f"{name}, HTTP {status}",
                partial(in_loop, partial(response.to_error, "a " * (PROMPT_LIMIT // 2))),
            )


def nested(depth: int) -> str:
    text = "flagged"
    for _ in range(depth):
        text = json.dumps({"error": {"message": text}})
    return text


def pumped(pump: str, length: int) -> str:
    return (pump * length)[:length]


# Searches.


async def searches() -> AsyncIterator[tuple[str, Case]]:
    names = {"letters": "a", "percent signs": "%", "underscores": "_", "backslashes": "\\", "Chinese": "的"}
    with tempfile.TemporaryDirectory() as folder:
        async with open_engine(f"sqlite:///{folder}/bot.db") as engine:
            await searching.fill(engine, REQUESTS)
            history = HistoryStore(engine, Path(folder))
            await search_history(history, "a lighthouse")  # statements are compiled once
            for name, pump in names.items():
                yield name, partial(search_history, history, pumped(pump, SEARCH))


async def search_history(history: HistoryStore, search: str) -> None:
    for member in range(20):
        await history.suggestions(member, member, search=search, most=25)
        await history.results(member, search=search, page=0, size=10)


# The relay's replies: received, decoded and checked.


def replies() -> Cases:
    quarter = REPLY_BYTES * 3 // 4
    pictures = {
        f"JPEG of {name}": b"\xff\xd8" + fill * (quarter // len(fill)) for name, fill in JPEG_FILLS.items()
    }
    pictures |= {
        f"{name} after a scan": SMALL_JPEG[:-2] + fill * (quarter // len(fill))
        for name, fill in JPEG_FILLS.items()
    }
    pictures |= {
        "JPEG of stuffed bytes": SMALL_JPEG[:-2] + b"\xff\0" * (quarter // 2),
        "JPEG of restarts": SMALL_JPEG[:-2] + b"\xff\xd0" * (quarter // 2),
        "PNG of empty parts": SMALL_PNG[:33] + b"\0\0\0\0teXt\x8e\x31\x15\x72" * (quarter // 12),
        "progressive JPEG with a lost block": lost_block(),
        "PNG in one part": photo(4096, 4096, 20).pngsave_buffer(compression=1),
    }
    for name, picture in pictures.items():
        text = base64.b64encode(picture)
        yield name, partial(receive, b'{"image":{"base64":"' + text + b'"}}')
    text = base64.b64encode(SMALL_PNG * (quarter // 4 // len(SMALL_PNG)))
    yield (
        "base64 of escaped lines",
        partial(
            receive,
            b'{"image":{"base64":"' + b"\\n".join(text[n : n + 4] for n in range(0, len(text), 4)) + b'"}}',
        ),
    )
    yield (
        "base64 of escapes",
        partial(
            receive,
            b'{"image":{"base64":"' + b"".join(b"\\u%04x" % each for each in text[: len(text) // 4]) + b'"}}',
        ),
    )
    for name, fill in {
        "keys": b'"a":1,',
        "brackets": b"[",
        "quotes": b'"',
        "backslashes": b"\\",
        "strings": b'"a",',
    }.items():
        yield f"JSON of {name}", partial(receive, b"{" + fill * (JSON_BYTES // len(fill)))


def lost_block() -> bytes:
    whole = photo(4096, 4096, 20).jpegsave_buffer(Q=97, interlace=True)
    middle = len(whole) // 2
    return whole[:middle] + bytes(4096) + whole[middle + 4096 :]


async def receive(body: bytes) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for at in range(0, len(body), 65_536):
            yield body[at : at + 65_536]
            await asyncio.sleep(0)

    with tempfile.TemporaryDirectory() as folder, closing(Verifier(max_pixels=MAX_PIXELS)) as verifier:
        file, check = Path(folder) / "picture", verifier.start_check()
        with_picture = partial(receive_picture, chunks(), file, limit=64 * MB, check=check)
        if await refused(with_picture()) is None:
            await refused(check.finish(file))


# How inputs are run.


async def refused(work: Awaitable[object]) -> object:
    try:
        return await work
    except BotError as error:
        return error


async def in_loop(work: Callable[[], object]) -> None:
    with suppress(BotError):
        work()


WAYS: dict[str, Callable[[], Cases | AsyncIterator[tuple[str, Case]]]] = {
    "address of a picture": url_headers,
    "upload": uploads,
    "prompt and blocked words": prompts,
    "mention": mention_texts,
    "search": searches,
    "settings list": settings_lists,
    "custom_id": custom_ids,
    "relay reply": replies,
    "error body": error_bodies,
}
