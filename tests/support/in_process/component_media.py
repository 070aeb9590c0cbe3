"""Files in components as Discord returns them, where SimCord is more generous."""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from simcord.backend import serializers


@contextmanager
def hidden_attachments() -> Generator[None]:
    """Leave out of a message's ``attachments`` the files that its components show."""
    serialize = serializers.message_payload

    def as_discord(*args: Any, **kwargs: Any) -> Any:
        payload: dict[str, Any] = dict(serialize(*args, **kwargs))
        shown = _attachment_ids(payload["components"])
        payload["attachments"] = [each for each in payload["attachments"] if each["id"] not in shown]
        return payload

    with patch.object(serializers, "message_payload", as_discord):
        yield


def _attachment_ids(components: Any) -> set[str]:
    """Return the ids of the attachments that components refer to, at any depth."""
    return set(re.findall(r'"attachment_id": "([0-9]+)"', json.dumps(components)))
