"""The secret of the page's address outlives the demo's process."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.demo.page.restart import load_secret


def test_the_secret_stays_the_same_and_only_its_user_can_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    secret = load_secret()
    assert len(secret) > 40 and load_secret() == secret
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text("short")
    assert len(load_secret()) > 40


def test_without_a_place_to_keep_it_the_secret_is_a_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "jimeng-bot").write_text("not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert load_secret() != load_secret()
