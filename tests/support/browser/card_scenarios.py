"""The everyday scenario: one of each card."""

from __future__ import annotations

from typing import get_args

from bot.ui import outgoing
from bot.ui.panels.help_pages import Topic
from bot.ui.panels.settings_controls import PageName
from bot.ui.panels.welcome import WelcomePage
from tests.support.browser.actions import Scenario, job_on

_IN_LINE = ("drawing", "second", "next", "waiting")


class CardScenario(Scenario):
    """Everyday use by a member and a manager."""

    async def open_empty_panels(self) -> None:
        """Open every personal panel while there is nothing in it."""
        async with self._page.paused():
            await self._slash("history.none", "history")
            await self._slash("history.none-found", "history", search=self._texts["result"])
            await self._slash("queue.empty", "queue")
            await self._slash("usage.no-quota", "usage")
            await self._slash("style.none", "styles")

    async def draw_in_parts(self) -> None:
        """Request pictures of which the first two are drawn at once and the others take long."""
        async with self._page.paused():
            await self._imagine("part", size="2K", ratio="16:9", count=4)
            await self._env.advance_time(1)
            await self._env.advance_time(8)

    async def cancel_in_parts(self) -> None:
        """Cancel the request that is partly drawn."""
        async with self._page.paused():
            await self._press("cancel", self._results["part"])
            self.message_ids["stopped"] = self.message_ids["part"]

    async def fill_queue(self) -> None:
        """Request more pictures than are drawn at once."""
        async with self._page.paused():
            for name in _IN_LINE:
                await self._imagine(name)
                # The queue forecast is cached for a second.
                await self._env.advance_time(1.1)

    async def open_queue(self) -> None:
        """Open the member's queue."""
        async with self._page.paused():
            await self._slash("queue", "queue")
            question = await self._slash("cancel-all", "queue")
            await self._member.click(question.response, custom_id="queue:cancel-all")

    async def request_pictures(self) -> None:
        """Cancel the queued requests, then make some that succeed and some that fail."""
        async with self._page.paused():
            await self._set_style_and_rules()
            for name in reversed(_IN_LINE):
                await self._press("cancel", self._results[name])
            self.message_ids["cancelled"] = self.message_ids["drawing"]
            await self._imagine("result", ratio="3:2")
            await self._imagine("four", ratio="16:9", count=4)
            with self._limit_uploads():
                await self._imagine("reencoded", ratio="3:2")
            await self._imagine("styled", ratio="16:9", style=self._texts["style-name"])
            await self._imagine("larger", ratio="3:4")
            await self._imagine("missing", ratio="16:9", count=2)
            for name in ("prompt-blocked", "result-blocked", "operator", "unexpected", "blocked-words"):
                await self._imagine(name)
            await self._imagine("size-refused", ratio="21:9")
            photo = self._channel.history()[0].jump_url
            for name in ("reference-blocked", "unreachable"):
                await self._slash(name, "remix", url=photo, prompt=self._texts[name], size="1K")

    async def open_own_panels(self) -> None:
        """Open the member's own panels."""
        async with self._page.paused():
            result = self._results["result"].response
            four = self._results["four"]
            self._record("which-picture", await self._press("remix", four))
            picture = f"{job_on(four)}:2"
            alone = await self._member.click(four.response, custom_id=f"picture:open:{picture}")
            self._record("one-picture", alone)
            self._record(
                "link", await self._member.click(alone.response, custom_id=f"picture:link:{picture}")
            )
            for name, action in (("upscaled", "upscale"), ("varied", "vary")):
                pressed = f"picture:{action}:{picture}"
                self._record(name, await self._member.click(alone.response, custom_id=pressed))
            await self._wait_until_answered()
            self._record("before", await self._press("before", self._results["upscaled"]))
            more = await self._press("more", four)
            self._record("deletion", more)
            await self._member.click(more.response, custom_id=f"job:delete:{job_on(four)}")
            await self._slash("nearest", "remix", url=self._texts["four"], prompt=self._texts["reply"])
            self.message_ids["more"] = (await self._press("more", self._results["result"])).response.id
            for name in ("history", "usage", "preferences", "styles"):
                await self._slash(name, name)
            await self._member.click(self._results["styles"].response, custom_id="style:list:member:0")
            # Last, as it is deleted after a while.
            await self._member.send(self._channel, self._texts["reply"], reply_to=result)
            self.message_ids["hint"] = self._channel.last_message.id

    async def open_privacy_and_help(self) -> None:
        """Open the privacy and help pages."""
        async with self._page.paused():
            await self._slash("privacy", "privacy")
            question = await self._slash("privacy-question", "privacy")
            await self._member.click(question.response, custom_id="privacy:erase")
            for topic in get_args(Topic):
                page = await self._slash(f"help-{topic}", "help")
                if topic != "commands":
                    await self._member.click(page.response, custom_id=f"help:{topic}")

    async def post_welcome(self) -> None:
        """Post what a server is welcomed with, where a permission is missing."""
        async with self._page.paused():
            page = WelcomePage(self._bot.presentation.texts).page(self._locale, missing=("attach-files",))
            await outgoing.send(self._bot.get_partial_messageable(self._channel.id), page)
            self.message_ids["welcome"] = self._channel.last_message.id

    async def open_manager_panels(self) -> None:
        """Open the manager's panels, and set a channel for records."""
        async with self._page.paused():
            await self._set_rules(audit_channel=self._channel.id)
            # Without a choice of models there is no page for them.
            for page in (name for name in get_args(PageName) if name != "models"):
                panel = await self._slash(f"settings-{page}", "settings", by=self._manager)
                if page != "pictures":
                    await self._manager.click(panel.response, custom_id=f"settings:{page}:page:")
            await self._slash("member-history", "history", by=self._manager, member=self._member)

    async def request_while_busy(self) -> None:
        """Request a picture while the relay is busy."""
        async with self._page.paused():
            await self._imagine("busy", by=self._manager)
            self.message_ids["retrying"] = self.message_ids["busy"]

    async def exhaust_retries(self) -> None:
        """Advance time until the busy relay's retries are used up and the failure is recorded."""
        async with self._page.paused():
            while await self._app.stores.jobs.open_ids():
                await self._env.advance_time(2)
                await self._wait_for_relay_calls()
            await self._env.advance_time(6)
            self.message_ids["records-busy"] = self._channel.last_message.id

    async def _set_style_and_rules(self) -> None:
        """Save a style and set the server's rules."""
        await self._save_style()
        await self._set_rules(daily=25, blocked_words=(self._texts["blocked-word"],))
