"""The store of originals: storing, reading, linking and deleting."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.errors import OperatorError
from bot.domain.models import Job, Picture
from bot.pictures.originals import open_originals
from tests.support.jobs import make_job


def drawn(folder: Path) -> Job:
    path = folder / "a.png"
    path.write_bytes(b"a picture")
    return make_job(state="drawn", pictures=(Picture(path=path, format="png", width=1, height=1),))


async def test_a_stored_picture_can_be_read_until_it_is_deleted(tmp_path: Path) -> None:
    originals = open_originals((tmp_path / "kept").as_uri())
    names = await originals.keep(drawn(tmp_path))
    assert await originals.keep(drawn(tmp_path)) == names == ("5/a.png",)
    assert await originals.read(names[0]) == b"a picture"
    assert await originals.size(names[0]) == len(b"a picture")
    assert await originals.link(names[0]) is None
    await originals.forget(names)
    await originals.forget(names)
    assert await originals.read(names[0]) is None
    assert await originals.size(names[0]) is None
    assert list((tmp_path / "kept").iterdir()) == []


async def test_a_missing_file_is_an_operator_error(tmp_path: Path) -> None:
    job = drawn(tmp_path)
    gone = replace(job.pictures[0], path=tmp_path / "gone.png")
    with pytest.raises(OperatorError):
        await open_originals((tmp_path / "kept").as_uri()).keep(replace(job, pictures=(gone,)))


@pytest.mark.parametrize("url", ["nonsense://bucket", "file:///proc/nowhere"])
def test_an_unusable_url_is_an_operator_error_at_construction(url: str) -> None:
    with pytest.raises(OperatorError) as caught:
        open_originals(url)
    assert "ORIGINALS_URL" in caught.value.detail


async def test_buckets_sign_links(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("ACCESS_KEY_ID", "key"), ("SECRET_ACCESS_KEY", "s3cret"), ("REGION", "eu-west-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    link = await open_originals("s3://bucket/pictures").link("5/a.png")
    assert link is not None and "5/a.png" in link and "X-Amz-Expires=3600" in link and "s3cret" not in link
