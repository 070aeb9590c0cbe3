"""Pages and panels behind the commands."""
