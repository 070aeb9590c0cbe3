"""Requests of several pictures: each appears on the card when it is drawn, and is sent once."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from bot.domain.errors import RelayBusy, ResultBlocked
from tests.support.in_process.component_media import rename_attachments, renamed_attachments
from tests.support.in_process.guild import SimulatedGuild
from tests.support.in_process.message_parts import buttons_of, gallery_of, text_of
from tests.support.in_process.messages import PHOTO, bot_mention
from tests.support.in_process.stepped_relay import SteppedRelay, open_stepped_guild, open_stepped_simulation

_MOMENT = 8.0
"""Seconds after which the next edit is due."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_simulation(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncGenerator[tuple[SimulatedGuild, SteppedRelay]]:
    folder = tmp_path_factory.mktemp("simulation")
    async with open_stepped_simulation(folder) as shared:
        yield shared


@dataclass
class Drawing:
    """A server in which pictures are drawn one after the other."""

    sim: SimulatedGuild
    relay: SteppedRelay

    async def ask(self, count: int = 3, **options: Any) -> None:
        await self.sim.alice.slash(
            self.sim.channel, "imagine", prompt="a fox", size="1K", count=count, **options
        )

    async def draw(self, number: int = 1, error: Exception | None = None) -> None:
        for _ in range(number):
            await self.relay.draw_next(error)
            await self.sim.env.settle()

    async def draw_and_wait(self, number: int = 1) -> None:
        await self.draw(number)
        await self.sim.env.advance_time(_MOMENT)

    async def finish(self) -> None:
        self.relay.draw_all()
        await self.sim.finish_jobs()

    @property
    def shown(self) -> list[str]:
        """The names of the pictures on the card."""
        return [item.media.url.rpartition("/")[2] for item in gallery_of(self.sim.message)]

    @property
    def uploads(self) -> int:
        """How many files were sent to Discord and accepted."""
        return len(self.sim.env.backend.cdn._blobs)  # SimCord counts them nowhere else

    @property
    def shown_ids(self) -> list[int | None]:
        return [item.media.attachment_id for item in gallery_of(self.sim.message)]


@pytest_asyncio.fixture(loop_scope="module")
async def drawing(shared_simulation: tuple[SimulatedGuild, SteppedRelay]) -> AsyncGenerator[Drawing]:
    async with open_stepped_guild(*shared_simulation) as sim:
        yield Drawing(sim, shared_simulation[1])


async def test_each_picture_appears_when_it_is_drawn_and_stays(drawing: Drawing) -> None:
    await drawing.ask()
    message = drawing.sim.message
    await drawing.sim.env.advance_time(_MOMENT)
    assert drawing.shown == []
    await drawing.draw_and_wait()
    assert len(drawing.shown) == 1 and "Drawing 2 of 3" in drawing.sim.card
    assert list(buttons_of(drawing.sim.message)) == ["Cancel"]
    first = drawing.shown_ids
    await drawing.draw_and_wait()
    assert len(drawing.shown) == 2 and "Drawing 3 of 3" in drawing.sim.card
    assert drawing.shown_ids[:1] == first
    second = drawing.shown_ids
    await drawing.finish()
    assert len(drawing.shown) == 3 and drawing.shown_ids[:2] == second
    assert drawing.sim.message.id == message.id
    assert drawing.relay.calls == 3
    assert {"Again", "1", "2", "3"} <= set(buttons_of(drawing.sim.message))


async def test_pictures_that_come_soon_after_each_other_wait_for_one_edit(drawing: Drawing) -> None:
    await drawing.ask(4)
    await drawing.sim.env.advance_time(_MOMENT)
    edits = len(drawing.sim.env.http_requests)
    await drawing.draw(2)
    assert drawing.shown == []
    await drawing.sim.env.advance_time(_MOMENT)
    assert len(drawing.shown) == 2
    assert len(drawing.sim.env.http_requests) == edits + 1


async def test_pictures_stay_when_the_others_are_refused(drawing: Drawing) -> None:
    await drawing.ask()
    await drawing.draw_and_wait(2)
    kept = drawing.shown_ids
    await drawing.draw(error=ResultBlocked("refused", retry=False))
    await drawing.finish()
    assert drawing.shown_ids == kept
    assert "1 picture is missing" in drawing.sim.card


async def test_a_cancelled_card_keeps_its_pictures_and_they_can_be_used(drawing: Drawing) -> None:
    await drawing.ask()
    await drawing.draw_and_wait(2)
    kept = drawing.shown_ids
    await drawing.sim.press(drawing.sim.alice, "Cancel")
    await drawing.finish()
    assert drawing.shown_ids == kept and "2 of 3 drawn" in drawing.sim.card
    opened = await drawing.sim.press(drawing.sim.alice, "2")
    assert opened.ephemeral and len(gallery_of(opened.response.message)) == 1
    details = await drawing.sim.press(drawing.sim.alice, "More")
    assert "Vary" in buttons_of(details.response.message)
    question = await drawing.sim.press(drawing.sim.alice, "Remix")
    assert "Which picture?" in text_of(question.response.message)


async def test_a_cancelled_request_with_pictures_is_in_the_history(drawing: Drawing) -> None:
    sim = drawing.sim
    await drawing.ask()
    await drawing.draw_and_wait(2)
    await sim.press(sim.alice, "Cancel")
    await drawing.finish()
    listed = await sim.alice.slash(sim.channel, "history")
    assert len(gallery_of(listed.response.message)) == 2
    opened = await sim.press(sim.alice, "Open", listed.response)
    assert opened.ephemeral and gallery_of(opened.response.message)
    posted = await sim.press(sim.alice, "Post here again", listed.response)
    assert len(gallery_of(posted.response.message)) == 2
    assert "2 of 3 drawn" in sim.card and "missing" not in sim.card


async def test_a_request_that_waits_again_keeps_its_pictures(drawing: Drawing) -> None:
    await drawing.ask()
    await drawing.draw_and_wait()
    kept = drawing.shown_ids
    await drawing.draw(error=RelayBusy("busy", retry_after=20))
    await drawing.sim.env.advance_time(_MOMENT)
    assert "Retrying" in drawing.sim.card and drawing.shown_ids == kept
    drawing.relay.draw_all()
    await drawing.sim.env.advance_time(60)
    await drawing.finish()
    assert drawing.shown_ids[:1] == kept and len(drawing.shown) == 3
    assert drawing.relay.calls == 4


async def test_a_mention_shows_its_pictures_as_they_come(drawing: Drawing) -> None:
    sim = drawing.sim
    await sim.alice.send(sim.channel, f"{bot_mention(sim)} 1K x2 a fox")
    await drawing.draw_and_wait()
    first = drawing.shown_ids
    assert len(first) == 1
    await drawing.finish()
    assert drawing.shown_ids[:1] == first and len(drawing.shown) == 2


async def test_if_discord_refuses_to_keep_a_picture_all_are_sent_again(drawing: Drawing) -> None:
    await drawing.ask(2)
    await drawing.draw_and_wait()
    drawing.sim.env.inject_error("PATCH", "/webhooks/*/messages/*", status=400, code=50035)
    await drawing.finish()
    assert len(drawing.shown) == 2 and drawing.relay.calls == 2
    assert "Again" in buttons_of(drawing.sim.message)


async def test_pictures_stay_where_each_edit_gives_the_files_new_ids(drawing: Drawing) -> None:
    with renamed_attachments(drawing.sim.env):
        await drawing.ask()
        await drawing.draw_and_wait()
        first = drawing.shown_ids
        await drawing.draw_and_wait()
        assert len(drawing.shown) == 2 and not set(first) & set(drawing.shown_ids)
        # An edit without a new picture renames them, too.
        await drawing.draw(error=RelayBusy("busy", retry_after=20))
        await drawing.sim.env.advance_time(_MOMENT)
        uploads = drawing.uploads
        drawing.relay.draw_all()
        await drawing.sim.env.advance_time(60)
        await drawing.finish()
    assert len(drawing.shown) == 3 and drawing.relay.calls == 4
    assert drawing.uploads == uploads + 1


async def test_an_answer_finds_files_that_were_renamed_since_the_last_edit(drawing: Drawing) -> None:
    await drawing.ask(2)
    await drawing.draw_and_wait()
    backend, message = drawing.sim.env.backend, drawing.sim.message
    rename_attachments(backend, backend.get_message(message.channel.id, message.id))
    uploads = drawing.uploads
    await drawing.finish()
    assert len(drawing.shown) == 2 and drawing.relay.calls == 2
    assert drawing.uploads == uploads + 1


async def test_pictures_of_a_spoilered_request_are_spoilers_at_once(drawing: Drawing) -> None:
    sim = drawing.sim
    source = await sim.alice.send(sim.channel, "look", attachments=[("SPOILER_a.png", PHOTO)])
    await sim.alice.send(sim.channel, f"{bot_mention(sim)} 1K x2 as a drawing", reply_to=source)
    await drawing.draw_and_wait()
    assert [item.spoiler for item in gallery_of(sim.message)] == [True]
    await drawing.finish()
