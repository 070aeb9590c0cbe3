"""Ids and files of the simulated Discord."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from typing import Any

import pyvips

EPOCH = 1_420_070_400_000

_serial = itertools.count(1)
_signatures = itertools.count(1)


def snowflake() -> int:
    """Return a new id with the current time."""
    return ((int(time.time() * 1000) - EPOCH) << 22) | (next(_serial) & 0x3FFFFF)


@dataclass(slots=True)
class StoredFile:
    """A file of a message; ``links`` are the signed URLs handed out, newest last."""

    name: str
    content: bytes
    channel_id: int
    id: int = field(default_factory=snowflake)
    links: list[str] = field(default_factory=list[str])

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height, by decoding the whole picture."""
        image = pyvips.Image.new_from_buffer(self.content, "", access="sequential")
        image.avg()
        return image.width, image.height

    def sign_link(self) -> dict[str, Any]:
        """Return media fields with a newly signed link, as Discord unfurls them."""
        header = pyvips.Image.new_from_buffer(self.content, "", access="sequential")
        path = f"attachments/{self.channel_id}/{self.id}/{self.name}"
        query = f"ex={next(_signatures):08x}&is=00000000&hm={self.id:x}"
        self.links.append(f"https://cdn.discordapp.com/{path}?{query}")
        kind = "image/png" if self.name.endswith(".png") else "image/jpeg"
        return {
            "url": self.links[-1],
            "proxy_url": f"https://media.discordapp.net/{path}?{query}",
            "width": header.width,
            "height": header.height,
            "content_type": kind,
        }

    def to_attachment(self) -> dict[str, Any]:
        """Return it as an attachment payload with a newly signed link."""
        about = {"id": str(self.id), "filename": self.name, "size": len(self.content)}
        return {**about, **self.sign_link()}


def picture(width: int, height: int) -> bytes:
    """Return a plain PNG for an upload."""
    image = pyvips.Image.black(width, height, bands=3).linear([1, 1, 1], [40, 90, 160])
    return image.cast("uchar").write_to_buffer(".png")
