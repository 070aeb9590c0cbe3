"""Builds what words everything that people see."""

from __future__ import annotations

from dataclasses import dataclass

from bot.app import App
from bot.ui.cards.job_cards import Cards
from bot.ui.cards.picture_cards import PictureCards
from bot.ui.errors import ErrorPresenter
from bot.ui.i18n.languages import Languages
from bot.ui.i18n.texts import Texts
from bot.ui.panels.history_pages import HistoryPages
from bot.ui.panels.queue_page import QueuePage


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation:
    """The texts, who reads them in which language, and the cards that several cogs show."""

    texts: Texts
    languages: Languages
    errors: ErrorPresenter
    cards: Cards
    picture_cards: PictureCards
    history_pages: HistoryPages
    queue_page: QueuePage


def create_presentation(app: App) -> Presentation:
    """Load the texts and build the cards."""
    texts, clock, models = Texts.load(), app.clock, app.settings.catalogue
    languages = Languages(app.services.guilds, app.services.members)
    cards = Cards(texts, clock, models)
    return Presentation(
        texts=texts,
        languages=languages,
        errors=ErrorPresenter(cards, languages),
        cards=cards,
        picture_cards=PictureCards(texts, models),
        history_pages=HistoryPages(texts),
        queue_page=QueuePage(texts, clock),
    )
