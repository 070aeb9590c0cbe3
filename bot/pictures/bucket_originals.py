"""Store of unmodified pictures in a bucket of S3, Google Cloud or Azure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from obstore import sign_async
from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore, S3Store, from_url

from bot.domain.errors import OperatorError
from bot.domain.models import Job
from bot.pictures.originals import original_names

_LINK_LIFETIME = timedelta(hours=1)


class BucketOriginals:
    """Stores pictures at ``url``, such as ``s3://bucket/prefix``.

    Credentials come from the environment, as each provider's own tools read them. Raises OperatorError if the
    store fails.
    """

    def __init__(self, url: str) -> None:
        try:
            self._store = from_url(url)
        except (BaseError, ValueError, OSError) as error:
            raise OperatorError(f"ORIGINALS_URL can't be used: {error}") from error

    async def keep(self, job: Job) -> tuple[str, ...]:
        """Store a job's pictures and return their names; idempotent."""
        names = original_names(job)
        for name, path in names.items():
            await self._put(name, path)
        return tuple(names)

    async def read(self, name: str) -> bytes | None:
        """Return a picture's bytes, or None if it was deleted."""
        try:
            return bytes(await (await self._store.get_async(name)).bytes_async())
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as error:
            raise OperatorError(f"an original can't be read: {type(error).__name__}") from error

    async def size(self, name: str) -> int | None:
        """Return a picture's size in bytes, or None if it was deleted; its bytes aren't read."""
        try:
            return (await self._store.head_async(name))["size"]
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as error:
            raise OperatorError(f"an original can't be read: {type(error).__name__}") from error

    async def link(self, name: str) -> str | None:
        """Return a link that anyone can open for an hour; None where the store can't sign one."""
        if not isinstance(self._store, (S3Store, GCSStore, AzureStore)):
            return None
        try:
            return await sign_async(self._store, "GET", name, _LINK_LIFETIME)
        except (BaseError, OSError) as error:
            raise OperatorError(f"an original can't be linked: {type(error).__name__}") from error

    async def forget(self, names: Sequence[str]) -> None:
        """Delete pictures; missing ones are ignored."""
        for name in names:
            try:
                await self._store.delete_async(name)
            except FileNotFoundError:
                continue
            except (BaseError, OSError) as error:
                raise OperatorError(f"an original can't be deleted: {type(error).__name__}") from error

    async def _put(self, name: str, path: Path) -> None:
        try:
            await self._store.put_async(name, path)
        except (BaseError, OSError) as error:
            raise OperatorError(f"an original can't be kept: {type(error).__name__}") from error
