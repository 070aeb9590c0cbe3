"""What each service that draws may still be given: its health, its calls a minute, its models."""
