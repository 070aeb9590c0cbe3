"""What the bot records about its own work, for metrics."""

from __future__ import annotations


class Recorder:
    """Takes measurements, in seconds; this one keeps none. Each method is called once per event."""

    def acknowledged(self, seconds: float) -> None:
        """Record how long after it was made an interaction was acknowledged."""

    def accepted(self, seconds: float) -> None:
        """Record how long it took to store a request."""

    def refused(self, rule: str) -> None:
        """Record that a rule or a limit refused a request before it was queued."""

    def waited(self, seconds: float) -> None:
        """Record how long a job waited until its first start."""

    def called(self, provider: str, outcome: str, seconds: float) -> None:
        """Record a call of a provider; ``outcome`` is ``picture`` or an error's key."""

    def charged(self, provider: str, model: str, currency: str, micro: int) -> None:
        """Record what a call costs, in millionths of ``currency``."""

    def processed(self, step: str, seconds: float) -> None:
        """Record a step of a picture on this machine: ``check`` or ``fit``."""

    def delivered(self, route: str, seconds: float) -> None:
        """Record the delivery of an outcome: by ``card``, ``channel``, ``direct-message`` or ``history``."""

    def finished(self, outcome: str, pictures: int) -> None:
        """Record an answered job; ``outcome`` is ``pictures`` or the key of its problem."""

    def cancelled(self) -> None:
        """Record a job that was cancelled."""

    def recovered(self, jobs: int) -> None:
        """Record jobs whose lease expired because their worker disappeared."""

    def requested(self, route: str, status: str, seconds: float) -> None:
        """Record a request to Discord; ``status`` is its HTTP status, or ``failed``."""

    def lagged(self, seconds: float) -> None:
        """Record by how much the event loop was late."""


NOT_RECORDED = Recorder()
"""Where nothing is measured."""
