"""Members are told every host that receives prompts, with the models that it draws."""

from bot.config.catalogue import parse, shipped_text
from bot.domain.recipients import recipients
from tests.support.store.services import MODELS


def test_every_host_is_named_once_with_its_models() -> None:
    found = [(each.host, [label["en"] for label in each.labels]) for each in recipients(MODELS)]
    assert found == [(None, ["first"]), ("ark.ap-southeast.bytepluses.com", ["second", "narrow"])]


def test_the_relay_alone_has_no_host() -> None:
    assert [each.host for each in recipients(parse(shipped_text()))] == [None]
