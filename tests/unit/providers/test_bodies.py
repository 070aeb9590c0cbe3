"""Bodies of calls, as a service takes them apart."""

from __future__ import annotations

import asyncio
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any, cast

import pytest

from bot.providers.wire.bodies import FormBody, ReferenceFile

PROMPT = 'a "fox" 狐\r\n--and a line\r\n'


async def _sent(options: dict[str, Any]) -> bytes:
    body = b"".join([chunk async for chunk in options["data"]])
    assert options["headers"]["Content-Length"] == str(len(body))
    return body


def _parts(options: dict[str, Any]) -> list[Message]:
    headers = f"Content-Type: {options['headers']['Content-Type']}\r\n\r\n".encode()
    message = message_from_bytes(headers + asyncio.run(_sent(options)))
    return cast("list[Message]", message.get_payload())


def test_a_form_has_its_fields_and_its_files_in_order(tmp_path: Path) -> None:
    contents = [bytes(range(256)) * 1000, b"\r\n--", b"x"]
    files: list[tuple[str, ReferenceFile]] = []
    for number, content in enumerate(contents):
        path = tmp_path / str(number)
        path.write_bytes(content)
        files.append(("image[]", ReferenceFile(path=path, media_type="image/png")))
    options = FormBody(fields={"prompt": PROMPT, "n": 1, "on": True}, files=tuple(files)).options()
    *fields, first, second, third = _parts(options)
    values = {str(part.get_param("name", header="Content-Disposition")): part for part in fields}
    assert {name: part.get_payload(decode=True) for name, part in values.items()} == {
        "prompt": PROMPT.encode(),
        "n": b"1",
        "on": b"true",
    }
    for part, content in zip((first, second, third), contents, strict=True):
        assert part.get_payload(decode=True) == content
        assert part.get_content_type() == "image/png" and part.get_filename() == "reference.png"


def test_the_name_of_a_field_ends_no_header() -> None:
    (part,) = _parts(FormBody(fields={'a"\r\nX-Y: z': "v"}, files=()).options())
    assert part.keys() == ["Content-Disposition"]


def test_a_file_that_is_gone_is_no_body(tmp_path: Path) -> None:
    gone = ReferenceFile(path=tmp_path / "gone", media_type="image/png")
    with pytest.raises(OSError, match="gone"):
        FormBody(fields={}, files=(("image", gone),)).options()
