"""jimeng-discord: a Discord bot that draws pictures with the Seedream (Jimeng) model."""
