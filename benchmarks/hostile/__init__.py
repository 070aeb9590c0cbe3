"""The slowest inputs known for every way in, fed to the bot's own code."""
