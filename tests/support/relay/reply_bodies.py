"""Bodies of relay replies, and a decoder for them."""

from __future__ import annotations

import base64
import io
import json
import random

from bot.providers.wire.reply_decoder import ReplyDecoder

PICTURE = bytes(random.Random(7).randbytes(100_000))
GOOD = base64.b64encode(PICTURE).decode()
URL = f"data:image/png;base64,{GOOD}"


class MemorySink(io.BytesIO):
    """Keeps a picture in memory."""

    def restart(self) -> None:
        """Drop the bytes so far."""
        self.seek(0)
        self.truncate()


def decode(body: bytes, *, step: int = 1 << 20, limit: int = 1 << 20) -> bytes | str:
    sink = MemorySink()
    decoder = ReplyDecoder(sink, limit=limit)
    for at in range(0, len(body), step):
        if decoder.feed(body[at : at + step]):
            return sink.getvalue()
    return decoder.close()


def body(**image: object) -> bytes:
    return json.dumps({"image": image, "description": None}).encode()
