"""Check that people can tell the models apart, once all of them are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.config.model_values import LANGUAGES
from bot.domain.image_models.catalogue import Model, in_language
from bot.domain.image_models.model_names import folded_name


def label_problems(models: Sequence[Model]) -> Iterator[str]:
    """Yield each label that is an earlier model's, too, in any language."""
    for number, model in enumerate(models):
        for other in models[:number]:
            if language := _same_in(model, other):
                yield (
                    f"models.{model.id}.label: {in_language(model.label, language)} is the label of "
                    f"models.{other.id}, too ({language}); write another one."
                )
                break


def _same_in(model: Model, other: Model) -> str | None:
    def name(each: Model, language: str) -> str:
        label = in_language(each.label, language)
        return folded_name(label) or label

    return next((each for each in LANGUAGES if name(model, each) == name(other, each)), None)
