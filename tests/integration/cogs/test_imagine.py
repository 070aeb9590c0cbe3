"""/imagine, whole: from the command to the card."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from bot.domain.models import PIXELS, Ratio
from bot.pictures.sniff import sniff
from tests.support.in_process.guild import Town, buttons_of, gallery_of, open_town, text_of


async def test_a_command_becomes_a_picture_in_one_message(town: Town) -> None:
    await town.alice.slash(town.channel, "imagine", prompt="a lighthouse in a storm", ratio="16:9", size="1K")
    (file,) = town.files(town.message)
    header = sniff(file)
    assert header is not None and (header.width, header.height) == PIXELS["1K"]["16:9"]
    (item,) = gallery_of(town.message)
    assert item.description == "a lighthouse in a storm"
    assert "16:9 · 1280×720" in town.card
    assert list(buttons_of(town.message)) == ["Again", "Edit", "Remix", "4K", "More"]
    assert town.asked == [
        {
            "prompt": "a lighthouse in a storm",
            "size": "1K",
            "aspectRatio": "16:9",
            "model": "seedream-4.5",
        }
    ]


async def test_the_card_waits_draws_and_finishes(gated: Town) -> None:
    await gated.alice.slash(gated.channel, "imagine", prompt="a fox", size="1K")
    message = gated.message
    assert "Waiting" in text_of(message) and "next in line" in text_of(message)
    await gated.env.advance_time(6)
    assert "Drawing… about" in gated.card.replace("*", "")
    assert list(buttons_of(gated.message)) == ["Cancel"]
    await gated.until_answered()
    assert gated.message.id == message.id
    assert gallery_of(gated.message)


async def test_progress_is_shown_no_faster_than_each_five_seconds(gated: Town) -> None:
    await gated.alice.slash(gated.channel, "imagine", prompt="a fox", size="1K")
    edits = len(gated.env.http_requests)
    await gated.env.advance_time(4)
    assert len(gated.env.http_requests) == edits
    await gated.env.advance_time(2)
    assert len(gated.env.http_requests) == edits + 1
    await gated.until_answered()


async def test_four_pictures_come_in_one_gallery(tmp_path: Path) -> None:
    async with open_town(tmp_path, painted=True) as town:
        await town.alice.slash(town.channel, "imagine", prompt="a fox in the snow", size="1K", count=4)
        assert len(gallery_of(town.message)) == 4
        assert len(set(town.files(town.message))) == 4


async def test_people_wait_behind_those_who_came_first(tmp_path: Path) -> None:
    async with open_town(tmp_path, gated=True, RELAY_CONCURRENCY="1") as town:
        await town.alice.slash(town.channel, "imagine", prompt="one", size="1K")
        await town.alice.slash(town.channel, "imagine", prompt="two", size="1K")
        assert "next in line" in town.card
        await town.alice.slash(town.channel, "imagine", prompt="three", size="1K")
        assert "1 request ahead" in town.card
        await town.until_answered()
        assert [asked["prompt"] for asked in town.asked] == ["one", "two", "three"]


async def test_a_card_in_line_moves_up(tmp_path: Path) -> None:
    async with open_town(tmp_path, gated=True, RELAY_CONCURRENCY="1") as town:
        for prompt in ("one", "two", "three"):
            await town.alice.slash(town.channel, "imagine", prompt=prompt, size="1K")
        card = town.message
        assert "1 request ahead" in town.card
        await town.app.service.cancel(2, town.alice.id, moderator=False)
        await town.env.advance_time(12)
        assert town.message.id == card.id and "next in line" in town.card
        await town.until_answered()


async def test_members_take_turns(tmp_path: Path) -> None:
    async with open_town(tmp_path, gated=True, RELAY_CONCURRENCY="1") as town:
        for prompt in ("a1", "a2", "a3"):
            await town.alice.slash(town.channel, "imagine", prompt=prompt, size="1K")
        await town.bob.slash(town.channel, "imagine", prompt="b1", size="1K")
        await town.until_answered()
        assert [asked["prompt"] for asked in town.asked] == ["a1", "b1", "a2", "a3"]


async def test_a_prompt_can_neither_ping_nor_format_nor_link(town: Town) -> None:
    evil = "# @everyone <@1> **bold** [x](http://evil.example) <t:0:R> ||spoiler||\n> quote"
    await town.alice.slash(town.channel, "imagine", prompt=evil, size="1K")
    for sign in ("@everyone", "<@1>", "**bold**", "](http", "<t:0", "||spoiler", "\n> quote"):
        assert sign not in town.card
    for request in town.env.http_requests:
        if request.method == "PATCH":
            assert request.json["allowed_mentions"]["parse"] == []


async def test_a_long_prompt_is_taken_and_warned_about(town: Town) -> None:
    await town.alice.slash(town.channel, "imagine", prompt="风" * 301, size="1K")
    assert "long prompt" in town.card
    assert town.asked[0]["prompt"] == "风" * 301


async def test_a_prompt_of_spaces_is_answered_to_the_asker_alone(town: Town) -> None:
    result = await town.alice.slash(town.channel, "imagine", prompt="   ")
    assert result.ephemeral
    assert "Write what the picture should show" in text_of(result.response.message)
    assert not town.asked


def sent_commands(town: Town) -> dict[str, Any]:
    (sync,) = [request for request in town.env.http_requests if request.method == "PUT"]
    return {command["name"]: command for command in sync.json if command["type"] == 1}


async def test_every_ratio_is_offered_with_its_use(town: Town) -> None:
    options = {option["name"]: option for option in sent_commands(town)["imagine"]["options"]}
    assert list(options) == ["prompt", "ratio", "size", "style", "count"]
    choices = options["ratio"]["choices"]
    assert [choice["value"] for choice in choices] == list(get_args(Ratio))
    assert all(choice["name"].startswith(f"{choice['value']} · ") for choice in choices)
    assert [choice["value"] for choice in options["size"]["choices"]] == ["1K", "2K", "4K"]


@pytest.mark.parametrize(
    ("language", "imagine", "remix_file"), [("zh-CN", "画图", "上传改图"), ("zh-TW", "畫圖", "上傳改圖")]
)
async def test_commands_carry_their_chinese_names(
    town: Town, language: str, imagine: str, remix_file: str
) -> None:
    commands = sent_commands(town)
    names = {name: command["name_localizations"][language] for name, command in commands.items()}
    assert {**names, "imagine": imagine, "remix-file": remix_file} == names
    for command in commands.values():
        assert command["description_localizations"][language]
        for option in command.get("options", []):
            assert option["name_localizations"][language] and option["description_localizations"][language]
            assert all(choice["name_localizations"][language] for choice in option.get("choices", []))


async def test_a_model_is_asked_for_only_where_there_is_a_choice(tmp_path: Path) -> None:
    async with open_town(tmp_path, RELAY_MODELS="one, two") as town:
        await town.alice.slash(town.channel, "imagine", prompt="a fox", size="1K", model="two")
        assert town.asked[0]["model"] == "two"


@pytest.mark.parametrize(
    ("prompt", "says", "buttons"),
    [
        ("blocked-prompt", "refused the prompt", ["Edit prompt"]),
        ("blocked-image", "may show a real person", ["Edit"]),
        ("blocked-result", "stopped the result", ["Try again", "Edit"]),
        ("blocked-safety", "refused this request", ["Edit"]),
        ("blocked-chinese", "refused the prompt", ["Edit prompt"]),
        ("overdue", "isn't set up right", ["Try again"]),
        ("size-refused", "doesn't draw 1:1 at 1K", ["Redo at 2K", "Edit"]),
    ],
)
async def test_each_refusal_is_told_in_the_channel_with_what_helps(
    town: Town, prompt: str, says: str, buttons: list[str]
) -> None:
    await town.alice.slash(town.channel, "imagine", prompt=prompt, size="1K")
    await town.env.advance_time(2)
    assert says in town.card.replace("*", "")
    assert list(buttons_of(town.message)) == buttons


async def test_a_blocked_result_is_tried_once_more_by_itself(town: Town) -> None:
    await town.alice.slash(town.channel, "imagine", prompt="blocked-result-once", size="1K")
    await town.env.advance_time(2)
    assert gallery_of(town.message)
    assert len(town.asked) == 2


async def test_a_blocked_prompt_is_never_tried_again_by_itself(town: Town) -> None:
    await town.alice.slash(town.channel, "imagine", prompt="blocked-prompt", size="1K")
    await town.env.advance_time(120)
    assert len(town.asked) == 1


async def test_a_busy_relay_is_waited_for_and_said_so(town: Town) -> None:
    await town.alice.slash(town.channel, "imagine", prompt="busy-once", size="1K")
    await town.env.advance_time(6)
    assert "busy" in town.card or gallery_of(town.message)
    await town.env.advance_time(30)
    assert gallery_of(town.message)


async def test_a_relay_that_stays_busy_is_given_up_with_words(town: Town) -> None:
    await town.alice.slash(town.channel, "imagine", prompt="busy", size="1K")
    await town.env.advance_time(150)
    assert "tried several times" in town.card
    assert len(town.asked) == 4


@pytest.mark.parametrize("prompt", ["cut-off", "not-a-picture", "html", "empty"])
async def test_what_is_no_whole_picture_is_never_posted(town: Town, prompt: str) -> None:
    await town.alice.slash(town.channel, "imagine", prompt=prompt, size="1K")
    await town.env.advance_time(150)
    assert not gallery_of(town.message)
    assert "try again later" in town.card


async def test_a_relay_that_only_fails_is_known_to_be_down_and_nobody_is_turned_away(town: Town) -> None:
    await town.alice.slash(town.channel, "imagine", prompt="broken", size="1K")
    await town.env.advance_time(30)
    assert "Waiting" in town.card and "Cancel" in buttons_of(town.message)
    await town.press(town.alice, "Cancel")
    assert "Cancelled" in town.card


async def test_a_picture_over_the_upload_limit_is_made_to_fit(tmp_path: Path) -> None:
    async with open_town(tmp_path, UPLOAD_LIMIT_MB="0.1") as town:
        await town.alice.slash(town.channel, "imagine", prompt="huge mountains", size="1K")
        (file,) = town.files(town.message)
        assert len(file) <= 0.1 * 1024 * 1024
        assert "re-encoded" in town.card
        assert b"trainedAlgorithmicMedia" in file


async def test_a_refused_upload_is_sent_once_more_smaller(gated: Town) -> None:
    await gated.alice.slash(gated.channel, "imagine", prompt="huge mountains", size="1K")
    gated.env.inject_error("PATCH", "/webhooks/*/messages/*", status=413, code=40005)
    await gated.until_answered()
    (file,) = gated.files(gated.message)
    assert len(file) <= 8_000_000
    assert "re-encoded" in gated.card or len(file) < 8_000_000


async def test_nothing_of_a_finished_request_stays_on_disk_and_its_token_is_forgotten(
    town: Town, tmp_path: Path
) -> None:
    await town.alice.slash(town.channel, "imagine", prompt="a fox", size="1K")
    assert not [path for path in (tmp_path / "spool").rglob("*") if path.is_file()]
    job = await town.app.service.job(1)
    assert job.state == "done" and job.reply_to is None
