"""People of the playground's server, and what they do there so that every card is seen once."""

from __future__ import annotations

from typing import get_args

from bot.ui.panels.help_pages import Topic
from bot.ui.panels.settings_controls import Page
from tests.support.browser.actions import Acting

_IN_LINE = ("drawing", "second", "next", "waiting")


class Club(Acting):
    """A member and a manager who go through everything that is usual."""

    async def arrive(self) -> None:
        """See what there is of oneself at first: nothing."""
        async with self._page.still():
            await self._slash("history.none", "history")
            await self._slash("history.none-found", "history", search=self._words["result"])
            await self._slash("queue.empty", "queue")
            await self._slash("usage.no-quota", "usage")
            await self._slash("style.none", "styles")

    async def stand_in_line(self) -> None:
        """Ask for more than is drawn at once."""
        async with self._page.still():
            for name in _IN_LINE:
                await self._imagine(name)
                # What is known of the line holds for a second.
                await self._env.advance_time(1.1)

    async def look_at_the_line(self) -> None:
        """See where one's requests stand."""
        async with self._page.still():
            await self._slash("queue", "queue")

    async def ask(self) -> None:
        """Cancel all that, and ask for pictures, good ones and such as fail."""
        async with self._page.still():
            await self._decide()
            for name in reversed(_IN_LINE):
                await self._press("cancel", self._results[name])
            self.shown["cancelled"] = self.shown["drawing"]
            await self._imagine("result", ratio="3:2")
            await self._imagine("four", ratio="16:9", count=4)
            with self._small_uploads():
                await self._imagine("reencoded", ratio="3:2")
            await self._imagine("styled", ratio="16:9", style=self._words["style-name"])
            await self._imagine("missing", ratio="16:9", count=2)
            for name in ("prompt-blocked", "result-blocked", "operator", "unexpected", "blocked-words"):
                await self._imagine(name)
            await self._imagine("size-refused", ratio="21:9")
            photo = self._channel.history()[0].jump_url
            for name in ("reference-blocked", "unreachable"):
                await self._slash(name, "remix", url=photo, prompt=self._words[name], size="1K")

    async def look_around(self) -> None:
        """Open what is about oneself."""
        async with self._page.still():
            result = self._results["result"].response
            self.shown["more"] = (await self._press("more", self._results["result"])).response.id
            await self._you.send(self._channel, self._words["reply"], reply_to=result)
            self.shown["hint"] = self._channel.last_message.id
            for name in ("history", "usage", "preferences", "styles"):
                await self._slash(name, name)
            await self._you.click(self._results["styles"].response, custom_id="style:list:member:0")

    async def read_up(self) -> None:
        """Open what there is to read."""
        async with self._page.still():
            await self._slash("privacy", "privacy")
            question = await self._slash("privacy-question", "privacy")
            await self._you.click(question.response, custom_id="privacy:erase")
            for topic in get_args(Topic):
                page = await self._slash(f"help-{topic}", "help")
                if topic != "commands":
                    await self._you.click(page.response, custom_id=f"help:{topic}")

    async def keep_order(self) -> None:
        """Open what is for a manager, and name a channel for records."""
        async with self._page.still():
            await self._rule(audit_channel=self._channel.id)
            for page in get_args(Page):
                panel = await self._slash(f"settings-{page}", "settings", by=self._mei)
                if page != "pictures":
                    await self._mei.click(panel.response, custom_id=f"settings:{page}:page:")
            await self._slash("member-history", "history", by=self._mei, member=self._you)

    async def find_it_busy(self) -> None:
        """Ask a service that is busy by now."""
        async with self._page.still():
            await self._imagine("busy", by=self._mei)
            self.shown["retrying"] = self.shown["busy"]

    async def be_patient(self) -> None:
        """Let so much time pass that the busy service has been tried as often as it is, and that is noted."""
        async with self._page.still():
            while await self._app.jobs.open_ids():
                await self._env.advance_time(2)
                await self._until_all_called()
            await self._env.advance_time(6)
            self.shown["records-busy"] = self._channel.last_message.id

    async def _decide(self) -> None:
        """Keep a style, and make the rules of the server."""
        await self._keep_style()
        await self._rule(daily=20, blocked_words=(self._words["blocked-word"],))
