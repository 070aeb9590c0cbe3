"""What the relay gets as the reference of a job."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import LocalFailure, ReferenceUnusable
from bot.domain.models import Draft, DraftReference, FoundPicture, ImageRequest, Job, Picture
from bot.pictures.copier import PictureCopier
from bot.worker.generation.references import ReferencePreparation
from tests.support.jobs import make_job

LINK = "https://pictures.example/a.jpg"
COPY = "https://cdn.discordapp.com/attachments/1/2/reference.jpg"


@dataclass
class Web:
    """Leads to one picture, or to a problem."""

    found: FoundPicture | ReferenceUnusable
    fetched: int = 0

    async def inspect(self, url: str) -> FoundPicture:
        if isinstance(self.found, ReferenceUnusable):
            raise self.found
        return self.found

    async def fetch(self, url: str, *, most: int | None = None) -> bytes:
        self.fetched += 1
        return b"the picture"

    async def download(self, url: str, receive: Any, *, trusted: str) -> None:
        raise NotImplementedError

    async def put(self, url: str, content: bytes, *, content_type: str, trusted: str) -> int:
        raise NotImplementedError


class Copier(PictureCopier):
    def __init__(self) -> None:
        super().__init__()
        self.error: Exception | None = None

    async def copy(self, source: Path, target: Path) -> Picture:
        assert source.read_bytes() == b"the picture"  # noqa: ASYNC240  # tiny files
        if self.error is not None:
            raise self.error
        target.write_bytes(b"the copy")  # noqa: ASYNC240  # tiny files
        return Picture(path=target, format="jpeg", width=8, height=8)


@dataclass
class Copies:
    link: str | None = COPY
    sent: list[bytes] = field(default_factory=list[bytes])

    async def publish(self, job: Job, number: int, copy: Path) -> str | None:
        self.sent.append(copy.read_bytes())  # noqa: ASYNC240  # tiny files
        return self.link


def found(**facts: Any) -> FoundPicture:
    known: dict[str, Any] = {"url": LINK, "format": "jpeg", "width": 800, "height": 600, "size": 5_000}
    return FoundPicture(**{**known, **facts})


def remix(url: str | None = LINK) -> Job:
    references = (DraftReference(url=url),) if url else ()
    return make_job(draft=Draft(kind="remix", request=ImageRequest(prompt="at night"), references=references))


@dataclass
class Setup:
    spool: Path
    web: Web
    copier: Copier = field(default_factory=Copier)
    copies: Copies = field(default_factory=Copies)

    async def reference(self) -> str | None:
        preparation = ReferencePreparation(self.web, self.copier, self.copies, self.spool)
        return (await preparation.prepare(remix())).reference


@pytest.mark.parametrize("facts", [{}, {"size": None}, {"width": None, "height": None}, {"format": "bmp"}])
async def test_what_the_relay_takes_goes_by_its_own_link(tmp_path: Path, facts: dict[str, Any]) -> None:
    setup = Setup(tmp_path, Web(found(**facts)))
    assert await setup.reference() == LINK
    assert not setup.web.fetched


@pytest.mark.parametrize(
    "facts",
    [
        {"size": 10_000_001},
        {"width": 6_001, "height": 6_000},
        {"width": 14},
        {"width": 16_001, "height": 1_000},
        {"format": "avif", "plain": False},
        {"plain": False},
    ],
)
async def test_everything_else_is_copied(tmp_path: Path, facts: dict[str, Any]) -> None:
    setup = Setup(tmp_path, Web(found(**facts)))
    assert await setup.reference() == COPY
    assert setup.copies.sent == [b"the copy"]


async def test_a_later_attempt_uses_the_same_copy(tmp_path: Path) -> None:
    setup = Setup(tmp_path, Web(found(size=10_000_001)))
    assert await setup.reference() == await setup.reference() == COPY
    assert len(setup.copies.sent) == 1


async def test_a_copy_whose_link_a_power_cut_emptied_is_made_again(tmp_path: Path) -> None:
    setup = Setup(tmp_path, Web(found(size=10_000_001)))
    await setup.reference()
    for link in tmp_path.rglob("link"):  # noqa: ASYNC240  # tiny files
        link.write_bytes(b"")
    assert await setup.reference() == COPY


async def test_a_copy_whose_link_was_lost_is_made_again(tmp_path: Path) -> None:
    setup = Setup(tmp_path, Web(found(size=10_000_001)))
    setup.copier.error = LocalFailure("the process was ended")
    with pytest.raises(LocalFailure):
        await setup.reference()
    assert not list(tmp_path.rglob("source*"))  # noqa: ASYNC240  # tiny files
    setup.copier.error = None
    assert await setup.reference() == COPY


@pytest.mark.parametrize("problem", ["unreachable", "not-public"])
async def test_a_link_that_only_this_machine_cannot_open_is_left_to_the_relay(
    tmp_path: Path, problem: Any
) -> None:
    assert await Setup(tmp_path, Web(ReferenceUnusable(problem))).reference() == LINK


async def test_a_link_that_leads_to_no_picture_any_more_ends_the_job(tmp_path: Path) -> None:
    with pytest.raises(ReferenceUnusable, match="can't be used"):
        await Setup(tmp_path, Web(ReferenceUnusable("not-picture"))).reference()


async def test_without_a_place_for_its_copy_a_picture_is_used_if_the_relay_takes_it(tmp_path: Path) -> None:
    nowhere = Copies(link=None)
    assert await Setup(tmp_path, Web(found(plain=False)), copies=nowhere).reference() == LINK
    with pytest.raises(ReferenceUnusable) as refused:
        await Setup(tmp_path, Web(found(size=10_000_001)), copies=nowhere).reference()
    assert refused.value.problem == "needs-copy"


async def test_a_turned_photo_that_cannot_be_copied_is_used_as_it_is(tmp_path: Path) -> None:
    setup = Setup(tmp_path, Web(found(plain=False)))
    setup.copier.error = ReferenceUnusable("not-picture")
    assert await setup.reference() == LINK


async def test_trouble_of_this_machine_is_no_reason_to_use_a_turned_photo(tmp_path: Path) -> None:
    setup = Setup(tmp_path, Web(found(plain=False)))
    setup.copier.error = LocalFailure("no space left")
    with pytest.raises(LocalFailure):
        await setup.reference()


async def test_a_job_without_a_reference_is_left_alone(tmp_path: Path) -> None:
    preparation = ReferencePreparation(Web(ReferenceUnusable("gone")), Copier(), Copies(), tmp_path)
    assert (await preparation.prepare(remix(None))).reference is None
