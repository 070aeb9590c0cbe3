"""Requests, remixes and buttons in a real browser, on one shared playground."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.support.browser.tab import Tab
from tests.support.photos import photo

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LINK = re.compile(r"https://discord\.com/channels/\d+/\d+/\d+")


async def test_edit_is_prefilled_and_draws_a_new_card(tab: Tab) -> None:
    card = await tab.request_picture("a cabin in the woods ratio: 4:3 size: 1K")
    await tab.press(card, "Edit")
    prompt = tab.dialog.get_by_role("textbox")
    await expect(prompt).to_have_value("a cabin in the woods")
    await expect(tab.dialog).to_contain_text("4:3 · classic photo")
    await prompt.fill("a cabin in the snow")
    await tab.dialog.get_by_role("button", name="Submit").click()
    await expect(await tab.wait_for_picture(tab.card(1))).to_have_attribute("alt", "a cabin in the snow")
    await expect(tab.card(1)).to_contain_text("4:3 · ")


async def test_a_result_can_be_remixed_and_then_enlarged(tab: Tab) -> None:
    card = await tab.request_picture("a boat on a lake size: 1K")
    await tab.press(card, "Remix")
    prompt = tab.dialog.get_by_role("textbox")
    await expect(prompt).to_have_value("")
    await prompt.fill("as a watercolour")
    await tab.dialog.get_by_role("button", name="Submit").click()
    remixed = tab.card(1)
    await expect(await tab.wait_for_picture(remixed)).to_have_attribute("alt", "Remix: as a watercolour")
    await tab.press(remixed, "4K")
    large = tab.card(2)
    await tab.wait_for_picture(large)
    await expect(large).to_contain_text("4096×4096")
    await expect(large.get_by_role("button", name="4K", exact=True)).to_have_count(0)


async def test_the_picture_above_is_remixed_by_its_messages_link(tab: Tab) -> None:
    link = LINK.search(await tab.page.locator("#channel-message-list").inner_text())
    assert link
    await tab.send(f"/remix url: {link[0]} prompt: at night, with stars size: 1K")
    await expect(await tab.wait_for_picture(tab.card(0))).to_have_attribute(
        "alt", "Remix: at night, with stars"
    )


async def test_an_uploaded_file_is_remixed(tab: Tab, tmp_path: Path) -> None:
    file = tmp_path / "mine.jpg"
    file.write_bytes(photo(640, 480))
    await tab.box.press_sequentially("/remix-f")
    await tab.box.press("Tab")
    await tab.page.locator("#channel-composer input[type=file]").set_input_files(file)
    await tab.page.get_by_role("textbox", name="prompt").fill("in the rain")
    await tab.page.keyboard.press("Enter")
    await expect(await tab.wait_for_picture(tab.card(0))).to_have_attribute("alt", "Remix: in the rain")


async def test_a_blocked_prompt_says_so_and_offers_to_edit_it(tab: Tab) -> None:
    await tab.send("/imagine prompt: blocked-prompt in a garden size: 1K")
    card = tab.card(0)
    await expect(card).to_contain_text("The safety filter refused your prompt. Reword it and try again")
    await tab.press(card, "Edit prompt")
    prompt = tab.dialog.get_by_role("textbox")
    await expect(prompt).to_have_value("blocked-prompt in a garden")
    await prompt.fill("a garden")
    await tab.dialog.get_by_role("button", name="Submit").click()
    await tab.wait_for_picture(tab.card(1))


async def test_a_busy_relay_is_tried_again_by_itself(tab: Tab) -> None:
    await tab.send("/imagine prompt: a busy-once harbour size: 1K")
    await expect(tab.card(0)).to_contain_text("the image service is busy. Retrying")
    await tab.wait_for_picture(tab.card(0))


async def test_fast_clicks_and_unknown_messages_do_no_harm(tab: Tab) -> None:
    card = await tab.request_picture("a tree on a hill size: 1K")
    await card.get_by_role("button", name="Again").dblclick()
    await card.get_by_role("button", name="Edit").click(force=True)
    await card.get_by_role("button", name="Remix").click(force=True)
    await tab.wait_for_picture(tab.card(1))
    await tab.wait_until_idle()
    if await tab.dialog.count():
        await tab.page.keyboard.press("Escape")
    await tab.box.fill("   ")
    await tab.box.press("Enter")
    await tab.box.fill("")
    await tab.send("/nothing of the kind")
    await expect(tab.page.locator("#channel-message-list")).to_contain_text("/nothing of the kind")
    await tab.request_picture("still alive size: 1K")


async def test_the_history_shows_earlier_pictures_and_posts_them_again(tab: Tab) -> None:
    await tab.request_picture("an owl size: 1K")
    await tab.request_picture("a fox size: 1K")
    await tab.page.evaluate("document.getElementById('channel-timeline').scrollTop = 0")
    await tab.send("/history search: owl")
    history = tab.card(2)
    await expect(history).to_be_in_viewport()
    await expect(history).to_contain_text("Your result")
    thumbnail = history.get_by_role("img", name="an owl")
    await expect(thumbnail).not_to_have_js_property("naturalWidth", 0)
    await tab.press(history, "Post here again")
    await tab.expect_cards(4)
    picture = await tab.wait_for_picture(tab.card(3))
    await expect(picture).to_have_attribute("alt", "an owl")
