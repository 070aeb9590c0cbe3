"""What an operator reads about a mistake in the file of models."""

from __future__ import annotations

import pytest

from bot.config.provider_rules import PROVIDER_RULES
from bot.providers.ark import ArkClient
from bot.providers.openai_images import OpenAIImagesClient
from bot.providers.openrouter import OpenRouterClient
from tests.support.models import problems_of

SMALL = """
[models.fast]
provider = "ark"
pixels = { "2K" = { "1:1" = "2048x2048" } }
"""


def test_what_is_left_out_of_an_address_is_what_the_clients_add() -> None:
    clients = {"ark": ArkClient, "openai-images": OpenAIImagesClient, "openrouter": OpenRouterClient}
    added = {provider: rules.paths[0] for provider, rules in PROVIDER_RULES.items() if rules.paths}
    assert added == {provider: client.path for provider, client in clients.items()}


@pytest.mark.parametrize(
    ("pixels", "words"),
    [
        ('{ "2K" = { "16:9" = "1440x2560" } }', "1440x2560 isn't 16:9; write the width first."),
        ('{ "2K" = { "1:1" = "2560x1440" } }', "2560x1440 isn't 1:1"),
        ('{ "2K" = {} }', "2K has no ratio"),
    ],
)
def test_pixels_that_are_none_of_their_ratio_are_refused(pixels: str, words: str) -> None:
    (problem,) = problems_of(f'[models.fast]\nprovider = "ark"\npixels = {pixels}\n')
    assert words in problem


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('key_env = "ABCDEF0123456789ABCDEF0123456789"', "never the key itself"),
        ('api_key = "sk-secret"', "keys never stand in this file"),
        ('body = { access_token = "sk-secret" }', "keys never stand in this file"),
        ('base_url = "https://me:sk-secret@api.example"', "without a key"),
        ('base_url = "https://api.example?key=sk-secret"', "without a key"),
        ('base_url = "https://ark.example/api/v3/"', "leave out /api/v3, which the bot adds."),
        (
            'base_url = "https://ark.example/api/v3/images/generations"',
            "leave out /api/v3/images/generations,",
        ),
    ],
)
def test_a_key_in_the_file_or_too_much_of_an_address_is_refused_and_not_repeated(
    line: str, words: str
) -> None:
    (problem,) = problems_of(SMALL + line)
    assert words in problem and "secret@" not in problem and "sk-secret" not in problem


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '[models.seedream-4.5]\nprovider = "ark"',
            'put a name with a dot in quotes, [models."seedream-4.5"].',
        ),
        ('provider = "ark"', "provider: write this below the name of a table, [models.NAME]."),
        ("[models.a]\nprovider = ark", "straight quotes"),
        ("[models.a]\nprovider = “ark”", "straight quotes"),
        ('[models.a]\nprovider = "ark\n', "ends in the line in which it begins"),
        ('[models.a]\npixels = {\n  "1K" = {} }', "stands in one line"),
        ("[models.a]\nprovider: 1", "NAME = VALUE"),
        ("[models.a]\ncost = 0,04", "a point (0.04)"),
        ("[models.a]\n[models.a]", "each name is written once"),
        ('[models.a]\nlabel = "\\e"', "written twice"),
    ],
)
def test_what_is_no_toml_is_told_with_what_to_write(text: str, words: str) -> None:
    assert any(words in problem for problem in problems_of(text))
