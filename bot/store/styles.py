"""The styles that servers and members saved."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Delete, Engine, Row, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.domain.errors import RuleBroken
from bot.domain.models import Job, SavedStyle, Style, StyleOwner
from bot.store.db.tables import styles
from bot.store.db.transactions import read, write


class StyleStore:
    """Reads and changes styles; an owner's names are unique, ignoring case."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def list_for(self, *owners: StyleOwner) -> list[SavedStyle]:
        """Return the styles of the owners, in the order of the owners and then by name."""
        if not owners:
            return []
        found = await read(self._engine, lambda connection: _read(connection, *owners))
        return sorted(found, key=lambda kept: (owners.index(kept.owner), kept.style.name.casefold()))

    async def get(self, style_id: int) -> SavedStyle:
        """Return a style; raise ``RuleBroken`` if it was deleted."""

        def fetch(connection: Connection) -> SavedStyle | None:
            row = connection.execute(select(styles).where(styles.c.id == style_id)).one_or_none()
            return None if row is None else _kept(row)

        if (found := await read(self._engine, fetch)) is None:
            raise RuleBroken("style-gone")
        return found

    async def add(self, owner: StyleOwner, style: Style, *, most: int) -> SavedStyle:
        """Save a new style; raise ``RuleBroken`` if its name is taken or there are ``most`` already."""

        def work(connection: Connection) -> SavedStyle:
            others = _read(connection, owner)
            _refuse_taken(style, others)
            if len(others) >= most:
                raise RuleBroken("too-many-styles", most=most)
            row = {"owner_kind": owner.kind, "owner_id": owner.id, "name": style.name, "text": style.text}
            return _kept(connection.execute(insert(styles).values(row).returning(*styles.c)).one())

        return await self._change(style, work)

    async def change(self, kept: SavedStyle, style: Style) -> SavedStyle:
        """Change a style; raise ``RuleBroken`` if its new name is taken or it was deleted.

        A new text drops the preview, which was made with the old one.
        """

        def work(connection: Connection) -> SavedStyle:
            others = _read(connection, kept.owner)
            _refuse_taken(style, [other for other in others if other.id != kept.id])
            values: dict[str, Any] = {"name": style.name, "text": style.text}
            if style.text != kept.style.text:
                values["job_id"] = None
            changed = update(styles).where(styles.c.id == kept.id).values(values).returning(*styles.c)
            if (row := connection.execute(changed).one_or_none()) is None:
                raise RuleBroken("style-gone")
            return _kept(row)

        return await self._change(style, work)

    async def delete(self, kept: SavedStyle) -> None:
        """Delete a style; jobs that were made with it keep its text."""
        gone: Delete = delete(styles).where(styles.c.id == kept.id)
        await write(self._engine, lambda connection: connection.execute(gone))

    async def _change(self, style: Style, work: Any) -> SavedStyle:
        try:
            return await write(self._engine, work)
        except IntegrityError as error:  # the name was taken concurrently
            raise RuleBroken("style-taken", name=style.name) from error


def set_style_preview(connection: Connection, job: Job) -> None:
    """Make a job the preview of the saved styles that it was drawn in."""
    asked, requester = job.draft.style, job.requester
    if asked is None or not job.pictures:
        return
    owners = [(styles.c.owner_kind == "member") & (styles.c.owner_id == requester.user_id)]
    if requester.guild_id is not None:
        owners.append((styles.c.owner_kind == "guild") & (styles.c.owner_id == requester.guild_id))
    # By text too: another owner's style of the same name may be a different one.
    same = (styles.c.name == asked.name) & (styles.c.text == asked.text)
    connection.execute(update(styles).where(or_(*owners), same).values(job_id=job.id))


def _refuse_taken(style: Style, others: list[SavedStyle]) -> None:
    if style.name.casefold() in {other.style.name.casefold() for other in others}:
        raise RuleBroken("style-taken", name=style.name)


def _read(connection: Connection, *owners: StyleOwner) -> list[SavedStyle]:
    theirs = [(styles.c.owner_kind == owner.kind) & (styles.c.owner_id == owner.id) for owner in owners]
    return [_kept(row) for row in connection.execute(select(styles).where(or_(*theirs)))]


def _kept(row: Row[Any]) -> SavedStyle:
    return SavedStyle(
        id=row.id,
        owner=StyleOwner(kind=row.owner_kind, id=row.owner_id),
        style=Style(name=row.name, text=row.text),
        job_id=row.job_id,
    )
