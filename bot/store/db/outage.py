"""Logs an outage of the database once when it begins and once when it ends, however many operations fail."""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic

log = logging.getLogger(__name__)

_TOLERANCE = 1.0
"""Seconds of failures that aren't logged: a single connection may break without an outage."""


class OutageLog:
    """Tracks whether a database can be reached; all operations on it report to one."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._since: float | None = None
        self._logged = False

    def failed(self, error: BaseException) -> None:
        """Report that an operation failed because of the connection."""
        if self._since is None:
            self._since = self._clock()
        elif not self._logged and self._clock() - self._since >= _TOLERANCE:
            self._logged = True
            # Only its type: a message may quote the connection's parameters.
            log.warning("the database is unavailable (%s); retrying until it is back", type(error).__name__)

    def succeeded(self) -> None:
        """Report that an operation succeeded."""
        if self._since is not None and self._logged:
            log.info("the database is available again after %.1f s", self._clock() - self._since)
        self._since, self._logged = None, False
