"""Read one model's table; problems are collected, so that all are reported at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import partial
from typing import TypeVar

from bot.config import model_values, price_table
from bot.config.model_values import Table
from bot.config.provider_rules import PROVIDER_RULES, ProviderRules
from bot.domain.image_models.catalogue import Localized, Model, Pixels, ProviderName
from bot.domain.image_models.prices import CHARGES, Charges, Price
from bot.domain.models import Ratio, Size

_KEYS = (
    *("provider", "upstream", "label", "summary", "pixels", "size_style", "references", "reference_style"),
    *("base_url", "key_env", "body", "notes", "weight", "fallback", "after_refusal"),
    *("cost", "currency", "charges", "concurrency", "calls_a_minute"),
)
_ID_LIMIT, _LABEL_LIMIT, _LINE_LIMIT, _TEXT_LIMIT = 60, 40, 200, 200
_MAX_WEIGHT = 100
_LEAST = {"concurrency": 1, "calls_a_minute": 4}
_T = TypeVar("_T")


class ModelTable:
    """Reads ``[models.NAME]``; ``problems`` names the table and key of each one."""

    def __init__(self, name: str, table: Table) -> None:
        self._name = name
        self._table = table
        self.problems: list[str] = []

    def read(self) -> Model | None:
        """Return the model; None if its provider is unknown, since nothing else can be checked then."""
        self._check_names()
        provider = self._provider()
        if provider is None:
            return None
        rules = PROVIDER_RULES[provider]
        pixels = self._pixels(rules)
        return Model(
            id=self._name,
            provider=provider,
            upstream=self._upstream(rules),
            label=self._localized("label", _LABEL_LIMIT, {"en": self._name}),
            summary=self._localized("summary", _LINE_LIMIT, {}),
            pixels=pixels,
            size_style=self._choice("size_style", rules.size_styles),
            references=self._value(
                "references", lambda value: model_values.whole(value, 0, rules.references), 1
            ),
            reference_style=self._choice("reference_style", rules.reference_styles),
            base_url=self._own("base_url", partial(model_values.base_url, rules=rules), rules.base_url),
            key_env=self._own("key_env", model_values.key_name, rules.key_env),
            body=self._value("body", model_values.body, {}),
            notes=self._localized("notes", _LINE_LIMIT, {}),
            weight=self._value("weight", lambda value: model_values.whole(value, 1, _MAX_WEIGHT), 1),
            fallback=self._value("fallback", lambda value: model_values.text(value, _ID_LIMIT), None),
            price=self._price(pixels),
            concurrency=self._limit("concurrency"),
            calls_a_minute=self._limit("calls_a_minute"),
            after_refusal=self._value("after_refusal", model_values.yes_or_no, False),
        )

    def _check_names(self) -> None:
        if not self._name.isprintable() or not 1 <= len(self._name) <= _ID_LIMIT:
            self.problems.append(f"models.{self._name!r}: write a name of 1 to {_ID_LIMIT} characters.")
        for key, value in self._table.items():
            if key not in _KEYS:
                self._problem(key, self._about_unknown(key, value))

    def _about_unknown(self, key: str, value: object) -> str:
        if isinstance(value, Mapping):
            whole = f"{self._name}.{key}"
            return f'there is no such key; put a name with a dot in quotes, [models."{whole}"].'
        if model_values.names_secret(key):
            return "keys never stand in this file; key_env is the name of the variable that holds it."
        near = get_close_matches(key, _KEYS, n=1, cutoff=0.6)
        hint = f"did you mean {near[0]}?" if near else f"the keys are {', '.join(_KEYS)}."
        return f"there is no such key; {hint}"

    def _problem(self, key: str, words: str) -> None:
        self.problems.append(f"models.{self._name}.{key}: {words}")

    def _value(self, key: str, parse: Callable[[object], _T], default: _T) -> _T:
        """Parse a key's value; the ``ValueError`` of ``parse`` becomes a problem."""
        if key not in self._table:
            return default
        try:
            return parse(self._table[key])
        except ValueError as error:
            self._problem(key, str(error))
            return default

    def _provider(self) -> ProviderName | None:
        for name in PROVIDER_RULES:
            if name == self._table.get("provider"):
                return name
        self._problem("provider", f"write one of {', '.join(PROVIDER_RULES)}.")
        return None

    def _choice(self, key: str, choices: tuple[_T, ...], expected: str = "this provider takes") -> _T:
        """Return one of the choices, the first where none is written."""

        def parse(value: object) -> _T:
            for choice in choices:
                if choice == value:
                    return choice
            raise ValueError(f"{expected} {', '.join(map(str, choices))}.")

        return self._value(key, parse, choices[0])

    def _localized(self, key: str, limit: int, default: Localized) -> Localized:
        return self._value(key, lambda value: model_values.localized(value, limit), default)

    def _upstream(self, rules: ProviderRules) -> str:
        upstream = self._value("upstream", lambda value: model_values.text(value, _TEXT_LIMIT), self._name)
        if rules.upstreams and upstream not in rules.upstreams:
            self._problem("upstream", f"this provider knows {', '.join(rules.upstreams)}.")
        return upstream

    def _own(self, key: str, parse: Callable[[object], str], default: str | None) -> str | None:
        """Return an address or key of the provider's own; the relay's models use the settings'."""
        if default is None and key in self._table:
            self._problem(key, "this provider uses the relay's address and credentials; leave it out.")
            return None
        return self._value(key, parse, default)

    def _limit(self, key: str) -> int | None:
        # At least as much as a request of four pictures takes at once, or it would wait for ever.
        return self._value(key, lambda value: model_values.whole(value, _LEAST[key], 100_000), None)

    def _price(self, pixels: Pixels) -> Price | None:
        body = self._table.get("body")
        by_size = self._value("cost", lambda value: price_table.prices(value, pixels, body), None)
        currency = self._value("currency", price_table.currency, None)
        charges: Charges = self._choice("charges", CHARGES, "the choices are")
        if "cost" in self._table and "currency" not in self._table:
            self._problem("currency", "name the currency of the cost, for example USD.")
        if by_size is None or currency is None:
            return None
        return Price(currency=currency, by_size=by_size, charges=charges)

    def _pixels(self, rules: ProviderRules) -> Pixels:
        tables = self._value("pixels", model_values.pixel_table, {})
        if "pixels" not in self._table:
            self._problem(
                "pixels", 'write the pixels of each size and ratio: "2K" = { "1:1" = "2048x2048" }.'
            )
        found: dict[Size, dict[Ratio, tuple[int, int]]] = {}
        for size, ratios in tables.items():
            for name, value in ratios.items():
                try:
                    ratio = model_values.ratio(name)
                    found.setdefault(size, {})[ratio] = model_values.sides(value, ratio, rules)
                except ValueError as error:
                    self._problem(f'pixels.{size}."{name}"', str(error))
        return found
