"""Paints a picture for a prompt."""
