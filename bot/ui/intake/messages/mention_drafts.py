"""Reads what a message asks for: its prompt, and the pictures it starts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import get_args

import discord

from bot.domain.errors import ReferenceUnusable, RuleBroken
from bot.domain.image_models.model_names import ModelNames
from bot.domain.models import Draft, Ratio, Size
from bot.domain.request_rules import MAX_PICTURES
from bot.domain.requests import reference_rules
from bot.services.member_limits import MemberLimiter
from bot.textfilter.normalize import is_blank
from bot.ui.intake.channel_access import ChannelAccess
from bot.ui.intake.command_options import build_draft
from bot.ui.intake.messages.prompt_syntax import ParsedPrompt, mentions, parse_prompt, without_mention
from bot.ui.intake.offers import Choice
from bot.ui.intake.references.media import pictures_in
from bot.ui.intake.references.reference_list import FindReference, remix, resolve_all
from bot.ui.intake.references.resolved_reference import ResolvedReference
from bot.ui.intake.references.resolver import References

_MAX_FLAGS = 5
"""Flags listed as not offered."""


class MentionDrafts:
    """Builds drafts from messages: a remix of the picture replied to and of the uploads, else an imagine."""

    def __init__(
        self,
        client: discord.Client,
        references: References,
        references_limit: MemberLimiter,
        models: ModelNames,
    ) -> None:
        self._client = client
        self._references = references
        self._references_limit = references_limit
        self._models = models

    async def build(self, message: discord.Message, access: ChannelAccess, choice: Choice) -> Draft:
        """Return what a message asks for, as its author chose where they were asked; raise ``BotError``."""
        if message.reference is None:  # a prompt alone, or with uploads: nothing is fetched for it
            return await self._build(message, access, choice)
        async with self._references_limit.permit(message.author.id):
            return await self._build(message, access, choice)

    def prompt_of(self, message: discord.Message, choice: Choice) -> str:
        """Return the prompt of a message, or the one that its author entered since."""
        if choice.prompt is not None:
            return choice.prompt
        text = _prompt_text(message, self._client)
        return parse_prompt(text, several_pictures=False, models=self._models).prompt

    async def _build(self, message: discord.Message, access: ChannelAccess, choice: Choice) -> Draft:
        try:
            replied, replaced = await self._replied(message, access), None
        except ReferenceUnusable:
            # Another picture was given in place of the deleted message's.
            replied, replaced = None, choice.finds.get(1)
            if replaced is None:
                raise
        # Discord adds the previews of the message's own links sooner or later: they never count.
        uploads = len(pictures_in(message, previews=False))
        several = len(pictures_in(replied)) > 1 if replied else uploads > 1
        prompt = parse_prompt(
            _prompt_text(message, self._client), several_pictures=several, models=self._models
        )
        if prompt.rejected_flags:
            raise _not_offered(prompt.rejected_flags)
        prompt = replace(prompt, picture=choice.picture or prompt.picture)
        finds = self._finds(message, replied, uploads, prompt.picture)
        if replaced is not None:
            finds.insert(0, replaced)
        if finds and is_blank(prompt.prompt):  # no use in asking which picture
            raise RuleBroken("prompt-empty")
        reference_rules.require_at_most(len(finds))
        found = await resolve_all(choice.selected(finds))
        draft = choice.changed(_draft_of(prompt))
        if not found:
            return draft
        follow_ratio, channel_id = "ratio" in draft.defaulted, message.channel.id
        return remix(draft, found, follow_ratio=follow_ratio, channel_id=channel_id)

    def _finds(
        self, message: discord.Message, replied: discord.Message | None, uploads: int, number: int | None
    ) -> list[FindReference]:
        """Return what resolves the picture replied to, and then the uploads.

        ``number`` is that of the picture replied to; in a message that replies to none, of its only upload.
        """
        numbers = [number] if number and replied is None else range(1, uploads + 1)
        finds = [partial(self._find, message, message, each, previews=False) for each in numbers]
        if replied is not None:
            finds.insert(0, partial(self._find, replied, message, number, previews=True))
        return list(finds)

    async def _find(
        self, source: discord.Message, message: discord.Message, number: int | None, *, previews: bool
    ) -> ResolvedReference:
        return await self._references.from_message(source, message.author, number, previews=previews)

    async def _replied(self, message: discord.Message, access: ChannelAccess) -> discord.Message | None:
        """Return the message replied to if it has pictures; raise ``ReferenceUnusable`` when it is deleted.

        Also where Discord hides whether it has any, unless the message has pictures itself.
        """
        reference = message.reference
        if reference is None or reference.message_id is None:
            return None
        try:
            # Fetched again: the event may lack the pictures, and its links may be expired.
            replied = await access.channel.fetch_message(reference.message_id)
        except discord.HTTPException as error:
            if error.status not in (403, 404):
                raise
            raise ReferenceUnusable("gone", f"message {reference.message_id}") from error
        if pictures_in(replied):
            return replied
        hidden = self._references.is_content_hidden(replied)
        return replied if hidden and not pictures_in(message, previews=False) else None


def is_addressed(message: discord.Message, client: discord.Client) -> bool:
    """Whether a message mentions the bot or its role, outside code and quotes."""
    if client.user is None:
        return False
    role_id = _role_id(message)
    # Without the privileged intent Discord withholds the text of a message that mentions only the role.
    withheld = not message.content and role_id in message.raw_role_mentions
    return withheld or mentions(message.content, client.user.id, role_id)


def _role_id(message: discord.Message) -> int | None:
    """Return the id of the role that Discord made for the bot."""
    role = message.guild.self_role if message.guild else None
    return role.id if role else None


def _prompt_text(message: discord.Message, client: discord.Client) -> str:
    names = {person.id: person.display_name for person in message.mentions}
    user_id = client.user.id if client.user else 0
    return without_mention(message.content, user_id, names, _role_id(message))


def _draft_of(prompt: ParsedPrompt) -> Draft:
    draft = build_draft(
        "imagine",
        prompt.prompt,
        prompt.ratio,
        prompt.size,
        None,
        count=prompt.count or 1,
        # The rule about models refuses a name that none has.
        model=prompt.model or prompt.unknown_model,
    )
    return replace(draft, defaulted=draft.defaulted | {"style"})


def _not_offered(flags: Sequence[str]) -> RuleBroken:
    return RuleBroken(
        "not-offered",
        flags=" · ".join(flags[:_MAX_FLAGS]),
        ratios=", ".join(get_args(Ratio)),
        sizes=", ".join(get_args(Size)),
        most=MAX_PICTURES,
    )
