"""The metadata that says a picture was made by a model."""

from __future__ import annotations

import re

import pyvips

MADE_BY_A_MODEL = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
NAMESPACE = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
FIELD = "xmp-data"
PROPERTY = f"<Iptc4xmpExt:DigitalSourceType>{MADE_BY_A_MODEL}</Iptc4xmpExt:DigitalSourceType>"
ADDED = f'<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="{NAMESPACE}">{PROPERTY}</rdf:Description>'
FRESH = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">{ADDED}</rdf:RDF>'
    '</x:xmpmeta><?xpacket end="w"?>'
)


def mark_as_made(image: pyvips.Image) -> pyvips.Image:
    """Give a copy whose XMP names the digital source type; what else it holds is kept."""
    old = image.get(FIELD) if image.get_typeof(FIELD) else b""
    marked = image.copy()
    xmp = _insert(old if isinstance(old, bytes) else b"")
    marked.set_type(pyvips.GValue.blob_type, FIELD, xmp)  # pyright: ignore[reportArgumentType]  # blobs are bytes
    return marked


def _insert(xmp: bytes) -> bytes:
    if MADE_BY_A_MODEL.encode() in xmp:
        return xmp
    end = re.search(rb"</(\w+):RDF\s*>", xmp)
    if not end or end[1] != b"rdf":
        return FRESH.encode()
    return xmp[: end.start()] + ADDED.encode() + xmp[end.start() :]
