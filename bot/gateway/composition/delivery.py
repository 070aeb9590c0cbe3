"""Builds what delivers answers, from the parts of an open app."""

from __future__ import annotations

import discord

from bot.app import App
from bot.domain.models import Job, JobState
from bot.ui.cards.job_cards import Cards
from bot.ui.delivery.answer_delivery import AnswerDelivery
from bot.ui.delivery.card_pictures import CardPictures
from bot.ui.delivery.discord_delivery import DiscordDelivery
from bot.ui.delivery.progress_cards import ProgressCards
from bot.ui.delivery.routes import DeliveryRoutes
from bot.ui.delivery.server_settings import ServerSettings


def create_delivery(
    app: App, client: discord.Client, cards: Cards, *, edit_interval: float
) -> DiscordDelivery:
    """Build the delivery of this process; there are ``edit_interval`` seconds between the edits of a card."""

    async def reopen(job: Job) -> JobState | None:
        return await app.stores.jobs.reopen(job, now=app.clock())

    routes, settings = DeliveryRoutes(client, app.clock), ServerSettings(app.stores.guilds.settings)
    pictures = CardPictures(routes, app.stores.cards.record_shown, app.clock)
    answers = AnswerDelivery(routes, pictures, cards, settings, app.fit, upload_cap=app.settings.upload_limit)
    progress_cards = ProgressCards(routes, pictures, answers, cards, settings)
    return DiscordDelivery(
        routes, pictures, answers, progress_cards, reopen, app.clock, edit_interval=edit_interval
    )
