"""Samples that fuzzing starts from: what services, members and managers really send."""

from __future__ import annotations

import base64
import json
import struct
from functools import cache
from pathlib import Path

import pyvips

from bot.providers.wire.reply_shapes import IMAGES_REPLY, RELAY_REPLY
from tests.support.relay.reply_bodies import body

_REFUSALS = Path(__file__).parents[1] / "unit" / "providers" / "refusals.jsonl"
_PICTURE = base64.b64encode(bytes(range(256)) * 4).decode()

SHAPES = [RELAY_REPLY, IMAGES_REPLY]
STATUSES = [200, 400, 401, 403, 404, 413, 422, 429, 451, 500, 502, 503, 504, 599]


@cache
def replies() -> list[bytes]:
    """Return bodies of replies with a picture, an address or an error, in the shapes of all services."""
    return [
        body(base64=_PICTURE, mimeType="image/png", dataUrl=f"data:image/png;base64,{_PICTURE}"),
        json.dumps({"data": [{"b64_json": _PICTURE, "size": "2x2"}], "usage": {}}).encode(),
        json.dumps({"data": [{"url": "https://example.com/\u2603.png?a=b&c=d"}]}, indent=2).encode(),
        json.dumps({"data": [{"b64_json": None, "url": "https:\\/\\/example.com"}]}).encode(),
        json.dumps({"data": {"images": ["words", f"data:image/png;base64,{_PICTURE}"]}}).encode(),
        b'event: done\ndata: {"url": "https://a.example"}\n\ndata: [{"b64": "%s"}]' % _PICTURE.encode(),
        b"\x89PNG" + bytes(100),
        b'\xef\xbb\xbf {"image" : {"base64":"\\u0041\\u0041==","x":[{"y":"}]"}]}}',
        *(refusal.encode() for _, refusal in refusals()),
    ]


@cache
def headers() -> list[bytes]:
    """Return small pictures of every format that is read."""
    image = (pyvips.Image.black(31, 17, bands=3) + 90).cast("uchar")
    written = [image.write_to_buffer(suffix) for suffix in (".png", ".gif", ".webp", ".tif", ".jpg")]
    progressive = image.write_to_buffer(".jpg", interlace=True, profile="srgb")
    lossless = image.write_to_buffer(".webp", lossless=True)
    bmp = b"BM" + bytes(12) + struct.pack("<IiiHHIIIIII", 40, 31, 17, 1, 24, 0, 0, 0, 0, 0, 0)
    return [*written, progressive, lossless, bmp, b"MM\0*\0\0\0\x08\0\1\1\0\0\3\0\0\0\1\0\x20\0\0"]


@cache
def refusals() -> list[tuple[int, str]]:
    """Return the statuses and bodies of refusals."""
    lines = _REFUSALS.read_text(encoding="utf-8").splitlines()
    return [(line["status"], line["body"]) for line in map(json.loads, lines)]


PROMPTS = [
    "a fox in the snow --ar 3:2 x4 4K #2",
    "16:9 2k x3 a lighthouse at dusk, oil on canvas",
    "--model seedream --no people --v 6 a cat",
    "画一只猫 竖图 ４Ｋ ×３ ——ar 9：16",
    "第2张 换成冬天",
    "`--ar 1:1` > quoted\n```\n16:9\n``` <@123> <@&456> https://example.com/?a=b#2",
    "— – --- --count 99 --size 1K --style 'ink wash'",
]
WORDS = ["gore", "two words", "血腥", "ab*c", "ＦＵＬＬ", "c.l.a.s.s", "naïve", "ソース", "$ign", "x"]
SENTENCES = [
    "an ordinary prompt about a castle",
    "g0re and g o r e and gooore",
    "two  words, twowords, two-words",
    "血 腥 的 場景, 血腥",
    "ＦＵＬＬ width, full; naive; NAÏVE; $ign; ソース",
]
