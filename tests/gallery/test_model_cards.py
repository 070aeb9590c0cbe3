"""Cards of several models and of several references in every language."""

from __future__ import annotations

import pytest

from tests.support.browser.card_viewer import CardViewer
from tests.support.browser.gallery import LOCALES, Gallery
from tests.support.browser.model_scenarios import ModelScenario
from tests.support.browser.phone import OpenOnPhone, open_scenario_playground

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(600),  # about five seconds per test on an idle machine
]


@pytest.mark.parametrize("locale", LOCALES)
async def test_models_and_references(open_on_phone: OpenOnPhone, gallery: Gallery, locale: str) -> None:
    async with (
        open_scenario_playground(locale, more_models=True) as playground,
        open_on_phone(playground.url) as tab,
    ):
        scenario = ModelScenario(playground, locale)
        viewer = CardViewer(tab, scenario, gallery, locale)
        await scenario.try_and_compare()
        await viewer.check_cards("try-with", "compared")
        await scenario.combine_references()
        await viewer.check_cards("too-many-references", "references")
        await viewer.check_widths()
