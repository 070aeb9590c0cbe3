"""What the doctor is told of each service: all of its models and all problems."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.config.catalogue import parse
from bot.domain.errors import BotError, OperatorError, RelayUnavailable
from bot.domain.models import ImageRequest, Picture
from bot.providers.service_checks import ServiceCheck, check_services
from tests.support.store.services import MODELS

ARK = "ark at ark.ap-southeast.bytepluses.com"


@dataclass
class Client:
    problem: BotError | None = None
    checks: int = 0

    async def check(self) -> str:
        self.checks += 1
        if self.problem:
            raise self.problem
        return "It responds."

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        raise NotImplementedError


async def checked(**problems: BotError) -> dict[str, ServiceCheck]:
    clients = {id_: Client(problems.get(id_)) for id_ in MODELS.ids}
    return {found.name: found for found in await check_services(MODELS, clients)}


async def test_each_service_is_one_line_with_its_models() -> None:
    found = await checked()
    assert {name: each.message for name, each in found.items()} == {
        "Relay": "It responds.",
        ARK: "It responds. Models: second, narrow.",
    }


async def test_a_broken_model_hides_neither_the_other_services_nor_the_other_models() -> None:
    found = await checked(first=RelayUnavailable("no route"), second=OperatorError("no such model\nat all"))
    assert found["Relay"].message == "no route" and found["Relay"].error is not None
    assert found[ARK].message == "It responds. second: no such model"
    assert isinstance(found[ARK].error, OperatorError)
    assert (found["Relay"].key_env, found[ARK].key_env) == (None, "ARK_API_KEY")


async def test_what_is_wrong_with_all_models_is_told_once() -> None:
    refused = {id_: OperatorError("the key was refused") for id_ in ("second", "narrow")}
    assert (await checked(**refused))[ARK].message == "second, narrow: the key was refused"


async def test_a_service_that_cannot_be_reached_is_asked_once() -> None:
    clients = {id_: Client(RelayUnavailable("no route")) for id_ in MODELS.ids}
    await check_services(MODELS, clients)
    assert {id_: client.checks for id_, client in clients.items()} == {"first": 1, "second": 1, "narrow": 0}


async def test_one_provider_at_two_addresses_is_two_services() -> None:
    table = 'provider = "openai-images"\npixels = { "2K" = { "1:1" = "2048x2048" } }\n'
    base = 'base_url = "https://b.example/v1"\n'
    models = parse(f"[models.a]\n{table}[models.b]\n{base}{table}")
    found = await check_services(models, {id_: Client() for id_ in models.ids})
    assert [each.name for each in found] == ["openai-images at api.openai.com", "openai-images at b.example"]
