"""The relay: its two endpoints, and its store of public artifacts."""
