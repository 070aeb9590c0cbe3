"""How far a picture is decoded to check what its structure leaves open."""

from typing import Literal

Decoding = Literal["header", "first row", "complete", "strict"]
"""``strict`` is complete, and a decoder's warnings are errors."""
