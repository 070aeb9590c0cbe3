"""Requests in messages: mentions, replies and direct messages."""
