"""Writes exported data into files of a limited size, while it is read."""

from __future__ import annotations

import json
import zlib
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_END = b"\n  ]\n}"
_SEPARATOR = b",\n    "
_GZIP = 31
"""The window of zlib that makes a gzip file."""
_LEVEL = 3
"""Of compression: higher ones take several times as long, for a file that is a little smaller."""
_ON_ONE_LINE = json.JSONEncoder(ensure_ascii=False)
"""Indented text takes five times as long."""
_MARGIN = 64
"""Bytes for the ends of the data and of the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A file of exported data."""

    name: str
    content: bytes


class ExportFiles:
    """Builds files of at most ``limit`` bytes from the requests of an account, in the order they are added.

    A single file isn't compressed if it fits. Less than two files are in memory at any time.
    """

    def __init__(self, account_report: Mapping[str, Any], limit: int) -> None:
        self._start = _start(account_report)
        self._limit = limit
        self._plain: list[bytes] | None = []
        self._size = len(self._start) + len(_END)
        self._part = _Part(self._start, limit)
        self._number = 0

    def add(self, requests: Iterable[Mapping[str, Any]]) -> list[Export]:
        """Add requests, and return the files that are complete."""
        return [export for request in requests for export in self._add(_json(request))]

    def finish(self) -> list[Export]:
        """Return the files that are left."""
        if self._plain is not None:
            content = self._start + _SEPARATOR.join(self._plain) + _END
            return [Export(name="jimeng-data.json", content=content)]
        return [self._end_part()]

    def _add(self, request: bytes) -> Iterable[Export]:
        if self._plain is None:
            return self._write(request)
        self._plain.append(request)
        self._size += len(request) + len(_SEPARATOR)
        return self._compress() if self._size > self._limit else ()

    def _compress(self) -> list[Export]:
        """Go over to compressed files."""
        requests, self._plain = self._plain or [], None
        return [export for request in requests for export in self._write(request)]

    def _write(self, request: bytes) -> Generator[Export]:
        if not self._part.write(request):
            yield self._end_part()
            self._part.write(request)

    def _end_part(self) -> Export:
        self._number += 1
        content = self._part.end()
        self._part = _Part(self._start, self._limit)
        return Export(name=f"jimeng-data-{self._number}.json.gz", content=content)


class _Part:
    """A compressed file of at most ``limit`` bytes, or of a single request."""

    def __init__(self, start: bytes, limit: int) -> None:
        self._limit = limit
        self._compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
        self._content = bytearray(self._compressor.compress(start))
        self._pending = len(start)
        self._is_empty = True

    def write(self, request: bytes) -> bool:
        """Append a request; False if it doesn't fit."""
        data = request if self._is_empty else _SEPARATOR + request
        if not (self._is_empty or self._fits(data)):
            return False
        self._content += self._compressor.compress(data)
        self._pending += len(data)
        self._is_empty = False
        return True

    def end(self) -> bytes:
        """Return the whole file."""
        return bytes(self._content + self._compressor.compress(_END) + self._compressor.flush())

    def _fits(self, data: bytes) -> bool:
        # What was written last may still be in the compressor, at worst as long as it is.
        most = self._pending + len(data)
        if len(self._content) + most + most // 1000 + _MARGIN <= self._limit:
            return True
        self._content += self._compressor.flush(zlib.Z_SYNC_FLUSH)
        self._pending = 0
        trial = self._compressor.copy()
        rest = trial.compress(data + _END) + trial.flush()
        return len(self._content) + len(rest) + _MARGIN <= self._limit


def _start(account_report: Mapping[str, Any]) -> bytes:
    """Return the beginning of a file, up to its first request."""
    account = json.dumps(account_report, ensure_ascii=False, indent=2).removesuffix("\n}")
    return f'{account},\n  "requests": [\n    '.encode()


def _json(request: Mapping[str, Any]) -> bytes:
    return _ON_ONE_LINE.encode(request).encode()
