"""Settings: all problems at once, no secret in any message, and an example that can't drift."""

import re
from dataclasses import asdict
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from bot.config.setting_values import format_shard_ids, shard_ids
from bot.config.settings import Secret, Settings, SettingsError
from bot.config.unknown_settings import setting_names

EXAMPLE = Path(__file__).parents[3] / ".env.example"


def test_an_empty_environment_gives_working_defaults() -> None:
    settings = Settings.from_env({})
    assert settings.discord_token is None
    assert settings.catalogue.ids == ("seedream-4.5",)
    assert settings.database_url == "sqlite:///data/jimeng.db"


def test_all_problems_are_reported_at_once_with_remedies() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(
            {
                "DISCORD_TOKEN": "two words",
                "RELAY_URL": "relay.example.com",
                "RELAY_TIMEOUT": "soon",
                "RELAY_CONCURRENCY": "0",
                "DATABASE_URL": "mysql://root@localhost/x",
                "LOG_LEVEL": "loud",
                "LOG_FORMAT": "xml",
                "RELAY_AUTH_COMMAND": '"unclosed',
                "RELAY_MODELS": ",",
                "SHARD_COUNT": "-1",
                "UPLOAD_LIMIT_MB": "nan",
            }
        )
    text = str(caught.value)
    assert len(caught.value.problems) == 11
    for words in (
        "RELAY_URL=https://",
        "from 0.1 to 3600",
        "from 1 to 500",
        "text, json",
        "auto",
        "without quotes",
    ):
        assert words in text


def test_a_token_without_a_url_is_a_problem() -> None:
    with pytest.raises(SettingsError, match="RELAY_URL isn't"):
        Settings.from_env({"RELAY_TOKEN": "s3cret"})


def test_secrets_are_in_no_repr_and_no_problem() -> None:
    environment = {"DISCORD_TOKEN": "tok-1-tok", "RELAY_URL": "https://r.example", "RELAY_TOKEN": "tok-2-tok"}
    settings = Settings.from_env(environment)
    assert settings.relay_token == Secret("tok-2-tok")
    assert settings.relay_token is not None and settings.relay_token.reveal() == "tok-2-tok"
    shown = f"{settings!r} {settings} {settings.discord_token} {settings.discord_token!r}"
    assert "tok-" not in shown
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({**environment, "DISCORD_TOKEN": "tok-1 tok", "RELAY_TIMEOUT": "x"})
    assert "tok-" not in str(caught.value)


def test_a_dump_of_all_settings_contains_no_secret() -> None:
    settings = Settings.from_env({"DISCORD_TOKEN": "tok-1-tok"})
    assert "tok-" not in repr(asdict(settings))


@pytest.mark.parametrize("name", ["DATABASE_URL", "RELAY_URL", "RELAY_TIMEOUT"])
def test_a_problem_repeats_neither_passwords_nor_long_values(name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({name: "mysql://bot:pass@w0rd@db.example/jimeng" + "x" * 5000})
    assert "pass@" not in str(caught.value)
    assert "w0rd" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("path", ["~nobody-here/data", "~\0", "a\0b", "data\nDISCORD_TOKEN=x", "what?"])
@pytest.mark.parametrize("name", ["DATA_DIR", "RELAY_AUTH_FILE"])
def test_an_invalid_path_is_a_problem(name: str, path: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_env({name: path})


@pytest.mark.parametrize(
    "url",
    [
        "http://h:99999",
        "http://h:abc",
        "http://h:0",
        "http://[::1",
        "https://h/?key=1",
        "https://h/#a",
        "https://ho st",
        "https://user@h",
        "https://h\\@evil",
        "https://ho\tst",
    ],
)
def test_an_invalid_relay_url_is_a_problem(url: str) -> None:
    with pytest.raises(SettingsError, match="RELAY_URL=https://relay"):
        Settings.from_env({"RELAY_URL": url})


def test_empty_lines_and_surrounding_spaces_count_as_unset() -> None:
    settings = Settings.from_env(
        {"DISCORD_TOKEN": "  ", "RELAY_URL": " https://r.example/ ", "LOG_FORMAT": " JSON "}
    )
    assert settings.discord_token is None
    assert settings.relay_url == "https://r.example"
    assert settings.log_format == "json"


def test_the_example_has_every_setting_with_its_default_and_a_comment() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    names = re.findall(r"^([A-Z_]+)=", text, re.M)
    assert all(re.search(rf"^# .+\n{name}=", text, re.M) for name in names)
    assert sorted(names) == sorted(setting_names())
    example = Settings.from_env({key: value or "" for key, value in dotenv_values(EXAMPLE).items()})
    assert example.demo_relay
    assert repr(example).replace("'demo'", "None") == repr(Settings.from_env({}))


@pytest.mark.parametrize(
    "scheme", ["postgres", "postgresql", "postgresql+psycopg", "postgresql+psycopg_async"]
)
def test_a_postgresql_url_is_accepted_and_in_no_repr(scheme: str) -> None:
    settings = Settings.from_env(
        {"DATABASE_URL": f"{scheme}://bot:s3cret@db.example:5433/jimeng?sslmode=require"}
    )
    assert settings.database_url == "postgresql+psycopg://bot:s3cret@db.example:5433/jimeng?sslmode=require"
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize("password", ["p@ss", "@", "a@b@c"])
def test_an_at_sign_in_a_password_gets_a_hint_without_a_piece_of_it(password: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"DATABASE_URL": f"postgres://bot:{password}secret@db.example/jimeng"})
    assert "%40" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["mysql://root@localhost/x", "postgresql://db.example", "postgres", "postgresql://db:x/jimeng"]
)
def test_an_unsupported_database_names_the_supported_ones(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"DATABASE_URL": url})
    assert "sqlite:///" in str(caught.value) and "postgresql://user:password@host" in str(caught.value)


SHARED = {"DATABASE_URL": "postgresql://bot@db.example/jimeng"}


@pytest.mark.parametrize(
    ("text", "ids"),
    [("0", (0,)), ("0-3", (0, 1, 2, 3)), ("0-1,8", (0, 1, 8)), (" 8 , 0 - 2,1", (0, 1, 2, 8)), ("15", (15,))],
)
def test_shard_ids_are_numbers_and_ranges(text: str, ids: tuple[int, ...]) -> None:
    settings = Settings.from_env({**SHARED, "SHARD_COUNT": "16", "SHARD_IDS": text})
    assert settings.shard_ids == ids


@given(st.sets(st.integers(0, 40), min_size=1))
def test_formatted_shard_ids_parse_to_the_same_ids(ids: set[int]) -> None:
    assert set(shard_ids(format_shard_ids(sorted(ids)))) == ids


@pytest.mark.parametrize("text", ["all", "3-1", "1,,2", "-1", "0-", "1.5", "0-99999999", "٣"])
def test_invalid_shard_ids_are_a_problem(text: str) -> None:
    with pytest.raises(SettingsError, match="SHARD_IDS=0-3,8"):
        Settings.from_env({**SHARED, "SHARD_COUNT": "16", "SHARD_IDS": text})


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({**SHARED, "SHARD_IDS": "0"}, "SHARD_IDS needs SHARD_COUNT"),
        ({**SHARED, "SHARD_IDS": "0", "SHARD_COUNT": "auto"}, "SHARD_IDS needs SHARD_COUNT"),
        ({**SHARED, "SHARD_IDS": "2-4", "SHARD_COUNT": "4"}, "with SHARD_COUNT=4 the last one is 3"),
        ({"SHARD_IDS": "0", "SHARD_COUNT": "2"}, "SHARD_IDS parts the shards .* SQLite file takes one"),
        ({"SHARD_COUNT": "0"}, "or auto"),
        ({"SHARD_COUNT": "many"}, "or auto"),
    ],
)
def test_contradictory_shard_settings_are_a_problem(environment: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        Settings.from_env(environment)


def test_a_process_without_workers_needs_a_shared_database() -> None:
    with pytest.raises(SettingsError, match="RUN_WORKERS=false leaves"):
        Settings.from_env({"RUN_WORKERS": "false"})
    shared = {**SHARED, "RUN_WORKERS": "False"}
    assert Settings.from_env(shared).run_workers is False
    with pytest.raises(SettingsError, match="true, false"):
        Settings.from_env({**shared, "RUN_WORKERS": "maybe"})


@pytest.mark.parametrize(
    "name",
    [
        "MEMBER_RUNNING",
        "MEMBER_WAITING",
        "MEMBER_DAILY",
        "SERVER_DAILY",
        "TOTAL_DAILY",
        "QUEUE_SIZE",
        "RELAY_CALLS_A_MINUTE",
        "SPOOL_LIMIT_MB",
        "WORKER_CONCURRENCY",
    ],
)
@pytest.mark.parametrize("value", ["0", "-1", "2.5", "many", "10000000"])
def test_a_limit_is_a_whole_number_within_bounds(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_env({name: value})


@pytest.mark.parametrize("name", ["MEMBER_DAILY", "SERVER_DAILY"])
def test_a_daily_limit_above_that_of_everyone_is_a_problem(name: str) -> None:
    assert Settings.from_env({name: "20", "TOTAL_DAILY": "20"}).total_daily == 20
    assert Settings.from_env({name: "20"}).total_daily is None
    with pytest.raises(SettingsError, match=f"{name}=21 is more than TOTAL_DAILY=20"):
        Settings.from_env({name: "21", "TOTAL_DAILY": "20"})


def test_a_lease_shorter_than_a_heartbeat_is_a_problem() -> None:
    assert Settings.from_env({"WORKER_LEASE": "2.5"}).worker_lease == 2.5
    with pytest.raises(SettingsError, match="WORKER_LEASE"):
        Settings.from_env({"WORKER_LEASE": "1"})
