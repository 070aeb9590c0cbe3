"""Who may use the console: a password, sessions, and a limit on attempts to sign in."""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

SESSION_LIFETIME = 12 * 3600.0
"""Seconds after which one must sign in again."""
_MOST_SESSIONS = 100
_MOST_NOTICES = 5
_ATTEMPTS, _ATTEMPTS_WINDOW = 10, 60.0
"""Failed attempts to sign in, from everywhere together, after which all wait, and the seconds they count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in browser; ``csrf`` is in each of its forms, ``notices`` are shown by its next page."""

    csrf: str
    until: float
    notices: deque[str] = field(default_factory=lambda: deque[str](maxlen=_MOST_NOTICES))


class Access:
    """Checks ``password`` and keeps sessions in memory; without a password everyone is signed in."""

    def __init__(self, password: str | None, clock: Callable[[], float]) -> None:
        self._digest = None if password is None else _digest(password)
        self._clock = clock
        self._sessions: dict[str, Session] = {}
        self._failures = deque[float](maxlen=_ATTEMPTS)
        self.anonymous = Session(csrf=secrets.token_urlsafe(32), until=math.inf)
        """The session of everyone where there is no password."""

    @property
    def needs_password(self) -> bool:
        """Whether one has to sign in."""
        return self._digest is not None

    def wait(self) -> float:
        """Return the seconds until another attempt to sign in is accepted."""
        if len(self._failures) < _ATTEMPTS:
            return 0.0
        return max(0.0, self._failures[0] + _ATTEMPTS_WINDOW - self._clock())

    def sign_in(self, password: str) -> str | None:
        """Return the key of a new session; None for a wrong password."""
        if self._digest is None or not hmac.compare_digest(_digest(password), self._digest):
            self._failures.append(self._clock())
            return None
        self._forget_old()
        key = secrets.token_urlsafe(32)
        until = self._clock() + SESSION_LIFETIME
        self._sessions[_key_digest(key)] = Session(csrf=secrets.token_urlsafe(32), until=until)
        return key

    def session(self, key: str) -> Session | None:
        """Return the session of a key while it lasts."""
        session = self._sessions.get(_key_digest(key))
        return session if session is not None and self._clock() < session.until else None

    def sign_out(self, key: str) -> None:
        """End a session."""
        self._sessions.pop(_key_digest(key), None)

    def _forget_old(self) -> None:
        now = self._clock()
        kept = [(key, each) for key, each in self._sessions.items() if now < each.until]
        self._sessions = dict(kept[-_MOST_SESSIONS + 1 :])


def _digest(password: str) -> bytes:
    """Return a value of the same length for every password, so that a comparison tells nothing of it."""
    return hashlib.sha256(password.encode()).digest()


def _key_digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
