"""The wire: calls, bodies and replies that all providers share."""
