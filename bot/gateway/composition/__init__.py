"""Builds what the client is made of, from the parts of an open app."""
