"""The log channel that a server's moderators read."""
