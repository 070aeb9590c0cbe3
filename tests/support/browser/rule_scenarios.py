"""Rules: those of a server, of the line, and of what can be asked for at all."""

from __future__ import annotations

from typing import Any

from bot.domain.guild_settings import GuildSettings
from tests.support.browser.actions import Acting, job_on

LINE = {"MEMBER_WAITING": "2", "QUEUE_SIZE": "3", "RELAY_MODELS": "seedream-4.5,seedream-4.0"}
"""Settings under which a line is soon full, and people may choose a model."""


class Rules(Acting):
    """A member who may not do this, here, now."""

    async def break_rules(self) -> None:
        """Ask against the rules of the server."""
        guild = self._channel.guild
        async with self._page.still():
            studio, artists = guild.create_text_channel("studio"), guild.create_role("Artists")
            await self._ask_under("rule.server-paused", paused=True)
            await self._ask_under("rule.channel", channels=frozenset({studio.id}))
            await self._ask_under("rule.role", roles=frozenset({artists.id}))
            await self._ask_under("rule.too-large", size="4K", largest="2K")
            await self._ask_under("rule.quota", count=2, daily=1)
            await self._app.moderating.pause(
                guild.id, self._you.id, by_id=self._mei.id, seconds=3600, reason=""
            )
            await self._ask_under("rule.member-paused")
            await self._app.moderating.lift(guild.id, self._you.id, by_id=self._mei.id)

    async def ask_wrongly(self) -> None:
        """Ask for what can't be had, and press what is of no use any more."""
        async with self._page.still():
            await self._imagine("long", ratio="21:9")
            await self._imagine("four", count=4, model="seedream-4.0")
            await self._until_answered()
            four = self._results["four"]
            self._app.service.models = ("seedream-4.5",)
            self._note("rule.model", await self._press("again", four))
            await self._mention("rule.prompt-empty", "")
            await self._mention("rule.prompt-too-long", self._mei_at_length() * 80)
            await self._mention("rule.not-offered", f"--ar 5:7 {self._words['result']}")
            await self._mention("rule.which-picture", f"#7 {self._words['reply']}", reply_to=four.response)
            await self._imagine("rule.no-style", prompt=self._words["result"], style=self._words["no-style"])
            await self._lack(attach_files=False)
            await self._mention("rule.missing-permissions", self._words["result"])
            await self._lack(attach_files=True)
            await self._app.privacy.forget(self._you.id)
            self._note("rule.gone", await self._press("again", four))

    async def stand_in_line(self) -> None:
        """Have more in line than there is room for, some of it past the quota."""
        async with self._page.still():
            await self._rule(daily=8, past_quota="relaxed")
            for name in ("drawing", "second"):
                await self._imagine(name)
            await self._env.advance_time(120)
            await self._imagine("next")
            await self._imagine("card.waiting-relaxed", prompt=self._words["waiting"])
            await self._imagine("rule.too-many-waiting", prompt=self._words["waiting"])
            for name in ("drawing", "second", "next"):
                await self._imagine(f"mei-{name}", by=self._mei, prompt=self._words[name])
            await self._imagine("rule.queue-full", by=self._mei, prompt=self._words["waiting"])
            self._note("rule.not-yours", await self._press("cancel", self._results["mei-next"]))
            self.shown["card.drawing-longer"] = self.shown["drawing"]
            self.shown["card.waiting-next"] = self.shown["next"]

    async def leave_the_line(self) -> None:
        """Cancel all that, some of it twice."""
        async with self._page.still():
            cancel = f"job:cancel:{job_on(self._results['next'])}"
            queue = await self._slash("queue", "queue")
            for name in ("card.waiting-relaxed", "next", "second", "drawing"):
                await self._press("cancel", self._results[name])
            for name in ("mei-next", "mei-second", "mei-drawing"):
                await self._press("cancel", self._results[name], by=self._mei)
            self._note("rule.too-late", await self._you.click(queue.response, custom_id=cancel))
            await self._rule(daily=None)

    def _mei_at_length(self) -> str:
        """Mention somebody whose name is longer than a mention is."""
        name = "Mei Mei Mei Mei Mei Mei Mei Mei"
        someone = self._channel.guild.add_member(self._env.create_user("someone", global_name=name))
        return f"<@{someone.id}> "

    async def _ask_under(self, name: str, *, size: str = "1K", count: int = 1, **rules: Any) -> None:
        await self._rule(**rules)
        await self._imagine(name, prompt=self._words["result"], size=size, count=count)
        await self._app.guilds.change(self._channel.guild.id, self._mei.id, lambda _: GuildSettings())
