"""Backups of both databases, and their restoration."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.domain.errors import OperatorError
from bot.domain.requests.cancellation import BY_ASKER
from bot.store.db.engine import open_engine
from bot.store.db.schema.inspection import pending_migrations
from bot.store.db.schema.upgrades import change_schema
from bot.store.db.tables import erasures, jobs, preferences, styles
from bot.store.erasures import ErasureList
from bot.store.history import HistoryStore
from bot.store.queue.claims import ClaimRequest
from bot.store.transfer.backup import back_up
from bot.store.transfer.restore import restore
from tests.support.store.history import add_finished_job
from tests.support.store.stores import NOON, Stores, add_job, fill_every_table, open_stores

BACKUP_AT = NOON + 60
TOKEN = "aW50ZXJhY3Rpb246MTIzNDU2"


@asynccontextmanager
async def opened(url: str, folder: Path) -> AsyncGenerator[Stores]:
    async with open_engine(url, durable=False) as engine:
        yield open_stores(engine, folder)


async def back_up_and_lose(url: str, folder: Path) -> Path:
    """Back up, and lose what was there."""
    file = folder / "backups" / "monday.db"
    await back_up(url, file, now=BACKUP_AT)
    return file


def files_like(folder: Path, pattern: str) -> list[Path]:
    return list(folder.glob(pattern))


async def test_everything_comes_back_while_the_bot_ran_on(database_url: str, tmp_path: Path) -> None:
    async with opened(database_url, tmp_path) as stores:
        await fill_every_table(stores, 7)
        file = await back_up_and_lose(database_url, tmp_path)
        later = await add_finished_job(stores.jobs, user=8, now=NOON + 90)
    done = await restore(file, database_url, tmp_path, replace=True, now=NOON + 100)
    assert done.backup_at == BACKUP_AT
    async with opened(database_url, tmp_path) as stores:
        assert (await stores.members.preferences(7)).size == "4K"
        assert await stores.count(jobs, user_id=7) == 1
        assert await stores.count(jobs, user_id=8) == 0
        assert await stores.jobs.get(later) is None
        assert (await stores.guilds.settings(3)).daily == 7


async def test_a_new_request_gets_no_id_that_a_card_from_after_the_backup_has(
    database_url: str, tmp_path: Path
) -> None:
    async with opened(database_url, tmp_path) as stores:
        await add_finished_job(stores.jobs, user=1, now=NOON)
        file = await back_up_and_lose(database_url, tmp_path)
        given = [await add_finished_job(stores.jobs, user=2, now=NOON) for _ in range(3)]
    await restore(file, database_url, tmp_path, replace=True, now=NOON + 100)
    async with opened(database_url, tmp_path) as stores:
        assert await add_finished_job(stores.jobs, user=3, now=NOON) > max(given)


async def test_open_requests_are_not_drawn_again_but_answered(database_url: str, tmp_path: Path) -> None:
    async with opened(database_url, tmp_path) as stores:
        waiting = await add_job(stores, 1, now=NOON)
        running = await add_job(stores, 2, now=NOON)
        with stores.engine.begin() as connection:
            held = {"state": "running", "worker": "w", "lease": NOON + 9}
            connection.execute(update(jobs).where(jobs.c.id == running.id).values(held))
        file = await back_up_and_lose(database_url, tmp_path)
    done = await restore(file, database_url, tmp_path, replace=True, now=NOON + 3600)
    assert done.unanswered == 2
    async with opened(database_url, tmp_path) as stores:
        assert await stores.jobs.claim("w", capacity=9, now=NOON + 3600, lease=NOON + 3700) == []
        for job_id in (waiting.id, running.id):
            found = await stores.jobs.get(job_id)
            assert found is not None and found.reply_to is not None
            assert (found.state, found.problem, found.reply_to.token) == ("failed", "data-restored", None)
        request = ClaimRequest(
            worker="w", lease=NOON + 3700, capacity=9, worker_capacity=9, worker_load=0, now=NOON + 3600
        )
        work = await stores.jobs.poll(request)
        assert {job.id for job in work.to_deliver} == {waiting.id, running.id}


@pytest.mark.parametrize("lost", [False, True], ids=["database there", "database lost"])
async def test_what_was_erased_after_the_backup_stays_erased(
    database_url: str, tmp_path: Path, lost: bool
) -> None:
    async with opened(database_url, tmp_path) as stores:
        await fill_every_table(stores, 7)
        deleted = await add_finished_job(stores.jobs, user=8, now=NOON)
        kept = await add_finished_job(stores.jobs, user=9, now=NOON)
        file = await back_up_and_lose(database_url, tmp_path)
        job = await stores.jobs.get(deleted)
        assert job is not None
        await HistoryStore(stores.engine, tmp_path).mark_deleted(job, BY_ASKER, now=BACKUP_AT + 1)
        stores.now = BACKUP_AT + 2
        await stores.privacy().erase(7, keep_opt_out=True)
        if lost:
            with stores.engine.begin() as connection:
                connection.execute(erasures.delete())
    done = await restore(file, database_url, tmp_path, replace=True, now=NOON + 100)
    assert done.erasures == 2
    async with opened(database_url, tmp_path) as stores:
        assert await stores.count(jobs, user_id=7) == await stores.count(styles, owner_id=7) == 0
        assert await stores.count(preferences, user_id=7) == 1
        assert not (await stores.members.preferences(7)).allow_remixes
        marked, untouched = await stores.jobs.get(deleted), await stores.jobs.get(kept)
        assert marked is not None and marked.facts == BY_ASKER.facts
        assert untouched is not None and untouched.facts == {}


async def test_what_was_erased_before_the_backup_is_not_erased_twice(
    database_url: str, tmp_path: Path
) -> None:
    async with opened(database_url, tmp_path) as stores:
        stores.now = NOON
        await stores.privacy().erase(7)
        await fill_every_table(stores, 7)
        file = await back_up_and_lose(database_url, tmp_path)
    done = await restore(file, database_url, tmp_path, replace=True, now=NOON + 100)
    assert done.erasures == 0
    async with opened(database_url, tmp_path) as stores:
        assert await stores.count(jobs, user_id=7) == 1


async def test_a_database_with_data_is_only_replaced_on_demand(database_url: str, tmp_path: Path) -> None:
    async with opened(database_url, tmp_path) as stores:
        await fill_every_table(stores, 7)
        file = await back_up_and_lose(database_url, tmp_path)
    with pytest.raises(OperatorError) as refused:
        await restore(file, database_url, tmp_path, replace=False, now=NOON)
    assert "--replace" in refused.value.detail
    async with opened(database_url, tmp_path) as stores:
        assert await stores.count(jobs, user_id=7) == 1


async def test_a_running_bot_keeps_its_database(database_url: str, tmp_path: Path) -> None:
    async with opened(database_url, tmp_path) as stores:
        file = await back_up_and_lose(database_url, tmp_path)
        await stores.count(jobs)
        with pytest.raises(OperatorError, match=r"^Only the bot's operator") as refused:
            await restore(file, database_url, tmp_path, replace=True, now=NOON)
    assert "process" in refused.value.detail


async def test_a_backup_is_one_private_file_without_tokens(database_url: str, tmp_path: Path) -> None:
    async with opened(database_url, tmp_path) as stores:
        await add_job(stores, 1, now=NOON)
        with stores.engine.begin() as connection:
            connection.execute(update(jobs).values(token=TOKEN))
        file = await back_up_and_lose(database_url, tmp_path)
    assert TOKEN.encode() not in file.read_bytes()
    assert {path.name for path in file.parent.iterdir()} <= {"monday.db", "erasures.jsonl"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in file.parent.iterdir())


async def test_a_file_that_exists_is_never_overwritten(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "mine"
    file.write_bytes(b"mine")
    with pytest.raises(OperatorError):
        await back_up(database_url, file, now=NOON)
    assert file.read_bytes() == b"mine"


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda content: content[: len(content) // 2],
    "empty": lambda _: b"",
    "text": lambda _: b"hello",
    "zeroed": lambda content: content[:8192] + bytes(8192) + content[16384:],
}


async def test_a_backup_of_an_earlier_version_is_brought_up_to_date(
    database_url: str, tmp_path: Path
) -> None:
    async with opened(database_url, tmp_path) as stores:
        await fill_every_table(stores, 7)
        file = await back_up_and_lose(database_url, tmp_path)
    await change_schema(f"sqlite:///{file}", "0020")
    await restore(file, database_url, tmp_path, replace=True, now=NOON)
    assert await pending_migrations(database_url) == []
    async with opened(database_url, tmp_path) as stores:
        assert await stores.count(jobs, user_id=7) == 1


async def test_a_backup_of_a_later_version_changes_nothing(database_url: str, tmp_path: Path) -> None:
    async with opened(database_url, tmp_path) as stores:
        file = await back_up_and_lose(database_url, tmp_path)
        await fill_every_table(stores, 7)
    with closing(sqlite3.connect(file)) as backup:
        backup.execute("UPDATE alembic_version SET version_num = '9999'")
        backup.commit()
    with pytest.raises(OperatorError):
        await restore(file, database_url, tmp_path, replace=True, now=NOON)
    async with opened(database_url, tmp_path) as stores:
        assert await stores.count(jobs, user_id=7) == 1


async def test_a_damaged_backup_changes_nothing(tmp_path: Path) -> None:
    url, database = f"sqlite:///{tmp_path / 'jobs.db'}", tmp_path / "jobs.db"
    async with opened(url, tmp_path) as stores:
        for user in range(1, 30):
            await fill_every_table(stores, user)
        file = await back_up_and_lose(url, tmp_path)
    content = file.read_bytes()
    damaged = {name: damage(content) for name, damage in DAMAGES.items()} | {
        "no backup": database.read_bytes()
    }
    for name, rubbish in damaged.items():
        file.write_bytes(rubbish)
        with pytest.raises(OperatorError):
            await restore(file, url, tmp_path, replace=True, now=NOON)
        async with opened(url, tmp_path) as stores:
            assert await stores.count(jobs) == 29, name
        assert files_like(tmp_path, "*replaced*") == files_like(tmp_path, ".restore*") == [], name


async def test_a_damaged_database_is_replaced_and_kept_aside(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'jobs.db'}"
    async with opened(url, tmp_path) as stores:
        await fill_every_table(stores, 7)
        file = await back_up_and_lose(url, tmp_path)
    (tmp_path / "jobs.db").write_bytes(b"rubbish" * 1000)
    done = await restore(file, url, tmp_path, replace=True, now=NOON)
    assert done.replaced is not None and done.replaced.read_bytes().startswith(b"rubbish")
    async with opened(url, tmp_path) as stores:
        assert await stores.count(jobs) == 1


async def test_a_backup_beside_a_busy_writer_is_of_one_moment(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'jobs.db'}"
    async with opened(url, tmp_path) as stores:
        first = await add_finished_job(stores.jobs, user=1, now=NOON)
        writer = asyncio.create_task(_change_often(stores, first))
        try:
            for number in range(5):
                await asyncio.to_thread(asyncio.run, back_up(url, tmp_path / f"{number}.db", now=BACKUP_AT))
        finally:
            writer.cancel()
    for number in range(5):
        with closing(sqlite3.connect(tmp_path / f"{number}.db")) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            (pairs,) = database.execute(
                "SELECT count(*) FROM styles a JOIN styles b USING (owner_id, name) WHERE a.text <> b.text"
            ).fetchone()
            assert pairs == 0


async def _change_often(stores: Stores, job_id: int) -> None:
    """Write the same number into two rows of one transaction, over and over."""
    with stores.engine.begin() as connection:
        for kind in ("guild", "member"):
            style = {"owner_kind": kind, "owner_id": 1, "name": "n", "text": "0", "job_id": job_id}
            connection.execute(styles.insert().values(style))
    number = 0
    while True:
        number += 1
        with stores.engine.begin() as connection:
            connection.execute(update(styles).values(text=str(number)))
        await asyncio.sleep(0)


def test_an_unreadable_list_of_erasures_is_named(tmp_path: Path) -> None:
    file = tmp_path / "erasures.jsonl"
    file.write_text("{rubbish\n")
    with pytest.raises(OperatorError) as refused:
        ErasureList(file).read()
    assert str(file) in refused.value.detail
