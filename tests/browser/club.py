"""People of the playground's server, and what they do there so that every card is seen once."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, get_args

from bot.demo.chaos import Chaos
from bot.demo.faults import FAULTS, Fault
from bot.demo.playground import Playground
from bot.models import Style, StyleOwner
from bot.policy import GuildSettings
from bot.ui.buttons import buttons_on
from bot.ui.controls import Page
from bot.ui.help import Topic

_ROWS: dict[str, tuple[str, str, str]] = {
    "result": ("a lighthouse in a storm", "暴风雨中的灯塔", "暴風雨中的燈塔"),
    "four": ("a fox in the snow", "雪地里的狐狸", "雪地裡的狐狸"),
    "reencoded": ("a castle on a hill at dawn", "清晨山谷里的城堡", "清晨山谷裡的城堡"),
    "styled": ("a boat on a lake at dusk", "黄昏湖上的小船", "黃昏湖上的小船"),
    "missing": ("an owl in the forest at night", "夜晚森林里的鸟", "夜晚森林裡的鳥"),
    "drawing": ("a cabin in the mountains", "山里的小屋", "山裡的小屋"),
    "next": ("flowers in a vase", "花瓶里的花", "花瓶裡的花"),
    "second": ("a cherry tree in spring", "春天的樱花树", "春天的櫻花樹"),
    "waiting": ("a rabbit in a meadow", "草原上的兔子", "草原上的兔子"),
    "busy": ("a bear by a river", "河边的熊", "河邊的熊"),
    "prompt-blocked": ("a duel in the old town", "古城里的决斗", "古城裡的決鬥"),
    "reference-blocked": ("as a famous actor", "改成一位著名演员", "改成一位知名演員"),
    "result-blocked": ("a knight after the battle", "战斗之后的骑士", "戰鬥之後的騎士"),
    "unreachable": ("at night, with stars", "夜晚，满天星星", "夜晚，滿天星星"),
    "size-refused": ("a cat on a windowsill", "窗台上的猫", "窗台上的貓"),
    "operator": ("a garden in summer", "夏天的花园", "夏天的花園"),
    "unexpected": ("a planet with two moons", "有两个月亮的星球", "有兩個月亮的星球"),
    "blocked-words": ("a forbidden castle", "禁忌城堡", "禁忌城堡"),
    "blocked-word": ("forbidden", "禁忌", "禁忌"),
    "reply": ("nice, in winter please", "好看，改成冬天吧", "好看，改成冬天吧"),
    "style-name": ("Ink wash", "水墨", "水墨"),
    "style-text": (
        "in loose ink wash on rice paper, few colours",
        "水墨画，宣纸质感，大量留白",
        "水墨畫，宣紙質感，大量留白",
    ),
}
WORDS: dict[str, dict[str, str]] = {
    locale: {name: row[at] for name, row in _ROWS.items()}
    for at, locale in enumerate(("en-US", "zh-CN", "zh-TW"))
}
"""What people write, by language."""

_NEVER_SEEN = Fault(
    word="never-seen",
    does="an error that nobody knows",
    status=400,
    body=json.dumps({"error": {"code": "SomethingNew", "message": "…"}}),
)
_KNOWN = {fault.word: fault for fault in (*FAULTS, _NEVER_SEEN)}
_MEETS = {
    "missing": "blocked-result",
    "drawing": "hang",
    "second": "hang",
    "busy": "busy",
    "prompt-blocked": "blocked-prompt",
    "reference-blocked": "blocked-image",
    "result-blocked": "blocked-result",
    "unreachable": "unreachable-reference",
    "size-refused": "size-refused",
    "operator": "overdue",
    "unexpected": "never-seen",
}
"""What becomes of a prompt, by the fault's word."""


_SMALL = 60_000
"""Bytes, fewer than any picture has."""
_IN_LINE = ("drawing", "second", "next", "waiting")


class Script(Chaos):
    """Faults by prompt, so that people write as people do."""

    def __init__(self, words: Mapping[str, str]) -> None:
        super().__init__({})
        self._faults = {words[name]: _KNOWN[word] for name, word in _MEETS.items()}
        self._partly = words["missing"]

    def pick(self, prompt: str, call: int) -> Fault | None:
        """Return what a prompt meets; of those partly drawn the first picture is."""
        return None if prompt == self._partly and call == 0 else self._faults.get(prompt)


class Club:
    """A member and a manager who go through everything; ``shown`` are the cards' messages by name."""

    def __init__(self, playground: Playground, locale: str) -> None:
        self._page = playground.page
        self._channel = playground.channel
        self._app = playground.app
        self._env = playground.env
        self._words = WORDS[locale]
        self._you, self._mei = playground.viewers
        self._results: dict[str, Any] = {}
        self.shown: dict[str, int] = {}

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
        """Let so much time pass that the busy service has been tried as often as it is."""
        for _ in range(3):
            async with self._page.still():
                await self._env.advance_time(6)

    async def _decide(self) -> None:
        """Keep a style, and make the rules of the server."""
        style = Style(name=self._words["style-name"], text=self._words["style-text"])
        await self._app.personal.add_style(StyleOwner(kind="member", id=self._you.id), style)
        await self._rule(daily=20, blocked_words=(self._words["blocked-word"],))

    async def _rule(self, **values: Any) -> None:
        def change(old: GuildSettings) -> GuildSettings:
            return replace(old, **values)

        await self._app.guilds.change(self._channel.guild.id, self._mei.id, change)

    @contextmanager
    def _small_uploads(self) -> Generator[None]:
        """Let interactions come from a place where only small files may be uploaded."""
        backend = self._env.backend
        emit = backend.emit

        def small(event: str, payload: Mapping[str, Any]) -> None:
            limited = {**payload, "attachment_size_limit": _SMALL}
            emit(event, limited if event == "INTERACTION_CREATE" else payload)

        backend.emit = small
        try:
            yield
        finally:
            backend.emit = emit

    async def _imagine(self, name: str, *, size: str = "1K", **options: Any) -> Any:
        return await self._slash(name, "imagine", prompt=self._words[name], size=size, **options)

    async def _slash(self, name: str, command: str, *, by: Any = None, **options: Any) -> Any:
        result = await (by or self._you).slash(self._channel, command, **options)
        self._results[name] = result
        self.shown[name] = (result.followups[-1] if result.followups else result.response).id
        return result

    async def _press(self, action: str, result: Any) -> Any:
        message = result.response.message
        job = next(number for _, number in buttons_on(message.components))
        return await self._you.click(result.response, custom_id=f"job:{action}:{job}")
