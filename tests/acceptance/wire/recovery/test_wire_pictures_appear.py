"""Pictures that appear as they are drawn, over real sockets: sent once, drawn once."""

from __future__ import annotations

import shutil
import signal

import pytest

from tests.support.wire.bot_under_test import RelayGate
from tests.support.wire.discord_objects import StoredInteraction, StoredMessage
from tests.support.wire.setup import ASKER, WireEnvironment, has_files

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def ask(environment: WireEnvironment, prompt: str) -> tuple[StoredInteraction, RelayGate]:
    """Request two pictures, of which the relay draws one and holds the other."""
    gate = environment.relay.hold(prompt)
    asked = await environment.discord.slash(ASKER, "imagine", prompt=prompt, size="1K", count=2)
    await gate.wait()
    return asked, gate


async def first_picture(environment: WireEnvironment, asked: StoredInteraction) -> StoredMessage:
    """Wait until the card shows a picture beside Cancel."""
    message = asked.response_message
    await environment.discord.until(lambda: message.pictures, "the first picture", 20)
    assert not message.is_outcome
    return message


def sent_files(environment: WireEnvironment, message: StoredMessage) -> list[str]:
    """Return the names of the files in all edits of a message."""
    edits = environment.discord.calls("PATCH", f"messages/{message.id}")
    return [name for call in edits for name in call.files]


async def test_a_picture_whose_edit_was_not_answered_is_not_sent_again(environment: WireEnvironment) -> None:
    environment.discord.ephemeral = True
    lost = environment.discord.lose_next_answer("PATCH", "webhooks", when=has_files)
    asked, gate = await ask(environment, "two quiet lakes")
    message = await first_picture(environment, asked)
    (shown,) = message.pictures
    assert lost.times == 0
    gate.released.set()
    await environment.discord.outcome(asked)
    assert message.pictures[0].id == shown.id
    assert sorted(sent_files(environment, message)) == sorted(picture.name for picture in message.pictures)
    assert len(message.pictures) == len(environment.relay.calls("two quiet lakes")) == 2


async def test_after_a_crash_only_the_picture_that_the_card_does_not_show_is_drawn(
    environment: WireEnvironment,
) -> None:
    asked, gate = await ask(environment, "two red kites")
    message = await first_picture(environment, asked)
    (shown,) = message.pictures
    await environment.bot.stop(signal.SIGKILL)
    shutil.rmtree(environment.bot.folder / "data" / "spool")
    gate.released.set()
    await environment.bot.start()
    await environment.discord.outcome(asked)
    assert message.pictures[0].id == shown.id
    assert len(message.pictures) == 2
    assert len(environment.relay.calls("two red kites")) == 3
