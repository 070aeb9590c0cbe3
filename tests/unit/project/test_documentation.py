"""The documentation agrees with the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.config.provider_rules import PROVIDER_RULES
from bot.demo.relay.faults import FAULTS
from bot.gateway.client import COGS

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob(".github/**/*.md"), *DOCS.rglob("*.md"), *ROOT.glob("tests/*.md")]
)


def first_cells(page: str) -> list[str]:
    """Return the first cells of a page's tables that are written as code, without the back-ticks."""
    return re.findall(r"^\| `([^|]+?)` \|", (DOCS / page).read_text(encoding="utf-8"), re.M)


def anchors(page: Path) -> set[str]:
    """Return the anchors that a code host gives to a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links() -> list[tuple[Path, str]]:
    """Return every relative link with the page it is on."""
    found = re.compile(r"\]\((?!https?:)([^)\s]+)\)")
    return [(page, link) for page in PAGES for link in found.findall(page.read_text(encoding="utf-8"))]


def test_every_fault_is_listed_in_order_with_its_effect() -> None:
    page = (DOCS / "demo.md").read_text(encoding="utf-8")
    assert first_cells("demo.md") == [fault.keyword for fault in FAULTS]
    for fault in FAULTS:
        assert f"| `{fault.keyword}` | {fault.description} |" in page


def test_every_setting_is_listed_in_the_order_of_the_example() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert first_cells("settings.md") == re.findall(r"^([A-Z_]+)=", example, re.M)


def test_every_command_is_listed() -> None:
    source = "\n".join((ROOT / f"{cog.replace('.', '/')}.py").read_text(encoding="utf-8") for cog in COGS)
    commands = re.findall(r'localized\("command\.([a-z-]+)"', source)
    assert {f"/{name}" for name in commands} == {cell.split()[0] for cell in first_cells("commands.md")}


@pytest.mark.parametrize(
    ("page", "link"), [pytest.param(page, link, id=f"{page.name}-{link}") for page, link in links()]
)
def test_every_link_leads_to_a_file_and_a_heading(page: Path, link: str) -> None:
    path, _, anchor = link.partition("#")
    target = page.parent / path if path else page
    assert target.exists()
    if anchor:
        assert anchor in anchors(target)


def test_every_file_of_the_source_that_a_page_names_exists() -> None:
    named = re.compile(r"`((?:bot|cogs|tests|benchmarks|website|deploy)/[\w./-]+)`")
    pages = [page for page in PAGES if page.name != "CHANGELOG.md"]
    found = {(page.name, path) for page in pages for path in named.findall(page.read_text("utf-8"))}
    assert sorted((page, path) for page, path in found if not (ROOT / path).exists()) == []


def test_every_step_of_the_walk_is_in_the_file_that_is_named_with_it() -> None:
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    steps = re.findall(r"\*\*`(\w+)(?:\.(\w+))?`\*\*\s\(`([\w/]+\.py)`", page)
    assert len(steps) > 15
    for name, method, path in steps:
        source = (ROOT / path).read_text(encoding="utf-8")
        assert re.search(rf"^(?:class|(?:async )?def) {name}\b", source, re.M), (name, path)
        assert not method or re.search(rf"^    (?:async )?def {method}\b", source, re.M), (method, path)


def test_every_provider_is_named_to_members() -> None:
    page = (ROOT / "docs" / "privacy.md").read_text("utf-8")
    assert [name for name in PROVIDER_RULES if f"`{name}`" not in page] == []


def test_every_package_has_its_place_in_the_architecture() -> None:
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    packages = {path.parent.name for path in (ROOT / "bot").glob("*/__init__.py")}
    assert packages <= set(re.findall(r"`(\w+)/`", page))


def test_decisions_are_numbered_without_gaps_and_say_when_and_whether_they_hold() -> None:
    decisions = sorted((DOCS / "decisions").glob("[0-9]*.md"))
    assert [int(path.name[:4]) for path in decisions] == list(range(1, len(decisions) + 1))
    index = (DOCS / "decisions" / "README.md").read_text(encoding="utf-8")
    for path in decisions:
        text = path.read_text(encoding="utf-8")
        assert re.search(r"^Status: (accepted|superseded by \[.+\]\(.+\))$", text, re.M), path.name
        assert re.search(r"^Date: \d{4}-\d{2}-\d{2}$", text, re.M), path.name
        assert f"({path.name})" in index, path.name


def test_symptoms_of_a_start_are_quoted_as_they_appear() -> None:
    page = (ROOT / "docs/operating/troubleshooting.md").read_text()
    table = page.partition("## The bot doesn't start")[2].partition("\n## ")[0]
    quoted = [words for row in table.splitlines() for words in re.findall(r"^\| “(.+?)”", row)]
    assert len(quoted) > 9
    sources = [*(ROOT / "bot").rglob("*.py"), ROOT / "Makefile"]
    # What follows a colon is the database's own.
    written = re.sub(r'"\s*f?"', "", "\n".join(file.read_text() for file in sources))
    assert [words for words in quoted if words.partition(": ")[0] not in written] == []
