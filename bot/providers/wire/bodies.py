"""Bodies of calls; the files that travel in them are read from disk while they are sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from pybase64 import b64encode

_CHUNK = 96 * 1024
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

    def options(self) -> dict[str, Any]:
        """Return aiohttp's request options; raise OSError for a file that is gone."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonBody:
    """JSON fields, in which the markers of ``files`` are replaced by their base64."""

    fields: Mapping[str, object]
    files: tuple[ReferenceFile, ...] = ()

    def options(self) -> dict[str, Any]:
        """Return aiohttp's request options."""
        if not self.files:
            return {"json": dict(self.fields)}
        return _request(self._parts(), "application/json", in_base64=True)

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

    def options(self) -> dict[str, Any]:
        """Return aiohttp's request options."""
        # aiohttp's own form reads files in pieces of 256 KiB: much memory for many calls at once.
        boundary = uuid4().hex
        content_type = f"multipart/form-data; boundary={boundary}"
        return _request([*self._parts(boundary)], content_type, in_base64=False)

    def _parts(self, boundary: str) -> Iterator[bytes | Path]:
        for name, value in self.fields.items():
            text = value if isinstance(value, str) else json.dumps(value)
            yield f"--{boundary}\r\n{_disposition(name)}\r\n\r\n{text}\r\n".encode()
        for name, file in self.files:
            suffix = file.media_type.removeprefix("image/")
            about = f'{_disposition(name)}; filename="reference.{suffix}"\r\nContent-Type: {file.media_type}'
            yield f"--{boundary}\r\n{about}\r\n\r\n".encode()
            yield file.path
            yield b"\r\n"
        yield f"--{boundary}--\r\n".encode()


def _disposition(name: str) -> str:
    """Return a part's header, its name escaped as browsers do."""
    escaped = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    return f'Content-Disposition: form-data; name="{escaped}"'


def _request(parts: Sequence[bytes | Path], content_type: str, *, in_base64: bool) -> dict[str, Any]:
    """Return the request options of a body of texts and files."""
    # With a length, since not every service accepts a body of unknown length.
    length = sum(_length(part, in_base64=in_base64) for part in parts)
    headers = {"Content-Type": content_type, "Content-Length": str(length)}
    return {"data": _stream(parts, in_base64=in_base64), "headers": headers}


def _length(part: bytes | Path, *, in_base64: bool) -> int:
    if isinstance(part, bytes):
        return len(part)
    size = part.stat().st_size
    return (size + 2) // 3 * 4 if in_base64 else size


async def _stream(parts: Sequence[bytes | Path], *, in_base64: bool) -> AsyncGenerator[bytes]:
    for part in parts:
        if isinstance(part, bytes):
            yield part
            continue
        with await asyncio.to_thread(part.open, "rb") as file:
            while chunk := await asyncio.to_thread(file.read, _CHUNK):
                yield b64encode(chunk) if in_base64 else chunk
