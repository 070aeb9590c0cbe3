"""A simulated relay that runs alone or inside the bot."""
