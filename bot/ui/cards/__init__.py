"""The card of a request, and its buttons."""
