"""Entry points: parse the interaction, make one call, show the answer."""
