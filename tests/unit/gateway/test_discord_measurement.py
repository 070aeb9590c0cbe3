"""Requests to Discord are grouped by what they are for, whatever their ids."""

from __future__ import annotations

import pytest

from bot.gateway.discord_measurement import route_of


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
