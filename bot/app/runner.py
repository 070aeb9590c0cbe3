"""Builds the process's runner."""

from __future__ import annotations

from bot.app.application import App
from bot.domain.ports import CopyPublisher
from bot.pictures.copier import PictureCopier
from bot.worker import factory
from bot.worker.answers.originals_keeper import OriginalsKeeper
from bot.worker.config import WorkerConfig
from bot.worker.factory import Answering, Drawing
from bot.worker.generation.references import ReferencePreparation
from bot.worker.runner import Runner


def worker_config(app: App) -> WorkerConfig:
    """Return the identity and limits of this process's worker."""
    settings = app.settings
    return WorkerConfig(
        name=app.process,
        spool=settings.spool,
        capacity=settings.relay_concurrency,
        worker_capacity=settings.worker_concurrency,
        lease=settings.worker_lease,
        spool_limit=settings.spool_limit,
        keep_originals=settings.keep_originals,
    )


def create_originals_keeper(app: App) -> OriginalsKeeper:
    """Build what stores the originals of this process's jobs."""
    return OriginalsKeeper(app.stores.jobs, app.originals, worker_config(app))


def create_runner(app: App, answering: Answering, copies: CopyPublisher) -> Runner:
    """Build this process's runner; ``copies`` publishes copies of references."""
    references = ReferencePreparation(app.guard, PictureCopier(), copies, app.settings.spool)
    return factory.create_runner(
        app.stores.jobs,
        Drawing(
            relay=app.images,
            health=app.stores.relay_state,
            prepare=references.prepare,
            largest=app.services.guilds.largest_size,
        ),
        answering,
        worker_config(app),
        app.clock,
        recorder=app.recorder,
    )
