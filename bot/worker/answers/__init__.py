"""Delivers the outcomes of jobs and keeps the originals of their pictures."""
