"""Log lines in both formats, without secrets."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextlib import redirect_stderr
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.settings import LogFormat, LogLevel
from bot.telemetry.logging import configure_logging

FORMS: list[LogFormat] = ["text", "json"]
TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GhIjKl.aZ-09_" + "x" * 28
printable = st.characters(min_codepoint=33, max_codepoint=126)
secrets = st.text(printable, min_size=8, max_size=40).filter(lambda text: not text.isalnum())


class Log:
    """The process's log, configured by the bot's own code."""

    def __init__(self) -> None:
        self.written = io.StringIO()

    def open(self, form: LogFormat, *hidden: str, level: LogLevel = "INFO") -> logging.Logger:
        """Clear the log and configure it for this format."""
        self.written.seek(0)
        self.written.truncate()
        with redirect_stderr(self.written):
            configure_logging(level, as_json=form == "json", secrets=hidden)
        return logging.getLogger("bot.somewhere")

    @property
    def text(self) -> str:
        return self.written.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture(scope="module")
def log() -> Iterator[Log]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []
    yield Log()
    root.handlers = handlers
    root.setLevel(level)


def fail(message: str) -> None:
    try:
        raise ValueError(message)
    except ValueError as error:
        raise RuntimeError("drawing failed") from error


def test_a_text_line_has_time_level_and_logger(log: Log) -> None:
    log.open("text").warning("job %s ends", 7)
    assert log.text[:2] == "20"
    assert log.text.endswith(" WARNING bot.somewhere: job 7 ends\n")


def test_a_json_line_is_one_object_with_an_exact_time(log: Log) -> None:
    log.open("json").warning("two\nlines of 画图")
    (line,) = log.lines
    time = line.pop("time")
    assert line == {"level": "WARNING", "logger": "bot.somewhere", "message": "two\nlines of 画图"}
    assert time.endswith("+00:00")


def test_control_characters_cannot_forge_a_line(log: Log) -> None:
    forged = "2026-01-01 00:00:00,000 INFO    bot: all is well"
    logger = log.open("text")
    logger.warning("the prompt %s", f"a\n{forged}\x1b[2J\u202e画")
    try:
        fail(f"b\n{forged}\x07")
    except RuntimeError:
        logger.exception("it went wrong")
    first, *others = log.text.splitlines()
    assert first.endswith(f"the prompt a\\n{forged}\\x1b[2J\\u202e画")
    assert forged not in others
    assert any(line.strip() == f"{forged}\\x07" for line in others)


@pytest.mark.parametrize("form", FORMS)
def test_records_below_the_level_are_dropped(log: Log, form: LogFormat) -> None:
    log.open(form, level="ERROR").warning("nobody reads this")
    assert log.text == ""


@pytest.mark.parametrize("form", FORMS)
def test_an_exception_keeps_its_message_and_traceback(log: Log, form: LogFormat) -> None:
    logger = log.open(form)
    try:
        fail("the 画 was at https://example.com/a?b=c")
    except RuntimeError:
        logger.exception("it went wrong")
    told = log.lines[0]["exc_info"] if form == "json" else log.text
    assert "ValueError: the 画 was at https://example.com/a?b=c" in told
    assert "RuntimeError: drawing failed" in told
    assert "in fail" in told


@pytest.mark.parametrize("form", FORMS)
@given(secret=secrets)
def test_no_secret_is_written_however_it_is_quoted(log: Log, form: LogFormat, secret: str) -> None:
    logger = log.open(form, secret, "another-one")
    try:
        fail(f"refused {secret} and {json.dumps({'token': secret})}")
    except RuntimeError:
        logger.exception("headers %r, body %s, text %s", {"X": secret}, json.dumps(secret), secret)
    logger.warning("%s", secret, extra={"asked": {"with": [secret]}})
    forms = [secret, repr(secret)[1:-1], json.dumps(secret)[1:-1]]
    if form == "json":
        assert all({"time", "level", "logger", "message"} <= line.keys() for line in log.lines)
        forms += [json.dumps(each)[1:-1] for each in forms]
    assert not [each for each in forms if each in log.text]
    assert "drawing failed" in log.text


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_in_a_url_is_redacted(log: Log, form: LogFormat) -> None:
    log.open(form, "se/cr+et==").error(
        "GET https://example.com/?t=se%2Fcr%2Bet%3D%3D&u=se/cr%2Bet%3D%3D failed"
    )
    assert "?t=…&u=… failed" in log.text


@pytest.mark.parametrize("form", FORMS)
def test_secrets_with_a_common_prefix_are_redacted_completely(log: Log, form: LogFormat) -> None:
    log.open(form, "s3cret", "s3cret-and-more").error("it was s3cret-and-more")
    assert "it was …" in log.text
    assert "more" not in log.text


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("said", "left"),
    [
        (
            "PATCH https://discord.com/api/v10/webhooks/12/aW50ZXI6.x-y_z=/messages/34",
            "webhooks/12/…/messages/34",
        ),
        ("POST /interactions/12/aW50ZXI6MTIz/callback has returned 404", "interactions/12/…/callback has"),
        ("POST /webhooks/12/aW50%2BZXI6?wait=true", "webhooks/12/…?wait=true"),
        (f"{{'Authorization': 'Bot {TOKEN}', 'X': 1}}", "'Bot …', 'X': 1}"),
        ("Authorization: Bearer abc.def-1234567==, next", "Bearer …, next"),
        ("authorization: bearer onlylettersbutverylongindeed next", "bearer … next"),
    ],
)
def test_tokens_in_urls_and_headers_are_redacted(log: Log, form: LogFormat, said: str, left: str) -> None:
    log.open(form).error("%s", said)
    assert left in log.text


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "said",
    [
        "Bot disconnected from the gateway",
        "Bearer authentication failed",
        "/webhooks/12 has no token",
        "no webhooks/none/either",
        "connected as Bot#1234 to 3 servers",
    ],
)
def test_plain_words_stay_as_they_are(log: Log, form: LogFormat, said: str) -> None:
    log.open(form).error("%s", said)
    assert said in log.text


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("telltale", ["discord.gateway", "psycopg"])
def test_whole_events_and_statements_are_never_written(log: Log, form: LogFormat, telltale: str) -> None:
    log.open(form, level="DEBUG").debug("details are wanted")
    logging.getLogger(telltale).debug("{'token': 'aW50ZXI6', 'prompt': 'a secret wish'}")
    logging.getLogger(telltale).info("connected")
    assert "details are wanted" in log.text
    assert "connected" in log.text
    assert "wish" not in log.text


@pytest.mark.parametrize("form", FORMS)
def test_a_message_that_does_not_fit_its_arguments_is_written_like_others(
    log: Log, form: LogFormat, capsys: pytest.CaptureFixture[str]
) -> None:
    # As discord.py writes the heartbeat's, with a traceback in its template.
    log.open(form, TOKEN).warning("heartbeat blocked for %s\nif done > 9 % of: %d", TOKEN, "shard 3")
    assert "heartbeat blocked" in log.text and "shard 3" in log.text
    assert TOKEN not in log.text and len(log.text.splitlines()) == 1
    assert capsys.readouterr().err == ""


def test_logging_works_without_secrets(log: Log) -> None:
    log.open("text").info("no secrets at all")
    assert "no secrets at all" in log.text
