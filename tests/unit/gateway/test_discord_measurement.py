"""Requests to Discord are grouped by what they are for, whatever their ids."""

from __future__ import annotations

import aiohttp
import discord
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.gateway.discord_measurement import measure_requests, route_of
from bot.telemetry.recent_times import RecentTimes
from bot.telemetry.recorder import NOT_RECORDED


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/api/v10/interactions/12/token/callback", "acknowledgement"),
        ("/api/v10/webhooks/1/token/messages/2", "answer"),
        ("/api/v10/channels/1/messages/2", "message"),
        ("/api/v10/channels/1", "channel"),
        ("/api/v10/users/@me", "member"),
        ("/api/v10/gateway/bot", "gateway"),
        ("/", "gateway"),
        ("/api/v10/applications/1/commands", "application"),
        ("/attachments/1/2/fox.png", "file"),
        ("/somewhere", "other"),
    ],
)
def test_a_request_belongs_to_one_of_a_few_routes(path: str, route: str) -> None:
    assert route_of(path) == route


async def test_acknowledgements_are_kept_with_their_age_and_refused_ones_are_not() -> None:
    made_at, now = 1_700_000_000.0, 1_700_000_000.25
    interaction = int((made_at - discord.utils.DISCORD_EPOCH / 1000) * 1000) << 22
    times = RecentTimes(lambda: now)

    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=int(request.match_info["status"]))

    application = web.Application()
    application.router.add_post("/{status}/interactions/{id}/token/callback", answer)
    async with TestServer(application) as server:
        trace = measure_requests(NOT_RECORDED, times, lambda: now)
        async with aiohttp.ClientSession(server.make_url("/"), trace_configs=[trace]) as session:
            for status in (204, 404):
                async with session.post(f"/{status}/interactions/{interaction}/token/callback"):
                    pass
    assert times.newest() == (0.25,)


def test_only_the_newest_acknowledgements_of_an_hour_are_kept() -> None:
    now = 0.0
    times = RecentTimes(lambda: now)
    for number in range(150):
        times.add(float(number))
    assert times.newest() == tuple(range(50, 150))
    now = 3600.5
    assert times.newest() == ()
