"""A PostgreSQL server of one's own for a while: for tests, measurements and trying things out."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HOW_TO_GET = "no PostgreSQL server is installed here: apt-get install postgresql"
_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")


def find_postgres() -> Path | None:
    """Return the folder of the newest server's programs."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    folders = [path for place in _PLACES for path in Path("/").glob(place.lstrip("/"))]
    folders = [path for path in folders if (path / "initdb").exists()]
    return max(folders, key=lambda path: (len(str(path)), str(path)), default=None)


@contextmanager
def throwaway_postgres(programs: Path, *, durable: bool = False) -> Generator[str]:
    """Start a server on a socket in a temporary folder; yields the URL of its first database.

    ``durable`` waits for the disk at each commit, as a server that is to be kept does.
    """
    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        folder = Path(name)
        account = _account(folder)
        fsync = "on" if durable else "off"
        data, settings = folder / "data", f"-c listen_addresses= -c fsync={fsync} -k {folder}"
        new = ("-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync")
        _do(programs / "initdb", "-D", str(data), *new, cwd=name, **account)
        control = (programs / "pg_ctl", "-D", str(data), "-w", "-s")
        _do(*control, "-l", str(folder / "log"), "-o", settings, "start", cwd=name, **account)
        try:
            yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
        finally:
            _do(*control, "-m", "immediate", "stop", cwd=name, **account)


def _account(folder: Path) -> dict[str, Any]:
    """Return who runs the server, which refuses to be root."""
    if os.geteuid() != 0:
        return {}
    import pwd

    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    other = names.get("postgres") or names["nobody"]
    os.chown(folder, other.pw_uid, other.pw_gid)
    return {"user": other.pw_uid, "group": other.pw_gid, "extra_groups": []}


def _do(*command: object, **how: Any) -> None:
    words = [str(word) for word in command]
    # To a file, not a pipe: the server inherits it and would keep a pipe open.
    with tempfile.TemporaryFile() as said:
        try:
            subprocess.run(  # the server's own programs, with our arguments
                words, check=True, stdin=subprocess.DEVNULL, stdout=said, stderr=said, timeout=60, **how
            )
        except subprocess.CalledProcessError as error:
            said.seek(0)
            raise RuntimeError(f"{words[0]} failed: {said.read().decode(errors='replace')}") from error
