"""The models of the demo: the relay's, and two of other services that take several pictures."""

from __future__ import annotations

from pathlib import Path

from bot.config.catalogue import shipped_text

KEY = "DEMO_KEY"
"""The variable that holds the key of the simulated services, which accept any."""
_MORE = """
[models.demo-seedream]
provider = "ark"
upstream = "seedream-4-5-251128"
summary = {{ en = "Combines up to four pictures", zh-CN = "最多能合成四张图", zh-TW = "最多能合成四張圖" }}
base_url = "{url}"
key_env = "{key}"
references = 14
fallback = "seedream-4.5"
cost = 0.04
currency = "USD"

[models.demo-seedream.label]
en = "Seedream 4.5, several pictures"
zh-CN = "Seedream 4.5（多图）"
zh-TW = "Seedream 4.5（多圖）"

[models.demo-seedream.pixels]
"2K" = {{ "1:1" = "2048x2048", "16:9" = "2560x1440", "9:16" = "1440x2560", "3:2" = "2496x1664" }}

[models.demo-gpt]
provider = "openai-images"
upstream = "gpt-image-1.5"
label = "GPT Image"
summary = {{ en = "Precise text", zh-CN = "文字精确", zh-TW = "文字精確" }}
base_url = "{url}"
key_env = "{key}"
references = 16
weight = 2
after_refusal = true
cost = 0.05
currency = "USD"

[models.demo-gpt.pixels]
"1K" = {{ "1:1" = "1024x1024", "3:2" = "1536x1024", "2:3" = "1024x1536" }}
"""


def models_settings(url: str, folder: Path) -> dict[str, str]:
    """Write the models of the simulated services at ``url`` into ``folder``; return the settings for them."""
    file = folder / "models.toml"
    file.write_text(shipped_text() + _MORE.format(url=url, key=KEY), encoding="utf-8")
    return {"MODELS_FILE": str(file), KEY: "demo"}
