"""The doors: parse, one call, show."""
