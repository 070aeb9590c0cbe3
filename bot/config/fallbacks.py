"""Check which models draw instead of others, once all of them are read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from bot.domain.image_models.catalogue import Model


def fallback_problems(models: Sequence[Model], names: Collection[str]) -> Iterator[str]:
    """Yield what is wrong with the fallbacks of ``models``; ``names`` are those of all tables."""
    by_id = {model.id: model for model in models}
    for model in models:
        if model.fallback is not None and (words := _problem(model, model.fallback, by_id, names)):
            yield f"models.{model.id}.fallback: {words}"


def _problem(model: Model, fallback: str, by_id: Mapping[str, Model], names: Collection[str]) -> str | None:
    if fallback not in names:
        return f"there is no table [models.{fallback}]."
    if _leads_back(model, by_id):
        return "this leads back to the model itself."
    found = by_id.get(fallback)
    if found is not None and found.weight > model.weight:
        return f"{fallback} has the weight {found.weight}, more than {model.weight}."
    return None


def _leads_back(model: Model, by_id: Mapping[str, Model]) -> bool:
    seen: set[str] = set()
    following = model.fallback
    while following is not None and following not in seen:
        if following == model.id:
            return True
        seen.add(following)
        found = by_id.get(following)
        following = found.fallback if found else None
    return False
