"""Builds the process's runner."""

from __future__ import annotations

from bot.app.application import App
from bot.domain.ports import CopyPublisher, Delivery
from bot.pictures.copier import PictureCopier
from bot.worker import factory
from bot.worker.completion import OnDelivered
from bot.worker.config import WorkerConfig
from bot.worker.references import ReferencePreparation
from bot.worker.runner import Runner


def create_runner(app: App, delivery: Delivery, copies: CopyPublisher, on_delivered: OnDelivered) -> Runner:
    """Build this process's runner; it answers by ``delivery`` and reports answers to ``on_delivered``.

    ``copies`` publishes copies of references.
    """
    settings = app.settings
    references = ReferencePreparation(app.guard, PictureCopier(), copies, settings.spool)
    config = WorkerConfig(
        name=app.process,
        spool=settings.spool,
        capacity=settings.relay_concurrency,
        worker_capacity=settings.worker_concurrency,
        lease=settings.worker_lease,
        spool_limit=settings.spool_limit,
        keep_originals=settings.keep_originals,
    )
    return factory.create_runner(
        app.jobs,
        app.images,
        app.relay_state,
        delivery,
        app.originals,
        config,
        app.clock,
        prepare=references.prepare,
        largest=app.guild_service.largest_size,
        on_delivered=on_delivered,
        recorder=app.recorder,
    )
