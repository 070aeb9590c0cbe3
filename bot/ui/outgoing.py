"""Sends and edits messages without mentions: every message of the bot goes out through these functions.

Prompts and names can contain mentions, and discord.py applies the client's default to sends only, not to
every edit.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

import discord
from discord import ui
from discord.utils import MISSING

_NO_MENTIONS = discord.AllowedMentions.none()


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that a message has already, and keeps in an edit."""

    id: int
    filename: str

    def to_dict(self) -> dict[str, str]:
        """Return it as discord.py sends it."""
        return {"id": str(self.id), "filename": self.filename}


Files = Sequence[discord.File | KeptFile]
"""The files of an edited message: those that it doesn't name are removed."""


class Edit(Protocol):
    """Edits one message; ``attachments`` replaces its files."""

    async def __call__(self, view: ui.LayoutView, attachments: Files = MISSING) -> discord.Message:
        """Edit the message and return it."""
        ...


async def respond(interaction: discord.Interaction[Any], view: ui.LayoutView) -> None:
    """Answer an interaction that wasn't acknowledged yet, ephemerally."""
    await interaction.response.send_message(view=view, ephemeral=True, allowed_mentions=_NO_MENTIONS)


async def edit_response(
    interaction: discord.Interaction[Any],
    view: ui.LayoutView = MISSING,
    attachments: Sequence[discord.File] = MISSING,
) -> discord.InteractionMessage:
    """Edit the response of an acknowledged interaction; ``attachments`` replaces its files."""
    return await interaction.edit_original_response(
        view=view, attachments=attachments, allowed_mentions=_NO_MENTIONS
    )


async def follow_up(
    interaction: discord.Interaction[Any], view: ui.LayoutView, files: Sequence[discord.File] = MISSING
) -> None:
    """Send an ephemeral message after an interaction's response."""
    await interaction.followup.send(view=view, files=files, ephemeral=True, allowed_mentions=_NO_MENTIONS)


async def send(
    target: discord.abc.Messageable,
    view: ui.LayoutView,
    files: Sequence[discord.File] = (),
    *,
    reference: discord.MessageReference | None = None,
    nonce: str | None = None,
    silent: bool = False,
    notified: int | None = None,
) -> discord.Message:
    """Post a message; only the user with the id ``notified`` may be mentioned.

    With a ``nonce`` a repeated send returns the first message, for some minutes.
    """
    more: dict[str, Any] = {"files": files} if files else {}
    if reference is not None:
        more["reference"] = reference
    if nonce is not None:
        more["nonce"] = nonce
    return await target.send(
        view=view,
        silent=silent,
        allowed_mentions=_NO_MENTIONS if notified is None else _only(notified),
        **more,
    )


async def edit(
    message: discord.Message | discord.PartialMessage, view: ui.LayoutView, attachments: Files = MISSING
) -> discord.Message:
    """Edit a message of the bot; ``attachments`` replaces its files."""
    files = cast("Sequence[discord.File]", attachments)
    return await message.edit(view=view, attachments=files, allowed_mentions=_NO_MENTIONS)


async def edit_by_webhook(
    webhook: discord.Webhook, message_id: int, view: ui.LayoutView, attachments: Files = MISSING
) -> discord.WebhookMessage:
    """Edit an interaction's response by its webhook; ``attachments`` replaces its files."""
    files = cast("Sequence[discord.File]", attachments)
    return await webhook.edit_message(message_id, view=view, attachments=files, allowed_mentions=_NO_MENTIONS)


async def follow_up_by_webhook(
    webhook: discord.Webhook, view: ui.LayoutView, file: discord.File
) -> discord.WebhookMessage:
    """Send an ephemeral message with a file after an interaction's response, by its webhook."""
    with contextlib.closing(file):
        return await webhook.send(
            view=view, file=file, ephemeral=True, wait=True, allowed_mentions=_NO_MENTIONS
        )


def _only(user_id: int) -> discord.AllowedMentions:
    users = [discord.Object(user_id)]
    return discord.AllowedMentions(everyone=False, roles=False, replied_user=False, users=users)
