"""The bot's commands as processes."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from tests.support.forks.client import run_program

ROOT = Path(__file__).parents[2]
REDIRECTED_BOT = ROOT / "tests" / "support" / "wire" / "bot_process.py"
TOKEN = "MTIz.GhIjKl.aZ-09_xyz"


def command(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return start(folder, "-m", "bot", *arguments, **environment)


def start(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    env = {**kept, "HOME": str(folder), "PYTHONPATH": str(ROOT), "COLUMNS": "60", **environment}
    done = run_program(arguments, folder, env, seconds=60)
    assert "Traceback" not in done.stdout + done.stderr
    assert TOKEN not in done.stdout + done.stderr
    return done


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def database_of_revision(file: Path, revision: str) -> None:
    file.unlink(missing_ok=True)
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.execute("INSERT INTO alembic_version VALUES (?)", (revision,))
        database.commit()
