"""The page's catalogue of commands in another language."""

from __future__ import annotations

from typing import Any

from bot.demo.page.command_texts import translate

OPTION = {"name": "ratio", "description": "Shape", "choices": [{"name": "wide", "value": "16:9"}]}
ENTRY = {"commandId": "7", "invocation": "imagine", "description": "Draw", "options": [OPTION]}
COMMAND: dict[str, Any] = {
    "id": "7",
    "description_localizations": {"zh-CN": "画图"},
    "options": [
        {
            "name": "ratio",
            "description_localizations": {"zh-CN": "形状"},
            "choices": [{"name": "wide", "value": "16:9", "name_localizations": {"zh-CN": "宽"}}],
        }
    ],
}


def test_descriptions_and_choices_are_translated_and_names_stay() -> None:
    catalog = {"fingerprint": "f", "entries": [ENTRY]}
    translated = translate(catalog, [COMMAND], "zh-CN")
    (entry,) = translated["entries"]
    (option,) = entry["options"]
    assert (entry["description"], option["description"]) == ("画图", "形状")
    assert option["choices"] == [{"name": "宽", "value": "16:9"}]
    assert (translated["fingerprint"], entry["invocation"], option["name"]) == ("f", "imagine", "ratio")


def test_a_language_without_translations_is_left_as_it_is() -> None:
    assert translate({"entries": [ENTRY]}, [COMMAND], "de") == {"entries": [ENTRY]}
    assert translate({"entries": [ENTRY]}, [], "zh-CN") == {"entries": [ENTRY]}
