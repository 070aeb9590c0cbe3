"""Pure rules: which models a member may use in a server, and which one draws a request."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from bot.domain.errors import RuleBroken
from bot.domain.guild_settings import GuildSettings, Preferences
from bot.domain.image_models.catalogue import Catalogue, Model, in_language
from bot.domain.image_models.comparisons import with_models
from bot.domain.models import Draft, Requester
from bot.domain.requests.asked import ASKED_MODEL


def offered_models(models: Catalogue, settings: GuildSettings) -> tuple[Model, ...]:
    """Return the models that a server allows, the usual one alone where none of those is left."""
    allowed = tuple(model for model in models if not settings.models or model.id in settings.models)
    return allowed or (models.default,)


def allowed_models(
    models: Catalogue, settings: GuildSettings, roles: Collection[int], *, moderator: bool
) -> tuple[Model, ...]:
    """Return the models that a member with these roles may use; role rules don't apply to moderators."""

    def may_use(model: Model) -> bool:
        needed = settings.model_roles.get(model.id)
        return not needed or moderator or not needed.isdisjoint(roles)

    return tuple(model for model in offered_models(models, settings) if may_use(model))


def choose_model(
    draft: Draft,
    models: Catalogue,
    requester: Requester,
    settings: GuildSettings,
    chosen: Preferences,
) -> Draft:
    """Return the draft with the model that draws it; raise ``RuleBroken`` for one that isn't allowed.

    What was left open is the member's usual model, the server's, or the first that they may use. The draft
    keeps the model of an earlier request, or a preferred one, that can't be used any more.
    """
    allowed = allowed_models(models, settings, requester.roles, moderator=requester.moderator)
    if draft.compared:
        draft = _with_allowed(draft, models, allowed, requester.locale)
        if draft.compared:
            return draft
    wanted = draft.request.model
    if wanted is not None and "model" not in draft.defaulted:
        if wanted not in {model.id for model in allowed}:
            raise model_refusal(models, allowed, wanted, requester.locale)
        return draft
    usable = [model for model in allowed if model.references or not needs_reference(draft)] or allowed
    if not usable:
        raise RuleBroken("no-model")
    own = wanted or (chosen.model if "model" in draft.defaulted else models.default.id)
    model = _first_of((own, settings.model, models.default.id), usable)
    request = replace(draft.request, model=model.id if len(models.ids) > 1 else None)
    asked = {} if own is None or own == model.id else {ASKED_MODEL: own}
    return replace(draft, request=request, asked={**draft.asked, **asked})


def _with_allowed(draft: Draft, models: Catalogue, allowed: Sequence[Model], locale: str) -> Draft:
    """Return a comparison with those of its models that are allowed; one is refused if it was chosen."""
    known, wanted = {model.id for model in allowed}, [one.model for one in draft.compared]
    gone = [id_ for id_ in wanted if id_ not in known]
    if gone and "model" not in draft.defaulted:
        raise model_refusal(models, allowed, gone[0], locale)
    asked = {ASKED_MODEL: gone[0]} if gone else {}
    left = with_models(draft, [id_ for id_ in wanted if id_ in known])
    return replace(left, asked={**left.asked, **asked})


def needs_reference(draft: Draft) -> bool:
    """Whether a draft starts from a picture, which may not be known yet."""
    return draft.kind != "imagine"


def model_refusal(models: Catalogue, allowed: Sequence[Model], wanted: str | None, locale: str) -> RuleBroken:
    """Return what a member is told about a model that they can't use: which ones they can."""
    listed = " · ".join(in_language(model.label, locale) for model in allowed)
    known = models.find(wanted) if wanted is not None else None
    if known is None:
        return RuleBroken("model", models=listed)
    return RuleBroken("model-not-allowed", model=in_language(known.label, locale), models=listed)


def _first_of(wishes: Sequence[str | None], usable: Sequence[Model]) -> Model:
    known = {model.id: model for model in usable}
    return next((known[wish] for wish in wishes if wish in known), usable[0])
