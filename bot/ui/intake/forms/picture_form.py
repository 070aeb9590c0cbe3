"""The modal that takes another picture for a remix, or others for several: uploads or a link."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord import ui

from bot.domain.request_rules import PROMPT_LIMIT
from bot.ui.components import CardModal, Errors, Interaction
from bot.ui.i18n.texts import Texts

_LINK_LIMIT = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureChoice:
    """What was given in place of pictures: uploads or a link, neither or both, and the prompt."""

    prompt: str
    link: str
    uploads: tuple[discord.Attachment, ...]


SubmitPicture = Callable[[Interaction, PictureChoice], Awaitable[object]]


class PictureModal(CardModal):
    """Asks for an upload or a link, and the prompt, prefilled; ``submit`` gets the choice.

    ``replaced`` are the numbers of the pictures to be replaced, of ``given`` ones.
    """

    def __init__(
        self,
        texts: Texts,
        errors: Errors,
        locale: str,
        prompt: str,
        submit: SubmitPicture,
        *,
        replaced: Sequence[int] = (1,),
        given: int = 1,
    ) -> None:
        super().__init__(errors, title=texts(locale, "modal.another-title"))
        self._submit = submit
        self._upload = ui.FileUpload[Any](required=False, min_values=0, max_values=len(replaced))
        self._link = ui.TextInput[Any](required=False, max_length=_LINK_LIMIT, placeholder="https://")
        self._prompt = ui.TextInput[Any](
            style=discord.TextStyle.paragraph,
            default=prompt or None,
            placeholder=texts(locale, "modal.remix-hint"),
            max_length=PROMPT_LIMIT,
        )
        about = None
        if len(replaced) > 1:
            about = texts(locale, "modal.another-all", count=len(replaced))
        elif given > 1:
            about = texts(locale, "modal.another-one", number=replaced[0])
        label = texts(locale, "modal.another-file")
        self.add_item(ui.Label[Any](text=label, description=about, component=self._upload))
        for name, field in {"another-link": self._link, "prompt": self._prompt}.items():
            self.add_item(ui.Label[Any](text=texts(locale, f"modal.{name}"), component=field))

    async def submitted(self, interaction: Interaction) -> None:
        """Pass on the choice."""
        choice = PictureChoice(
            prompt=self._prompt.value,
            link=self._link.value.strip(),
            uploads=tuple(self._upload.values),
        )
        await self._submit(interaction, choice)
