"""The relay: one call, one try; its credentials, its reply, its refusals."""
