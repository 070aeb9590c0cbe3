"""No piece of a database's password is part of a message."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import URL, make_url

from bot.config.settings import Settings, SettingsError
from bot.store.db.redaction import redact

PASSWORDS = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=1, max_size=20)
QUOTED = "the message quotes {}"


@given(PASSWORDS)
def test_a_password_is_removed_in_every_form(password: str) -> None:
    address = URL.create("postgresql+psycopg", "bot", password, "db.example", database="jimeng")
    for form in (password, quote(password), quote(password, safe=""), f"-{password}-"):
        assert password not in redact(QUOTED.format(form), address).removeprefix("the message quotes")


@given(PASSWORDS)
def test_a_password_in_the_options_is_removed(password: str) -> None:
    address = make_url("postgresql+psycopg:///jimeng").update_query_dict({"password": password})
    assert password not in redact(QUOTED.format(password), address).removeprefix("the message quotes")


@given(PASSWORDS)
def test_an_unescaped_password_is_understood_or_refused_without_a_piece_of_it(password: str) -> None:
    """Whatever the URL's parser takes for the host or the database, it is no piece of the password."""
    try:
        url = Settings.from_env({"DATABASE_URL": f"postgres://bot:{password}@db.example/jimeng"}).database_url
    except SettingsError as error:
        for piece in re.findall(r"\w{6,}", password):
            assert piece not in str(error)
    else:
        address = make_url(url)
        assert (address.username, address.host, address.database) == ("bot", "db.example", "jimeng")


@pytest.mark.parametrize("password", ["a/b@c", "12/x?y=a@b", "secret#1", "a?b", "a/b"])
def test_delimiters_in_a_password_are_to_be_escaped(password: str) -> None:
    with pytest.raises(SettingsError, match="%2F"):
        Settings.from_env({"DATABASE_URL": f"postgres://bot:{password}@db.example/jimeng"})
