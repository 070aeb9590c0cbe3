"""Frozen values and pure rules."""
