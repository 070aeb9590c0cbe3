"""From what a person types, presses or replies to, to an accepted request."""
