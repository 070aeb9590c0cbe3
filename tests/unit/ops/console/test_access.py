"""Signing in: sessions end, guesses are slowed down, and a password is compared whole."""

from __future__ import annotations

from bot.ops.console.access import SESSION_LIFETIME, Access

PASSWORD = "correct horse battery"


class Clock:
    """A clock that the test sets."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_session_lasts_until_it_is_too_old_or_signed_out() -> None:
    clock = Clock()
    access = Access(PASSWORD, clock)
    first, second = access.sign_in(PASSWORD), access.sign_in(PASSWORD)
    assert first and second and first != second
    session = access.session(first)
    assert session is not None
    assert session.csrf not in (first, second)
    access.sign_out(first)
    assert access.session(first) is None
    clock.now += SESSION_LIFETIME
    assert access.session(second) is None


def test_a_wrong_password_begins_no_session_and_many_make_all_wait() -> None:
    clock = Clock()
    access = Access(PASSWORD, clock)
    for _ in range(10):
        assert access.wait() == 0
        assert access.sign_in(PASSWORD[:-1]) is None
    assert access.wait() == 60
    clock.now += 60
    assert access.wait() == 0


def test_without_a_password_no_attempt_succeeds() -> None:
    access = Access(None, Clock())
    assert not access.needs_password
    assert access.sign_in("") is None
    assert access.session("") is None
