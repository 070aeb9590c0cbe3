"""Blocked words, found in normalized text."""
