"""The local page: the real bot in something that looks like a chat server."""
