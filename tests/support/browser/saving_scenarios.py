"""Keeping pictures: originals, direct messages, and what can't be had any more."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from bot.demo.page.live_preview import LivePreview, live_preview
from tests.support.browser.actions import Acting

KEEPS = {"KEEP_ORIGINALS": "true", "RELAY_MODELS": "seedream-4.5,seedream-4.0"}
"""Settings under which originals are kept, and people may choose a model."""
_USUAL = 10 * 1024 * 1024
"""Bytes that may be uploaded in most places."""
_LINK = "https://pictures.example.org/{name}?signature=0123456789abcdef"


class Keeping(Acting):
    """A member who wants to keep pictures, where their originals are kept."""

    async def keep(self) -> None:
        """Look at what can be kept, save it, and ask for its originals."""
        async with self._page.still():
            await self._wish_to_hear()
            await self._remix()
            await self._imagine("huge", size="2K")
            await self._until_answered()
            more = self._note("more-original", await self._press("more", self._results["remixed"]))
            await self._do("more.saved", "save", more)
            huge = await self._press("more", self._results["huge"])
            with self._small_uploads(_USUAL):
                await self._do("rule.original-too-large", "original", huge)
                self._sign_links()
                await self._do("more.original-links", "original", huge)
            await self._imagine("prompt-blocked")
            await self._until_answered()

    async def lose(self) -> None:
        """Ask for what is gone, doesn't fit, or may not be touched."""
        async with self._page.still():
            asked = await self._imagine("result")
            await self._until_answered()
            more = await self._press("more", asked)
            history = await self._slash("history", "history")
            with self._small_uploads():
                await self._do("rule.too-large-here", "post", history)
            self._refuse("POST", f"/channels/{self._you.user.dm_channel.id}/messages", code=50007)
            await self._do("rule.dm-closed", "save", more)
            answer = f"/channels/*/messages/{asked.response.id}"
            self._refuse("DELETE", answer, code=50013)
            await self._do("rule.cannot-delete", "delete", more)
            self._refuse("DELETE", answer, code=50083, status=400)
            await self._do("rule.thread-archived", "delete", more)
            await self._forget(asked)
            await self._do("rule.no-original", "original", more)
            await self._mei.delete(asked.response.message)
            await self._do("rule.not-there", "post", history)

    @asynccontextmanager
    async def open_messages(self) -> AsyncGenerator[LivePreview]:
        """Leave the channel for one's direct messages, which are a page of their own."""
        await self._page.close()
        you = self._you.user
        done, _, saved, failed, *_ = you.dm_channel.history()
        self.shown.update({"reminder.done": done.id, "saved": saved.id, "reminder.failed": failed.id})
        async with live_preview(self._env, you.dm_channel, [you], port=None, locale=self._locale) as page:
            yield page

    async def _wish_to_hear(self) -> None:
        await self._app.personal.choose(self._you.id, lambda old: replace(old, tell_when_done=True))

    async def _remix(self) -> None:
        kept = await self._keep_style()
        photo = self._channel.history()[0].jump_url
        await self._slash(
            "remixed", "remix", url=photo, prompt=self._words["styled"], style=kept.style.name, size="1K"
        )
        await self._until_answered()

    async def _do(self, name: str, action: str, card: Any) -> None:
        self._note(name, await self._press(action, card))

    def _sign_links(self) -> None:
        """Have originals in a bucket, which has links to them; the playground's folder has none."""

        async def link(name: str) -> str:
            return _LINK.format(name=name)

        self._app.originals.link = link

    def _refuse(self, method: str, path: str, *, code: int, status: int = 403) -> None:
        self._env.inject_error(method, path, status=status, code=code)

    async def _forget(self, asked: Any) -> None:
        """Lose the originals of a request, as an operator may who tidies up."""
        await self._app.originals.forget((await self._job(asked)).kept)
