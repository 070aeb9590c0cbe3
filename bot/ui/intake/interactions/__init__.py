"""Requests in interactions: commands, buttons and modals."""
