"""Warnings about names in .env and the environment that no setting has, which are mostly typing errors."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches

from bot.config.settings import Settings

_OTHER_PROGRAMS = ("AWS_", "AZURE_", "GOOGLE_", "COMPOSE_", "POSTGRES_", "PG")
"""Prefixes of names that belong in .env too: the storage of originals, Docker Compose and PostgreSQL."""
_SIMILAR = 0.75
"""Similarity of a name in .env to the setting it is compared with, from 0 to 1."""
_TYPING_ERROR = 0.88
"""The same for the environment, which is full of other programs' names."""


def warn_of_unknown(
    file: Collection[str], environment: Collection[str], keys: Collection[str] = ()
) -> Iterator[str]:
    """Yield a sentence for each unknown name in .env, and for each near miss in the environment.

    ``keys`` are the variables that hold the keys of the models' providers.
    """
    known = setting_names() | set(keys)
    for name in file:
        if name not in known and not name.startswith(_OTHER_PROGRAMS):
            nearest = _nearest(name, known, _SIMILAR)
            hint = f"did you mean {nearest}?" if nearest else ".env.example lists all settings."
            yield f"{name} in .env is no setting and has no effect: {hint}"
    for name in environment:
        if name not in known and name not in file and (nearest := _nearest(name, known, _TYPING_ERROR)):
            yield f"The environment variable {name} has no effect: did you mean {nearest}?"


def setting_names() -> frozenset[str]:
    """Return the names of all settings."""
    recorder = _Recorder()
    Settings.from_env(recorder)
    return frozenset(recorder.names)


def _nearest(name: str, known: Collection[str], similarity: float) -> str | None:
    return next(iter(get_close_matches(name.upper(), known, n=1, cutoff=similarity)), None)


class _Recorder(Mapping[str, str]):
    """An empty mapping that records which names are read."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0
