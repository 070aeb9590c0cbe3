"""Samples of a corpus, cut, repeated, spliced and with other bytes in them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import strategies as st

LONGEST = 20_000
"""Bytes of a mutated sample."""


@st.composite
def mutated(draw: st.DrawFn, corpus: Sequence[bytes]) -> bytes:
    """Return a sample with up to eight changes."""
    content = draw(st.sampled_from(corpus))
    for _ in range(draw(st.integers(0, 8))):
        content = draw(_changed(content, corpus))[:LONGEST]
    return content


@st.composite
def mutated_text(draw: st.DrawFn, corpus: Sequence[str]) -> str:
    """Return a sample with up to eight changes, some of them by any characters."""
    content = draw(mutated([sample.encode() for sample in corpus])).decode(errors="ignore")
    at = draw(st.integers(0, len(content)))
    return content[:at] + draw(st.text(max_size=20)) + content[at:]


@st.composite
def _changed(draw: st.DrawFn, content: bytes, corpus: Sequence[bytes]) -> bytes:
    start = draw(st.integers(0, len(content)))
    end = draw(st.integers(start, min(len(content), start + 64)))
    match draw(st.integers(0, 5)):
        case 0:
            return content[:start] + content[end:]
        case 1:
            return content[:end] + content[start:end] * draw(st.integers(1, 200)) + content[end:]
        case 2:
            return content[:start] + draw(st.binary(max_size=16)) + content[end:]
        case 3:
            other = draw(st.sampled_from(corpus))
            return content[:start] + other[draw(st.integers(0, len(other))) :]
        case 4:
            flipped = bytes(byte ^ draw(st.integers(0, 255)) for byte in content[start : start + 4])
            return content[:start] + flipped + content[start + 4 :]
        case _:
            return content[:start]


def chunks(content: bytes, cuts: Sequence[int]) -> list[bytes]:
    """Cut a content at some places."""
    places = sorted({0, len(content), *(cut % (len(content) + 1) for cut in cuts)})
    return [content[start:end] for start, end in pairwise(places)]
