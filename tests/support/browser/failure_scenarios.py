"""Failures: unusable references, safety refusals, a failing relay."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.support.browser.actions import Scenario

_PICTURES: dict[str, dict[str, Any]] = {
    "format": {"content_type": "image/svg+xml"},
    "too-big": {"size": 60_000_000},
    "pixels": {"width": 20_000, "height": 9_000},
}
"""Discord's attachment metadata of pictures that can't be used."""
_BROKEN = ("error.unavailable", "error.bad-reply")


class FailureScenario(Scenario):
    """Every way a request can fail."""

    async def submit_unusable_references(self) -> None:
        """Submit references that can't be fetched or used."""
        async with self._page.paused():
            photo, welcome = self._channel.history()[:2]
            notes = await self._manager.send(self._channel, "📄", attachments=[("notes.txt", b"milk, bread")])
            await self._submit_reference("no-link", "example.com/harbour.jpg")
            await self._submit_reference("not-public", "http://192.168.1.20/harbour.jpg")
            await self._submit_reference("not-picture", notes.attachments[0].url)
            await self._submit_reference("gone", photo.jump_url.replace(str(photo.id), "1"))
            await self._submit_reference("no-picture", welcome.jump_url)
            facts = self._env.backend.get_message(self._channel.id, photo.id).attachments[0]
            for problem, said in _PICTURES.items():
                before = dict(facts)
                facts.update(said)
                await self._submit_reference(problem, photo.jump_url)
                facts.clear()
                facts.update(before)
            # Without its intent the bot can't read other messages; SimCord must be told so.
            self._bot.http.message_content_access = False  # pyright: ignore[reportAttributeAccessIssue]  # SimCord's
            await self._mention("error.reference-unusable-hidden", self._texts["reply"], reply_to=photo)
            self._bot.http.message_content_access = True  # pyright: ignore[reportAttributeAccessIssue]  # SimCord's

    async def trigger_safety_filter(self) -> None:
        """Be refused for every reason, until the member cools down."""
        async with self._page.paused():
            photo = self._channel.history()[0].jump_url
            for name in ("error.blocked", "error.prompt-blocked-copyright", "error.result-blocked-copyright"):
                await self._imagine(name)
            for name in ("error.reference-blocked", "error.reference-blocked-copyright"):
                await self._slash(name, "remix", url=photo, prompt=self._texts[name], size="1K")
            for name in ("prompt-blocked", "again-blocked"):
                await self._imagine(name, prompt=self._texts["prompt-blocked"])
            await self._wait_until_answered()
            await self._imagine("rule.cooling-down", prompt=self._texts["result"])

    async def request_from_failing_relay(self) -> None:
        """Request pictures of a relay that fails at once."""
        async with self._page.paused():
            for name in _BROKEN:
                await self._imagine(name, by=self._manager)
            self.message_ids["card.retrying"] = self.message_ids["error.unavailable"]

    async def exhaust_retries(self) -> None:
        """Advance time until the retries are used up, while the relay serves others."""
        async with self._page.paused():
            while await self._app.stores.jobs.open_ids():
                await self._app.stores.relay_state.record_success(now=self._app.clock())
                await self._env.advance_time(2)
                await self._wait_for_relay_calls()

    async def request_while_down(self) -> None:
        """Request pictures while the relay is down."""
        async with self._page.paused():
            # A shorter lifetime than the usual hour.
            config = self._app.services.requests.config
            self._app.services.requests.config = replace(config, lifetime=40.0)
            await self._imagine("error.down", by=self._manager)
            await self._env.advance_time(12)
            await self._imagine("card.down", prompt=self._texts["error.unavailable"], by=self._manager)

    async def let_request_expire(self) -> None:
        """Advance time past the request's deadline, which is recorded."""
        async with self._page.paused():
            await self._press("cancel", self._results["card.down"], by=self._manager)
            await self._set_rules(audit_channel=self._channel.id)
            while await self._app.stores.jobs.open_ids():
                await self._env.advance_time(10)
                await self._wait_for_relay_calls()
            await self._env.advance_time(6)
            self.message_ids["records-down"] = self._channel.last_message.id

    async def produce_every_record(self) -> None:
        """Do everything that is recorded, with the relay up again."""
        async with self._page.paused():
            await self._app.stores.relay_state.record_success(now=self._app.clock())
            photo = self._channel.history()[0].jump_url
            for name in ("result", "size-refused", "operator", "unexpected", "prompt-blocked", "drawing"):
                await self._imagine(name, by=self._manager)
            await self._slash(
                "unreachable",
                "remix",
                by=self._manager,
                url=photo,
                prompt=self._texts["unreachable"],
                size="1K",
            )
            await self._press("cancel", self._results["drawing"], by=self._manager)
            await self._wait_until_answered()
            more = await self._press("more", self._results["result"], by=self._manager)
            for action in ("delete", "confirm"):
                await self._press(action, more, by=self._manager)
            history = await self._slash("history", "history", by=self._manager, member=self._member)
            form = await self._manager.click(history.response, custom_id=f"member:pause:{self._member.id}")
            paused = await self._fill("paused", self._manager, form)
            await self._manager.click(paused.response, custom_id=f"member:lift:{self._member.id}")
            await self._env.advance_time(8)
            self.message_ids["records-requests"] = self._channel.last_message.id

    async def _submit_reference(self, problem: str, url: str) -> None:
        name = f"error.reference-unusable-{problem}"
        await self._slash(name, "remix", url=url, prompt=self._texts["reply"], size="1K")
