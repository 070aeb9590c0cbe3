"""Errors of the store that aren't about a request."""

from __future__ import annotations


class DatabaseOutage(Exception):
    """Report that the database can't be reached; the outage is logged already, once."""
