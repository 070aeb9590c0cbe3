"""What the operator controls: acts, bans, and the pause of everything."""
