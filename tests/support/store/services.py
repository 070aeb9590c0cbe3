"""A catalogue with two services: the relay, and an Ark with a model that has limits of its own."""

from __future__ import annotations

from bot.config.catalogue import parse

_PIXELS = 'pixels = { "2K" = { "1:1" = "2048x2048" } }'
MODELS = parse(
    f"""
    [models.first]
    provider = "relay"
    {_PIXELS}
    [models.second]
    provider = "ark"
    fallback = "first"
    {_PIXELS}
    [models.narrow]
    provider = "ark"
    concurrency = 2
    calls_a_minute = 4
    {_PIXELS}
    """
)
ARK = MODELS.services.of("second")
