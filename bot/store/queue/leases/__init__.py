"""Leases: of jobs by their workers, and of cards by the process that edits them."""
