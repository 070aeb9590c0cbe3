"""Build the documentation into pages for a browser, or serve them while they are written.

The site is laid out like the repository, so that the same relative links work here, on a code host
and in an editor.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
CONFIGURATION = Path(__file__).with_name("zensical.toml")
PUBLISHED = (
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "SECURITY.md",
    ".env.example",
    "compose.yaml",
    "constraints.txt",
    "bot/config/models.toml",
    "bot/locales/TERMS.md",
    "deploy",
    "docs",
    "requirements/README.md",
    "tests/README.md",
)
"""Files and folders of the repository that the site holds, at the same places."""
ADDRESS = "127.0.0.1:8000"


def published_files() -> Iterator[Path]:
    """Yield the path of every published file, relative to the repository."""
    for name in PUBLISHED:
        path = ROOT / name
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (file.relative_to(ROOT) for file in files if file.is_file())


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    """Build the site into `folder/site`; broken links and missing anchors fail it."""
    return subprocess.run(
        [*_zensical(folder), "build", "--strict", "--config-file", str(folder / CONFIGURATION.name)],
        capture_output=True,
        text=True,
        check=False,
    )


def serve(folder: Path, address: str = ADDRESS) -> None:
    """Serve the site and renew it as pages are edited, until Ctrl-C."""
    command = [*_zensical(folder), "serve", "--config-file", str(folder / CONFIGURATION.name)]
    subprocess.run([*command, "--dev-addr", address], check=False)


def _zensical(folder: Path) -> list[str]:
    """Lay out the sources of the site in `folder`, and return the command that starts the generator."""
    shutil.rmtree(folder, ignore_errors=True)
    for file in published_files():
        page = folder / "pages" / file
        page.parent.mkdir(parents=True, exist_ok=True)
        page.symlink_to(ROOT / file)
    shutil.copy(CONFIGURATION, folder)
    return [sys.executable, "-m", "zensical"]


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", action="store_true", help=f"serve it on {ADDRESS} instead")
    folder = ROOT / "build" / "documentation"
    if parser.parse_args().serve:
        serve(folder)
        return
    result = build(folder)
    print(result.stdout, result.stderr, sep="", end="")
    print(f"The site is in {folder / 'site'}.")
    sys.exit(result.returncode)


if __name__ == "__main__":
    main()
