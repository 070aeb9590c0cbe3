"""Every message is sent and edited through one module, which turns mentions off."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
MODULE = ROOT / "bot" / "ui" / "outgoing.py"
SENDING = {"send", "send_message", "reply", "edit", "edit_message", "edit_original_response"}
"""The methods of discord.py that send or edit a message."""
OTHER = {
    "self._completion_notices.send",
    "self._owner_notices.send",
    "discord.MessageType.reply",
    "cog.edit",
    "self.edit",
    "thread.edit",
    "waiting.send",
}


def direct_uses(file: Path) -> Iterator[str]:
    """Yield where a file sends or edits a message by discord.py itself."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Attribute) and node.attr in SENDING:
            name = ast.unparse(node)
            if name not in OTHER and not name.startswith("outgoing."):
                yield f"{file.relative_to(ROOT)}:{node.lineno}: {name}"


def test_nothing_else_sends_or_edits_messages() -> None:
    folders = [ROOT / "cogs", ROOT / "bot" / "ui", ROOT / "bot" / "gateway"]
    files = [file for folder in folders for file in folder.rglob("*.py") if file != MODULE]
    assert len(files) > 40
    assert [use for file in files for use in direct_uses(file)] == []


def test_every_send_and_edit_of_the_module_sets_its_mentions() -> None:
    calls = [node for node in ast.walk(ast.parse(MODULE.read_text("utf-8"))) if isinstance(node, ast.Call)]
    sending = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr in SENDING]
    assert len(sending) == 7
    for call in sending:
        assert "allowed_mentions" in {keyword.arg for keyword in call.keywords}, ast.unparse(call)
