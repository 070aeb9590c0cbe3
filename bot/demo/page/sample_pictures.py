"""The pictures that the chat server begins with: its members' avatars and a photograph."""

from __future__ import annotations

from functools import cache
from typing import Any

from simcord.backend.cdn import CDN_BASE

from bot.demo.painter.paint import encode, paint

_AVATAR_PROMPTS = {
    "moon": "a full moon over a calm sea at night",
    "boat": "a boat at sunrise",
    "tree": "a cherry tree in blossom, in spring",
}


def paint_avatars(env: Any) -> dict[str, tuple[str, bytes]]:
    """Paint every member's avatar; return the files by URL."""
    return {
        f"{CDN_BASE}/avatars/{user.id}/{user.avatar}.png": (f"{user.avatar}.jpg", _paint_avatar(user.avatar))
        for user in env.backend.users.values()
        if user.avatar
    }


@cache
def _paint_avatar(subject: str) -> bytes:
    return encode(paint(_AVATAR_PROMPTS[subject], width=256, height=256, seed=3), "jpeg")


@cache
def paint_photo() -> bytes:
    """Return the photograph of the first message, as JPEG."""
    return encode(
        paint("a boat on a calm sea at dawn, misty mountains", width=1536, height=1024, seed=7), "jpeg"
    )
