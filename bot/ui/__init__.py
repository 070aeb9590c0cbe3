"""The Discord interface: intake of requests, cards, panels, delivery of outcomes, and texts."""
