"""Frozen values and pure rules that everything else shares."""
