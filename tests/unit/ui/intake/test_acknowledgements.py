"""Acknowledgements come first: requests are stored and cards shown when no interaction waits for one."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from bot.domain.models import Draft, Requester
from bot.services.precedence import Precedence
from bot.ui.intake.interactions.acknowledgements import Acknowledgements
from bot.ui.intake.interactions.deferrals import Deferrals
from bot.ui.intake.interactions.intake import InteractionIntake
from bot.ui.intake.interactions.queued_cards import QueuedCards
from bot.ui.intake.interactions.storage import InteractionStorage
from bot.ui.running_handlers import RunningHandlers
from tests.support.jobs import make_job

COMMANDS = 40
DRAFT: Draft = make_job(1, 10).draft
NEVER = 3600.0


class Backend:
    """The services and Discord: notes in ``steps`` what they are asked to do."""

    def __init__(self) -> None:
        self.steps = list[str]()
        self.precedence = Precedence(longest_delay=NEVER)

    async def prepare(self, draft: Draft, requester: Requester, *, references: int) -> Any:
        # Some reads take longer than the whole way of another request.
        for _ in range(requester.user_id):
            await asyncio.sleep(0)
        return SimpleNamespace(draft=draft)

    async def submit(self, request: object, reply_to: object) -> Any:
        self.steps.append("stored")
        return make_job(1, 10)

    def expect(self, job: object) -> None: ...

    async def initial_position(self, job: object) -> tuple[()]:
        return ()

    async def show_position(self) -> None:
        self.steps.append("shown")

    async def defer(self, *, thinking: bool) -> Any:
        await asyncio.sleep(0)
        self.steps.append("acknowledged")
        return SimpleNamespace(is_ephemeral=lambda: False, message_id=5)

    def command(self, user_id: int) -> Any:
        """Return an interaction of a command."""
        return SimpleNamespace(
            id=user_id,
            user=SimpleNamespace(id=user_id),
            channel=None,
            channel_id=10,
            guild_id=None,
            guild_locale=None,
            locale="en-US",
            filesize_limit=1,
            context=SimpleNamespace(private_channel=False),
            application_id=1,
            token="token",
            extras={},
            response=SimpleNamespace(defer=self.defer),
        )


def intake_of(backend: Any) -> InteractionIntake:
    other: Any = None
    acknowledgements = Acknowledgements(longest_delay=NEVER, longest_turn=NEVER)
    deferrals = Deferrals(acknowledgements, backend.precedence, lambda: 0.0)
    storage = InteractionStorage(deferrals, other, other, lambda: 0.0, preparation=NEVER)
    cards = QueuedCards(backend, backend, deferrals)
    return InteractionIntake(backend, deferrals, storage, cards, other, RunningHandlers(), other)


async def test_a_burst_is_acknowledged_before_any_of_it_is_stored() -> None:
    backend = Backend()
    intake = intake_of(backend)
    await asyncio.gather(*(intake.accept(backend.command(number), DRAFT) for number in range(COMMANDS)))
    assert backend.steps[:COMMANDS] == ["acknowledged"] * COMMANDS
    assert sorted(backend.steps[COMMANDS:]) == ["shown"] * COMMANDS + ["stored"] * COMMANDS


async def test_pictures_are_received_when_the_cards_of_a_burst_are_shown() -> None:
    backend = Backend()
    intake = intake_of(backend)

    async def receive() -> None:
        await asyncio.sleep(0)
        await backend.precedence.give_way()
        backend.steps.append("received")

    await asyncio.gather(
        *(intake.accept(backend.command(number), DRAFT) for number in range(COMMANDS)), receive()
    )
    assert backend.steps[-1] == "received"


async def test_acknowledgements_are_sent_in_their_order_a_few_at_once() -> None:
    acknowledgements, sent, go_on = Acknowledgements(longest_turn=NEVER), list[int](), asyncio.Event()

    async def acknowledge(number: int) -> None:
        async with acknowledgements.own_turn():
            sent.append(number)
            await go_on.wait()

    tasks = [asyncio.create_task(acknowledge(number)) for number in range(100)]
    for _ in range(3):
        await asyncio.sleep(0)
    assert sent == list(range(32))
    go_on.set()
    await asyncio.gather(*tasks)
    assert sent == list(range(100))


async def test_a_steady_stream_of_interactions_delays_the_rest_only_for_a_while() -> None:
    acknowledgements, turns = Acknowledgements(longest_delay=0, longest_turn=NEVER), asyncio.Semaphore(1)
    with acknowledgements.pending(7):
        async with acknowledgements.turn(turns):
            pass
        await acknowledgements.clear()


async def test_a_request_that_hangs_keeps_its_turn_only_for_a_while() -> None:
    acknowledgements, turns = Acknowledgements(longest_delay=NEVER, longest_turn=0), asyncio.Semaphore(1)
    async with acknowledgements.turn(turns), acknowledgements.turn(turns):
        pass
    assert not turns.locked()


async def test_a_cancelled_request_gives_its_turn_back() -> None:
    acknowledgements, turns = Acknowledgements(longest_delay=NEVER, longest_turn=NEVER), asyncio.Semaphore(1)

    async def take() -> None:
        async with acknowledgements.turn(turns):
            raise AssertionError("it is still to be acknowledged")

    with acknowledgements.pending(7):
        waiting = asyncio.create_task(take())
        await asyncio.sleep(0)
        assert turns.locked()
        waiting.cancel()
        await asyncio.wait({waiting})
    assert not turns.locked()
