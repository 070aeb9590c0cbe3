"""A PostgreSQL server of one's own for a while: for tests, measurements and trying things out."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """A server on a socket in a folder of its own; ``url`` is its first database's."""

    url: str
    _control: tuple[str, ...]
    _account: dict[str, Any]

    def stop(self) -> None:
        """Stop at once, as a machine does whose power fails."""
        _do(*self._control, "-m", "immediate", "stop", **self._account)

    def start(self) -> None:
        """Start and wait until it takes connections."""
        _do(*self._control, "start", **self._account)


@contextmanager
def throwaway_postgres(programs: Path, *, durable: bool = False) -> Generator[str]:
    """Start a server in a temporary folder for a while; yields the URL of its first database."""
    with running_postgres(programs, durable=durable) as server:
        yield server.url


@contextmanager
def running_postgres(programs: Path, *, durable: bool = False) -> Generator[PostgresServer]:
    """Start a server in a temporary folder for a while; it may be stopped and started meanwhile.

    ``durable`` waits for the disk at each commit, as a server that is to be kept does.
    """
    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        folder = Path(name)
        account = {"cwd": name, **_account(folder)}
        fsync = "on" if durable else "off"
        data, settings = str(folder / "data"), f"-c listen_addresses= -c fsync={fsync} -k {folder}"
        new = ("-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync")
        _do(str(programs / "initdb"), "-D", data, *new, **account)
        control = (
            str(programs / "pg_ctl"),
            "-D",
            data,
            "-w",
            "-s",
            "-l",
            str(folder / "log"),
            "-o",
            settings,
        )
        url = f"postgresql+psycopg://postgres@/postgres?host={folder}"
        server = PostgresServer(url=url, _control=control, _account=account)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def throwaway_databases(postgres: str) -> Generator[dict[str, str]]:
    """Yield the URLs of an SQLite file and of a PostgreSQL database by their names, for measurements.

    The latter is at the URL that is given, else on a server of one's own where its programs are.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        urls = {"SQLite": f"sqlite+aiosqlite:///{folder}/jobs.db"}
        if postgres:
            urls["PostgreSQL"] = postgres.replace("postgresql://", "postgresql+psycopg://", 1)
        elif programs := find_postgres():
            urls["PostgreSQL"] = stack.enter_context(throwaway_postgres(programs, durable=True))
        else:
            print(f"only SQLite is measured: {HOW_TO_GET}, or give a URL")
        yield urls


def _account(folder: Path) -> dict[str, Any]:
    """Return who runs the server, which refuses to be root."""
    if os.geteuid() != 0:
        return {}
    import pwd

    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    other = names.get("postgres") or names["nobody"]
    os.chown(folder, other.pw_uid, other.pw_gid)
    return {"user": other.pw_uid, "group": other.pw_gid, "extra_groups": []}


def _do(*command: str, **how: Any) -> None:
    # To a file, not a pipe: the server inherits it and would keep a pipe open.
    with tempfile.TemporaryFile() as said:
        try:
            subprocess.run(  # the server's own programs, with our arguments
                command, check=True, stdin=subprocess.DEVNULL, stdout=said, stderr=said, timeout=60, **how
            )
        except subprocess.CalledProcessError as error:
            said.seek(0)
            raise RuntimeError(f"{command[0]} failed: {said.read().decode(errors='replace')}") from error
