"""Warnings about names that no setting has."""

from __future__ import annotations

import pytest

from bot.config.unknown_settings import setting_names, warn_of_unknown


def test_every_known_name_is_accepted() -> None:
    assert {"DISCORD_TOKEN", "UPLOAD_LIMIT_MB", "SHARD_IDS"} <= setting_names()
    assert list(warn_of_unknown(setting_names(), setting_names())) == []


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("DISCORD_TOKN", "DISCORD_TOKEN"),
        ("RELAY_URLS", "RELAY_URL"),
        ("relay_token", "RELAY_TOKEN"),
        ("UPLOAD_LIMIT", "UPLOAD_LIMIT_MB"),
    ],
)
def test_a_typing_error_in_the_file_names_the_nearest_setting(name: str, nearest: str) -> None:
    (warning,) = warn_of_unknown([name], [])
    assert warning == f"{name} in .env is no setting and has no effect: did you mean {nearest}?"


def test_an_unknown_name_in_the_file_points_to_the_example() -> None:
    (warning,) = warn_of_unknown(["FAVOURITE_COLOUR"], [])
    assert ".env.example" in warning


@pytest.mark.parametrize("name", ["AWS_SECRET_ACCESS_KEY", "POSTGRES_PASSWORD", "COMPOSE_PROFILES"])
def test_names_of_other_programs_are_accepted_in_the_file(name: str) -> None:
    assert list(warn_of_unknown([name], [])) == []


def test_only_near_misses_in_the_environment_are_reported() -> None:
    environment = ["PATH", "HOME", "LANG", "LOGNAME", "DATABASE", "LOG", "SHELL", "RELAYED", "DATABASE_URLS"]
    (warning,) = warn_of_unknown([], environment)
    assert "DATABASE_URLS" in warning and "did you mean DATABASE_URL?" in warning
