"""Texts in each language, and the choice of language."""
