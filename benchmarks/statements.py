"""Count the statements and commits of one click, from ``/imagine`` to the posted picture.

The complete bot in this process, in front of a simulated Discord and a simulated relay that answers at once,
on an SQLite file. The settings of the member and the server are cached, as after a first request. Commits of
transactions that write are counted. Left out: BEGIN, and what PostgreSQL needs in addition: two locks, the
notification of other processes, and a longer lease before the answer. Exit code 1: a target was missed.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Engine, event

from tests.support.in_process.guild import open_simulation

TARGET_STATEMENTS = 14
TARGET_COMMITS = 6
CLICKS = 5


class Trace:
    """Records the statements and commits of all engines."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self._writing = False
        event.listen(Engine, "before_cursor_execute", self._statement)
        event.listen(Engine, "commit", self._commit)

    @property
    def commits(self) -> int:
        """The number of transactions that wrote."""
        return self.statements.count("COMMIT")

    def _statement(self, _: Any, __: Any, statement: str, *___: Any) -> None:
        self.statements.append(" ".join(statement.split()))
        self._writing |= statement.startswith(("INSERT", "UPDATE", "DELETE", "WITH"))

    def _commit(self, _: Any) -> None:
        if self._writing:
            self.statements.append("COMMIT")
        self._writing = False


def main() -> int:
    """Count; return 1 if a target was missed."""
    verbose = parse().verbose
    statements, commits, trace = asyncio.run(count())
    if verbose:
        print("\n".join(line[:150] for line in trace))
    print(
        f"{statements} statements (at most {TARGET_STATEMENTS}), {commits} commits (at most {TARGET_COMMITS})"
    )
    return 0 if statements <= TARGET_STATEMENTS and commits <= TARGET_COMMITS else 1


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Count the statements and commits of one click.")
    parser.add_argument("--verbose", action="store_true", help="print the statements of the last click")
    return parser.parse_args()


async def count() -> tuple[int, int, list[str]]:
    """Return the statements and commits of most clicks, and everything recorded for the last one."""
    trace, found = Trace(), list[tuple[int, int]]()
    with TemporaryDirectory() as folder:
        async with open_simulation(Path(folder)) as sim:
            for _ in range(CLICKS):
                trace.statements.clear()
                await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
                while await sim.app.stores.jobs.open_ids():
                    trace.statements.pop()
                    await sim.env.settle()
                trace.statements.pop()
                commits = trace.commits
                found.append((len(trace.statements) - commits, commits))
    # The most frequent: a tick of the maintenance may fall into one of them.
    return *Counter(found[1:]).most_common(1)[0][0], trace.statements


if __name__ == "__main__":
    sys.exit(main())
