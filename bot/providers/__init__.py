"""The image relay: its HTTP client, credentials, streaming reply decoder and error tables."""
