"""Save to DMs, stars, and completion notices."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.domain.errors import RuleBroken
from bot.domain.models import Header
from bot.pictures.sniff import sniff
from tests.support.in_process.guild import SimulatedGuild, open_simulation
from tests.support.in_process.message_parts import buttons_of, gallery_of, text_of

MOST = 10 * 1024 * 1024


async def draw(
    sim: SimulatedGuild, prompt: str = "a fox", person: Any = None, size: str = "1K", **options: Any
) -> discord.Message:
    await (person or sim.alice).slash(sim.channel, "imagine", prompt=prompt, size=size, **options)
    return sim.message


async def more(sim: SimulatedGuild, person: Any, message: discord.Message) -> Any:
    return (await sim.press(person, "More", message)).response


def dms(person: Any) -> list[discord.Message]:
    return person.user.dm_channel.history()


async def test_more_offers_each_user_what_they_may_do(sim: SimulatedGuild) -> None:
    card = await draw(sim)
    for person, offered in (
        (sim.alice, ["Vary", "Save to my DMs", "☆ Star", "Delete"]),
        (sim.moderator, ["Vary", "Save to my DMs", "Delete"]),
        (sim.bob, ["Vary", "Save to my DMs"]),
    ):
        assert list(buttons_of((await more(sim, person, card)).message)) == offered


async def test_anyone_can_save_a_result_to_their_direct_messages(sim: SimulatedGuild) -> None:
    card = await draw(sim, "a *fox* @everyone", count=2)
    shown = await more(sim, sim.bob, card)
    asked = await sim.bob.click(shown, custom_id=f"job:save:{sim.first_job}")
    result = await sim.bob.click(asked.response, custom_id=f"job:save-all:{sim.first_job}")
    assert result.ephemeral and "Saved" in text_of(result.response.message)
    saved = dms(sim.bob)[-1]
    assert sim.files(saved) == sim.files(card)
    assert len(gallery_of(saved)) == 2 and "a \\*fox\\*" in text_of(saved)
    assert card.jump_url in text_of(saved)
    assert saved.jump_url in text_of(result.response.message)
    assert not dms(sim.alice)


async def test_a_file_too_large_for_direct_messages_is_reencoded(sim: SimulatedGuild) -> None:
    emit = sim.env.backend.emit

    def boosted(event: str, data: dict[str, Any]) -> None:
        # A boosted server has a larger upload limit than a direct message.
        emit(event, {**data, "attachment_size_limit": 50_000_000})

    sim.env.backend.emit = boosted
    card = await draw(sim, "huge", size="2K")
    (large,) = sim.files(card)
    assert len(large) > MOST
    shown = await more(sim, sim.bob, card)
    await sim.bob.click(shown, custom_id=f"job:save:{sim.first_job}")
    (saved,) = sim.files(dms(sim.bob)[-1])
    assert len(saved) <= MOST and sniff(saved) == Header(format="jpeg", width=2048, height=2048)


async def test_closed_direct_messages_are_reported(sim: SimulatedGuild) -> None:
    shown = await more(sim, sim.bob, await draw(sim))
    sim.env.inject_error("POST", f"/channels/{sim.bob.user.dm_channel.id}/messages", status=403, code=50007)
    result = await sim.bob.click(shown, custom_id=f"job:save:{sim.first_job}")
    assert result.ephemeral and "I can't send you direct messages" in text_of(result.response.message)


async def test_a_deleted_picture_can_not_be_saved(sim: SimulatedGuild) -> None:
    card = await draw(sim)
    shown = await more(sim, sim.bob, card)
    theirs = await more(sim, sim.alice, card)
    await sim.confirm(sim.alice, theirs, "Delete")
    result = await sim.bob.click(shown, custom_id=f"job:save:{sim.first_job}")
    assert "picture is gone" in text_of(result.response.message)
    assert not dms(sim.bob)


async def test_results_are_starred_unstarred_and_filtered(sim: SimulatedGuild) -> None:
    first = await draw(sim, "a fox")
    await draw(sim, "an owl")
    shown = await more(sim, sim.alice, first)
    await sim.alice.click(shown, custom_id=f"job:star:{sim.first_job}")
    assert "★ Unstar" in buttons_of(shown.message) and "☆ Star" not in buttons_of(shown.message)
    history = (await sim.alice.slash(sim.channel, "history")).response
    assert "★ a fox" in text_of(history.message) and "★ an owl" not in text_of(history.message)
    await sim.alice.click(history, custom_id=buttons_of(history.message)["★ only"])
    assert "a fox" in text_of(history.message) and "an owl" not in text_of(history.message)
    await sim.alice.click(history, custom_id=buttons_of(history.message)["All results"])
    assert "an owl" in text_of(history.message)
    await sim.alice.click(shown, custom_id=f"job:unstar:{sim.first_job}")
    starred = (await sim.alice.slash(sim.channel, "history", starred=True)).response
    assert "any results here. Add a star" in text_of(starred.message)
    await sim.alice.click(starred, custom_id=buttons_of(starred.message)["All results"])
    assert "an owl" in text_of(starred.message)


async def test_only_its_owner_can_star_a_result(sim: SimulatedGuild) -> None:
    await draw(sim)
    await sim.env.settle()
    with pytest.raises(RuleBroken) as caught:
        await sim.app.services.members.star(1, sim.bob.id, starred=True)
    assert caught.value.rule == "not-your-result"
    assert not (await sim.app.services.queries.job(sim.first_job)).starred


async def enable_notices(sim: SimulatedGuild, **more: Any) -> None:
    await sim.app.services.members.change_preferences(
        sim.alice.id, lambda old: replace(old, tell_when_done=True, **more)
    )


async def test_a_completion_notice_is_sent_once_with_a_link(sim: SimulatedGuild) -> None:
    await draw(sim, "no wish")
    await enable_notices(sim)
    card = await draw(sim, "a fox")
    await draw(sim, "another's", person=sim.bob)
    (told,) = dms(sim.alice)
    assert "Your picture is ready" in text_of(told) and "a fox" in text_of(told)
    assert card.jump_url in text_of(told)
    assert not dms(sim.bob)


async def test_a_completion_notice_reports_failure_in_the_members_language(sim: SimulatedGuild) -> None:
    await enable_notices(sim, language="zh-TW")
    await draw(sim, "blocked-prompt")
    (told,) = dms(sim.alice)
    assert "你的請求失敗了" in text_of(told)


async def test_no_completion_notice_for_a_request_made_in_direct_messages(gated_sim: SimulatedGuild) -> None:
    await enable_notices(gated_sim)
    await gated_sim.alice.user.slash("imagine", prompt="in here", size="1K")
    await gated_sim.finish_jobs()
    assert len(dms(gated_sim.alice)) == 1


async def test_no_completion_notice_for_a_result_delivered_by_direct_message(
    gated_sim: SimulatedGuild,
) -> None:
    await enable_notices(gated_sim)
    await gated_sim.alice.slash(gated_sim.channel, "imagine", prompt="a fox", size="1K")
    gated_sim.env.inject_error("PATCH", "/webhooks/*/messages/*", status=401, code=50027)
    gated_sim.env.inject_error("POST", f"/channels/{gated_sim.channel.id}/messages", status=403, code=50001)
    await gated_sim.finish_jobs()
    assert len(dms(gated_sim.alice)) == 1 and gallery_of(dms(gated_sim.alice)[0])


async def test_closed_direct_messages_do_not_affect_the_answer(sim: SimulatedGuild) -> None:
    await enable_notices(sim)
    path = f"/channels/{sim.alice.user.dm_channel.id}/messages"
    sim.env.inject_error("POST", path, status=403, code=50007)
    assert gallery_of(await draw(sim))
    assert not dms(sim.alice)


async def test_a_message_with_pictures_in_components_has_no_attachments(sim: SimulatedGuild) -> None:
    card = await draw(sim)
    assert gallery_of(card) and not card.attachments


async def test_a_picture_that_is_gone_from_the_card_is_saved_from_the_stored_originals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_simulation(tmp_path, KEEP_ORIGINALS="true") as sim:
        shown = await more(sim, sim.bob, await draw(sim))
        sim.env.backend.cdn._blobs.clear()  # as if the files were deleted
        result = await sim.bob.click(shown, custom_id=f"job:save:{sim.first_job}")
        assert "Saved" in text_of(result.response.message)
        assert len(sim.files(dms(sim.bob)[-1])) == 1
