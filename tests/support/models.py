"""Files of models: one with three models of the relay, and what is wrong with others."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config.catalogue import CatalogueError, parse

THREE_MODELS = """
[models.seedream]
provider = "relay"
label = { en = "Seedream 4.5", zh-CN = "即梦 4.5" }
summary = "Detailed pictures"
[models.seedream.pixels]
"1K" = { "1:1" = "1024x1024", "16:9" = "1280x720", "3:2" = "1152x768", "21:9" = "1280x549" }
"2K" = { "1:1" = "2048x2048", "16:9" = "2560x1440", "3:2" = "2304x1536", "21:9" = "2560x1097" }
"4K" = { "1:1" = "4096x4096", "16:9" = "5120x2880" }

[models.nano-banana]
provider = "relay"
label = "Nano Banana 2"
summary = "Follows long instructions"
weight = 2
after_refusal = true
[models.nano-banana.pixels]
"1K" = { "1:1" = "1024x1024", "16:9" = "1280x720" }

[models.sketch]
provider = "relay"
label = "Sketch"
references = 0
[models.sketch.pixels]
"1K" = { "1:1" = "1024x1024" }
"""
CATALOGUE = parse(THREE_MODELS)
SEEDREAM, NANO, SKETCH = CATALOGUE.models
"""Draws much; draws 1K in two ratios and counts twice; takes no reference."""


def write_models(folder: Path) -> str:
    """Write the file into a folder; return its path."""
    file = folder / "models.toml"
    file.write_text(THREE_MODELS, encoding="utf-8")
    return str(file)


def problems_of(text: str) -> tuple[str, ...]:
    """Return the problems of a file that is refused."""
    with pytest.raises(CatalogueError) as caught:
        parse(text)
    return caught.value.problems
