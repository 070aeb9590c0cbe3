"""Threads that run database transactions from the event loop, each transaction whole on one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from sqlalchemy.exc import TimeoutError as NoFreeConnection

_T = TypeVar("_T")
_Task = Callable[[], None]

_MAX_DELAY = 3.0


class TransactionThreads:
    """As many threads as a pool has connections; at most ``writers`` of them write at once.

    A transaction runs in a copy of its caller's context, as in ``asyncio.to_thread``.

    A transaction waits up to ``max_wait`` seconds for a free one. One that runs delays the cancellation of
    its caller, or the end of the program, by at most ``max_delay`` seconds.
    They are daemons: one that hangs in a dead server doesn't keep the interpreter from exiting.
    """

    def __init__(
        self, connections: int, *, writers: int, max_wait: float, max_delay: float = _MAX_DELAY
    ) -> None:
        self._tasks = SimpleQueue[_Task | None]()
        self._threads = [
            Thread(target=self._work, name=f"database {number}", daemon=True) for number in range(connections)
        ]
        self._max_wait = max_wait
        self._max_delay = max_delay
        self._free = asyncio.Semaphore(connections)
        self._writers = asyncio.Semaphore(writers)
        self._running = set[asyncio.Future[Any]]()
        self._closed = False
        for thread in self._threads:
            thread.start()

    async def read(self, transaction: Callable[[], _T]) -> _T:
        """Run a transaction that changes nothing; a cancelled caller leaves it at once.

        Raises ``NoFreeConnection`` after ``max_wait`` seconds.
        """
        return await asyncio.shield(await self._start(transaction))

    async def write(self, transaction: Callable[[], _T]) -> _T:
        """Run a transaction when fewer than ``writers`` others run; raises like ``read``.

        A caller that is cancelled meanwhile is released when the transaction has ended, or earlier if that
        takes too long; the transaction counts as a writer until it ends.
        """
        await self._writers.acquire()
        try:
            running = await self._start(transaction)
        except BaseException:
            self._writers.release()
            raise
        running.add_done_callback(lambda _: self._writers.release())
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await _wait({running}, self._max_delay)
            raise

    async def close(self, then: _Task) -> None:
        """End the threads when their transactions have ended, and run ``then`` in the last one.

        A thread that hangs is left behind.
        """
        self._closed = True
        try:
            await _wait(self._running, self._max_delay)
            if not self._running:
                await _wait({self._submit(then)}, self._max_delay)
        finally:
            for _ in self._threads:
                self._tasks.put(None)

    async def _start(self, transaction: Callable[[], _T]) -> asyncio.Future[_T]:
        try:
            async with asyncio.timeout(self._max_wait):
                await self._free.acquire()
        except TimeoutError as error:
            raise NoFreeConnection("all connections are busy") from error
        if self._closed:
            self._free.release()
            raise RuntimeError("the database is closed")
        running = self._submit(transaction)
        running.add_done_callback(lambda _: self._free.release())
        return running

    def _submit(self, transaction: Callable[[], _T]) -> asyncio.Future[_T]:
        loop, context = asyncio.get_running_loop(), copy_context()
        future = loop.create_future()
        self._running.add(future)
        future.add_done_callback(self._finish)

        def task() -> None:
            try:
                settle = partial(future.set_result, context.run(transaction))
            except BaseException as error:
                settle = partial(future.set_exception, error)
            # The loop may be closed by the time a thread stops hanging.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(settle)

        self._tasks.put(task)
        return future

    def _finish(self, future: asyncio.Future[Any]) -> None:
        self._running.discard(future)
        # Reading the error marks it as retrieved: the caller may have been cancelled.
        future.exception()

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            task()
            # Or the thread would keep what the transaction returned while it waits for the next.
            del task


async def _wait(running: set[asyncio.Future[Any]], seconds: float) -> None:
    """Wait until transactions have ended, for some seconds at most; a cancellation is raised after that."""
    loop = asyncio.get_running_loop()
    deadline, cancelled = loop.time() + seconds, None
    while (pending := {future for future in running if not future.done()}) and loop.time() < deadline:
        try:
            await asyncio.wait(pending, timeout=deadline - loop.time())
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
