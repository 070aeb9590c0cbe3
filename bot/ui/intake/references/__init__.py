"""The pictures that requests start from: found, listed and shown."""
