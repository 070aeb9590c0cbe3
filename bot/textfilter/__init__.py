"""Blocked words, matched against normalized text."""
