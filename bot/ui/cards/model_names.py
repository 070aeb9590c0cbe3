"""What models are called on cards."""

from __future__ import annotations

from bot.domain.image_models.catalogue import Catalogue, in_language
from bot.domain.models import Draft
from bot.ui.i18n.texts import Texts, escape


class ModelNames:
    """Names models in the reader's language."""

    def __init__(self, texts: Texts, models: Catalogue) -> None:
        self._texts = texts
        self._models = models

    def label(self, locale: str, model: str | None) -> str:
        """Return a model's label, the usual one's for None; the id of one that isn't offered any more."""
        found = self._models.find(model)
        return in_language(found.label, self._texts.closest(locale)) if found else model or ""

    def labels(self, locale: str, draft: Draft) -> str:
        """Return the labels of all models of a request, as text of a card."""
        ids = [one.model for one in draft.compared] or [draft.request.model]
        return " · ".join(escape(self.label(locale, id_)) for id_ in ids)

    def unusual(self, locale: str, model: str | None, usual: str | None = None) -> str | None:
        """Return the label of a model that isn't the usual one: a server's, or else the bot's."""
        default = self._models.default.id
        is_usual = (model or default) == (usual or default)
        return None if is_usual else self.label(locale, model)
