"""Opens the form in which a request is edited before it is submitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import discord

from bot.domain.models import Draft, Requester, Style
from bot.services.deadline import Deadline
from bot.services.members import MemberService
from bot.services.request_context import ContextResolver
from bot.services.requests import RequestService
from bot.ui.errors import ErrorPresenter
from bot.ui.i18n.texts import Texts
from bot.ui.intake.forms.modals import RequestModal, Submit
from bot.ui.intake.forms.picture_form import PictureModal, SubmitPicture
from bot.ui.intake.requesters import requester_of


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prefill:
    draft: Draft
    locale: str
    styles: Sequence[Style] = ()
    references: int = 1
    """How many references it may have."""


class Forms:
    """Opens request forms within the three seconds that Discord allows."""

    def __init__(
        self,
        requests: RequestService,
        contexts: ContextResolver,
        member_service: MemberService,
        errors: ErrorPresenter,
        texts: Texts,
        *,
        deadline: Deadline | None = None,
    ) -> None:
        self._requests = requests
        self._contexts = contexts
        self._member_service = member_service
        self._errors = errors
        self._texts = texts
        self._deadline = deadline or Deadline(1.5)

    async def ask(
        self,
        interaction: discord.Interaction[Any],
        draft: Draft,
        submit: Submit,
        *,
        remix: bool,
    ) -> None:
        """Show a form prefilled from a draft and the defaults; ``submit`` gets the edited draft.

        That of a ``remix`` takes files beside its picture.
        """
        requester = requester_of(interaction)
        prefill = _Prefill(draft=draft, locale=requester.locale)
        prefill = await self._deadline.wait_or_default(self._prefill(draft, requester), prefill)
        form = RequestModal(
            self._texts,
            self._errors,
            prefill.locale,
            prefill.draft,
            submit,
            remix=remix,
            styles=prefill.styles,
            files=prefill.references - 1 if remix else 0,
        )
        await form.open(interaction)

    async def ask_picture(
        self,
        interaction: discord.Interaction[Any],
        prompt: str,
        submit: SubmitPicture,
        *,
        replaced: Sequence[int],
        given: int,
    ) -> None:
        """Show a form for other pictures and the prompt, as ``PictureModal`` does."""
        requester = requester_of(interaction)
        locale = await self._deadline.wait_or_default(self._locale(requester), requester.locale)
        form = PictureModal(self._texts, self._errors, locale, prompt, submit, replaced=replaced, given=given)
        await interaction.response.send_modal(form)

    async def _locale(self, requester: Requester) -> str:
        return (await self._contexts.resolve(requester)).locale(private=True)

    async def _prefill(self, draft: Draft, requester: Requester) -> _Prefill:
        context = await self._contexts.resolve(requester)
        available = await self._member_service.available_styles(requester.user_id, requester.guild_id)
        completed = await self._requests.complete(draft, context) if draft.defaulted else draft
        return _Prefill(
            draft=completed,
            locale=context.locale(private=True),
            styles=[saved.style for saved in available],
            references=max(1, self._requests.most_references(completed, context)),
        )
