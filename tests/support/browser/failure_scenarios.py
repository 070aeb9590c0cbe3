"""Trouble: pictures that can't be used, refusals of the filter, a service that fails."""

from __future__ import annotations

from typing import Any

from tests.support.browser.actions import Acting

_PICTURES: dict[str, dict[str, Any]] = {
    "format": {"content_type": "image/svg+xml"},
    "too-big": {"size": 12_000_000},
    "too-small": {"width": 12, "height": 12},
    "shape": {"width": 4000, "height": 100},
    "pixels": {"width": 9000, "height": 6000},
}
"""What Discord says of pictures that can't be used."""
_BROKEN = ("error.unavailable", "error.bad-reply")


class Trouble(Acting):
    """A member who has no luck."""

    async def give_bad_pictures(self) -> None:
        """Give pictures that can't be had or used."""
        async with self._page.still():
            photo, welcome = self._channel.history()[:2]
            notes = await self._mei.send(self._channel, "📄", attachments=[("notes.txt", b"milk, bread")])
            await self._give("not-public", "http://192.168.1.20/harbour.jpg")
            await self._give("not-picture", notes.attachments[0].url)
            await self._give("gone", photo.jump_url.replace(str(photo.id), "1"))
            await self._give("no-picture", welcome.jump_url)
            facts = self._env.backend.get_message(self._channel.id, photo.id).attachments[0]
            for problem, said in _PICTURES.items():
                before = dict(facts)
                facts.update(said)
                await self._give(problem, photo.jump_url)
                facts.clear()
                facts.update(before)
            # Discord shows bots less than SimCord does where nothing else is said.
            self._bot.http.message_content_access = False  # pyright: ignore[reportAttributeAccessIssue]  # SimCord's
            await self._mention("error.reference-unusable-hidden", self._words["reply"], reply_to=photo)
            self._bot.http.message_content_access = True  # pyright: ignore[reportAttributeAccessIssue]  # SimCord's

    async def meet_the_filter(self) -> None:
        """Be refused in every way, and too often in the end."""
        async with self._page.still():
            photo = self._channel.history()[0].jump_url
            for name in ("error.blocked", "error.prompt-blocked-copyright", "error.result-blocked-copyright"):
                await self._imagine(name)
            for name in ("error.reference-blocked", "error.reference-blocked-copyright"):
                await self._slash(name, "remix", url=photo, prompt=self._words[name], size="1K")
            for name in ("prompt-blocked", "again-blocked"):
                await self._imagine(name, prompt=self._words["prompt-blocked"])
            await self._until_answered()
            await self._imagine("rule.cooling-down", prompt=self._words["result"])

    async def stumble(self) -> None:
        """Ask a service that fails at once."""
        async with self._page.still():
            for name in _BROKEN:
                await self._imagine(name, by=self._mei)
            self.shown["card.retrying"] = self.shown["error.unavailable"]

    async def keep_trying(self) -> None:
        """Let those requests be tried as often as they are, while others are served."""
        async with self._page.still():
            while await self._app.jobs.open_ids():
                await self._app.pool.answered(now=self._app.clock())
                await self._env.advance_time(2)
                await self._until_all_called()

    async def find_it_down(self) -> None:
        """Ask while the service is down for everybody."""
        async with self._page.still():
            # Nobody waits an hour here.
            self._app.service._patience = 40.0  # pyright: ignore[reportPrivateUsage]  # see above
            await self._imagine("error.down", by=self._mei)
            await self._env.advance_time(12)
            await self._imagine("card.down", prompt=self._words["error.unavailable"], by=self._mei)

    async def give_up(self) -> None:
        """Let so much time pass that a request isn't worth trying any more, which is put on record."""
        async with self._page.still():
            await self._press("cancel", self._results["card.down"], by=self._mei)
            await self._rule(audit_channel=self._channel.id)
            while await self._app.jobs.open_ids():
                await self._env.advance_time(10)
                await self._until_all_called()
            await self._env.advance_time(6)
            self.shown["records-down"] = self._channel.last_message.id

    async def be_recorded(self) -> None:
        """Do everything that is put on record, with a service that is back."""
        async with self._page.still():
            await self._app.pool.answered(now=self._app.clock())
            photo = self._channel.history()[0].jump_url
            for name in ("result", "size-refused", "operator", "unexpected", "prompt-blocked", "drawing"):
                await self._imagine(name, by=self._mei)
            await self._slash(
                "unreachable", "remix", by=self._mei, url=photo, prompt=self._words["unreachable"], size="1K"
            )
            await self._press("cancel", self._results["drawing"], by=self._mei)
            await self._until_answered()
            more = await self._press("more", self._results["result"], by=self._mei)
            await self._press("delete", more, by=self._mei)
            history = await self._slash("history", "history", by=self._mei, member=self._you)
            form = await self._mei.click(history.response, custom_id=f"member:pause:{self._you.id}")
            paused = await self._fill("paused", self._mei, form)
            await self._mei.click(paused.response, custom_id=f"member:lift:{self._you.id}")
            await self._env.advance_time(8)
            self.shown["records-requests"] = self._channel.last_message.id

    async def _give(self, problem: str, url: str) -> None:
        name = f"error.reference-unusable-{problem}"
        await self._slash(name, "remix", url=url, prompt=self._words["reply"], size="1K")
