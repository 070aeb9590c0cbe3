"""The models of a chaos run: the relay's, and one of another service, whose fallback the first is."""

from __future__ import annotations

from pathlib import Path

RELAY_MODEL, OTHER_MODEL = "seedream-4.5", "other"
OTHER_PATH = "/api/v3/images/generations"
"""Where the other service is called."""


def write_models(folder: Path, url: str) -> str:
    """Write the models file into a folder, with both services at ``url``; return its path."""
    file = folder / "models.toml"
    file.write_text(
        f"""
[models."{RELAY_MODEL}"]
provider = "relay"
pixels = {{ "1K" = {{ "1:1" = "1024x1024" }} }}
[models.{OTHER_MODEL}]
provider = "ark"
base_url = "{url}"
fallback = "{RELAY_MODEL}"
pixels = {{ "1K" = {{ "1:1" = "1024x1024" }} }}
""",
        encoding="utf-8",
    )
    return str(file)
