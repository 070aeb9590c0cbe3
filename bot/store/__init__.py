"""Persistence: the only package that uses SQL."""
