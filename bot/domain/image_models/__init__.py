"""The image models on offer, and which of them draws a request."""
