"""The lease by which a worker owns a job."""

from __future__ import annotations


class LeaseLost(Exception):
    """Report that another worker owns the job now, so nothing more may be done for it."""
