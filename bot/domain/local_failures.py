"""Recognize failures of this machine: a full or read-only disk, no more memory or file handles."""

from __future__ import annotations

import errno
import os

from bot.domain.errors import LocalFailure

_DISK = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.EIO,
    errno.ENOTDIR,
    errno.EFBIG,
    errno.ENXIO,
    errno.ENODEV,
    errno.ESTALE,
}
_RESOURCES = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EAGAIN}
_TEXTS = (*(os.strerror(code).lower() for code in _DISK | _RESOURCES), "out of memory", "out of disk space")
_NO_THREADS = "can't start new thread"


def local_failure(error: BaseException) -> LocalFailure | None:
    """Return the failure that an error stands for, or None if this machine isn't at fault.

    The text decides for libraries that report an operating system's error in words alone, such as libvips.
    """
    if isinstance(error, LocalFailure):
        return error
    if not _is_local(error):
        return None
    failure = LocalFailure(f"{type(error).__name__}: {error}".strip())
    failure.__cause__ = error
    return failure


def resource_failure(error: OSError) -> LocalFailure | None:
    """Return the failure of an error by which memory, processes or file handles are exhausted, else None."""
    return local_failure(error) if error.errno in _RESOURCES else None


def _is_local(error: BaseException) -> bool:
    if isinstance(error, MemoryError):
        return True
    if isinstance(error, ConnectionError | TimeoutError):
        return False
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno in _DISK | _RESOURCES
    text = str(error).lower()
    if isinstance(error, RuntimeError) and _NO_THREADS in text:
        return True
    return any(part in text for part in _TEXTS)
