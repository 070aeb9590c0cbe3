"""Parsers of what people enter into settings and preferences."""
