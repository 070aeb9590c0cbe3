"""Export and deletion of the personal data of members."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence

from bot.domain.guild_settings import Preferences
from bot.domain.ports import Originals
from bot.domain.quotas import local_day
from bot.services.personal_data import personal_data_report
from bot.services.personal_data.erasure_log import ErasureLog
from bot.services.personal_data.export_files import Export, ExportFiles
from bot.store.guilds import GuildStore
from bot.store.members import MemberStore
from bot.store.personal_data import Day, PersonalDataStore, Row

log = logging.getLogger(__name__)

_DAY = 86_400.0
_EXPORT_BATCH = 500
"""Requests of an export that are in memory at once, besides the files they are written into."""


class PrivacyService:
    """Exports and deletes personal data.

    ``batch`` requests are deleted in one transaction: some milliseconds in which no other can write.
    """

    def __init__(
        self,
        records: PersonalDataStore,
        guilds: GuildStore,
        members: MemberStore,
        originals: Originals,
        erasures: ErasureLog,
        clock: Callable[[], float],
        *,
        batch: int = 200,
    ) -> None:
        self._records = records
        self._guilds = guilds
        self._members = members
        self._originals = originals
        self._erasures = erasures
        self._clock = clock
        self._batch = batch

    async def count_requests(self, user_id: int) -> int:
        """Return the number of a member's stored requests."""
        return await self._records.count(user_id)

    async def export(self, user_id: int, limit: int) -> AsyncGenerator[Export]:
        """Yield all stored data about a member, in files of at most ``limit`` bytes, as they are complete."""
        others = await self._records.profile_rows(user_id)
        account_report = personal_data_report.account_report(user_id, others, now=self._clock())
        files, after = ExportFiles(account_report, limit), (0.0, 0)
        columns = personal_data_report.REQUEST_COLUMNS
        while rows := await self._records.requests(user_id, columns, after=after, most=_EXPORT_BATCH):
            for export in await asyncio.to_thread(_add, files, rows):
                yield export
            after = rows[-1]["created_at"], rows[-1]["id"]
        for export in files.finish():
            yield export

    async def has_opted_out(self, user_id: int) -> bool:
        """Whether a member lets nobody else remix their pictures."""
        return not (await self._members.preferences(user_id)).allow_remixes

    async def erase(self, user_id: int, *, keep_opt_out: bool = False) -> int:
        """Delete all stored data about a member; return the number of requests deleted.

        Requests submitted meanwhile stay, and with ``keep_opt_out`` that nobody may remix their pictures.
        """
        erased = 0
        async for batch in self._records.member_batches(user_id, most=self._batch):
            await self._originals.forget(batch.kept)
            days = await self._days(user_id)
            await self._records.erase_member_jobs(batch, days, now=self._clock())
            erased += len(batch.ids)
        await self._records.erase_profile(
            user_id, now=self._clock(), keep=Preferences(allow_remixes=False) if keep_opt_out else None
        )
        await self._erasures.update()
        self._members.invalidate(str(user_id))
        log.info("the data of user %s is deleted: %d requests", user_id, erased)
        return erased

    async def _days(self, user_id: int) -> dict[int, Day]:
        """Return the bounds of the current day in each server where the member asked for something lately."""
        now = self._clock()
        guilds = await self._records.recent_guilds(user_id, since=now - 2 * _DAY)
        return {guild: local_day(now, (await self._guilds.settings(guild)).time_zone) for guild in guilds}


def _add(files: ExportFiles, rows: Sequence[Row]) -> list[Export]:
    return files.add(map(personal_data_report.request_report, rows))
