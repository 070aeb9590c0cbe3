"""A request falls back only to models that its member may use, that can draw it, and that weigh no more."""

from collections.abc import Sequence

from bot.config.catalogue import parse
from bot.domain.image_models.comparisons import with_models
from bot.domain.image_models.fallbacks import Fallback, fallbacks
from bot.domain.models import Draft, DraftReference, ImageRequest, Size

MODELS = parse(
    """
    [models.best]
    provider = "ark"
    weight = 2
    references = 2
    fallback = "good"
    pixels = { "4K" = { "16:9" = "3840x2160" } }
    [models.good]
    provider = "relay"
    weight = 2
    fallback = "plain"
    pixels = { "2K" = { "16:9" = "2560x1440" } }
    [models.plain]
    provider = "relay-images"
    upstream = "gpt"
    references = 0
    pixels = { "1K" = { "1:1" = "1024x1024" } }
    """
)


def found(
    model: str, *, allowed: Sequence[str] = ("best", "good", "plain"), references: int = 0, size: Size = "4K"
) -> list[Fallback]:
    draft = Draft(
        kind="remix",
        request=ImageRequest(prompt="a fox", model=model, ratio="16:9", size=size),
        references=(DraftReference(url="https://a.example/1.png"),) * references,
    )
    return list(fallbacks(draft, MODELS, [each for each in MODELS if each.id in allowed], "4K"))


def names(fallbacks_: list[Fallback]) -> list[str]:
    return [each.model for each in fallbacks_]


def test_the_models_follow_one_another_with_what_they_draw_instead() -> None:
    assert found("best") == [
        Fallback(model="good", ratio="16:9", size="2K", weight=2),
        Fallback(model="plain", ratio="1:1", size="1K", weight=1),
    ]
    assert names(found("good")) == ["plain"] and found("plain") == [] == found("gone")


def test_a_model_that_the_member_may_not_use_is_passed_over() -> None:
    assert names(found("best", allowed=["best", "plain"])) == ["plain"]


def test_a_model_that_takes_too_few_references_is_passed_over() -> None:
    assert names(found("best", references=1)) == ["good"]
    assert found("best", references=2) == []


def test_a_comparison_draws_with_the_models_that_were_asked_for_and_no_other() -> None:
    draft = Draft(kind="imagine", request=ImageRequest(prompt="a fox", model="best", ratio="16:9", size="4K"))
    assert fallbacks(draft, MODELS, list(MODELS), "4K")
    assert fallbacks(with_models(draft, ("best", "plain")), MODELS, list(MODELS), "4K") == ()
