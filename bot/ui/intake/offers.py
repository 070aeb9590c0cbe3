"""Refusals that a member can go on from: each shows a question in place of the mere reason."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from discord import ui

from bot.domain.errors import REFERENCE, BotError, ReferenceUnusable, RuleBroken
from bot.domain.image_models.catalogue import in_language
from bot.domain.image_models.comparisons import with_count
from bot.domain.models import Draft
from bot.domain.requests.reference_rules import TooManyReferences
from bot.ui.cards.error_texts import ErrorTexts
from bot.ui.cards.layout import card
from bot.ui.components import Interaction
from bot.ui.errors import CardFactory
from bot.ui.i18n.texts import Texts
from bot.ui.intake.choices import Choices, MakeButton
from bot.ui.intake.forms.edit_form import Forms
from bot.ui.intake.forms.picture_choice import PictureNotChosen, picture_choice
from bot.ui.intake.forms.picture_form import PictureChoice
from bot.ui.intake.references.nearest_results import NoSuchResult, nearest_results
from bot.ui.intake.references.reference_list import FindReference
from bot.ui.intake.references.resolver import References

_QUOTAS = (
    "quota",
    "member-daily",
    "server-daily",
    "total-daily",
    "member-daily-cost",
    "server-daily-cost",
)
"""Rules whose fact ``count`` is how much is left; a picture takes one, or ``weight``."""
NO_CONSENT = ("remix-not-allowed", "avatar-remixes-off")
"""Rules about whose picture may be remixed."""
_MAX_MODELS = 5
"""Models offered in place of one that takes fewer references: a row of buttons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is different when a refused request is made again."""

    picture: int | None = None
    """The number of the picture that is meant, counted from 1."""
    finds: Mapping[int, FindReference] = field(default_factory=dict[int, FindReference])
    """What resolves the references that were chosen instead, by their numbers, counted from 1."""
    prompt: str | None = None
    count: int | None = None
    """How many pictures are drawn."""
    references: tuple[int, ...] = ()
    """The numbers of the references to use, counted from 1; empty for all."""
    model: str | None = None
    """The id of the model to draw with."""

    def changed(self, draft: Draft) -> Draft:
        """Return a draft as it is made again."""
        draft = with_count(draft, self.count or draft.count)
        if self.prompt is not None:
            draft = replace(draft, request=replace(draft.request, prompt=self.prompt))
        if self.model is None:
            return draft
        request = replace(draft.request, model=self.model)
        return replace(draft, request=request, defaulted=draft.defaulted - {"model"})

    def selected(self, finds: Sequence[FindReference]) -> Sequence[FindReference]:
        """Return the references to use, with those that were chosen in their places."""
        numbered = {**dict(enumerate(finds, 1)), **self.finds}
        return [numbered[number] for number in self.references or sorted(numbered)]

    def then(self, later: Choice) -> Choice:
        """Return both choices; the later one replaces what it chose again."""
        return Choice(
            picture=later.picture or self.picture,
            finds={**self.finds, **later.finds},
            prompt=self.prompt if later.prompt is None else later.prompt,
            count=later.count or self.count,
            references=later.references or self.references,
            model=later.model or self.model,
        )


NO_CHOICE = Choice()
Repeat = Callable[[Interaction, Choice], Awaitable[object]]
"""Makes a refused request again; every rule is checked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRequest:
    """A request that a member can make again with other choices."""

    user_id: int
    """Who may choose."""
    prompt: Callable[[], str]
    """Reads its prompt, for a form."""
    repeat: Repeat


class Offers:
    """Builds the cards; an answer repeats the request with what was chosen."""

    def __init__(self, texts: Texts, choices: Choices, references: References, forms: Forms) -> None:
        self._texts = texts
        self._errors = ErrorTexts(texts)
        self._choices = choices
        self._references = references
        self._forms = forms

    def card_for(self, error: Exception, refused: RefusedRequest) -> CardFactory | None:
        """Return the card of an error that a user can go on from; None for any other error."""
        match error:
            case PictureNotChosen(pictures=pictures):

                def chosen(number: int) -> Choice:
                    return Choice(picture=number, finds={_number(error): lambda: error.resolve(number)})

                button = self._open(refused, chosen)
                return lambda locale: picture_choice(self._texts, locale, pictures, button)
            case NoSuchResult(results=results):
                button = self._open(
                    refused, lambda number: Choice(finds={_number(error): results[number - 1].resolve})
                )
                return lambda locale: nearest_results(self._texts, locale, results, button)
            case TooManyReferences():
                return self._choose_references(error, refused)
            case RuleBroken(rule=rule) if rule in _QUOTAS and (left := _pictures_left(error)) > 0:
                button = self._open(refused, lambda number: Choice(count=number))
                return lambda locale: self._fewer(locale, error, left, button)
            case ReferenceUnusable():
                return self.another_picture(error, refused)
            case RuleBroken(rule=rule) if rule in NO_CONSENT:
                return self.another_picture(error, refused)
            case _:
                return None

    def another_picture(self, error: BotError, refused: RefusedRequest) -> CardFactory:
        """Offer a form for another picture in place of the one that an error is about."""

        async def submit(modal: Interaction, given: PictureChoice) -> None:
            find = self._references.find_given(given.uploads, given.link, modal.user)[0]
            await refused.repeat(modal, Choice(finds={_number(error): find}, prompt=given.prompt))

        async def ask(pressed: Interaction, _: int) -> None:
            await self._forms.ask_picture(pressed, refused.prompt(), submit, replaced=[1], given=1)

        button = self._choices.open(refused.user_id, ask)

        def make(locale: str) -> ui.LayoutView:
            replace_it = button(0, self._texts(locale, "button.replace"))
            return card(ui.TextDisplay[Any](self._errors.of(locale, error)), ui.ActionRow[Any](replace_it))

        return make

    def _choose_references(self, error: TooManyReferences, refused: RefusedRequest) -> CardFactory:
        """Offer to use fewer references, or a model that takes all of them."""
        first = tuple(range(1, error.taken + 1))
        fewer = [first] if error.taken > 1 else [(each,) for each in range(1, error.given + 1) if first]
        choices = [Choice(references=numbers) for numbers in fewer]
        choices += [Choice(model=model.id) for model in error.others[:_MAX_MODELS]]
        button = self._open(refused, lambda number: choices[number])

        def make(locale: str) -> ui.LayoutView:
            say = self._texts
            labels = [
                say(locale, "button.use-first", count=error.taken)
                if error.taken > 1
                else say(locale, "button.use-picture", number=numbers[0])
                for numbers in fewer
            ]
            labels += [
                say(locale, "button.with-model", model=in_language(model.label, say.closest(locale)))
                for model in error.others[:_MAX_MODELS]
            ]
            buttons = [button(number, label) for number, label in enumerate(labels)]
            rows = (buttons[: len(fewer)], buttons[len(fewer) :])
            return card(
                ui.TextDisplay[Any](self._errors.of(locale, error)),
                *(ui.ActionRow[Any](*row) for row in rows if row),
            )

        return make

    def _fewer(self, locale: str, error: BotError, left: int, button: MakeButton) -> ui.LayoutView:
        """Say that fewer pictures are left than were asked for, and offer to draw those."""
        draw = button(left, self._texts(locale, "button.draw-left", count=left))
        return card(ui.TextDisplay[Any](self._errors.of(locale, error)), ui.ActionRow[Any](draw))

    def _open(self, refused: RefusedRequest, choice_of: Callable[[int], Choice]) -> MakeButton:
        """Return what makes the buttons; one that is pressed makes the request again as its number says."""
        return self._choices.open(
            refused.user_id, lambda pressed, number: refused.repeat(pressed, choice_of(number))
        )


def _number(error: BotError) -> int:
    """Return the number of the reference that an error is about, counted from 1."""
    return int(error.facts.get(REFERENCE, 1))


def _pictures_left(error: RuleBroken) -> int:
    return int(error.facts["count"]) // int(error.facts["weight"])
