"""Which models a member may use, and which one draws a request."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain import request_rules
from bot.domain.errors import RuleBroken
from bot.domain.guild_settings import GuildSettings, Preferences
from bot.domain.image_models.model_choice import allowed_models, choose_model, offered_models
from bot.domain.models import DefaultedField, Draft, ImageRequest, JobKind, Requester
from bot.domain.requests import edits
from bot.domain.requests.redraws import can_upscale
from tests.support.jobs import make_job
from tests.support.models import CATALOGUE, NANO, SEEDREAM, SKETCH

ARTISTS = 7
SETTINGS = GuildSettings()
ANYONE = Requester(user_id=1, channel_id=2, guild_id=3, locale="en", guild_locale=None, upload_limit=1)
OPEN: frozenset[DefaultedField] = frozenset({"model"})


def chosen(
    model: str | None = None,
    *,
    kept: bool = False,
    kind: JobKind = "imagine",
    requester: Requester = ANYONE,
    settings: GuildSettings = SETTINGS,
    preferred: str | None = None,
) -> Draft:
    """Choose the model of a request that names ``model``, as an earlier one did if ``kept``."""
    request = ImageRequest(prompt="a fox", model=model)
    draft = Draft(kind=kind, request=request, defaulted=OPEN if kept or model is None else frozenset())
    return choose_model(draft, CATALOGUE, requester, settings, Preferences(model=preferred))


def test_an_open_model_is_the_members_then_the_servers_then_the_bots() -> None:
    servers = GuildSettings(model="sketch")
    assert chosen().request.model == "seedream"
    assert chosen(settings=servers).request.model == "sketch"
    assert chosen(settings=servers, preferred="nano-banana").request.model == "nano-banana"
    assert chosen("seedream", settings=servers, preferred="nano-banana").request.model == "seedream"


def test_a_server_allows_some_models_and_later_ones_too_where_it_allows_all() -> None:
    assert offered_models(CATALOGUE, SETTINGS) == CATALOGUE.models
    assert offered_models(CATALOGUE, GuildSettings(models=frozenset({"sketch", "gone"}))) == (SKETCH,)
    assert offered_models(CATALOGUE, GuildSettings(models=frozenset({"gone"}))) == (SEEDREAM,)


def test_a_model_for_roles_is_for_their_members_and_moderators() -> None:
    settings = GuildSettings(model_roles={"nano-banana": frozenset({ARTISTS})})
    assert allowed_models(CATALOGUE, settings, (), moderator=False) == (SEEDREAM, SKETCH)
    assert NANO in allowed_models(CATALOGUE, settings, (ARTISTS,), moderator=False)
    assert NANO in allowed_models(CATALOGUE, settings, (), moderator=True)


def test_a_model_that_is_chosen_must_be_allowed() -> None:
    settings = GuildSettings(models=frozenset({"seedream"}))
    with pytest.raises(RuleBroken) as refusal:
        chosen("nano-banana", settings=settings)
    assert refusal.value.facts == {
        "rule": "model-not-allowed", "model": "Nano Banana 2", "models": "Seedream 4.5"
    }  # fmt: skip
    with pytest.raises(RuleBroken) as refusal:
        chosen("gone", requester=replace(ANYONE, locale="zh-CN"))
    assert refusal.value.facts == {"rule": "model", "models": "即梦 4.5 · Nano Banana 2 · Sketch"}


def test_members_without_any_model_are_told_so() -> None:
    settings = GuildSettings(model_roles={id_: frozenset({ARTISTS}) for id_ in CATALOGUE.ids})
    with pytest.raises(RuleBroken) as refusal:
        chosen(settings=settings)
    assert refusal.value.rule == "no-model"


@pytest.mark.parametrize("model", ["nano-banana", "gone"])
def test_an_earlier_or_preferred_model_that_cant_be_used_is_replaced_and_kept_in_mind(model: str) -> None:
    settings = GuildSettings(models=frozenset({"seedream", "sketch"}), model="sketch")
    for draft in (chosen(model, kept=True, settings=settings), chosen(preferred=model, settings=settings)):
        assert draft.request.model == "sketch"
        assert draft.asked == {"asked_model": model}
    assert chosen("sketch", kept=True, settings=settings).asked == {}


def test_an_old_request_without_a_model_is_one_of_the_bots_usual_model() -> None:
    draft = Draft(kind="imagine", request=ImageRequest(prompt="a fox"))
    again = choose_model(draft, CATALOGUE, ANYONE, GuildSettings(model="sketch"), Preferences(model="sketch"))
    assert again.request.model == "seedream"


def test_a_picture_is_only_given_to_models_that_take_one() -> None:
    draft = chosen(kind="remix", preferred="sketch")
    assert (draft.request.model, draft.asked) == ("seedream", {"asked_model": "sketch"})
    assert chosen("sketch", kept=True, kind="vary").request.model == "seedream"


def test_an_edit_keeps_the_model_of_its_parent() -> None:
    parent = make_job(draft=Draft(kind="imagine", request=ImageRequest(prompt="a fox", model="sketch")))
    draft = Draft(kind="remix", request=ImageRequest(prompt="in snow"), defaulted=OPEN)
    kept = edits.keep_options(draft, parent, largest="4K")
    assert (kept.request.model, kept.defaulted) == ("sketch", OPEN)
    old = make_job(draft=Draft(kind="imagine", request=ImageRequest(prompt="a fox")))
    assert edits.keep_options(draft, old, largest="4K").defaulted == frozenset()


def test_what_a_model_doesnt_draw_is_remembered_as_asked_for() -> None:
    request = ImageRequest(prompt="a fox", ratio="21:9", size="4K", model="nano-banana")
    fitted = request_rules.fit_to_model(Draft(kind="imagine", request=request), CATALOGUE, "4K")
    assert (fitted.request.ratio, fitted.request.size) == ("16:9", "1K")
    assert fitted.asked == {"asked_ratio": "21:9", "asked_size": "4K"}
    same = replace(request, model="seedream", ratio="16:9")
    assert request_rules.fit_to_model(Draft(kind="imagine", request=same), CATALOGUE, "4K").asked == {}


def test_4k_is_offered_where_the_model_draws_it_from_a_picture() -> None:
    def offered(model: str, ratio: str) -> bool:
        request = ImageRequest(prompt="a fox", ratio=ratio, model=model)  # pyright: ignore[reportArgumentType]
        return can_upscale(make_job(draft=Draft(kind="imagine", request=request)), "4K", CATALOGUE)

    assert offered("seedream", "16:9")
    assert not offered("seedream", "3:2")
    assert not offered("nano-banana", "16:9")
