"""Find models by what people type: an id, or a label in any language."""

from __future__ import annotations

from bot.domain.image_models.catalogue import Catalogue, Model
from bot.textfilter.normalize import fold


class ModelNames:
    """The names of the models; case, width, spaces and punctuation don't matter."""

    def __init__(self, models: Catalogue) -> None:
        self._names = [
            (folded_name(name), model) for model in models for name in (model.id, *model.label.values())
        ]

    def exact(self, text: str) -> Model | None:
        """Return the model with this name."""
        typed = folded_name(text)
        return next((model for name, model in self._names if name == typed), None)

    def find(self, text: str) -> Model | None:
        """Return the model with this name, else the only one whose names begin with it or contain it."""
        typed = folded_name(text)
        if not typed:
            return None
        begins = {model.id: model for name, model in self._names if name.startswith(typed)}
        near = begins or {model.id: model for name, model in self._names if typed in name}
        return self.exact(text) or (next(iter(near.values())) if len(near) == 1 else None)


def folded_name(name: str) -> str:
    """Return what counts of a name; empty if it has no letters or digits."""
    return "".join(character for character in fold(name) if character.isalnum())
