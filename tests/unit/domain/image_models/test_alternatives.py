"""Which other models a request can be tried with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.guild_settings import GuildSettings
from bot.domain.image_models.alternatives import alternatives, may_try
from bot.domain.image_models.catalogue import Catalogue
from bot.domain.models import (
    Draft,
    DraftReference,
    Generating,
    ImageRequest,
    Job,
    QueuePosition,
    RetryScheduled,
    Waiting,
)
from tests.support.jobs import make_job
from tests.support.models import CATALOGUE, NANO, SEEDREAM, SKETCH

ALL = GuildSettings()
# The first two share a service.
ELSEWHERE = replace(SKETCH, provider="openrouter", base_url="https://a.test", key_env="KEY")
MODELS = Catalogue(models=(SEEDREAM, NANO, ELSEWHERE))
DOWN = Waiting(position=QueuePosition(ahead=0, starts_at=0, down=True))


def job(problem: str | None = None, *, model: str = "seedream", pictures: int = 0, **facts: int) -> Job:
    request = ImageRequest(prompt="a fox", model=model)
    draft = Draft(kind="imagine", request=request)
    return make_job(draft=draft, problem=problem, facts=facts, pictures=("a picture",) * pictures)


def test_a_result_can_be_tried_with_the_others_that_the_server_allows() -> None:
    assert alternatives(job(pictures=1), CATALOGUE, ALL) == (NANO, SKETCH)
    assert alternatives(job(pictures=1, model="sketch"), CATALOGUE, ALL) == (SEEDREAM, NANO)
    settings = GuildSettings(models=frozenset({"seedream", "sketch"}))
    assert alternatives(job(pictures=1), CATALOGUE, settings) == (SKETCH,)
    assert alternatives(job(pictures=1, model="gone"), CATALOGUE, settings) == (SKETCH,)


def test_a_model_that_takes_too_few_pictures_is_left_out() -> None:
    remix = job(pictures=1)
    remix = replace(remix, draft=replace(remix.draft, references=(DraftReference(url="https://a.test/b"),)))
    assert alternatives(remix, CATALOGUE, ALL) == (NANO,)


@pytest.mark.parametrize("problem", ["busy", "unavailable", "bad-reply", "operator"])
def test_an_outage_can_be_tried_with_others(problem: str) -> None:
    assert alternatives(job(problem), MODELS, ALL) == (NANO, ELSEWHERE)
    assert alternatives(job(), MODELS, ALL, RetryScheduled(problem=problem, run_at=1))


def test_a_service_that_is_down_is_left_out_as_a_whole() -> None:
    assert alternatives(job("down"), MODELS, ALL) == (ELSEWHERE,)
    assert alternatives(job(), MODELS, ALL, DOWN) == (ELSEWHERE,)
    up = Waiting(position=QueuePosition(ahead=1, starts_at=9))
    assert alternatives(job(), MODELS, ALL, up) == ()
    assert alternatives(job(), MODELS, ALL, Generating(ready_at=9)) == ()


@pytest.mark.parametrize("problem", ["blocked", "prompt-blocked", "reference-blocked", "result-blocked"])
def test_a_refused_request_can_be_tried_with_models_that_say_so_unless_it_is_severe(problem: str) -> None:
    assert alternatives(job(problem), CATALOGUE, ALL) == (NANO,)
    assert alternatives(job(problem, severe=True), CATALOGUE, ALL) == ()
    assert not may_try(job(problem), SKETCH)
    assert not may_try(job(problem, severe=True), NANO)
    # Some of its pictures were drawn: the prompt isn't at fault.
    assert may_try(job(problem, pictures=1), SKETCH)


@pytest.mark.parametrize("problem", ["reference-unusable", "size-refused", "unexpected"])
def test_other_problems_have_their_own_remedies(problem: str) -> None:
    assert alternatives(job(problem), CATALOGUE, ALL) == ()
