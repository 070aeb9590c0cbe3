"""Originals are read only if they are sent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import discord
import pytest

from bot.domain.errors import RuleBroken
from bot.domain.models import Job, Picture
from bot.ui.delivery.results.originals_reader import OriginalsAnswer, OriginalsReader
from tests.support.jobs import make_job


class FakeOriginals:
    """Stored files, which may vanish before they are read, and of which some have links."""

    def __init__(self, files: dict[str, bytes], *, links: bool = False, vanishing: bool = False) -> None:
        self._files = files
        self._links = links
        self._vanishing = vanishing
        self.read_names: list[str] = []

    async def keep(self, job: Job) -> tuple[str, ...]:
        raise NotImplementedError

    async def read(self, name: str) -> bytes | None:
        self.read_names.append(name)
        return None if self._vanishing else self._files.get(name)

    async def size(self, name: str) -> int | None:
        return len(self._files[name]) if name in self._files else None

    async def link(self, name: str) -> str | None:
        return f"https://bucket.example.com/{name}" if self._links else None

    async def forget(self, names: Sequence[str]) -> None:
        raise NotImplementedError


async def read(originals: FakeOriginals, limit: int, *kept: str) -> OriginalsAnswer:
    async def fit(picture: Picture, _: int, __: Path) -> Picture:
        return picture

    job = make_job(kept=kept)
    reader = OriginalsReader(originals, fit, discord.Client(intents=discord.Intents.none()))
    return await reader.originals(job, limit)


async def test_originals_within_the_limit_are_read() -> None:
    originals = FakeOriginals({"a": b"12345", "b": b"12345"})
    assert await read(originals, 10, "a", "gone", "b") == OriginalsAnswer(files=(b"12345", b"12345"))


async def test_originals_over_the_limit_are_linked_without_being_read() -> None:
    originals = FakeOriginals({"a": b"12345", "b": b"123456"}, links=True)
    answer = await read(originals, 10, "a", "b")
    assert answer.links == ("https://bucket.example.com/a", "https://bucket.example.com/b")
    assert not originals.read_names


@pytest.mark.parametrize(
    ("originals", "limit", "rule"),
    [
        (FakeOriginals({"a": b"12345"}), 4, "original-too-large"),
        (FakeOriginals({}), 4, "no-original"),
        (FakeOriginals({"a": b"1234"}, vanishing=True), 4, "no-original"),
    ],
)
async def test_originals_that_can_not_be_sent_are_refused(
    originals: FakeOriginals, limit: int, rule: str
) -> None:
    with pytest.raises(RuleBroken) as caught:
        await read(originals, limit, "a")
    assert caught.value.rule == rule
