"""The simulated relay and the local page: the real bot with no account."""
