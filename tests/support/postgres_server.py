"""Temporary PostgreSQL servers for tests and benchmarks."""

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

INSTALL_HINT = "no PostgreSQL server is installed here: apt-get install postgresql"
_LOCATIONS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")


def find_postgres() -> Path | None:
    """Return the folder with the newest server's programs."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    folders = [path for pattern in _LOCATIONS for path in Path("/").glob(pattern.lstrip("/"))]
    folders = [path for path in folders if (path / "initdb").exists()]
    return max(folders, key=lambda path: (len(str(path)), str(path)), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """A server on a Unix socket in a temporary folder; ``url`` is that of its first database."""

    url: str
    _control: tuple[str, ...]
    _account: dict[str, Any]

    def stop(self) -> None:
        """Stop immediately, as in a power failure."""
        _run(*self._control, "-m", "immediate", "stop", **self._account)

    def start(self) -> None:
        """Start, and wait until it accepts connections."""
        _run(*self._control, "start", **self._account)


@contextmanager
def temporary_postgres(programs: Path, *, durable: bool = False) -> Generator[str]:
    """Run a server in a temporary folder; yields the URL of its first database."""
    with running_postgres(programs, durable=durable) as server:
        yield server.url


@contextmanager
def running_postgres(programs: Path, *, durable: bool = False) -> Generator[PostgresServer]:
    """Run a server in a temporary folder; it may be stopped and restarted meanwhile.

    ``durable`` waits for the disk at each commit, as a production server does.
    """
    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        folder = Path(name)
        account = {"cwd": name, **_account(folder)}
        fsync = "on" if durable else "off"
        data, settings = str(folder / "data"), f"-c listen_addresses= -c fsync={fsync} -k {folder}"
        new = ("-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync")
        _run(str(programs / "initdb"), "-D", data, *new, **account)
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
def temporary_databases(postgres: str) -> Generator[dict[str, str]]:
    """Yield the URLs of an SQLite file and a PostgreSQL database by name, for benchmarks.

    The latter is at the given URL, or else on a temporary server if one is installed.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        urls = {"SQLite": f"sqlite:///{folder}/jobs.db"}
        if postgres:
            urls["PostgreSQL"] = postgres.replace("postgresql://", "postgresql+psycopg://", 1)
        elif programs := find_postgres():
            urls["PostgreSQL"] = stack.enter_context(temporary_postgres(programs, durable=True))
        else:
            print(f"only SQLite is measured: {INSTALL_HINT}, or give a URL")
        yield urls


def _account(folder: Path) -> dict[str, Any]:
    """Return the process options to run the server, which refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    import pwd

    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    other = names.get("postgres") or names["nobody"]
    os.chown(folder, other.pw_uid, other.pw_gid)
    return {"user": other.pw_uid, "group": other.pw_gid, "extra_groups": []}


def _run(*command: str, **options: Any) -> None:
    # To a file, not a pipe: the server inherits it and would keep a pipe open.
    with tempfile.TemporaryFile() as output:
        try:
            subprocess.run(  # the server's own programs, with our arguments
                command,
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                timeout=60,
                **options,
            )
        except subprocess.CalledProcessError as error:
            output.seek(0)
            raise RuntimeError(f"{command[0]} failed: {output.read().decode(errors='replace')}") from error
