"""How long the console's pages take with a million requests.

    python -m benchmarks.console [--jobs N] [--only SQLite|PostgreSQL] [POSTGRES_URL]

On both databases. The requests are spread over 90 days, 2,000 servers and 20,000 members; all but 2,000 are
done. Each page is asked for over loopback, seven times after a first one; the median and the longest are
printed, and the median of this process's processor time, which is that of the page and of SQLite, but not of
PostgreSQL. Left out: a busy bot beside it, and the browser.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from typing import Any

from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import create_engine, insert, select, text

from bot.app import open_app
from bot.config.settings import Settings
from bot.ops.console.server import create_console
from bot.store.db.tables import jobs
from tests.support.postgres_server import temporary_databases

DAYS, SERVERS, MEMBERS, WAITING, BATCH = 90, 2_000, 20_000, 2_000, 2_000
PAGES = (
    "/",
    "/jobs",
    "/jobs?member=17",
    "/jobs?server=17",
    "/jobs?state=cancelled",
    "/jobs?error=nothing-has-it",
    "/jobs/5000",
    "/servers",
    "/servers?days=7",
    "/servers/17",
    "/members",
    "/members?days=7",
    "/members/17",
    "/costs",
    "/costs?days=30",
    "/costs.csv?days=30",
    "/settings",
)


class Client:
    def worker_problem(self) -> str | None:
        return None


def row(number: int, total: int, now: float) -> dict[str, Any]:
    done = number <= total - WAITING
    created = now - DAYS * 86_400 * (1 - number / total) - 1
    return {
        "interaction_id": number,
        "kind": "imagine",
        "state": "done" if done else "waiting",
        "user_id": number * 7919 % MEMBERS + 1,
        "guild_id": number * 104_729 % SERVERS + 1,
        "channel_id": 1,
        "locale": "en-US",
        "upload_limit": 10,
        "application_id": 1,
        "message_id": number,
        "ephemeral": False,
        "token_expires_at": created + 900,
        "prompt": "a lighthouse in a storm, oil on canvas",
        "ratio": "16:9",
        "size": ("1K", "2K", "4K")[number % 3],
        "spoiler": False,
        "amount": 1,
        "created_at": created,
        "run_at": created,
        "deadline": created + 3600,
        "attempts": int(done),
        "turn": number // MEMBERS,
        "started_at": created + 2 if done else None,
        "drawn_at": created + 20 if done else None,
        "finished_at": created + 21 if done else None,
        "pictures": [{"path": "1.png", "format": "png", "width": 1, "height": 1}] if done else [],
        "facts": {},
        "cost": 40_000 if done else 0,
        "currency": "USD" if done else None,
    }


def fill(url: str, total: int) -> None:
    engine, now = create_engine(url), time.time()
    with engine.begin() as connection:
        if connection.scalar(select(jobs.c.id).limit(1)):
            return  # by an earlier run
        for index in jobs.indexes:
            # The next start builds them again, at once rather than row by row.
            index.drop(connection, checkfirst=True)
    for first in range(1, total + 1, BATCH):
        numbers = range(first, min(first + BATCH, total + 1))
        # PostgreSQL keeps each former version of the sums of a day until the transaction ends.
        with engine.begin() as connection:
            connection.execute(insert(jobs), [row(number, total, now) for number in numbers])
    engine.dispose()


def analyze(url: str) -> None:
    engine = create_engine(url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    engine.dispose()


async def measure(settings: Settings, total: int) -> None:
    async with open_app(settings, durable=False):
        pass
    fill(settings.database_url, total)
    async with open_app(settings, durable=False):
        analyze(settings.database_url)
    async with (
        open_app(settings, durable=False) as app,
        TestClient(TestServer(create_console(app, Client()).application())) as browser,
    ):
        for path in PAGES:
            seconds: list[float] = []
            processor: list[float] = []
            size = 0
            for _ in range(8):
                # Else pages show what was read for the one before.
                await asyncio.sleep(0 if path != "/" else 5)
                began, processor_began = time.perf_counter(), time.process_time()
                async with browser.get(path) as response:
                    size = len(await response.read())
                    assert response.status == 200, path
                seconds.append(time.perf_counter() - began)
                processor.append(time.process_time() - processor_began)
            first, *later = seconds
            print(
                f"{path:32} first {first * 1000:6.1f} ms   median {statistics.median(later) * 1000:6.1f} ms"
                f"   longest {max(later) * 1000:6.1f} ms"
                f"   processor {statistics.median(processor[1:]) * 1000:6.1f} ms   {size / 1000:7.1f} kB"
            )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jobs", type=int, default=1_000_000)
    parser.add_argument("--only", choices=("SQLite", "PostgreSQL"), help="one database")
    parser.add_argument(
        "postgres",
        nargs="?",
        default="",
        help="URL of a PostgreSQL database, empty or filled by an earlier run",
    )
    options = parser.parse_args()
    with temporary_databases(options.postgres) as urls:
        for name, url in urls.items():
            if options.only not in (None, name):
                continue
            print(name, flush=True)
            with tempfile.TemporaryDirectory() as folder:
                environment = {"DATA_DIR": folder, "RELAY_URL": "http://127.0.0.1:9", "RELAY_TOKEN": "t"}
                settings = Settings.from_env({**environment, "DATABASE_URL": url})
                asyncio.run(measure(settings, options.jobs))


if __name__ == "__main__":
    main()
