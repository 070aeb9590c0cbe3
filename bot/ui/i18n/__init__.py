"""Texts in each language, and which language somebody is answered in."""
