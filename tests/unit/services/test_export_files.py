"""Files of exported data: each is valid and within the limit, and together they hold every request once."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.personal_data.export_files import Export, ExportFiles

ACCOUNT = {"format": 1, "styles": ["墨"]}
requests = st.lists(st.fixed_dictionaries({"prompt": st.text(max_size=300)}), max_size=40)


@pytest.mark.hypothesis
@given(requests, st.integers(400, 6_000))
def test_every_request_is_in_one_file_within_the_limit(found: list[dict[str, Any]], limit: int) -> None:
    files = ExportFiles(ACCOUNT, limit)
    exports = [*(export for request in found for export in files.add([request])), *files.finish()]
    contents = [content(export) for export in exports]
    assert [request for each in contents for request in each["requests"]] == found
    assert [{**each, "requests": []} for each in contents] == [{**ACCOUNT, "requests": []}] * len(exports)
    too_long = [each for export, each in zip(exports, contents, strict=True) if len(export.content) > limit]
    # A request that doesn't fit alone is sent all the same.
    assert all(len(each["requests"]) == 1 for each in too_long)


def test_an_account_without_requests_has_one_file() -> None:
    (export,) = ExportFiles(ACCOUNT, 1_000).finish()
    assert (export.name, content(export)) == ("jimeng-data.json", {**ACCOUNT, "requests": []})


def content(export: Export) -> dict[str, Any]:
    packed = export.name.endswith(".gz")
    return json.loads(gzip.decompress(export.content) if packed else export.content)
