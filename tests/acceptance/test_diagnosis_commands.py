"""What the commands doctor and status say, in an empty folder."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.command_line import closed_port, command, database_of_revision

STORAGE = ("✓ Disk", "✓ Spool", "✓ Originals")


def test_the_doctor_prints_each_check_with_its_remedy(tmp_path: Path) -> None:
    done = command(tmp_path, "doctor", RELAY_URL="demo")
    assert done.returncode == 1
    lines = [line for line in done.stdout.splitlines() if not line.startswith("  → ")]
    assert [line.partition(":")[0] for line in lines] == [
        "✓ Settings",
        "✓ Database",
        *STORAGE,
        "✓ Relay",
        "✗ Discord",
    ]
    mends = done.stdout.partition("✗ Discord")[2].splitlines()[1:]
    assert len(mends) == 1
    assert "Reset Token" in mends[0]
    assert done.stderr == ""


def test_a_broken_database_hides_no_other_finding(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    done = command(
        tmp_path,
        "doctor",
        DATABASE_URL=f"sqlite:///{tmp_path}/file/jimeng.db",
        RELAY_URL=f"http://127.0.0.1:{closed_port()}",
        RELAY_TOKEN="a-token",
    )
    assert done.returncode == 1
    lines = [line for line in done.stdout.splitlines() if not line.startswith("  → ")]
    assert [line.partition(":")[0] for line in lines] == [
        "✓ Settings",
        "✗ Database",
        *STORAGE,
        "✗ Relay",
        "✗ Discord",
    ]
    assert done.stdout.count("  → ") == 3


def test_the_doctor_changes_nothing(tmp_path: Path) -> None:
    done = command(tmp_path, "doctor", RELAY_URL="demo")
    assert "✓ Database: will be created at the first start" in done.stdout
    assert not list(tmp_path.iterdir())
    for revision, finding in (("0001", "will be migrated"), ("9999", "newer version of the bot")):
        database_of_revision(tmp_path / "jimeng.db", revision)
        before = (tmp_path / "jimeng.db").read_bytes()
        done = command(tmp_path, "doctor", RELAY_URL="demo", DATABASE_URL=f"sqlite:///{tmp_path}/jimeng.db")
        assert finding in done.stdout
        assert [path.name for path in tmp_path.iterdir()] == ["jimeng.db"]
        assert (tmp_path / "jimeng.db").read_bytes() == before


def test_the_doctor_reports_as_json(tmp_path: Path) -> None:
    done = command(tmp_path, "doctor", "--json", RELAY_URL="demo")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    found = {check["name"]: check["ok"] for check in report["checks"]}
    assert report["ok"] is False
    assert (found["Database"], found["Discord"]) == (True, False)


def test_the_status_is_shown_as_text_and_json(tmp_path: Path) -> None:
    done = command(tmp_path, "status")
    assert done.returncode == 78
    assert "jimeng-bot migrate" in done.stderr
    assert command(tmp_path, "migrate").returncode == 0
    shown = json.loads(command(tmp_path, "status", "--json").stdout)
    assert shown["queue"]["waiting"] == 0
    assert shown["workers"] == []
    text = command(tmp_path, "status").stdout
    assert "Last hour" in text
    assert "0 (0 pictures)" in text


def test_the_doctor_lists_bad_settings_too(tmp_path: Path) -> None:
    done = command(tmp_path, "doctor", RELAY_URL="ftp://x", LOG_LEVEL="loud")
    assert done.returncode == 78
    assert "RELAY_URL" in done.stderr
    assert "LOG_LEVEL" in done.stderr
