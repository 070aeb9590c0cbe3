"""A page's buttons carry its filters, within Discord's limit."""

from __future__ import annotations

import re
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.request_rules import STYLE_NAME_LIMIT
from bot.domain.requests.history_filter import HistoryKind
from bot.ui.panels.history_pages import SEARCH_LIMIT, HistoryQuery, PageButton

_CUSTOM_ID_LIMIT = 100
WORDS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1)
QUERIES = st.builds(
    HistoryQuery,
    search=st.just("") | WORDS.map(lambda text: text[:SEARCH_LIMIT]),
    starred=st.booleans(),
    kind=st.none() | st.sampled_from(get_args(HistoryKind)),
    style=st.none() | WORDS.map(lambda text: text[:STYLE_NAME_LIMIT]),
)
MODERATED = st.builds(
    HistoryQuery,
    search=WORDS.map(lambda text: text[:SEARCH_LIMIT]),
    kind=st.none() | st.sampled_from(get_args(HistoryKind)),
    member=st.integers(1, 2**64 - 1),
)


async def read(custom_id: str) -> PageButton:
    """Rebuild a button from its custom id, as a press does."""
    template: re.Pattern[str] = PageButton.__discord_ui_compiled_template__
    match = template.fullmatch(custom_id)
    assert match is not None
    unused: Any = None
    return await PageButton.from_custom_id(unused, unused, match)


@given(query=QUERIES | MODERATED, page=st.integers(0, 9999))
async def test_a_pressed_button_has_the_page_and_the_filters_it_was_made_with(
    query: HistoryQuery, page: int
) -> None:
    custom_id = str(PageButton(page, query, "Older").item.custom_id)
    assert len(custom_id) <= _CUSTOM_ID_LIMIT
    button = await read(custom_id)
    assert (button.page, button.query) == (page, query)


async def test_buttons_of_before_the_filters_still_work() -> None:
    button = await read("history:2:s::" + "x" * 60)
    assert (button.page, button.query) == (2, HistoryQuery(search="x" * 60, starred=True))
