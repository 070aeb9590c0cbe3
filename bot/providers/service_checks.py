"""Checks of the services in use: whether each accepts its key and knows its models. They cost nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.domain.errors import BotError, RelayUnavailable
from bot.domain.image_models.catalogue import Catalogue, Model
from bot.domain.ports import CheckedRelay

_NAMES = {"relay": "Relay", "relay-images": "Relay (images)"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCheck:
    """What was found of one service; ``error`` is the decisive problem, ``message`` tells all of them."""

    name: str
    message: str
    error: BotError | None = None
    key_env: str | None = None
    """The variable that holds its key; None for the relay's own credentials."""


async def check_services(models: Catalogue, clients: Mapping[str, CheckedRelay]) -> list[ServiceCheck]:
    """Check each service by a call without a prompt for each of its models; never raises BotErrors."""
    by_service: dict[str, list[Model]] = {}
    for model in models:
        by_service.setdefault(model.service, []).append(model)
    return [await _check(theirs, clients) for theirs in by_service.values()]


async def _check(models: Sequence[Model], clients: Mapping[str, CheckedRelay]) -> ServiceCheck:
    answers: dict[str, str] = {}
    problems: dict[str, BotError] = {}
    for model in models:
        try:
            answers[model.id] = await clients[model.id].check()
        except BotError as error:
            problems[model.id] = error
            if isinstance(error, RelayUnavailable):
                # The others would only wait for it, too.
                break
    name, key_env = service_name(models[0]), models[0].key_env
    found = " ".join([*answers.values()][:1])
    if not problems:
        listed = f" Models: {', '.join(answers)}." if len(answers) > 1 else ""
        return ServiceCheck(name=name, message=found + listed, key_env=key_env)
    told = {_words(error): error for error in problems.values()}
    words = [f"{', '.join(_models_with(each, problems))}: {each}" for each in told]
    message = next(iter(told)) if len(models) == 1 else " ".join([found, "; ".join(words)]).strip()
    return ServiceCheck(name=name, message=message, error=next(iter(told.values())), key_env=key_env)


def service_name(model: Model) -> str:
    """Return how a model's service is called in reports."""
    host = urlsplit(model.base_url or "").netloc
    return _NAMES.get(model.provider) or f"{model.provider} at {host}"


def _models_with(words: str, problems: Mapping[str, BotError]) -> list[str]:
    return [id_ for id_, error in problems.items() if _words(error) == words]


def _words(error: BotError) -> str:
    return (error.detail or str(error)).splitlines()[0]
