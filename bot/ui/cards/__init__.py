"""The card of a job, and its buttons."""
