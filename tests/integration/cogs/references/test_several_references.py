"""Requests with several pictures: their ways in, their order, and models that take fewer."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import discord
import pytest
import pytest_asyncio
from discord.components import ThumbnailComponent

from bot.config.catalogue import shipped_text
from bot.domain.models import ImageRequest
from bot.ui.intake.references.media import pictures_in
from tests.support.in_process.guild import SimulatedGuild, open_simulation
from tests.support.in_process.message_parts import buttons_of, everything_in, file_urls, text_of
from tests.support.in_process.messages import PHOTO, bot_mention, write
from tests.support.in_process.preferences import opt_out
from tests.support.in_process.reference_relay import FOUR, ReferenceRelay, file_names, names
from tests.support.photos import turned_photo

RELAY = ReferenceRelay()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_simulation(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[SimulatedGuild]:
    """A running bot whose usual model takes one reference, and another model four."""
    folder = tmp_path_factory.mktemp("simulation")
    (models := folder / "models.toml").write_text(shipped_text() + FOUR)
    async with open_simulation(
        folder, wrap_relay=RELAY.wrap, MODELS_FILE=str(models), ARK_API_KEY="k3y"
    ) as shared:
        yield shared


@pytest.fixture(autouse=True)
def asked() -> list[ImageRequest]:
    """What the models were asked for."""
    RELAY.asked.clear()
    RELAY.bad.clear()
    return RELAY.asked


async def remix_file(sim: SimulatedGuild, *uploads: str, **options: Any) -> Any:
    """Ask for a remix of uploads, whose names are given."""
    slots = ("image", "image2", "image3", "image4")
    files = {slot: (name, PHOTO) for slot, name in zip(slots, uploads, strict=False)}
    given = {"prompt": "picture 1 beside 圖2", "size": "1K", **files, **options}
    return await sim.alice.slash(sim.channel, "remix-file", **given)


async def combined(sim: SimulatedGuild, *uploads: str, **options: Any) -> discord.Message:
    """Have uploads combined by the model that takes them all."""
    question = await remix_file(sim, *uploads, **options)
    await sim.press(sim.alice, "With Four", question.response)
    return sim.message


async def test_four_uploads_are_sent_in_order_and_named_as_the_services_do(
    sim: SimulatedGuild, asked: list[ImageRequest]
) -> None:
    await combined(sim, "sky.jpg", "sea.jpg", "fox.jpg", "owl.jpg")
    (request,) = asked
    assert names(request) == ["sky.jpg", "sea.jpg", "fox.jpg", "owl.jpg"]
    assert (request.model, request.prompt) == ("four", "image 1 beside 图2")
    assert "picture 1 beside 圖2" in sim.card


async def test_another_picture_replaces_the_one_of_several_that_is_the_problem(
    sim: SimulatedGuild, asked: list[ImageRequest]
) -> None:
    question = await remix_file(sim, "sky.jpg", image2=("notes.txt", b"words"))
    await sim.press(sim.alice, "With Four", question.response)
    shown = await sim.press(sim.alice, "Use another picture")
    await sim.fill(sim.alice, shown, upload_a_picture=[("fox.jpg", PHOTO)])
    assert names(asked[0]) == ["sky.jpg", "fox.jpg"]


async def test_a_model_that_takes_fewer_asks_before_anything_is_queued(
    sim: SimulatedGuild, asked: list[ImageRequest]
) -> None:
    question = (await remix_file(sim, "sky.jpg", "sea.jpg")).response
    assert question.ephemeral and "Seedream 4.5 starts from one picture" in text_of(question.message)
    assert list(buttons_of(question.message)) == ["Use picture 1", "Use picture 2", "With Four"]
    assert not asked and not await sim.app.stores.jobs.open_ids()
    await sim.press(sim.alice, "Use picture 2", question)
    assert [names(request) for request in asked] == [["sea.jpg"]]


async def test_a_mention_takes_the_picture_it_replies_to_and_then_its_uploads(
    sim: SimulatedGuild, asked: list[ImageRequest]
) -> None:
    shown = await sim.bob.send(sim.channel, "look", attachments=[("boat.jpg", PHOTO)])
    uploads = [("sky.jpg", PHOTO), ("sea.jpg", PHOTO)]
    await write(sim, sim.alice, f"{bot_mention(sim)} 1K in oil", reply_to=shown, attachments=uploads)
    assert "Use picture 3" in buttons_of(sim.message) and not asked
    await sim.press(sim.alice, "With Four")
    await sim.finish_jobs()
    assert [names(request) for request in asked] == [["boat.jpg", "sky.jpg", "sea.jpg"]]


async def test_a_mention_that_replies_to_several_pictures_asks_which_and_keeps_its_uploads(
    sim: SimulatedGuild, asked: list[ImageRequest]
) -> None:
    pair = [("left.jpg", PHOTO), ("right.jpg", PHOTO)]
    shown = await sim.bob.send(sim.channel, "look", attachments=pair)
    sky = [("sky.jpg", PHOTO)]
    await write(sim, sim.alice, f"{bot_mention(sim)} 1K", reply_to=shown, attachments=sky)
    assert "Describe what" in sim.card
    await write(sim, sim.alice, f"{bot_mention(sim)} 1K in oil", reply_to=shown, attachments=sky)
    await sim.press(sim.alice, "2")
    await sim.press(sim.alice, "With Four")
    await sim.finish_jobs()
    assert [names(request) for request in asked] == [["right.jpg", "sky.jpg"]]


async def test_more_uploads_than_any_request_takes_are_refused_in_words(
    sim: SimulatedGuild, asked: list[ImageRequest]
) -> None:
    files = [(f"{number}.jpg", PHOTO) for number in range(5)]
    await write(sim, sim.alice, f"{bot_mention(sim)} in oil", attachments=files)
    assert "You gave 5 pictures. I take up to 4." in sim.card and not asked


async def test_a_number_chooses_one_of_a_messages_own_uploads(
    sim: SimulatedGuild, asked: list[ImageRequest]
) -> None:
    files = [("sky.jpg", PHOTO), ("sea.jpg", PHOTO)]
    await write(sim, sim.alice, f"{bot_mention(sim)} #2 1K in oil", attachments=files)
    assert [names(request) for request in asked] == [["sea.jpg"]]


async def test_the_one_that_is_no_picture_is_named(sim: SimulatedGuild, asked: list[ImageRequest]) -> None:
    question = await remix_file(sim, "sky.jpg", "sea.jpg", image2=("notes.txt", b"words"))
    told = await sim.press(sim.alice, "With Four", question.response)
    said = [text_of(each.message) for each in told.followups] or [text_of(told.response.message)]
    assert any("Picture 2: **There's no picture at that link" in text for text in said)
    assert not asked


async def test_again_and_edit_keep_all_of_them(sim: SimulatedGuild, asked: list[ImageRequest]) -> None:
    card = await combined(sim, "sky.jpg", "sea.jpg", "fox.jpg")
    await sim.press(sim.alice, "Again", card)
    form = await sim.press(sim.alice, "Edit", card)
    await sim.fill(sim.alice, form, prompt="at dawn")
    assert [names(request) for request in asked] == [["sky.jpg", "sea.jpg", "fox.jpg"]] * 3
    assert [request.model for request in asked] == ["four"] * 3


async def test_those_that_may_be_shown_are_numbered_on_the_card(sim: SimulatedGuild) -> None:
    def thumbnails(message: discord.Message) -> list[str | None]:
        return [part.description for part in everything_in(message) if isinstance(part, ThumbnailComponent)]

    assert thumbnails(await combined(sim, "sky.jpg", "sea.jpg")) == []
    card = await combined(sim, "sky.jpg", "sea.jpg", **{"show-reference": True})
    assert thumbnails(card) == ["Picture 1", "Picture 2"]
    assert len(file_urls(card)) == 1
    await sim.press(sim.bob, "Again", card)
    assert thumbnails(sim.message) == []


async def test_every_copy_that_a_mention_needs_is_put_into_its_card(
    sim: SimulatedGuild, asked: list[ImageRequest]
) -> None:
    turned = turned_photo()
    files = [("sky.jpg", turned), ("sea.jpg", PHOTO), ("fox.jpg", turned), ("owl.jpg", turned)]
    await write(sim, sim.alice, f"{bot_mention(sim)} 1K in oil", attachments=files)
    await sim.press(sim.alice, "With Four")
    await sim.finish_jobs()
    (request,) = asked
    first, second, third, fourth = names(request)
    assert (second, len({first, third, fourth})) == ("sea.jpg", 3)
    assert [name.rpartition("-")[2] for name in (first, third, fourth)] == ["1.jpg", "3.jpg", "4.jpg"]
    shown = [part.media.url for part in everything_in(sim.message) if isinstance(part, ThumbnailComponent)]
    assert tuple(shown) == request.references
    assert len(pictures_in(sim.message)) == 1


async def test_a_form_takes_files_beside_the_picture_it_was_opened_on(
    sim: SimulatedGuild, asked: list[ImageRequest]
) -> None:
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K", model="four")
    card = sim.message
    form = await sim.press(sim.alice, "Remix", card)
    files = form.modal["components"][-1]["component"]
    assert files["max_values"] == 3
    await sim.fill(sim.alice, form, prompt="both", more_pictures=[("sky.jpg", PHOTO), ("sea.jpg", PHOTO)])
    assert names(asked[1])[1:] == ["sky.jpg", "sea.jpg"] and asked[1].reference == file_urls(card)[0]


async def test_another_picture_replaces_the_one_that_was_bad_and_keeps_the_others(
    sim: SimulatedGuild, asked: list[ImageRequest]
) -> None:
    RELAY.bad.append("sea.jpg")
    card = await combined(sim, "sky.jpg", "sea.jpg", "fox.jpg")
    assert "Picture 2: **The safety filter refused your picture" in text_of(card)
    form = await sim.press(sim.alice, "Use another picture", card)
    upload = form.modal["components"][0]
    assert (upload["description"], upload["component"]["max_values"]) == ("In place of picture 2.", 1)
    await sim.fill(sim.alice, form, upload_a_picture=[("owl.jpg", PHOTO)])
    assert names(asked[-1]) == ["sky.jpg", "owl.jpg", "fox.jpg"]


async def of_two_owners(sim: SimulatedGuild) -> discord.Message:
    """Return a card of Alice's that starts from a picture of Bob's and one of the moderator's."""
    bobs = await sim.bob.send(sim.channel, "look", attachments=[("boat.jpg", PHOTO)])
    theirs = await sim.moderator.send(sim.channel, "look", attachments=[("moon.jpg", PHOTO)])
    RELAY.bad.append("sky.jpg")
    upload = [("sky.jpg", PHOTO)]
    await write(sim, sim.alice, f"{bot_mention(sim)} 1K both", reply_to=bobs, attachments=upload)
    await sim.press(sim.alice, "With Four")
    await sim.finish_jobs()
    form = await sim.press(sim.alice, "Use another picture")
    await sim.fill(sim.alice, form, or_paste_a_link=theirs.jump_url)
    await sim.finish_jobs()
    return sim.message


@pytest.mark.parametrize(("owners", "refused"), [(["bob"], 1), (["moderator"], 2), (["bob", "moderator"], 1)])
async def test_the_one_whose_owner_allows_no_remixes_is_named_privately_before_anything_is_queued(
    sim: SimulatedGuild, asked: list[ImageRequest], owners: list[str], refused: int
) -> None:
    card = await of_two_owners(sim)
    assert names(asked[-1]) == ["boat.jpg", "moon.jpg"]
    drawn = len(asked)
    for owner in owners:
        await opt_out(sim, getattr(sim, owner))
    told = (await sim.press(sim.alice, "Again", card)).followups[-1]
    assert f"Picture {refused}: **The owner of this picture doesn't allow remixes" in text_of(told.message)
    assert told.ephemeral and len(asked) == drawn


async def test_where_the_bad_one_is_not_known_all_are_replaced(
    sim: SimulatedGuild, asked: list[ImageRequest]
) -> None:
    RELAY.bad.append("any")
    card = await combined(sim, "sky.jpg", "sea.jpg")
    assert "One of the 2 pictures: **The safety filter refused" in text_of(card)
    form = await sim.press(sim.alice, "Use another picture", card)
    RELAY.bad.clear()
    await sim.fill(sim.alice, form, upload_a_picture=[("owl.jpg", PHOTO), ("fox.jpg", PHOTO)])
    assert names(asked[-1]) == ["owl.jpg", "fox.jpg"]


async def test_before_shows_all_of_them_to_their_asker(sim: SimulatedGuild) -> None:
    card = await combined(sim, "sky.jpg", "sea.jpg", "fox.jpg")
    before = (await sim.press(sim.alice, "Before", card)).response.message
    assert file_names(file_urls(before)) == [
        "sky.jpg",
        "sea.jpg",
        "fox.jpg",
    ] and "the pictures this was made from" in text_of(before)
    hidden = (await sim.press(sim.bob, "Before", card)).response.message
    assert "is gone, or you can't see it" in text_of(hidden)


async def test_before_an_edit_with_more_pictures_shows_these_beside_the_earlier_one(
    sim: SimulatedGuild,
) -> None:
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K", model="four")
    first = sim.message
    form = await sim.press(sim.alice, "Remix", first)
    await sim.fill(sim.alice, form, prompt="both", more_pictures=[("sky.jpg", PHOTO)])
    before = (await sim.press(sim.alice, "Before")).response.message
    shown = [url.partition("?")[0] for url in file_urls(before)]
    assert shown[0] == file_urls(first)[0].partition("?")[0]
    assert len(shown) == 2 and "Combined with another picture." in text_of(before)
