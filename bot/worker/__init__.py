"""Runs accepted jobs: claims them, generates their pictures and delivers the answers."""
