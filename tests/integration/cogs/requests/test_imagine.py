"""/imagine from the command to the result card."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from bot.config.catalogue import shipped_text
from bot.domain.models import PIXELS, Ratio
from bot.pictures.sniff import sniff
from tests.support.in_process.guild import SimulatedGuild, open_simulation
from tests.support.in_process.message_parts import buttons_of, gallery_of, text_of


async def test_a_command_delivers_its_picture_in_one_message(sim: SimulatedGuild) -> None:
    await sim.alice.slash(sim.channel, "imagine", prompt="a lighthouse in a storm", ratio="16:9", size="1K")
    (file,) = sim.files(sim.message)
    header = sniff(file)
    assert header is not None and (header.width, header.height) == PIXELS["1K"]["16:9"]
    (item,) = gallery_of(sim.message)
    assert item.description == "a lighthouse in a storm"
    assert "16:9 · 1280×720" in sim.card
    assert list(buttons_of(sim.message)) == ["Again", "Edit", "Remix", "4K", "More"]
    assert sim.relay_requests == [
        {
            "prompt": "a lighthouse in a storm",
            "size": "1K",
            "aspectRatio": "16:9",
            "model": "seedream-4.5",
        }
    ]


async def test_one_card_shows_waiting_drawing_and_the_result(gated_sim: SimulatedGuild) -> None:
    await gated_sim.alice.slash(gated_sim.channel, "imagine", prompt="a fox", size="1K")
    message = gated_sim.message
    assert "Waiting" in text_of(message) and "next in line" in text_of(message)
    await gated_sim.env.advance_time(6)
    assert "Drawing… about" in gated_sim.card.replace("*", "")
    assert list(buttons_of(gated_sim.message)) == ["Cancel"]
    await gated_sim.finish_jobs()
    assert gated_sim.message.id == message.id
    assert gallery_of(gated_sim.message)


async def test_progress_is_shown_no_faster_than_each_five_seconds(gated_sim: SimulatedGuild) -> None:
    await gated_sim.alice.slash(gated_sim.channel, "imagine", prompt="a fox", size="1K")
    edits = len(gated_sim.env.http_requests)
    await gated_sim.env.advance_time(4)
    assert len(gated_sim.env.http_requests) == edits
    await gated_sim.env.advance_time(2)
    assert len(gated_sim.env.http_requests) == edits + 1
    await gated_sim.finish_jobs()


async def test_four_pictures_are_shown_in_one_gallery(tmp_path: Path) -> None:
    async with open_simulation(tmp_path, varied_pictures=True) as sim:
        await sim.alice.slash(sim.channel, "imagine", prompt="a fox in the snow", size="1K", count=4)
        assert len(gallery_of(sim.message)) == 4
        assert len(set(sim.files(sim.message))) == 4


async def test_requests_of_different_members_are_drawn_in_order(tmp_path: Path) -> None:
    async with open_simulation(tmp_path, hold_relay=True, RELAY_CONCURRENCY="1") as sim:
        await sim.alice.slash(sim.channel, "imagine", prompt="one", size="1K")
        await sim.alice.slash(sim.channel, "imagine", prompt="two", size="1K")
        assert "next in line" in sim.card
        await sim.alice.slash(sim.channel, "imagine", prompt="three", size="1K")
        assert "1 request ahead" in sim.card
        await sim.finish_jobs()
        assert [asked["prompt"] for asked in sim.relay_requests] == ["one", "two", "three"]


async def test_a_waiting_card_shows_its_new_place(tmp_path: Path) -> None:
    async with open_simulation(tmp_path, hold_relay=True, RELAY_CONCURRENCY="1") as sim:
        for prompt in ("one", "two", "three"):
            await sim.alice.slash(sim.channel, "imagine", prompt=prompt, size="1K")
        card = sim.message
        assert "1 request ahead" in sim.card
        await sim.press(sim.alice, "Cancel", sim.channel.history()[1])
        await sim.skip_time(6, times=2)
        assert sim.message.id == card.id and "next in line" in sim.card
        await sim.finish_jobs()


async def test_members_take_turns(tmp_path: Path) -> None:
    async with open_simulation(tmp_path, hold_relay=True, RELAY_CONCURRENCY="1") as sim:
        for prompt in ("a1", "a2", "a3"):
            await sim.alice.slash(sim.channel, "imagine", prompt=prompt, size="1K")
        await sim.bob.slash(sim.channel, "imagine", prompt="b1", size="1K")
        await sim.finish_jobs()
        assert [asked["prompt"] for asked in sim.relay_requests] == ["a1", "b1", "a2", "a3"]


async def test_a_prompt_can_neither_ping_nor_format_nor_link(sim: SimulatedGuild) -> None:
    evil = "# @everyone <@1> **bold** [x](http://evil.example) <t:0:R> ||spoiler||\n> quote"
    await sim.alice.slash(sim.channel, "imagine", prompt=evil, size="1K")
    for sign in ("@everyone", "<@1>", "**bold**", "](http", "<t:0", "||spoiler", "\n> quote"):
        assert sign not in sim.card
    for request in sim.env.http_requests:
        if request.method == "PATCH":
            assert request.json["allowed_mentions"]["parse"] == []


async def test_a_long_prompt_is_accepted_with_a_warning(sim: SimulatedGuild) -> None:
    await sim.alice.slash(sim.channel, "imagine", prompt="风" * 301, size="1K")
    assert "long prompt" in sim.card
    assert sim.relay_requests[0]["prompt"] == "风" * 301


async def test_a_prompt_of_spaces_is_refused_privately(sim: SimulatedGuild) -> None:
    result = await sim.alice.slash(sim.channel, "imagine", prompt="   ")
    assert result.ephemeral
    assert "Describe what the picture should show" in text_of(result.response.message)
    assert not sim.relay_requests


def sent_commands(sim: SimulatedGuild) -> dict[str, Any]:
    (sync,) = [request for request in sim.env.http_requests if request.method == "PUT"]
    return {command["name"]: command for command in sync.json if command["type"] == 1}


async def test_every_ratio_is_offered_with_its_use_in_its_label(sim: SimulatedGuild) -> None:
    options = {option["name"]: option for option in sent_commands(sim)["imagine"]["options"]}
    assert list(options) == ["prompt", "ratio", "size", "style", "count"]
    choices = options["ratio"]["choices"]
    assert [choice["value"] for choice in choices] == list(get_args(Ratio))
    assert all(choice["name"].startswith(f"{choice['value']} · ") for choice in choices)
    assert [choice["value"] for choice in options["size"]["choices"]] == ["1K", "2K", "4K"]


@pytest.mark.parametrize(
    ("language", "imagine", "remix_file"), [("zh-CN", "画图", "上传改图"), ("zh-TW", "畫圖", "上傳改圖")]
)
async def test_commands_carry_their_chinese_names(
    sim: SimulatedGuild, language: str, imagine: str, remix_file: str
) -> None:
    commands = sent_commands(sim)
    names = {name: command["name_localizations"][language] for name, command in commands.items()}
    assert {**names, "imagine": imagine, "remix-file": remix_file} == names
    for command in commands.values():
        assert command["description_localizations"][language]
        for option in command.get("options", []):
            assert option["name_localizations"][language] and option["description_localizations"][language]
            assert all(choice["name_localizations"][language] for choice in option.get("choices", []))


async def test_the_model_option_exists_only_with_several_models(tmp_path: Path) -> None:
    async with open_simulation(tmp_path, RELAY_MODELS="one, two") as sim:
        await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K", model="two")
        assert sim.relay_requests[0]["model"] == "two"


@pytest.mark.parametrize(
    ("prompt", "says", "buttons"),
    [
        ("blocked-prompt", "refused your prompt", ["Edit prompt"]),
        ("blocked-image", "may show a real person", ["Edit"]),
        ("blocked-result", "stopped the result", ["Try again", "Edit"]),
        ("blocked-safety", "refused this request", ["Edit"]),
        ("blocked-chinese", "refused your prompt", ["Edit prompt"]),
        ("overdue", "isn't set up correctly", ["Try again"]),
        ("size-refused", "doesn't draw 1:1 at 1K", ["Redraw in 4:3", "Edit"]),
    ],
)
async def test_each_refusal_is_shown_in_the_channel_with_a_remedy(
    sim: SimulatedGuild, prompt: str, says: str, buttons: list[str]
) -> None:
    await sim.alice.slash(sim.channel, "imagine", prompt=prompt, size="1K")
    await sim.env.advance_time(2)
    assert says in sim.card.replace("*", "")
    assert list(buttons_of(sim.message)) == buttons


async def test_a_blocked_result_is_retried_once(sim: SimulatedGuild) -> None:
    await sim.alice.slash(sim.channel, "imagine", prompt="blocked-result-once", size="1K")
    await sim.env.advance_time(2)
    assert gallery_of(sim.message)
    assert len(sim.relay_requests) == 2


async def test_a_blocked_prompt_is_never_retried(sim: SimulatedGuild) -> None:
    await sim.alice.slash(sim.channel, "imagine", prompt="blocked-prompt", size="1K")
    await sim.skip_time(40, times=3)
    assert len(sim.relay_requests) == 1


async def test_a_busy_relay_is_retried_and_the_card_says_so(sim: SimulatedGuild) -> None:
    await sim.alice.slash(sim.channel, "imagine", prompt="busy-once", size="1K")
    await sim.env.advance_time(6)
    assert "busy" in sim.card or gallery_of(sim.message)
    await sim.skip_time(15, times=2)
    assert gallery_of(sim.message)


async def test_a_request_fails_with_an_explanation_when_the_relay_stays_busy(sim: SimulatedGuild) -> None:
    await sim.alice.slash(sim.channel, "imagine", prompt="busy", size="1K")
    await sim.skip_time(30, times=5)
    assert "tried several times" in sim.card
    assert len(sim.relay_requests) == 4


@pytest.mark.parametrize("prompt", ["cut-off", "not-a-picture", "html", "empty"])
async def test_an_incomplete_picture_is_never_posted(sim: SimulatedGuild, prompt: str) -> None:
    await sim.alice.slash(sim.channel, "imagine", prompt=prompt, size="1K")
    await sim.skip_time(30, times=5)
    assert not gallery_of(sim.message)
    assert "try again later" in sim.card


async def test_a_failing_relay_is_marked_as_down_and_requests_are_still_accepted(
    sim: SimulatedGuild,
) -> None:
    await sim.alice.slash(sim.channel, "imagine", prompt="broken", size="1K")
    await sim.skip_time(15, times=2)
    assert "Waiting" in sim.card and "Cancel" in buttons_of(sim.message)
    await sim.press(sim.alice, "Cancel")
    assert "Cancelled" in sim.card


async def test_a_picture_over_the_upload_limit_is_reencoded(tmp_path: Path) -> None:
    async with open_simulation(tmp_path, UPLOAD_LIMIT_MB="0.1") as sim:
        await sim.alice.slash(sim.channel, "imagine", prompt="huge mountains", size="1K")
        (file,) = sim.files(sim.message)
        assert len(file) <= 0.1 * 1024 * 1024
        assert "re-encoded" in sim.card
        assert b"trainedAlgorithmicMedia" in file


async def test_an_upload_refused_for_its_size_is_repeated_smaller(gated_sim: SimulatedGuild) -> None:
    await gated_sim.alice.slash(gated_sim.channel, "imagine", prompt="huge mountains", size="1K")
    gated_sim.env.inject_error("PATCH", "/webhooks/*/messages/*", status=413, code=40005)
    await gated_sim.finish_jobs()
    (file,) = gated_sim.files(gated_sim.message)
    assert len(file) <= 8_000_000
    assert "re-encoded" in gated_sim.card or len(file) < 8_000_000


async def test_a_finished_request_leaves_no_files_and_its_token_is_wiped(
    sim: SimulatedGuild, tmp_path: Path
) -> None:
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    assert not [path for path in (tmp_path / "spool").rglob("*") if path.is_file()]
    job = await sim.app.services.queries.job(sim.first_job)
    assert job.state == "done" and job.reply_to is None


async def test_models_are_named_by_their_labels_where_they_are_not_the_usual_one(tmp_path: Path) -> None:
    file = tmp_path / "models.toml"
    second = (
        shipped_text().replace('models."seedream-4.5"', "models.second").replace("Seedream 4.5", "Second")
    )
    file.write_text(
        shipped_text() + second.replace('provider = "relay"', 'provider = "relay"\nupstream = "x-2"')
    )
    async with open_simulation(tmp_path, MODELS_FILE=str(file)) as sim:
        choices = sent_commands(sim)["imagine"]["options"][-1]["choices"]
        assert [choice["value"] for choice in choices] == ["seedream-4.5", "second"]
        assert choices[1]["name"].startswith("Second · Detailed pictures")
        assert choices[1]["name_localizations"]["zh-CN"].startswith("Second · 细节丰富")
        await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K", model="second")
        await sim.env.advance_time(2)
        assert sim.relay_requests[0]["model"] == "x-2"
        assert sim.card.splitlines()[-1].endswith("· Second")
        await sim.alice.slash(sim.channel, "imagine", prompt="a cat", size="1K")
        await sim.env.advance_time(2)
        assert "Seedream" not in sim.card
