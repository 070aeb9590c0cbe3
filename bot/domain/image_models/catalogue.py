"""The models on offer: what each draws, how it is asked, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from bot.domain.image_models.prices import Price
from bot.domain.image_models.ratios import difference
from bot.domain.image_models.services import Services
from bot.domain.models import Ratio, Size

ProviderName = Literal["relay", "relay-images", "ark", "openai-images", "openrouter"]
SizeStyle = Literal["tier", "pixels", "aspect"]
"""How a size is named in a call: ``2K``, ``2560x1440``, or a ratio beside a tier."""
ReferenceStyle = Literal["url", "inline"]
"""How a reference travels: as an address that the provider opens, or as base64 within the call."""
Localized = Mapping[str, str]
"""A text by language; ``en`` is always there."""
Pixels = Mapping[Size, Mapping[Ratio, tuple[int, int]]]
"""Width and height of each ratio at each size."""
_SIZES: list[Size] = list(get_args(Size))


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One entry of the catalogue; ``id`` is stored with jobs, ``upstream`` is sent to the provider."""

    id: str
    provider: ProviderName
    upstream: str
    label: Localized
    summary: Localized
    """One line on what it is good at."""
    pixels: Pixels
    size_style: SizeStyle
    references: int
    """How many references it takes; 0 where it takes none."""
    reference_style: ReferenceStyle
    base_url: str | None = None
    key_env: str | None = None
    """The environment variable that holds its key; None for the relay's own."""
    body: Mapping[str, object] = field(default_factory=dict[str, object])
    """Fields added to each call."""
    notes: Localized = field(default_factory=dict[str, str])
    """What help says about it: a watermark, its filter."""
    weight: int = 1
    """How many pictures of a quota one of its pictures counts as."""
    price: Price | None = None
    """What its pictures cost the operator; None where that isn't known."""
    fallback: str | None = None
    """The id of the model that draws instead while its service is down."""
    concurrency: int | None = None
    """How many of its pictures are drawn at the same time at most; None for as many as its service may."""
    calls_a_minute: int | None = None
    """How many of its calls are begun in any minute at most; None for as many as its service may."""
    after_refusal: bool = False
    """Whether a request that another model's filter refused may be tried with it."""

    @property
    def service(self) -> str:
        """The service that draws it: its models share one health, pace and limit of calls."""
        return " ".join(part for part in (self.provider, self.base_url, self.key_env) if part)

    def draws(self, ratio: Ratio, size: Size) -> bool:
        """Whether it draws this ratio at this size."""
        return ratio in self.pixels.get(size, {})

    def sizes(self) -> list[Size]:
        """Return the sizes it draws, the smallest first."""
        return [size for size in _SIZES if self.pixels.get(size)]

    def other_ratio(self, ratio: Ratio) -> Ratio | None:
        """Return the ratio closest to this one among the others that it draws; None if there is none."""
        others: list[Ratio] = [each for ratios in self.pixels.values() for each in ratios if each != ratio]
        return min(others, key=lambda each: difference(each, ratio), default=None)

    def nearest(self, ratio: Ratio, size: Size, largest: Size) -> tuple[Ratio, Size]:
        """Return the ratio and size that it draws instead: itself, else the next larger, else the nearest.

        The ratio is kept before the size. No size over ``largest`` is chosen unless it draws no smaller one.
        """
        limit = _SIZES.index(largest)
        allowed: list[Size] = [each for each in self.sizes() if _SIZES.index(each) <= limit]
        candidates = allowed or self.sizes()[:1]

        def distance(choice: tuple[Ratio, Size]) -> tuple[float, bool, int]:
            steps = _SIZES.index(choice[1]) - _SIZES.index(size)
            return difference(choice[0], ratio), steps < 0, abs(steps)

        choices: list[tuple[Ratio, Size]] = [(each, at) for at in candidates for each in self.pixels[at]]
        return min(choices, key=distance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The models of this bot in the file's order; the first is the usual one."""

    models: tuple[Model, ...]

    @property
    def default(self) -> Model:
        """The usual model."""
        return self.models[0]

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all models."""
        return tuple(model.id for model in self.models)

    @property
    def priced(self) -> bool:
        """Whether it is known what some model costs."""
        return any(model.price is not None for model in self.models)

    @property
    def currency(self) -> str | None:
        """The currency of all costs; None if no cost is known."""
        return next((model.price.currency for model in self.models if model.price is not None), None)

    @property
    def services(self) -> Services:
        """Which service draws each model."""
        return Services(
            default=self.default.service,
            by_model=tuple((model.id, model.service) for model in self.models),
        )

    def __iter__(self) -> Iterator[Model]:
        return iter(self.models)

    def find(self, id_: str | None) -> Model | None:
        """Return a model by its id, the usual one for None; None if it isn't offered any more."""
        if id_ is None:
            return self.default
        return next((model for model in self.models if model.id == id_), None)


def in_language(text: Localized, locale: str) -> str:
    """Return a text in a language, else in English; empty where there is none."""
    return text.get(locale) or text.get("en", "")
