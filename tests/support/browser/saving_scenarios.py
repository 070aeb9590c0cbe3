"""Saving pictures: originals, direct messages and missing files."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from bot.demo.page.live_preview import LivePreview, live_preview
from tests.support.browser.actions import Scenario

ORIGINALS_SETTINGS = {"KEEP_ORIGINALS": "true", "RELAY_MODELS": "seedream-4.5,seedream-4.0"}
"""Settings that keep originals, with a choice of models."""
_DEFAULT_UPLOAD_LIMIT = 10 * 1024 * 1024
"""Bytes: the upload limit of most servers."""
_UNREACHABLE_UPLOAD_LIMIT = 100
"""Bytes: too few for any picture, however small it is made."""
_LINK = "https://pictures.example.org/{name}?signature=0123456789abcdef"


class SavingScenario(Scenario):
    """A member saves pictures, with originals kept."""

    async def save_pictures(self) -> None:
        """Save pictures and fetch their originals."""
        async with self._page.paused():
            await self._enable_notifications()
            await self._remix()
            await self._imagine("huge", size="2K")
            await self._wait_until_answered()
            more = self._record("more-original", await self._press("more", self._results["remixed"]))
            await self._press_and_record("more.saved", "save", more)
            huge = await self._press("more", self._results["huge"])
            with self._limit_uploads(_DEFAULT_UPLOAD_LIMIT):
                await self._press_and_record("rule.original-too-large", "original", huge)
                self._sign_links()
                await self._press_and_record("more.original-links", "original", huge)
            await self._imagine("prompt-blocked")
            await self._wait_until_answered()

    async def lose_pictures(self) -> None:
        """Fetch pictures that are gone or too large, or that Discord refuses to deliver."""
        async with self._page.paused():
            asked = await self._imagine("result")
            await self._wait_until_answered()
            more = await self._press("more", asked)
            history = await self._slash("history", "history")
            with self._limit_uploads(_UNREACHABLE_UPLOAD_LIMIT):
                await self._press_and_record("rule.too-large-here", "post", history)
            self._inject_error("POST", f"/channels/{self._member.user.dm_channel.id}/messages", code=50007)
            await self._press_and_record("rule.dm-closed", "save", more)
            answer = f"/channels/*/messages/{asked.response.id}"
            self._inject_error("DELETE", answer, code=50013)
            await self._press("delete", more)
            await self._press_and_record("rule.cannot-delete", "confirm", more)
            self._inject_error("DELETE", answer, code=50083, status=400)
            await self._press_and_record("rule.thread-archived", "confirm", more)
            await self._press("keep", more)
            await self._delete_originals(asked)
            await self._press_and_record("rule.no-original", "original", more)
            await self._manager.delete(asked.response.message)
            await self._press_and_record("rule.not-there", "post", history)

    @asynccontextmanager
    async def open_direct_messages(self) -> AsyncGenerator[LivePreview]:
        """Close the channel's page and open the member's direct messages."""
        await self._page.close()
        you = self._member.user
        done, _, saved, failed, *_ = you.dm_channel.history()
        self.message_ids.update({"reminder.done": done.id, "saved": saved.id, "reminder.failed": failed.id})
        async with live_preview(self._env, you.dm_channel, [you], port=None, locale=self._locale) as page:
            yield page

    async def _enable_notifications(self) -> None:
        await self._app.services.members.change_preferences(
            self._member.id, lambda old: replace(old, tell_when_done=True)
        )

    async def _remix(self) -> None:
        kept = await self._save_style()
        photo = self._channel.history()[0].jump_url
        await self._slash(
            "remixed", "remix", url=photo, prompt=self._texts["styled"], style=kept.style.name, size="1K"
        )
        await self._wait_until_answered()

    async def _press_and_record(self, name: str, action: str, card: Any) -> None:
        self._record(name, await self._press(action, card))

    def _sign_links(self) -> None:
        """Sign links as a bucket does; the playground's folder can't."""

        async def link(name: str) -> str:
            return _LINK.format(name=name)

        self._app.originals.link = link

    def _inject_error(self, method: str, path: str, *, code: int, status: int = 403) -> None:
        self._env.inject_error(method, path, status=status, code=code)

    async def _delete_originals(self, asked: Any) -> None:
        """Delete the originals of a request behind the bot's back."""
        await self._app.originals.forget((await self._job(asked)).kept)
