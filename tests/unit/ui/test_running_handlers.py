"""A stop waits for the handlers that are running, for a limited time."""

from __future__ import annotations

import asyncio

from bot.ui.running_handlers import RunningHandlers


async def test_a_stop_waits_for_running_handlers() -> None:
    handlers, ended = RunningHandlers(), list[str]()

    async def never() -> None:
        raise AssertionError

    async def handle() -> None:
        with handlers.track(never), handlers.track(never):
            await asyncio.sleep(0)
            ended.append("handler")

    tasks = [asyncio.create_task(handle()) for _ in range(3)]
    await handlers.finish(60)
    assert ended == ["handler"] * 3
    await asyncio.gather(*tasks)


async def test_without_handlers_a_stop_does_not_wait() -> None:
    async with asyncio.timeout(30):
        await RunningHandlers().finish(60)


async def test_a_handler_that_takes_too_long_is_cancelled_and_its_requester_notified() -> None:
    handlers, notified = RunningHandlers(), list[str]()

    async def tell() -> None:
        notified.append("restarting")

    async def fail() -> None:
        raise OSError

    async def handle(answer: bool) -> None:
        with handlers.track(tell if answer else fail):
            await asyncio.Event().wait()

    tasks = [asyncio.create_task(handle(answer)) for answer in (True, False)]
    await handlers.finish(0.01)
    assert notified == ["restarting"]
    assert all(task.cancelled() for task in tasks)


async def test_the_requester_of_an_accepted_request_is_not_notified() -> None:
    handlers = RunningHandlers()

    async def never() -> None:
        raise AssertionError

    async def handle() -> None:
        handlers.mark_accepted()  # without effect outside of a handler
        with handlers.track(never):
            handlers.mark_accepted()
            await asyncio.Event().wait()

    task = asyncio.create_task(handle())
    await handlers.finish(0.01)
    assert task.cancelled()
