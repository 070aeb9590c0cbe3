"""The catalogue of models: every problem at once with its table and key; valid shipped entries."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.catalogue import CatalogueError, load, parse, shipped_text
from bot.config.provider_rules import PROVIDER_RULES
from bot.config.settings import Secret, Settings, SettingsError
from bot.domain.image_models.catalogue import Model
from tests.support.models import problems_of

EXAMPLES = re.sub(r"(?m)^#(?! |$)", "", shipped_text())
"""The shipped file with its example tables in use."""
SMALL = """
[models.fast]
provider = "ark"
label = "Fast"
pixels = { "2K" = { "1:1" = "2048x2048" } }
"""


def test_the_shipped_file_offers_the_relays_model_alone() -> None:
    (model,) = parse(shipped_text())
    assert (model.id, model.provider, model.upstream) == ("seedream-4.5", "relay", "seedream-4.5")


def test_every_provider_has_a_shipped_example() -> None:
    assert {model.provider for model in parse(EXAMPLES)} == set(PROVIDER_RULES)


@pytest.mark.parametrize("model", parse(EXAMPLES).models, ids=lambda model: model.id)
def test_a_shipped_entry_keeps_its_providers_rules(model: Model) -> None:
    rules = PROVIDER_RULES[model.provider]
    assert model.size_style in rules.size_styles and model.reference_style in rules.reference_styles
    assert 0 <= model.references <= rules.references
    assert (model.key_env is None) == (rules.key_env is None)
    assert set(model.summary) == {"en", "zh-CN", "zh-TW"}
    for size, ratios in model.pixels.items():
        for ratio, (width, height) in ratios.items():
            across, down = map(int, ratio.split(":"))
            assert rules.pixels[0] <= width * height <= rules.pixels[1]
            assert width / height == pytest.approx(across / down, rel=0.03), (size, ratio)


def test_all_problems_are_told_at_once_with_their_table_and_key() -> None:
    problems = problems_of(
        SMALL
        + """
        labl = "Fast"
        references = 99
        size_style = "aspect"
        base_url = "nowhere"
        body = { prompt = "x" }
        key_env = "sk-secret"
        weight = 0
        fallback = "nowhere"
        after_refusal = "no"
        [models.slow]
        provider = "elsewhere"
        [models.banana]
        provider = "relay-images"
        base_url = "https://x.example"
        pixels = { "8K" = {} }
        [model.x]
        """
    )
    keys = [problem.partition(": ")[0] for problem in problems]
    assert keys == [
        "model",
        "models.fast.labl",
        "models.fast.size_style",
        "models.fast.references",
        "models.fast.base_url",
        "models.fast.key_env",
        "models.fast.body",
        "models.fast.weight",
        "models.fast.after_refusal",
        "models.slow.provider",
        "models.banana.pixels",
        "models.banana.upstream",
        "models.banana.base_url",
        "models.fast.fallback",
    ]
    text = "\n".join(problems)
    assert "did you mean label?" in text and "sk-secret" not in text


@pytest.mark.parametrize("pixels", ['"wide"', '"10x10"', "[2048, 2048]", '"99999x99999"', '"٢٠٤٨x2048"'])
def test_pixels_out_of_the_providers_bounds_are_refused(pixels: str) -> None:
    (problem,) = problems_of(SMALL.replace('"2048x2048"', pixels))
    assert problem.startswith('models.fast.pixels.2K."1:1": ')


def test_two_models_with_the_same_label_are_refused() -> None:
    second = SMALL.replace("[models.fast]", "[models.other]")
    assert problems_of(SMALL + second.replace('"Fast"', '"FAST!"')) == (
        "models.other.label: FAST! is the label of models.fast, too (en); write another one.",
    )
    labels = ('{ en = "One", zh-CN = "快" }', '{ en = "Two", zh-CN = "快" }')
    both = SMALL.replace('"Fast"', labels[0]) + second.replace('"Fast"', labels[1])
    assert problems_of(both) == (
        "models.other.label: 快 is the label of models.fast, too (zh-CN); write another one.",
    )
    assert parse(SMALL + second.replace('"Fast"', '"Other"')).ids == ("fast", "other")


def with_fallbacks(*entries: tuple[str, str, int]) -> str:
    """Return tables with their names, fallbacks and weights."""
    table = SMALL.partition('"Fast"')[2]
    return "".join(
        f'[models.{name}]\nprovider = "ark"\nfallback = "{other}"\nweight = {weight}\n{table}'
        for name, other, weight in entries
    )


def test_a_fallback_is_another_model_of_no_more_weight() -> None:
    first, second = parse(with_fallbacks(("first", "fast", 2), ("second", "first", 2)) + SMALL).models[:2]
    assert (first.fallback, second.fallback) == ("fast", "first")
    assert problems_of(with_fallbacks(("one", "one", 1))) == (
        "models.one.fallback: this leads back to the model itself.",
    )
    assert len(problems_of(with_fallbacks(("a", "b", 1), ("b", "c", 1), ("c", "a", 1)))) == 3
    assert problems_of(with_fallbacks(("dear", "fast", 3), ("cheap", "dear", 2)) + SMALL) == (
        "models.cheap.fallback: dear has the weight 3, more than 2.",
    )
    # The model that only leads into a circle isn't at fault.
    assert len(problems_of(with_fallbacks(("a", "b", 1), ("b", "c", 1), ("c", "b", 1)))) == 2


@given(st.text(max_size=200))
def test_any_text_is_parsed_or_refused_in_words(text: str) -> None:
    try:
        assert parse(text).models
    except CatalogueError as error:
        assert error.problems


LINES = EXAMPLES.splitlines()
ANYTHING = st.sampled_from(
    [
        *("", "[[models]]", "[models]", "[models.x.y]", "[models.'']", "models = 1", "x = ", '"2K" = 1', "]"),
        *(
            "label = ''",
            "pixels = { '2K' = [] }",
            "cost = { }",
            "cost = 1e400",
            "weight = 0x7fff",
            "body = 1",
        ),
        *(
            "currency = '€'",
            "charges = []",
            "fallback = {}",
            "key_env = 1",
            "base_url = ['x']",
            "provider = 1",
        ),
    ]
)


@given(st.lists(st.tuples(st.integers(0, len(LINES) - 1), ANYTHING | st.text(max_size=40)), max_size=4))
def test_a_damaged_file_is_refused_in_words_that_name_its_tables(damage: list[tuple[int, str]]) -> None:
    lines = list(LINES)
    for number, line in damage:
        lines[number] = line
    try:
        assert parse("\n".join(lines)).models
    except CatalogueError as error:
        assert error.problems and len(set(error.problems)) == len(error.problems)
        assert all(": " in problem and problem.isprintable() for problem in error.problems)


KEYS = (
    *("provider", "label", "pixels", "references", "size_style", "body", "notes", "weight", "fallback"),
    "after_refusal",
)
VALUES = ("[]", "{}", "1", "-1", "1.5", "true", "1979-05-27", '""', '"relay"', '"ark"', "{en = 1}", "nan")


@given(st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES)))
def test_any_values_are_parsed_or_refused_in_words(table: dict[str, str]) -> None:
    text = "[models.x]\n" + "\n".join(f"{key} = {value}" for key, value in table.items())
    for problem in problems_of(text):
        assert problem.startswith("models.x")


@pytest.mark.parametrize(
    "line",
    [
        "body = { x = " + "[" * 2000 + "]" * 2000 + " }",
        "body = { " + "x." * 3000 + "y = 1 }",
        "body = { " + "x." * 50 + "y = 1 }",
        "weight = " + "9" * 5000,
        "body = { temperature = nan }",
        "body = { temperature = [inf] }",
        'body = { quality = [1] }\ncost = { low = 1 }\ncurrency = "USD"',
        *(f'key_env = "{name}"' for name in ("DISCORD_TOKEN", "RELAY_TOKEN", "DATABASE_URL")),
    ],
)
def test_odd_values_are_refused_in_words(line: str) -> None:
    assert len(problems_of(SMALL.replace("label", f"{line}\nlabel"))) == 1


def test_problems_have_no_control_characters() -> None:
    text = '"\\u001b[2J" = 1\n' + SMALL.replace("label", '"\\u001b[31m" = 1\nlabel')
    problems = problems_of(text)
    assert len(problems) == 2 and all(problem.isprintable() for problem in problems)


def test_a_model_without_its_key_is_a_problem_that_names_the_variable(tmp_path: Path) -> None:
    file = tmp_path / "models.toml"
    file.write_text(SMALL)
    with pytest.raises(SettingsError, match="ARK_API_KEY is missing: the model fast needs it"):
        Settings.from_env({"MODELS_FILE": str(file)})
    settings = Settings.from_env({"MODELS_FILE": str(file), "ARK_API_KEY": "k3y", "OPENAI_API_KEY": "other"})
    assert settings.catalogue.ids == ("fast",)
    assert settings.provider_keys == {"ARK_API_KEY": Secret("k3y")}
    assert "k3y" not in repr(settings)


def test_the_problems_of_the_file_come_with_those_of_the_settings(tmp_path: Path) -> None:
    file = tmp_path / "models.toml"
    file.write_text("[models.x]\nprovider = 'nobody'\n")
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"MODELS_FILE": str(file), "RELAY_TIMEOUT": "soon"})
    assert len(caught.value.problems) == 2
    with pytest.raises(SettingsError, match="can't be read: No such file"):
        Settings.from_env({"MODELS_FILE": str(tmp_path / "none.toml")})


def test_relay_models_are_offered_first_in_their_order(tmp_path: Path) -> None:
    file = tmp_path / "models.toml"
    file.write_text(EXAMPLES)
    catalogue = load(file, ("new-one", "seedream-4.5"))
    assert catalogue.ids[:3] == ("new-one", "seedream-4.5", "nano-banana")
    assert catalogue.default.upstream == "new-one" and catalogue.default.provider == "relay"
    file.write_text(SMALL)
    assert load(file, ("new-one",)).ids == ("new-one", "fast")
