"""How many references a request may have, and what is offered where its model takes fewer."""

from __future__ import annotations

import pytest

from bot.config.catalogue import parse
from bot.domain.errors import RuleBroken
from bot.domain.image_models.catalogue import Catalogue, Model
from bot.domain.models import Draft, ImageRequest
from bot.domain.requests.reference_rules import TooManyReferences, most_references, require_references


def model(name: str, references: int) -> str:
    return f"""
[models.{name}]
provider = "openai-images"
references = {references}
pixels = {{ "1K" = {{ "1:1" = "1024x1024" }} }}
"""


MODELS = parse(model("one", 1) + model("none", 0) + model("two", 2) + model("many", 16))


def refused(name: str, given: int, allowed: Catalogue | None = None) -> TooManyReferences:
    draft = Draft(kind="remix", request=ImageRequest(prompt="a fox", model=name))
    with pytest.raises(TooManyReferences) as caught:
        require_references(draft, given, MODELS, (allowed or MODELS).models)
    return caught.value


def names(models: tuple[Model, ...]) -> list[str]:
    return [each.id for each in models]


def test_models_that_take_all_references_are_offered() -> None:
    assert names(refused("one", 2).others) == ["two", "many"]
    assert names(refused("two", 3).others) == ["many"]
    assert names(refused("none", 1).others) == ["one", "two", "many"]


def test_only_allowed_models_are_offered() -> None:
    assert refused("one", 2, parse(model("one", 1))).others == ()


def test_a_model_without_references_says_so_in_other_words() -> None:
    assert (refused("none", 1).rule, refused("one", 2).rule) == ("no-references", "too-many-references")


@pytest.mark.parametrize(("name", "given"), [("one", 1), ("two", 2), ("many", 4), ("none", 0)])
def test_what_a_model_takes_is_accepted(name: str, given: int) -> None:
    draft = Draft(kind="remix", request=ImageRequest(prompt="a fox", model=name))
    require_references(draft, given, MODELS, MODELS.models)


def test_four_are_the_most_whatever_a_model_takes() -> None:
    draft = Draft(kind="remix", request=ImageRequest(prompt="a fox", model="many"))
    with pytest.raises(RuleBroken) as caught:
        require_references(draft, 5, MODELS, MODELS.models)
    assert (caught.value.rule, caught.value.facts["most"]) == ("too-many-pictures", 4)


def test_a_form_takes_what_its_model_takes_or_else_what_another_one_does() -> None:
    one, none, two, many = MODELS
    assert [most_references(each, MODELS.models) for each in (one, none, two, many)] == [4, 4, 2, 4]
    assert most_references(one, (one, none)) == 1
