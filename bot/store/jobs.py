"""The queue of accepted requests; every step is one transaction."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.models import Draft, ImageRequest, Job, Picture, ReplyTo, Requester, Size
from bot.store.tables import jobs

_FINAL = ("done", "cancelled")
_TOLD = ("drawn", "failed")
_REPORTED_SECONDS: dict[Size, float] = {"1K": 12.0, "2K": 20.0, "4K": 35.0}


class JobStore:
    """Keeps jobs in ``engine``; pictures are named relative to the folder ``spool``."""

    def __init__(self, engine: AsyncEngine, spool: Path) -> None:
        self._engine = engine
        self._spool = spool

    async def add(
        self, draft: Draft, requester: Requester, reply_to: ReplyTo, *, now: float, deadline: float
    ) -> Job | None:
        """Accept a request; return None when this interaction was accepted before."""
        row: dict[str, object] = {
            **_columns(draft, requester, reply_to),
            "state": "waiting",
            "created_at": now,
            "run_at": now,
            "deadline": deadline,
            "attempts": 0,
            "pictures": [],
            "facts": {},
        }
        try:
            async with self._engine.begin() as connection:
                result = await connection.execute(insert(jobs).values(row).returning(*jobs.c))
                return self._job(result.one())
        except IntegrityError:
            return None

    async def get(self, job_id: int) -> Job | None:
        """Return the job with this id."""
        found = await self._all(select(jobs).where(jobs.c.id == job_id))
        return found[0] if found else None

    async def claim(self, worker: str, *, capacity: int, now: float, lease: float) -> list[Job]:
        """Take the jobs whose turn it is, as many as fit beside those running in ``capacity`` pictures."""
        turns = _turns(capacity, now).cte("turns")
        running = (
            select(func.coalesce(func.sum(_weight(capacity)), 0))
            .where(jobs.c.state == "running")
            .scalar_subquery()
        )
        mine = select(turns.c.id).where(turns.c.load + running <= capacity)
        return await self._change(
            jobs.c.id.in_(mine),
            state="running",
            worker=worker,
            lease=lease,
            started_at=now,
            attempts=jobs.c.attempts + 1,
        )

    async def claim_untold(self, worker: str, *, now: float, lease: float) -> list[Job]:
        """Take jobs whose outcome is known but whose asker wasn't told by a worker that is gone."""
        free = jobs.c.state.in_(_TOLD) & (jobs.c.lease < now)
        return await self._change(free, worker=worker, lease=lease)

    async def take_over(self, *, now: float) -> int:
        """Put jobs of workers whose lease ran out back in line; return how many."""
        lost = (jobs.c.state == "running") & (jobs.c.lease < now)
        return len(await self._change(lost, state="waiting", worker=None, lease=None))

    async def release(self, worker: str | None = None) -> None:
        """Let go of this worker's jobs, or of everyone's where one process works on the database alone."""
        mine = jobs.c.lease.is_not(None) if worker is None else jobs.c.worker == worker
        await self._change(jobs.c.state.not_in(_FINAL) & mine, lease=0.0)

    async def postpone(self, job: Job, worker: str, *, until: float) -> None:
        """Tell the asker later: nobody takes the job before ``until``."""
        # It is nobody's until then: else its worker, busy with other jobs, would renew the lease for ever.
        await self._step(job, worker, None, worker=None, lease=until)

    async def renew(self, worker: str, lease: float) -> set[int]:
        """Keep hold of this worker's jobs until ``lease``; return the ids it still holds."""
        held = (jobs.c.worker == worker) & jobs.c.state.in_(("running", *_TOLD))
        return {job.id for job in await self._change(held, lease=lease)}

    async def retry(self, job: Job, worker: str, *, run_at: float) -> bool:
        """Put a running job back in line, to run at ``run_at``; False when it's another worker's by now."""
        return await self._step(
            job, worker, "running", state="waiting", run_at=run_at, worker=None, lease=None
        )

    async def drawn(
        self, job: Job, worker: str, pictures: Sequence[Picture], *, now: float, problem: str | None = None
    ) -> bool:
        """Note that the pictures are on disk for good; ``problem`` says why some are missing."""
        files = [
            {
                "file": str(p.path.relative_to(self._spool)),
                "format": p.format,
                "width": p.width,
                "height": p.height,
            }
            for p in pictures
        ]
        return await self._step(
            job, worker, "running", state="drawn", pictures=files, drawn_at=now, problem=problem
        )

    async def failed(
        self, job: Job, worker: str, problem: str, facts: Mapping[str, str | int | float]
    ) -> bool:
        """Note why there will be no picture."""
        state = job.state if job.state == "drawn" else "running"
        return await self._step(job, worker, state, state="failed", problem=problem, facts=dict(facts))

    async def finish(self, job: Job, worker: str, *, now: float, channel_id: int, message_id: int) -> bool:
        """Note that the asker was told, where, and forget the token."""
        return await self._step(
            job,
            worker,
            None,
            state="done",
            finished_at=now,
            token=None,
            worker=None,
            lease=None,
            channel_id=channel_id,
            message_id=message_id,
        )

    async def cancel(self, job_id: int, *, now: float) -> Job | None:
        """Cancel a waiting or running job; None when it is past that."""
        open_ = (jobs.c.id == job_id) & jobs.c.state.in_(("waiting", "running"))
        changed = await self._change(
            open_, state="cancelled", finished_at=now, token=None, worker=None, lease=None
        )
        return changed[0] if changed else None

    async def ahead(self, job_id: int, *, capacity: int, now: float) -> tuple[int, int] | None:
        """Return how many jobs and how many pictures come before a waiting one, else None."""
        turns = _turns(capacity, now).cte("turns")
        place = func.row_number().over(order_by=turns.c.load) - 1
        ordered = select(turns.c.id, place.label("ahead"), (turns.c.load - turns.c.weight).label("load")).cte(
            "ordered"
        )
        async with self._engine.connect() as connection:
            row = (
                await connection.execute(
                    select(ordered.c.ahead, ordered.c.load).where(ordered.c.id == job_id)
                )
            ).one_or_none()
        return (row.ahead, int(row.load)) if row else None

    async def open_ids(self) -> set[int]:
        """Return the ids of all jobs that aren't over."""
        async with self._engine.connect() as connection:
            return set(await connection.scalars(select(jobs.c.id).where(jobs.c.state.not_in(_FINAL))))

    async def next_run_at(self) -> float | None:
        """Return when the next waiting job may run."""
        async with self._engine.connect() as connection:
            return await connection.scalar(select(func.min(jobs.c.run_at)).where(jobs.c.state == "waiting"))

    async def usual_duration(self, size: Size, *, recent: int = 30) -> float:
        """Return the median time in seconds that the last jobs of this size took to draw."""
        seconds = jobs.c.drawn_at - jobs.c.started_at
        done = (jobs.c.state == "done") & (jobs.c.size == size) & jobs.c.drawn_at.is_not(None)
        async with self._engine.connect() as connection:
            times = await connection.scalars(
                select(seconds).where(done).order_by(jobs.c.id.desc()).limit(recent)
            )
            found = list(times)
        return statistics.median(found) if found else _REPORTED_SECONDS[size]

    async def _step(self, job: Job, worker: str, state: str | None, /, **values: object) -> bool:
        mine = (jobs.c.id == job.id) & (jobs.c.worker == worker)
        if state is not None:
            mine &= jobs.c.state == state
        return bool(await self._change(mine, **values))

    async def _change(self, where: ColumnElement[bool], /, **values: object) -> list[Job]:
        async with self._engine.begin() as connection:
            result = await connection.execute(update(jobs).where(where).values(**values).returning(*jobs.c))
            return sorted((self._job(row) for row in result), key=lambda job: job.id)

    async def _all(self, query: Select[*tuple[Any, ...]]) -> list[Job]:
        async with self._engine.connect() as connection:
            return [self._job(row) for row in await connection.execute(query)]

    def _job(self, row: Row[Any]) -> Job:
        return Job(
            id=row.id,
            draft=Draft(
                kind=row.kind,
                request=ImageRequest(
                    prompt=row.prompt,
                    ratio=row.ratio,
                    size=row.size,
                    model=row.model,
                    reference=row.reference,
                ),
                count=row.amount,
                source=row.source,
                spoiler=row.spoiler,
            ),
            requester=Requester(
                user_id=row.user_id,
                channel_id=row.channel_id,
                guild_id=row.guild_id,
                locale=row.locale,
                guild_locale=row.guild_locale,
                upload_limit=row.upload_limit,
            ),
            reply_to=_reply_to(row),
            message_id=row.message_id,
            state=row.state,
            created_at=row.created_at,
            attempts=row.attempts,
            deadline=row.deadline,
            started_at=row.started_at,
            drawn_at=row.drawn_at,
            pictures=tuple(
                Picture(
                    path=self._spool / p["file"], format=p["format"], width=p["width"], height=p["height"]
                )
                for p in row.pictures
            ),
            problem=row.problem,
            facts=row.facts,
        )


def _columns(draft: Draft, requester: Requester, reply_to: ReplyTo) -> dict[str, object]:
    request = draft.request
    return {
        "interaction_id": reply_to.interaction_id,
        "kind": draft.kind,
        "user_id": requester.user_id,
        "guild_id": requester.guild_id,
        "channel_id": requester.channel_id,
        "locale": requester.locale,
        "guild_locale": requester.guild_locale,
        "upload_limit": requester.upload_limit,
        "application_id": reply_to.application_id,
        "message_id": reply_to.message_id,
        "ephemeral": reply_to.ephemeral,
        "token": reply_to.token,
        "token_expires_at": reply_to.expires_at,
        "prompt": request.prompt,
        "ratio": request.ratio,
        "size": request.size,
        "model": request.model,
        "reference": request.reference,
        "source": draft.source,
        "spoiler": draft.spoiler,
        "amount": draft.count,
    }


def _reply_to(row: Row[Any]) -> ReplyTo | None:
    if row.token is None:
        return None
    return ReplyTo(
        interaction_id=row.interaction_id,
        application_id=row.application_id,
        token=row.token,
        message_id=row.message_id,
        ephemeral=row.ephemeral,
        expires_at=row.token_expires_at,
    )


def _weight(capacity: int) -> ColumnElement[int]:
    # A job with more pictures than may be drawn at once still gets its turn: alone.
    return case((jobs.c.amount > capacity, capacity), else_=jobs.c.amount)


def _turns(capacity: int, now: float) -> Select[Any, Any, Any]:
    """Waiting jobs in the order they are taken.

    A member's first comes before anyone's second, running ones included; among equals whoever was served
    longest ago comes first, or a lone place would go to the same member again and again.
    """
    running = (
        select(jobs.c.user_id, func.count().label("jobs"))
        .where(jobs.c.state == "running")
        .group_by(jobs.c.user_id)
    ).subquery("running")
    due = (jobs.c.state == "waiting") & (jobs.c.run_at <= now)
    members = select(jobs.c.user_id).where(due).distinct().subquery("members")
    earlier = jobs.alias("earlier")
    served = select(
        members.c.user_id,
        select(func.max(earlier.c.started_at))
        .where(earlier.c.user_id == members.c.user_id)
        .scalar_subquery()
        .label("at"),
    ).subquery("served")
    mine = func.row_number().over(partition_by=jobs.c.user_id, order_by=jobs.c.id)
    waiting = (
        select(
            jobs.c.id,
            _weight(capacity).label("weight"),
            (mine + func.coalesce(running.c.jobs, 0)).label("turn"),
            func.coalesce(served.c.at, 0).label("served"),
        )
        .select_from(
            jobs.join(served, served.c.user_id == jobs.c.user_id).outerjoin(
                running, running.c.user_id == jobs.c.user_id
            )
        )
        .where(due)
    ).subquery("waiting")
    order = (waiting.c.turn, waiting.c.served, waiting.c.id)
    load = func.sum(waiting.c.weight).over(order_by=order, rows=(None, 0))
    return select(waiting.c.id, waiting.c.weight, load.label("load"))
