"""The command line as a child process in an empty folder."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.command_line import (
    REDIRECTED_BOT,
    TOKEN,
    closed_port,
    command,
    database_of_revision,
    start,
)

# Running


def test_without_a_token_two_sentences_name_the_demo(tmp_path: Path) -> None:
    done = command(tmp_path, "run")
    assert done.returncode == 78
    assert done.stdout == ""
    assert done.stderr.startswith("There is no DISCORD_TOKEN yet")
    assert done.stderr.endswith("type: make demo\n")
    assert done.stderr.count(". ") == 1
    assert not list(tmp_path.iterdir())


def test_bad_settings_are_all_listed_at_once(tmp_path: Path) -> None:
    done = command(
        tmp_path,
        "run",
        RELAY_TIMEOUT="soon",
        LOG_FORMAT="[/xml]",
        DATABASE_URL="mysql://x",
        DISCORD_TOKEN="two w",
    )
    assert done.returncode == 78
    _, *problems = done.stderr.splitlines()
    assert len(problems) == 4
    for problem, name in zip(
        sorted(problems), ("DATABASE_URL", "DISCORD_TOKEN", "LOG_FORMAT", "RELAY_TIMEOUT"), strict=True
    ):
        assert problem.startswith(f"- {name}")
    assert "'[/xml]'" in done.stderr
    assert "two w" not in done.stderr


def test_a_database_that_cannot_be_opened_ends_with_a_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    done = command(tmp_path, "run", DISCORD_TOKEN=TOKEN, DATABASE_URL=f"sqlite:///{tmp_path}/file/jimeng.db")
    assert done.returncode == 78
    (line,) = done.stderr.splitlines()
    assert line.startswith("the database can't be opened: ")


def test_a_file_that_is_no_database_ends_with_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no database at all" * 100)
    done = command(tmp_path, "run", DISCORD_TOKEN=TOKEN, DATABASE_URL=f"sqlite:///{tmp_path}/file")
    assert done.returncode == 78
    (line,) = done.stderr.splitlines()
    assert "file is not a database" in line


def test_an_unreachable_discord_ends_with_a_message(tmp_path: Path) -> None:
    nowhere = f"127.0.0.1:{closed_port()}"
    done = start(
        tmp_path,
        str(REDIRECTED_BOT),
        f"http://{nowhere}",
        f"ws://{nowhere}",
        "run",
        DISCORD_TOKEN=TOKEN,
        RELAY_URL="http://127.0.0.1:1",
        LOG_LEVEL="WARNING",
    )
    assert done.returncode == 75
    *_, line = done.stderr.splitlines()
    assert line.startswith("Discord can't be reached")
    assert "doctor" in line


def test_a_worker_on_sqlite_is_refused_with_a_message(tmp_path: Path) -> None:
    done = command(tmp_path, "worker", DISCORD_TOKEN=TOKEN)
    assert done.returncode == 78
    assert done.stderr.startswith("A worker shares the work of other processes through PostgreSQL")
    assert "DATABASE_URL=postgresql://" in done.stderr and "jimeng-bot run" in done.stderr
    assert not list(tmp_path.iterdir())


def test_fatal_errors_are_json_where_the_log_is(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LOG_FORMAT=json\n")
    for settings in ({}, {"RELAY_TIMEOUT": "soon"}):
        done = command(tmp_path, "run", **settings)
        assert done.returncode == 78
        (line,) = (json.loads(line) for line in done.stderr.splitlines())
        assert (line["level"], line["logger"]) == ("CRITICAL", "bot")
        assert "DISCORD_TOKEN" in line["message"] or "RELAY_TIMEOUT" in line["message"]


def test_a_database_of_a_newer_version_ends_with_a_message(tmp_path: Path) -> None:
    database_of_revision(tmp_path / "jimeng.db", "9999")
    done = command(tmp_path, "run", DISCORD_TOKEN=TOKEN, DATABASE_URL=f"sqlite:///{tmp_path}/jimeng.db")
    assert done.returncode == 78
    (line,) = done.stderr.splitlines()
    assert line.startswith("the database is of a newer version of the bot")


# Settings from .env


def test_unknown_names_are_warned_of(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DISCORD_TOKN=abc\nAWS_REGION=x\n")
    done = command(tmp_path, "run", RELAY_TOKENS="abc")
    warnings = [line for line in done.stderr.splitlines() if " WARNING " in line]
    assert len(warnings) == 2
    assert "did you mean DISCORD_TOKEN?" in warnings[0]
    assert "did you mean RELAY_TOKEN?" in warnings[1]


def test_the_env_file_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL=loud\nRELAY_TIMEOUT=soon\n")
    done = command(tmp_path, "run")
    assert done.returncode == 78
    assert "LOG_LEVEL='loud'" in done.stderr
    assert "RELAY_TIMEOUT='soon'" in done.stderr


def test_the_environment_overrides_the_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL=loud\nRELAY_TIMEOUT=soon\n")
    done = command(tmp_path, "run", RELAY_TIMEOUT="10", LOG_FORMAT="xml")
    assert "LOG_LEVEL='loud'" in done.stderr
    assert "LOG_FORMAT='xml'" in done.stderr
    assert "RELAY_TIMEOUT" not in done.stderr


def test_an_env_file_of_a_parent_folder_is_not_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL=loud\n")
    (tmp_path / "inner").mkdir()
    assert "LOG_LEVEL" not in command(tmp_path / "inner", "run").stderr


def test_a_byte_order_mark_is_skipped(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL=loud\n", encoding="utf-8-sig")
    assert "LOG_LEVEL='loud'" in command(tmp_path, "run").stderr


def test_an_env_file_that_is_not_utf8_ends_with_a_message(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL=INFO\n", encoding="utf-16")
    done = command(tmp_path, "run")
    assert done.returncode == 78
    assert done.stderr.startswith(".env can't be read")
    assert "UTF-8" in done.stderr


# The doctor


def test_the_version_is_printed(tmp_path: Path) -> None:
    assert command(tmp_path, "--version").stdout.startswith("jimeng-bot 0.")


# Commands


def test_the_default_command_is_run(tmp_path: Path) -> None:
    done = command(tmp_path)
    assert done.returncode == 78 and "make demo" in done.stderr


def test_the_help_lists_every_command(tmp_path: Path) -> None:
    done = command(tmp_path, "--help")
    said = done.stdout + done.stderr
    assert all(f" {name} " in said for name in ("run", "worker", "demo", "doctor"))


def test_an_unknown_command_is_refused(tmp_path: Path) -> None:
    assert command(tmp_path, "dance").returncode == 2


# Data


def test_data_is_backed_up_restored_copied_and_migrated(tmp_path: Path) -> None:
    assert command(tmp_path, "migrate", "--check").returncode == 1
    assert command(tmp_path, "migrate").returncode == command(tmp_path, "migrate", "--check").returncode == 0
    backup = command(tmp_path, "backup", "monday.db")
    assert backup.returncode == 0 and "monday.db" in backup.stdout
    refused = command(tmp_path, "backup", "monday.db")
    assert (refused.returncode, refused.stdout) == (78, "") and "exists already" in refused.stderr
    restored = command(tmp_path, "restore", "monday.db")
    assert restored.returncode == 0 and "Start the bot now." in restored.stdout
    url = f"sqlite:///{tmp_path}/data/jimeng.db"
    copied = command(tmp_path, "copy", url, f"sqlite:///{tmp_path}/other.db")
    assert copied.returncode == 0 and "All is copied." in copied.stdout
    for address in ("mysql://user:swordfish@host/database", "nothing"):
        wrong = command(tmp_path, "copy", url, address)
        assert wrong.returncode == 78 and "swordfish" not in wrong.stderr
