"""Turns commands, buttons and messages into accepted requests."""
