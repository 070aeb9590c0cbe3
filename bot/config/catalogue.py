"""Read the catalogue of models from TOML; all problems at once, each with its table and key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import cast

from bot.config.fallbacks import fallback_problems
from bot.config.label_checks import label_problems
from bot.config.model_table import ModelTable
from bot.config.price_table import currency_problems
from bot.config.toml_text import parse_toml
from bot.domain.image_models.catalogue import Catalogue, Model

MAX_MODELS = 25
"""As many as Discord shows in a list of choices."""


class CatalogueError(ValueError):
    """All problems of a catalogue, each in one printable line."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = tuple(_printable(problem) for problem in problems)
        super().__init__("\n".join(self.problems))


def shipped_text() -> str:
    """Return the commented file that ships with the program."""
    return resources.files("bot.config").joinpath("models.toml").read_text("utf-8")


def load(file: Path | None, relay_models: tuple[str, ...] | None) -> Catalogue:
    """Read a file, or the shipped one for None; ``relay_models`` are the only ones of the relay to offer.

    Raise ``CatalogueError`` with every problem.
    """
    try:
        text = shipped_text() if file is None else file.read_text("utf-8-sig")
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text; save it as UTF-8"
        raise CatalogueError((f"the file can't be read: {reason}.",)) from None
    catalogue = parse(text)
    return with_relay_models(catalogue, relay_models) if relay_models else catalogue


def parse(text: str) -> Catalogue:
    """Parse the models of a file; raise ``CatalogueError`` with every problem."""
    try:
        document = parse_toml(text)
    except ValueError as error:
        raise CatalogueError((str(error),)) from None
    problems = [_misplaced(key, value) for key, value in document.items() if key != "models"]
    found = document.get("models")
    tables = cast("dict[str, object]", found) if isinstance(found, dict) else {}
    if not 1 <= len(tables) <= MAX_MODELS:
        problems.append(f"models: write 1 to {MAX_MODELS} tables, each named [models.NAME].")
        raise CatalogueError(tuple(problems))
    models = [_model(name, table, problems) for name, table in tables.items()]
    catalogue = Catalogue(models=tuple(model for model in models if model is not None))
    problems += label_problems(catalogue.models)
    problems += fallback_problems(catalogue.models, tables)
    problems += currency_problems(catalogue.models)
    if problems:
        raise CatalogueError(tuple(problems))
    return catalogue


def with_relay_models(catalogue: Catalogue, names: tuple[str, ...]) -> Catalogue:
    """Offer exactly these models of the relay, first and in this order.

    A name without an entry is drawn as the relay's first entry is, or as the shipped one where there is none.
    """
    own = {model.id: model for model in catalogue if model.provider == "relay"}
    pattern = next(iter(own.values()), None) or parse(shipped_text()).default
    offered = tuple(own.get(name) or _relay_model(pattern, name) for name in names)
    return Catalogue(models=offered + tuple(model for model in catalogue if model.id not in {*own, *names}))


def _misplaced(key: str, value: object) -> str:
    if isinstance(value, (Mapping, list)):
        return f"{key}: there is no such table; write [models.NAME]."
    return f"{key}: write this below the name of a table, [models.NAME]."


def _printable(text: str) -> str:
    """Return a text whose control characters are escaped: names of tables and keys can have any."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def _relay_model(pattern: Model, name: str) -> Model:
    fallback = None if pattern.fallback == name else pattern.fallback
    return replace(pattern, id=name, upstream=name, label={"en": name}, summary={}, fallback=fallback)


def _model(name: str, table: object, problems: list[str]) -> Model | None:
    if not isinstance(table, Mapping):
        problems.append(f"models.{name}: write a table, [models.{name}].")
        return None
    reader = ModelTable(name, cast("Mapping[str, object]", table))
    model = reader.read()
    problems += reader.problems
    return model
