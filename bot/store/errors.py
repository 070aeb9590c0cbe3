"""Errors of the store that aren't about a request."""

from __future__ import annotations

import logging


class DatabaseOutage(Exception):
    """Report that the database can't be reached; the outage is logged already, once."""


def log_failure(log: logging.Logger, error: BaseException, message: str, *args: object) -> None:
    """Log a failure with its traceback; what an outage delays only at DEBUG, without one."""
    if isinstance(error, DatabaseOutage):
        log.debug(message, *args)
    else:
        log.error(message, *args, exc_info=error)
