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


def rename_attachments(backend: Any, message: Any) -> None:
    """Give the files of a message other ids."""
    renamed = {each["id"]: str(backend.snowflake()) for each in message.attachments}
    message.attachments = [{**each, "id": renamed[each["id"]]} for each in message.attachments]
    components = json.dumps(message.components)
    for before, after in renamed.items():
        components = components.replace(f'"attachment_id": "{before}"', f'"attachment_id": "{after}"')
    message.components = json.loads(components)


@contextmanager
def renamed_attachments(env: Any) -> Generator[None]:
    """Give the files of a message other ids at each edit, which Discord doesn't rule out."""
    backend = env.backend
    edit = backend.edit_message

    def edit_and_rename(channel_id: int, message_id: int, fields: dict[str, Any]) -> Any:
        message = edit(channel_id, message_id, fields)
        rename_attachments(backend, message)
        return message

    with patch.object(backend, "edit_message", edit_and_rename):
        yield
