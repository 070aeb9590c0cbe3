"""The settings as the console shows them."""

from __future__ import annotations

from bot.config.settings import Settings
from bot.config.unknown_settings import setting_names
from bot.ops.console.effective_settings import describe_settings

RELAY = {"RELAY_URL": "http://127.0.0.1:9", "RELAY_TOKEN": "t-secret"}


def test_they_have_the_names_and_units_of_the_file_they_are_written_in() -> None:
    written = {
        "SPOOL_LIMIT_MB": "500",
        "UPLOAD_LIMIT_MB": "8",
        "RELAY_TIMEOUT": "300",
        "METRICS_PORT": "9400-9409",
        "KEEP_ORIGINALS": "true",
    }
    shown = dict(describe_settings(Settings.from_env({**RELAY, **written})))
    assert shown.keys() <= setting_names()
    assert {name: shown[name] for name in written} == {**written, "KEEP_ORIGINALS": "yes"}
    assert shown["RELAY_TOKEN"] == "set, hidden"
