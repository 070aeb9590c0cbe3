"""Whole scenes: landscapes, the sea, a city and rooms."""
