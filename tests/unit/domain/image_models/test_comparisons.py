"""Comparisons: one picture by each of several models."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.errors import RuleBroken
from bot.domain.guild_settings import GuildSettings, Preferences
from bot.domain.image_models.comparisons import (
    compare,
    draft_of,
    failed_numbers,
    of_picture,
    surplus,
    with_count,
    with_models,
)
from bot.domain.image_models.model_choice import choose_model
from bot.domain.models import Draft, ImageRequest, Parent, Picture, Requester
from bot.domain.request_rules import fit_to_model
from bot.domain.requests import edits
from tests.support.jobs import make_job
from tests.support.models import CATALOGUE

PLAIN = Draft(kind="imagine", request=ImageRequest(prompt="a fox", ratio="21:9", size="4K"))
ANYONE = Requester(user_id=1, channel_id=2, guild_id=3, locale="en", guild_locale=None, upload_limit=1)


def compared(*models: str) -> Draft:
    return fit_to_model(compare(PLAIN, models), CATALOGUE, "4K")


def test_each_model_draws_its_nearest_ratio_and_size_and_counts_as_it_does() -> None:
    draft = compared("seedream", "nano-banana", "sketch")
    assert [(one.ratio, one.size, one.weight) for one in draft.compared] == [
        ("21:9", "2K", 1), ("16:9", "1K", 2), ("1:1", "1K", 1)
    ]  # fmt: skip
    assert (draft.count, draft.request.ratio, draft.request.size) == (3, "21:9", "4K")
    assert surplus(draft.compared) == 1
    assert surplus(draft.compared, {1, 3}) == 0


def test_models_are_different_and_at_least_two() -> None:
    assert [one.model for one in compared("sketch", "seedream", "sketch").compared] == ["sketch", "seedream"]
    with pytest.raises(RuleBroken):
        compare(PLAIN, ["sketch", "sketch"])
    assert with_models(compared("sketch", "seedream"), ["seedream"]) == replace(
        PLAIN, request=replace(PLAIN.request, model="seedream")
    )


def test_fewer_pictures_are_those_of_the_first_models() -> None:
    draft = compare(PLAIN, ["sketch", "seedream", "nano-banana"])
    assert with_count(draft, 2) == compare(PLAIN, ["sketch", "seedream"])
    assert with_count(draft, 1).request.model == "sketch"
    assert with_count(PLAIN, 3) == replace(PLAIN, count=3)


def test_a_picture_has_the_request_of_its_own_model_though_earlier_ones_are_missing() -> None:
    pictures = tuple(
        Picture(path=Path(f"{number}-x.png"), format="png", width=9, height=9) for number in (1, 3)
    )
    job = make_job(draft=compared("seedream", "nano-banana", "sketch"), pictures=pictures)
    assert of_picture(job, 2).draft.request == replace(PLAIN.request, model="sketch", ratio="1:1", size="1K")
    assert of_picture(job, 2).draft.compared == ()
    assert draft_of(job.draft, 2).request.model == "nano-banana"
    edit = Draft(
        kind="remix",
        request=ImageRequest(prompt="in snow"),
        defaulted=frozenset({"model", "ratio"}),
        parent=Parent(job_id=job.id, picture=2),
    )
    kept = edits.keep_options(edit, job, largest="4K").request
    assert (kept.model, kept.ratio) == ("sketch", "1:1")


def test_reasons_of_missing_pictures_are_read_from_the_facts() -> None:
    job = make_job(draft=compared("seedream", "sketch"), facts={"failed-2": "busy", "asked_size": "1K"})
    assert failed_numbers(job) == {2: "busy"}
    assert failed_numbers(replace(job, draft=PLAIN)) == {}


def test_every_model_must_be_allowed_and_later_those_that_are_left_go_on() -> None:
    settings = GuildSettings(models=frozenset({"seedream", "sketch"}))
    draft = compare(PLAIN, ["nano-banana", "seedream", "sketch"])
    with pytest.raises(RuleBroken) as refusal:
        choose_model(draft, CATALOGUE, ANYONE, settings, Preferences())
    assert refusal.value.rule == "model-not-allowed"
    again = edits.kept_model(draft)
    left = choose_model(again, CATALOGUE, ANYONE, settings, Preferences())
    assert [one.model for one in left.compared] == ["seedream", "sketch"]
    assert left.asked == {"asked_model": "nano-banana"}
    one = choose_model(again, CATALOGUE, ANYONE, GuildSettings(models=frozenset({"sketch"})), Preferences())
    assert (one.request.model, one.count, one.compared) == ("sketch", 1, ())
