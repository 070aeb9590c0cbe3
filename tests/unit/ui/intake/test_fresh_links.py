"""Links to files on Discord are renewed when they have expired or will soon."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import discord
import pytest
from discord.http import Route

from bot.ui.intake.references.fresh_links import FreshLinks, is_link_valid

FILE = "https://cdn.discordapp.com/attachments/1/2/photo.jpg"
NEW = f"{FILE}?ex=ffffffff&is=0&hm=1"


def link(seconds: float) -> str:
    """Return a link that is valid for so many seconds."""
    return f"{FILE}?ex={int(discord.utils.utcnow().timestamp() + seconds):x}&is=0&hm=0"


class Discord:
    """Answers renewals with ``answer``, or raises it."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str, Any]] = []

    async def request(self, route: Route, *, json: Any) -> Any:
        self.asked.append((route.method, route.path, json))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def renew(self, url: str) -> str:
        return await FreshLinks(cast("discord.Client", SimpleNamespace(http=self))).renew(url)


# With ids: the times in the links would make other names in each of the processes that run the tests.
@pytest.mark.parametrize(
    "url",
    [link(-60), link(60), FILE, FILE.replace("attach", "ephemeral-attach")],
    ids=["expired", "about to expire", "without a time", "ephemeral"],
)
async def test_an_expired_link_is_renewed(url: str) -> None:
    server = Discord({"refreshed_urls": [{"original": url, "refreshed": NEW}]})
    assert await server.renew(url) == NEW
    assert server.asked == [("POST", "/attachments/refresh-urls", {"attachment_urls": [url]})]


@pytest.mark.parametrize(
    "url",
    [
        link(7200),
        "https://pictures.example/attachments/1/2/a.jpg?ex=1",
        "https://cdn.discordapp.com/avatars/1/2.png?size=1024",
        "https://cdn.discordapp.com.example/attachments/1/2/a.jpg?ex=1",
    ],
    ids=["valid for hours", "another host", "an avatar", "a host that looks like Discord's"],
)
async def test_discord_is_asked_about_expired_links_to_its_files_alone(url: str) -> None:
    server = Discord(None)
    assert await server.renew(url) == url
    assert not server.asked


@pytest.mark.parametrize(
    "answer",
    [
        aiohttp.ServerDisconnectedError(),
        discord.HTTPException(
            cast("aiohttp.ClientResponse", SimpleNamespace(status=404, reason="Not Found")), "404: Not Found"
        ),
        {},
        {"refreshed_urls": []},
        {"refreshed_urls": [{"original": "…", "refreshed": None}]},
        {"refreshed_urls": [{"original": "…", "refreshed": "http://10.0.0.5/a.jpg"}]},
    ],
)
async def test_a_link_that_discord_does_not_renew_stays_as_it_is(answer: Any) -> None:
    url = link(-60)
    assert await Discord(answer).renew(url) == url
    assert not is_link_valid(url)
