"""Requests against the rules of the server, the queue and the options."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.config.catalogue import load
from bot.domain.guild_settings import GuildSettings
from bot.services.requests import RequestConfig
from tests.support.browser.actions import Scenario, job_on

QUEUE_SETTINGS = {"MEMBER_WAITING": "2", "QUEUE_SIZE": "3", "RELAY_MODELS": "seedream-4.5,seedream-4.0"}
"""Settings with a short queue and a choice of models."""


class RuleScenario(Scenario):
    """Every rule that refuses a request."""

    async def violate_server_rules(self) -> None:
        """Request pictures against the rules of the server."""
        guild = self._channel.guild
        async with self._page.paused():
            studio, artists = guild.create_text_channel("studio"), guild.create_role("Artists")
            await self._request_under_rules("rule.server-paused", paused=True)
            await self._request_under_rules("rule.channel", channels=frozenset({studio.id}))
            await self._request_under_rules("rule.role", roles=frozenset({artists.id}))
            await self._request_under_rules("rule.too-large", size="4K", largest="2K")
            await self._request_under_rules("rule.quota", count=2, daily=1)
            for name, reason in (
                ("rule.member-paused-by", ""),
                ("rule.member-paused-why", self._texts["reason"]),
            ):
                await self._app.services.moderation.pause(
                    guild.id, self._member.id, by_id=self._manager.id, seconds=3600, reason=reason
                )
                await self._request_under_rules(name)
            await self._app.services.moderation.lift(guild.id, self._member.id, by_id=self._manager.id)
            await self._remix_without_consent()

    async def submit_invalid_requests(self) -> None:
        """Request what isn't offered, and press buttons that no longer apply."""
        async with self._page.paused():
            await self._imagine("long", ratio="21:9")
            await self._imagine("four", count=4)
            await self._wait_until_answered()
            four = self._results["four"]
            self._app.services.requests.config = RequestConfig(models=load(None, ("seedream-4.5",)))
            # The command's choices are those of the start.
            await self._imagine("rule.model", prompt=self._texts["result"], model="seedream-4.0")
            await self._mention("rule.prompt-empty", "")
            await self._mention("rule.prompt-too-long", self._long_mention() * 80)
            await self._mention("rule.not-offered", f"--ar 5:7 {self._texts['result']}")
            await self._mention("rule.which-picture", f"#7 {self._texts['reply']}", reply_to=four.response)
            await self._imagine("rule.no-style", prompt=self._texts["result"], style=self._texts["no-style"])
            await self._set_bot_permissions(attach_files=False)
            await self._mention("rule.missing-permissions", self._texts["result"])
            await self._set_bot_permissions(attach_files=True)
            await self._app.services.privacy.erase(self._member.id)
            self._record("rule.data-deleted", await self._press("again", four))

    async def fill_queue(self) -> None:
        """Queue more requests than fit, some past the quota."""
        async with self._page.paused():
            await self._set_rules(daily=8, past_quota="relaxed")
            for name in ("drawing", "second"):
                await self._imagine(name)
            await self._env.advance_time(120)
            await self._imagine("next")
            await self._imagine("card.waiting-relaxed", prompt=self._texts["waiting"])
            await self._imagine("rule.too-many-waiting", prompt=self._texts["waiting"])
            for name in ("drawing", "second", "next"):
                await self._imagine(f"mei-{name}", by=self._manager, prompt=self._texts[name])
            await self._imagine("rule.queue-full", by=self._manager, prompt=self._texts["waiting"])
            self._record("rule.not-yours", await self._press("cancel", self._results["mei-next"]))
            self.message_ids["card.drawing-longer"] = self.message_ids["drawing"]
            self.message_ids["card.waiting-next"] = self.message_ids["next"]

    async def cancel_queued(self) -> None:
        """Cancel the queued requests, one of them twice."""
        async with self._page.paused():
            cancel = f"job:cancel:{job_on(self._results['next'])}"
            queue = await self._slash("queue", "queue")
            for name in ("card.waiting-relaxed", "next", "second", "drawing"):
                await self._press("cancel", self._results[name])
            for name in ("mei-next", "mei-second", "mei-drawing"):
                await self._press("cancel", self._results[name], by=self._manager)
            self._record("rule.too-late", await self._member.click(queue.response, custom_id=cancel))
            await self._set_rules(daily=None)

    async def _remix_without_consent(self) -> None:
        """Remix the avatar of a manager who allows no remixes, and in a server that allows none."""

        async def remix_avatar(name: str) -> None:
            self._record(name, await self._member.context_menu(self._channel, "Remix avatar", self._manager))

        await self._set_rules(avatar_remixes=False)
        await remix_avatar("rule.avatar-remixes-off")
        await self._set_rules(avatar_remixes=True)
        members = self._app.services.members
        await members.change_preferences(self._manager.id, lambda old: replace(old, allow_remixes=False))
        await remix_avatar("rule.remix-not-allowed")
        await members.change_preferences(self._manager.id, lambda old: replace(old, allow_remixes=True))

    def _long_mention(self) -> str:
        """Mention somebody whose name is longer than the mention."""
        name = "Mei Mei Mei Mei Mei Mei Mei Mei"
        someone = self._channel.guild.add_member(self._env.create_user("someone", global_name=name))
        return f"<@{someone.id}> "

    async def _request_under_rules(
        self, name: str, *, size: str = "1K", count: int = 1, **rules: Any
    ) -> None:
        await self._set_rules(**rules)
        await self._imagine(name, prompt=self._texts["result"], size=size, count=count)
        await self._app.stores.guilds.change(
            self._channel.guild.id, self._manager.id, lambda _: GuildSettings()
        )
