"""Positions in the queue, and what start times are estimated from."""
