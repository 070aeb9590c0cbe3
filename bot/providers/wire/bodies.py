"""Bodies of calls; the files that travel in them are read from disk while they are sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from aiohttp import FormData
from pybase64 import b64encode

_CHUNK = 48 * 1024
"""A multiple of three, so that the base64 of each chunk is whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceFile:
    """A reference on this machine's disk; ``media_type`` such as ``image/png``.

    ``marker`` stands for its base64 in the fields of a ``JsonBody``.
    """

    path: Path
    media_type: str
    marker: str = field(default_factory=lambda: f"file-{uuid4().hex}")

    @property
    def data_url(self) -> str:
        """The text that stands for its data URL."""
        return f"data:{self.media_type};base64,{self.marker}"


class Body(Protocol):
    """A body that can be sent several times."""

    def opened(self) -> Any:
        """Return a context manager of aiohttp's request options, with the files open."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonBody:
    """JSON fields, in which the markers of ``files`` are replaced by their base64."""

    fields: Mapping[str, object]
    files: tuple[ReferenceFile, ...] = ()

    @contextmanager
    def opened(self) -> Generator[dict[str, Any]]:
        """Yield aiohttp's request options."""
        if not self.files:
            yield {"json": dict(self.fields)}
            return
        parts = self._parts()
        # With a length, since not every service accepts a body of unknown length.
        length = sum(len(part) if isinstance(part, bytes) else _base64_length(part) for part in parts)
        headers = {"Content-Type": "application/json", "Content-Length": str(length)}
        yield {"data": _stream(parts), "headers": headers}

    def _parts(self) -> list[bytes | Path]:
        parts: list[bytes | Path] = [json.dumps(self.fields).encode()]
        for file in self.files:
            last = parts.pop()
            assert isinstance(last, bytes)  # noqa: S101  # the text after the file before
            before, after = last.split(file.marker.encode())
            parts += [before, file.path, after]
        return parts


@dataclass(frozen=True, slots=True, kw_only=True)
class FormBody:
    """Fields and files as ``multipart/form-data``."""

    fields: Mapping[str, object]
    files: tuple[tuple[str, ReferenceFile], ...]
    """Each with the name of its field."""

    @contextmanager
    def opened(self) -> Generator[dict[str, Any]]:
        """Yield aiohttp's request options, with the files open."""
        with ExitStack() as stack:
            form = FormData()
            for name, value in self.fields.items():
                form.add_field(name, value if isinstance(value, str) else json.dumps(value))
            for name, file in self.files:
                suffix = file.media_type.removeprefix("image/")
                form.add_field(
                    name,
                    stack.enter_context(file.path.open("rb")),
                    filename=f"reference.{suffix}",
                    content_type=file.media_type,
                )
            yield {"data": form}


def _base64_length(path: Path) -> int:
    return (path.stat().st_size + 2) // 3 * 4


async def _stream(parts: list[bytes | Path]) -> AsyncGenerator[bytes]:
    for part in parts:
        if isinstance(part, bytes):
            yield part
            continue
        with await asyncio.to_thread(part.open, "rb") as file:
            while chunk := await asyncio.to_thread(file.read, _CHUNK):
                yield b64encode(chunk)
