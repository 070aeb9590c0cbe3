"""The local page: the real bot behind a simulated chat page."""
