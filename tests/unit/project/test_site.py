"""The documentation as a site: built strictly, complete, and with nothing from other hosts."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

from website.build import CONFIGURATION, ROOT, build, published_files

RESOURCE = re.compile(r"<(?:script|link|img|iframe|source|video)\b[^>]*?\b(?:src|href)=\"([^\"]+)\"")
LINK = re.compile(r"<(?:a|img)\b[^>]*?\b(?:src|href)=\"(?!https?:|mailto:)([^\"]*)\"")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    result = build(folder)
    assert result.returncode == 0, result.stdout + result.stderr
    return folder / "site"


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, str]:
    return {page: page.read_text(encoding="utf-8") for page in site.rglob("*.html")}


def listed_pages(entries: list[object]) -> Iterator[str]:
    """Yield the pages of the navigation from top to bottom."""
    for entry in entries:
        if isinstance(entry, dict):
            for target in entry.values():  # pyright: ignore[reportUnknownVariableType]
                yield from listed_pages(target if isinstance(target, list) else [target])  # pyright: ignore[reportUnknownArgumentType]
        else:
            yield str(entry)


def test_every_page_is_in_the_navigation_once() -> None:
    listed = list(listed_pages(tomllib.loads(CONFIGURATION.read_text("utf-8"))["project"]["nav"]))
    assert sorted(listed) == sorted(str(file) for file in published_files() if file.suffix == ".md")


def test_nothing_is_loaded_from_another_host(pages: dict[Path, str]) -> None:
    loaded = {address for text in pages.values() for address in RESOURCE.findall(text)}
    assert [address for address in loaded if re.match(r"(\w+:)?//", address)] == []
    assert not any('class="mermaid"' in text for text in pages.values())  # its script would be loaded


def local_links(text: str) -> set[str]:
    found: list[str] = LINK.findall(text)
    return {unquote(link) for link in found}


def leads_to_a_place(link: str, page: Path, pages: dict[Path, str]) -> bool:
    path, anchor = urldefrag(link)
    target = (page.parent / path).resolve() if path else page
    target = target / "index.html" if target.is_dir() else target
    return target.exists() and (not anchor or f'id="{anchor}"' in pages.get(target, ""))


def test_every_link_leads_to_a_page_and_a_place_on_it(site: Path, pages: dict[Path, str]) -> None:
    # The page of errors is shown at any address, so that its own links begin at the root.
    ordinary = {page: text for page, text in pages.items() if page.name != "404.html"}
    assert [
        f"{page.relative_to(site)}: {link}"
        for page, text in ordinary.items()
        for link in local_links(text)
        if not leads_to_a_place(link, page, pages)
    ] == []


def test_a_broken_link_and_a_missing_anchor_fail_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "README.md").write_text("# A\n\n[gone](gone.md) [nowhere](b.md#nowhere)\n")
    (tmp_path / "b.md").write_text("# B\n")
    monkeypatch.setattr("website.build.ROOT", tmp_path)
    monkeypatch.setattr("website.build.PUBLISHED", ("README.md", "b.md"))
    result = build(tmp_path / "out")
    assert result.returncode != 0
    assert "page does not exist" in result.stderr and "anchor does not exist" in result.stderr


def test_what_is_published_exists() -> None:
    assert all((ROOT / file).exists() for file in published_files())
