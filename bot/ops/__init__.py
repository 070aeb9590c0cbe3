"""Tools for the operator."""
