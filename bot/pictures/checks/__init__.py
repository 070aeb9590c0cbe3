"""Checks that a picture is whole, while its bytes arrive and afterwards."""
