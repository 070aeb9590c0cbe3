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

from filelock import FileLock

INSTALL_HINT = "no PostgreSQL server is installed here: apt-get install postgresql"
_LOCATIONS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")


def find_postgres() -> Path | None:
    """Return the folder with the newest server's programs."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    folders = [path for pattern in _LOCATIONS for path in Path("/").glob(pattern.lstrip("/"))]
    folders = [path for path in folders if (path / "initdb").exists()]
    return max(folders, key=lambda path: (len(str(path)), str(path)), default=None)


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A server on a Unix socket in a folder of its own; ``durable`` waits for the disk at each commit."""

    programs: Path
    folder: Path
    durable: bool = False

    @property
    def url(self) -> str:
        """The URL of its first database."""
        return f"postgresql+psycopg://postgres@/postgres?host={self.folder}"

    def create(self) -> None:
        """Create its files."""
        new = ("-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync")
        self._run("initdb", "-D", f"{self.folder}/data", *new)

    def start(self) -> None:
        """Start, and wait until it accepts connections."""
        fsync = "on" if self.durable else "off"
        settings = f"-c listen_addresses= -c max_connections=300 -c fsync={fsync} -k {self.folder}"
        self._control("-l", f"{self.folder}/log", "-o", settings, "start")

    def stop(self) -> None:
        """Stop immediately, as in a power failure."""
        self._control("-m", "immediate", "stop")

    def _control(self, *arguments: str) -> None:
        self._run("pg_ctl", "-D", f"{self.folder}/data", "-w", "-s", *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        _run(str(self.programs / program), *arguments, cwd=self.folder, **_account(self.folder))


@contextmanager
def running_postgres(programs: Path, *, durable: bool = False) -> Generator[PostgresServer]:
    """Run a server in a temporary folder; it may be stopped and restarted meanwhile."""
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        server = PostgresServer(programs, Path(folder), durable)
        server.create()
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def shared_postgres(programs: Path, register: Path) -> Generator[str]:
    """Use one server with all processes that name the same ``register``; yields its first database's URL.

    The first one starts it, the last one stops it.
    """
    own = str(os.getpid())
    with FileLock(f"{register}.lock"):
        folder, *others = _read_users(register)
        server = PostgresServer(programs, Path(folder or tempfile.mkdtemp(prefix="pg-")))
        if not folder:
            server.create()
            server.start()
        register.write_text("\n".join((str(server.folder), *others, own)))
    try:
        yield server.url
    finally:
        with FileLock(f"{register}.lock"):
            users = [user for user in _read_users(register) if user != own]
            register.write_text("\n".join(users))
            if len(users) == 1:
                register.unlink()
                server.stop()
                shutil.rmtree(server.folder)


def _read_users(register: Path) -> list[str]:
    """Return the server's folder, "" if none runs, and the ids of the processes that use it."""
    if not register.exists():
        return [""]
    folder, *users = register.read_text().split("\n")
    return [folder, *(user for user in users if _is_running(int(user)))]


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


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
            urls["PostgreSQL"] = stack.enter_context(running_postgres(programs, durable=True)).url
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
