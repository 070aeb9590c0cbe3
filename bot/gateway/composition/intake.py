"""Builds what turns interactions into requests."""

from __future__ import annotations

from dataclasses import dataclass

import discord

from bot.app import App
from bot.gateway.composition.presentation import Presentation
from bot.services.member_limits import MemberLimits
from bot.ui.delivery.discord_delivery import DiscordDelivery
from bot.ui.intake.autocomplete import Autocomplete
from bot.ui.intake.choices import Choices
from bot.ui.intake.forms.edit_form import Forms
from bot.ui.intake.forms.picture_question import PictureQuestion
from bot.ui.intake.interactions.acknowledgements import Acknowledgements
from bot.ui.intake.interactions.deferrals import Deferrals
from bot.ui.intake.interactions.intake import InteractionIntake
from bot.ui.intake.interactions.queued_cards import QueuedCards
from bot.ui.intake.interactions.storage import InteractionStorage
from bot.ui.intake.offers import Offers
from bot.ui.intake.references.fresh_links import FreshLinks
from bot.ui.intake.references.picture_owners import PictureOwners
from bot.ui.intake.references.resolver import References
from bot.ui.intake.remix_refusals import RemixRefusals
from bot.ui.intake.request_refusals import RequestRefusals
from bot.ui.running_handlers import RunningHandlers


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Accepts requests, with their forms and references, and answers those that are refused."""

    interactions: InteractionIntake
    storage: InteractionStorage
    picture_owners: PictureOwners
    references: References
    forms: Forms
    choices: Choices
    refusals: RequestRefusals
    remix_refusals: RemixRefusals
    picture_question: PictureQuestion
    autocomplete: Autocomplete


class IntakeBuilder:
    """Builds the intake of a client; ``limits`` are those of its members."""

    def __init__(
        self,
        app: App,
        client: discord.Client,
        presentation: Presentation,
        delivery: DiscordDelivery,
        handlers: RunningHandlers,
        limits: MemberLimits,
    ) -> None:
        self._app = app
        self._client = client
        self._presentation = presentation
        self._delivery = delivery
        self._handlers = handlers
        self._limits = limits

    def build(self) -> Intake:
        """Return the intake."""
        shown, services = self._presentation, self._app.services
        owners = PictureOwners(self._client, services.consent)
        references = References(self._client, self._app.guard, owners, FreshLinks(self._client))
        choices = Choices(self._app.clock)
        forms = Forms(services.requests, services.contexts, services.members, shown.errors, shown.texts)
        offers = Offers(shown.texts, choices, references, forms)
        refusals = RequestRefusals(shown.errors, offers)
        deferrals = Deferrals(Acknowledgements(), self._app.precedence, self._app.clock)
        storage = InteractionStorage(deferrals, shown.cards, shown.languages, self._app.clock)
        interactions = self._interactions(deferrals, storage, refusals)
        return Intake(
            interactions=interactions,
            storage=storage,
            picture_owners=owners,
            references=references,
            forms=forms,
            choices=choices,
            refusals=refusals,
            remix_refusals=RemixRefusals(shown.errors, offers, interactions),
            picture_question=PictureQuestion(references, shown.picture_cards, shown.languages),
            autocomplete=self._autocomplete(),
        )

    def _interactions(
        self, deferrals: Deferrals, storage: InteractionStorage, refusals: RequestRefusals
    ) -> InteractionIntake:
        services = self._app.services
        cards = QueuedCards(services.queue, self._delivery, deferrals)
        return InteractionIntake(
            services.requests, deferrals, storage, cards, refusals, self._handlers, self._limits.references
        )

    def _autocomplete(self) -> Autocomplete:
        shown, services = self._presentation, self._app.services
        return Autocomplete(
            services.queries, services.members, shown.languages, shown.texts, self._app.clock, self._limits
        )
