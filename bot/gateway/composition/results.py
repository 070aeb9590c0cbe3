"""Builds what is done with delivered results."""

from __future__ import annotations

from dataclasses import dataclass

import discord

from bot.app import App
from bot.ui.cards.job_cards import Cards
from bot.ui.delivery.discord_delivery import DiscordDelivery
from bot.ui.delivery.results.originals_reader import OriginalsReader
from bot.ui.delivery.results.removal import JobRemoval
from bot.ui.delivery.results.result_posts import ResultPosts
from bot.ui.delivery.server_settings import ServerSettings
from bot.ui.modlog.moderation_log import ModerationLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Reads, posts and removes results."""

    originals_reader: OriginalsReader
    posts: ResultPosts
    removal: JobRemoval


def create_results(
    app: App, client: discord.Client, cards: Cards, delivery: DiscordDelivery, moderation_log: ModerationLog
) -> Results:
    """Build what is done with results that ``delivery`` delivered."""
    originals_reader = OriginalsReader(app.originals, app.fit, client)
    settings = ServerSettings(app.stores.guilds.settings)
    return Results(
        originals_reader=originals_reader,
        posts=ResultPosts(cards, originals_reader, settings, upload_cap=app.settings.upload_limit),
        removal=JobRemoval(client, delivery, app.services.moderation, moderation_log),
    )
