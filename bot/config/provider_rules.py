"""What each provider's models can say in the catalogue, and where it is reached by default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.image_models.catalogue import ProviderName, ReferenceStyle, SizeStyle


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRules:
    """The limits of a provider's entries; ``pixels`` is the least and the most of one picture."""

    size_styles: tuple[SizeStyle, ...]
    reference_styles: tuple[ReferenceStyle, ...]
    references: int
    upstreams: tuple[str, ...] = ()
    """The only names it knows; empty where any is possible."""
    base_url: str | None = None
    key_env: str | None = None
    """The variable that holds the key; None for providers behind the relay's own credentials."""
    pixels: tuple[int, int] = (1, 50_000_000)
    paths: tuple[str, ...] = ()
    """What follows the address in its calls."""


PROVIDER_RULES: Mapping[ProviderName, ProviderRules] = {
    "relay": ProviderRules(size_styles=("tier",), reference_styles=("url",), references=1),
    "relay-images": ProviderRules(
        size_styles=("aspect", "pixels"),
        reference_styles=("inline",),
        references=1,
        upstreams=("gemini", "gpt"),
    ),
    "ark": ProviderRules(
        size_styles=("pixels", "tier"),
        reference_styles=("url", "inline"),
        references=14,
        base_url="https://ark.ap-southeast.bytepluses.com",
        key_env="ARK_API_KEY",
        pixels=(921_600, 16_777_216),
        paths=("/api/v3/images/generations",),
    ),
    "openai-images": ProviderRules(
        size_styles=("pixels",),
        reference_styles=("inline",),
        references=16,
        base_url="https://api.openai.com/v1",
        key_env="OPENAI_API_KEY",
        paths=("/images/generations", "/images/edits"),
    ),
    "openrouter": ProviderRules(
        size_styles=("aspect",),
        reference_styles=("inline", "url"),
        references=16,
        base_url="https://openrouter.ai",
        key_env="OPENROUTER_API_KEY",
        paths=("/api/v1/images",),
    ),
}

KEY_SETTINGS = tuple(rules.key_env for rules in PROVIDER_RULES.values() if rules.key_env)
"""The variables that hold the providers' keys unless an entry names another one."""
