"""The application services that the commands call."""
