"""Direct messages to the bot's owners about its daily limits."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Any

import discord
from discord import ui

from bot.domain.image_models.prices import Spending
from bot.services.members import MemberService
from bot.services.operator.limit_notices import LimitNotice
from bot.ui import outgoing
from bot.ui.cards.layout import card
from bot.ui.discord_errors import unexpected
from bot.ui.i18n.texts import Texts

log = logging.getLogger(__name__)


class OwnerNotices:
    """Sends notices to ``owner_ids``; amounts are of ``currency``."""

    def __init__(
        self,
        client: discord.Client,
        texts: Texts,
        members: MemberService,
        owner_ids: Collection[int],
        currency: str | None,
    ) -> None:
        self._client = client
        self._texts = texts
        self._members = members
        self._owner_ids = owner_ids
        self._currency = currency

    async def send(self, notice: LimitNotice) -> None:
        """Tell every owner, in the language that each chose; never fails."""
        for owner_id in self._owner_ids:
            try:
                locale = (await self._members.preferences(owner_id)).language or "en"
                owner = await self._client.fetch_user(owner_id)
                await outgoing.send(owner, card(ui.TextDisplay[Any](self._text(locale, notice))))
            except Exception as error:
                # Best effort: the log has it.
                log.warning("owner %s can't be told: %r", owner_id, error, exc_info=unexpected(error))

    def _text(self, locale: str, notice: LimitNotice) -> str:
        key = "owner.limit-reached" if notice.percent == 100 else "owner.limit-near"
        used, allowed = self._amount(notice, notice.used), self._amount(notice, notice.allowed)
        return self._texts(locale, key, percent=notice.percent, used=used, total=allowed)

    def _amount(self, notice: LimitNotice, value: int) -> str:
        if notice.unit == "cost":
            return str(Spending(currency=self._currency or "", micro=value))
        return str(value)
