"""Which errors are this machine's fault, also where a library reports them in words alone."""

from __future__ import annotations

import errno
import os

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey

from bot.domain.errors import LocalFailure
from bot.domain.local_failures import local_failure

KEY = ConnectionKey(
    host="relay", port=443, is_ssl=True, ssl=True, proxy=None, proxy_auth=None, proxy_headers_hash=None
)
LIBVIPS = "unable to call pngload\n  /spool/1/a.png: unable to open for read\nsystem error: {}\n"


@pytest.mark.parametrize(
    "code",
    [
        *(errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EMFILE, errno.ENOMEM, errno.EDQUOT, errno.EIO),
        *(errno.ESTALE, errno.ENODEV, errno.ENXIO, errno.EAGAIN),
    ],
)
def test_an_operating_systems_error_is_recognized_by_its_code_and_in_words(code: int) -> None:
    for error in (OSError(code, os.strerror(code)), RuntimeError(LIBVIPS.format(os.strerror(code)))):
        failure = local_failure(error)
        assert failure is not None and failure.__cause__ is error
        assert os.strerror(code) in failure.detail


def test_a_socket_without_a_file_handle_is_a_local_failure() -> None:
    assert local_failure(aiohttp.ClientConnectorError(KEY, OSError(errno.EMFILE, ""))) is not None


def test_a_thread_or_process_that_cannot_be_started_is_a_local_failure() -> None:
    assert local_failure(RuntimeError("can't start new thread")) is not None
    assert local_failure(BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))) is not None


def test_a_local_failure_stays_itself() -> None:
    failure = LocalFailure("full")
    assert local_failure(failure) is failure


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(errno.ECONNRESET, "reset"),
        TimeoutError(),
        FileNotFoundError(errno.ENOENT, "gone"),
        aiohttp.ClientConnectorError(KEY, OSError(errno.ECONNREFUSED, "refused")),
        RuntimeError("unable to call pngload\nlibpng read error"),
        KeyError("prompt"),
    ],
)
def test_other_errors_are_not_this_machines(error: Exception) -> None:
    assert local_failure(error) is None
