"""Where the replies of the services hold their picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, Protocol

Way = Sequence[bytes | None]
"""The key of each container that was entered below the root; None for an element of a list."""
TextKind = Literal["base64", "data-url", "address", "unknown"]
"""What a string can be: base64 or a data URL, only the latter, an address or a data URL, or any of them."""


class ReplyShape(Protocol):
    """Says which containers of a reply lead to its picture, and which of their strings can be it."""

    @property
    def several(self) -> bool:
        """Whether a reply may be a list, JSON lines, or a stream of events."""
        ...

    @property
    def by_address(self) -> bool:
        """Whether a reply may name the address of its picture."""
        ...

    def leads_on(self, way: Way, key: bytes | None, opener: bytes) -> bool:
        """Whether a container leads to the picture; ``key`` is None in a list, ``opener`` its first byte."""
        ...

    def kind(self, way: Way, key: bytes | None) -> TextKind | None:
        """Return what a string at a key can be; None where it is no picture."""
        ...


class RelayShape:
    """``{"image": {"base64": …, "dataUrl": …}}`` and nothing else."""

    several = False
    by_address = False
    _KINDS: Mapping[bytes | None, TextKind] = {b"base64": "base64", b"dataUrl": "data-url"}

    def leads_on(self, way: Way, key: bytes | None, opener: bytes) -> bool:
        """Whether this is the object at ``image``."""
        return not way and key == b"image" and opener == b"{"

    def kind(self, way: Way, key: bytes | None) -> TextKind | None:
        """Return what a string of that object can be."""
        return self._KINDS.get(key) if way else None


def _named(kind: TextKind, names: Iterable[str]) -> dict[bytes, TextKind]:
    return {name.encode(): kind for name in names}


class ImagesShape:
    """OpenAI's ``{"data": [{"b64_json": …, "url": …}]}``, and what other services made of it.

    Lists may be objects or strings, keys may have other names, and more containers may be around them.
    """

    several = True
    by_address = True
    _KINDS = (
        _named("base64", ("b64json", "b64", "base64", "imageb64", "imagebase64", "b64image", "base64image"))
        | _named("base64", ("imagesbase64", "binarydatabase64", "bytesbase64encoded"))
        | _named("address", ("url", "urls", "uri", "imageurl", "imageurls", "imageuri", "downloadurl"))
        | _named("address", ("signedurl", "fileurl"))
        | _named("unknown", ("data", "image", "images", "picture", "pictures", "artifacts", "files"))
        | _named("unknown", ("output", "outputs", "result", "results", "response", "predictions"))
        | _named("unknown", ("generations", "generatedimage", "generatedimages", "imagedata", "imagelist"))
        | _named("unknown", ("taskresult", "items"))
    )
    """By names in lower case, without underscores and hyphens."""
    _AROUND = frozenset({b"choices", b"message", b"content", b"candidates", b"parts", b"inlinedata"})
    """Names of containers around a picture whose own texts are words."""

    def leads_on(self, way: Way, key: bytes | None, opener: bytes) -> bool:
        """Whether a container has a name that services use, or stands in a list that was entered."""
        return key is None or (name := _plain(key)) in self._KINDS or name in self._AROUND

    def kind(self, way: Way, key: bytes | None) -> TextKind | None:
        """Return what a string is by its name, or by that of the list it stands in."""
        name = key if key is not None else next((each for each in reversed(way) if each is not None), b"")
        return self._KINDS.get(_plain(name))


def _plain(name: bytes) -> bytes:
    return name.lower().replace(b"_", b"").replace(b"-", b"")


RELAY_REPLY = RelayShape()
IMAGES_REPLY = ImagesShape()
