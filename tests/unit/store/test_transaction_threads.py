"""Threads that run transactions: a cancelled caller frees neither connection nor permit early."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, Callable

import pytest
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from bot.store.db.threads import TransactionThreads

HANGS_AT_EXIT = """
import asyncio, threading
from bot.store.db import threads
async def main():
    pool = threads.TransactionThreads(2, writers=1, max_wait=60, max_delay=0.05)
    hanging = asyncio.create_task(pool.write(threading.Event().wait))
    await asyncio.sleep(0)
    await pool.close(lambda: None)
    print("closed")
asyncio.run(main())
"""


@pytest.fixture
async def threads() -> AsyncGenerator[TransactionThreads]:
    pool = TransactionThreads(3, writers=1, max_wait=3600, max_delay=3600)
    yield pool
    await pool.close(lambda: None)


class Transaction:
    """A transaction that runs until it is committed by the test."""

    def __init__(self) -> None:
        self.begun, self._committed = threading.Event(), threading.Event()
        self.ended = False

    def __call__(self) -> str:
        self.begun.set()
        assert self._committed.wait(60)
        self.ended = True
        return "done"

    async def has_begun(self) -> None:
        assert await asyncio.to_thread(self.begun.wait, 60)

    def commit(self) -> None:
        self._committed.set()


async def test_a_transaction_runs_whole_on_one_thread_beside_the_loop(threads: TransactionThreads) -> None:
    names = {await threads.read(lambda: threading.current_thread().name) for _ in range(9)}
    assert names <= {"database 0", "database 1", "database 2"}


async def test_an_error_of_the_transaction_is_the_callers(threads: TransactionThreads) -> None:
    def fail() -> None:
        raise LookupError("no row")

    for run in (threads.read, threads.write):
        with pytest.raises(LookupError, match="no row"):
            await run(fail)


async def test_a_cancelled_writer_is_released_after_its_commit(threads: TransactionThreads) -> None:
    transaction = Transaction()
    caller = asyncio.create_task(threads.write(transaction))
    await transaction.has_begun()
    for _ in range(3):
        caller.cancel()
        await settle()
    assert not caller.done()
    transaction.commit()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert transaction.ended


async def test_the_permit_of_a_cancelled_writer_is_free_after_its_commit(
    threads: TransactionThreads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "_max_delay", 0.0)
    first, second = Transaction(), Transaction()
    caller = asyncio.create_task(threads.write(first))
    await first.has_begun()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller  # released, as the transaction takes too long
    waiting = asyncio.create_task(threads.write(second))
    await settle()
    assert not second.begun.is_set()
    first.commit()
    second.commit()
    assert await waiting == "done"


async def test_a_writer_that_is_cancelled_while_it_waits_never_runs(threads: TransactionThreads) -> None:
    first, second, third = Transaction(), Transaction(), Transaction()
    running = asyncio.create_task(threads.write(first))
    await first.has_begun()
    waiting = asyncio.create_task(threads.write(second))
    await settle()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    first.commit()
    third.commit()
    assert await running == "done"
    assert await threads.write(third) == "done"
    assert not second.begun.is_set()


async def test_a_cancelled_reader_leaves_at_once_and_its_connection_is_busy_until_the_end(
    threads: TransactionThreads, monkeypatch: pytest.MonkeyPatch
) -> None:
    transactions = [Transaction() for _ in range(3)]
    readers = [asyncio.create_task(threads.read(each)) for each in transactions]
    for each, reader in zip(transactions, readers, strict=True):
        await each.has_begun()
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader
    with monkeypatch.context() as patch:
        patch.setattr(threads, "_max_wait", 0.01)
        with pytest.raises(NoFreeConnection):
            await threads.read(lambda: 1)
    for each in transactions:
        each.commit()
    assert await threads.read(lambda: 1) == 1


async def test_readers_run_beside_a_writer_that_hangs(threads: TransactionThreads) -> None:
    transaction = Transaction()
    writer = asyncio.create_task(threads.write(transaction))
    assert [await threads.read(lambda: 1) for _ in range(3)] == [1, 1, 1]
    transaction.commit()
    assert await writer == "done"


async def test_closing_waits_for_transactions_and_then_cleans_up() -> None:
    pool = TransactionThreads(2, writers=1, max_wait=3600, max_delay=3600)
    order = list[str]()
    transaction = Transaction()

    def work() -> None:
        transaction()
        order.append("committed")

    caller = asyncio.create_task(pool.write(work))
    await transaction.has_begun()
    closing = asyncio.create_task(pool.close(lambda: order.append("cleaned up")))
    await settle()
    transaction.commit()
    await closing
    await caller
    assert order == ["committed", "cleaned up"]


async def test_a_transaction_after_closing_is_an_error() -> None:
    pool = TransactionThreads(1, writers=1, max_wait=3600, max_delay=3600)
    await pool.close(lambda: None)
    for run in (pool.read, pool.write):
        with pytest.raises(RuntimeError, match="closed"):
            await run(lambda: 1)


async def test_a_cancelled_caller_leaves_no_unretrieved_error(threads: TransactionThreads) -> None:
    unretrieved = list[object]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unretrieved.append(context))
    for run in (threads.read, threads.write):
        transaction = Transaction()

        def fail(transaction: Callable[[], str] = transaction) -> None:
            transaction()
            raise LookupError("no row")

        caller = asyncio.create_task(run(fail))
        await transaction.has_begun()
        caller.cancel()
        await settle()
        transaction.commit()
        with pytest.raises(asyncio.CancelledError):
            await caller
        assert await threads.write(lambda: 1) == 1
    assert unretrieved == []


def test_a_thread_that_hangs_keeps_neither_closing_nor_the_interpreter_waiting() -> None:
    ended = subprocess.run(  # noqa: S603  # the script above
        [sys.executable, "-c", HANGS_AT_EXIT], capture_output=True, text=True, timeout=20, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "closed\n", "")


async def settle() -> None:
    """Let the loop run what is ready."""
    for _ in range(5):
        await asyncio.sleep(0)
