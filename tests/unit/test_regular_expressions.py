"""No regular expression of the project takes more than a moment, up to the limit of its input."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bot.providers.errors import refusal_tables
from bot.providers.errors.refusal_tables import Rule
from tests.support.processor_time import is_quick

ROOT = Path(__file__).parents[2]
METHODS = ("match", "fullmatch", "search", "sub", "split", "findall", "finditer")
LIMITS = {
    "bot/providers/errors/nested_errors.py": 32 * 1024,
    "bot/sources/guard.py": 1_024,
    "bot/sources/public_addresses.py": 2_000,
}
"""Characters where it isn't the longest message or form field of Discord."""
LIMIT = 4_000
RULE_LIMIT = 1_600
"""The longest message that a rule for the relay's errors is matched against."""
SLOW = 0.015
PUMPS = (
    *" \n\t\\\"'<>{}[]().,:;=-_#@$*|&1aA的",
    *("Aa", "a ", "a.", "a,", "\\\\'", "\\u", '"a":', "[a](", "https://a/", "@a ", "error ", "code: "),
    *("image ", "input or ", "prompt: ", "failed ", "AaBb", "AaBb.", "&a", "<a ", "--a ", "-- ", " \n", "//"),
)


@dataclass(frozen=True, slots=True)
class Use:
    """A pattern, a method that the code calls on it, and the longest input there."""

    pattern: re.Pattern[Any]
    method: str
    limit: int


def files() -> Iterator[str]:
    """Yield the files of the code that may use regular expressions."""
    for file in sorted([*ROOT.glob("bot/**/*.py"), *ROOT.glob("cogs/**/*.py")]):
        name = str(file.relative_to(ROOT))
        if "migrations" not in name and "re." in file.read_text("utf-8"):
            yield name


# Not at import, as every worker imports every file: searching the code takes seconds.
@cache
def uses_in(file: str) -> dict[str, Use]:
    """Find every use of a regular expression in a file, compiled ahead or not, by its line and method."""
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    return {
        f"{line} {method}": Use(pattern, method, LIMITS.get(file, LIMIT))
        for line, pattern, methods in _patterns(tree, file)
        for method in methods
    }


def _patterns(tree: ast.Module, name: str) -> Iterator[tuple[int, re.Pattern[Any], list[str]]]:
    module = importlib.import_module(name.removesuffix(".py").replace("/", ".").removesuffix(".__init__"))
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        if not (isinstance(node.func.value, ast.Name) and node.func.value.id == "re"):
            continue
        called = node.func.attr
        try:
            arguments = [eval(ast.unparse(each), vars(module)) for each in node.args]  # noqa: S307  # our code
            flags = [eval(ast.unparse(each.value), vars(module)) for each in node.keywords]  # noqa: S307
        except NameError:
            continue  # built from arguments: see test_no_rule_for_the_relays_errors_is_slow
        if called == "compile":
            pattern = re.compile(arguments[0], *arguments[1:], *flags)
            yield node.lineno, pattern, _methods_of(pattern, tree, module) or list(METHODS[:3])
        elif called in METHODS:
            yield node.lineno, re.compile(arguments[0], *flags), [called]


def _methods_of(pattern: re.Pattern[Any], tree: ast.Module, module: object) -> list[str]:
    # By value: `re` compiles anew what its cache has dropped, and the same pattern is then another object.
    names = {
        name for name, value in vars(module).items() if isinstance(value, re.Pattern) and value == pattern
    }
    accesses = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in METHODS]
    return sorted({node.attr for node in accesses if ast.unparse(node.value) in names})


FILES = list(files())


def test_the_patterns_are_found() -> None:
    assert sum(len(uses_in(file)) for file in FILES) > 60


@pytest.mark.parametrize("file", FILES)
def test_no_pattern_is_slow_for_repeated_text(file: str) -> None:
    for place, use in uses_in(file).items():
        call: Callable[..., Any] = getattr(use.pattern, use.method)
        for text in _texts(use.limit):
            subject: Any = text.encode() if isinstance(use.pattern.pattern, bytes) else text
            arguments = (subject[:0], subject) if use.method == "sub" else (subject,)
            _assert_fast(
                lambda call=call, arguments=arguments: _run(call(*arguments)), f"{file}:{place} {text[:20]!r}"
            )


def test_no_rule_for_the_relays_errors_is_slow() -> None:
    tables: list[Any] = [table for table in vars(refusal_tables).values() if isinstance(table, tuple)]
    rules = {rule for table in tables for rule in table if isinstance(rule, Rule)}
    assert len(rules) > 60
    for text in _texts(RULE_LIMIT):
        for rule in rules:
            _assert_fast(lambda rule=rule, text=text: rule.matches(text.lower()), text[:20])


def _texts(limit: int) -> Iterator[str]:
    for pump in PUMPS:
        yield (pump * limit)[: limit - 1] + "\0"
        yield ("http://a" + pump * limit)[: limit - 1] + "}"


def _run(found: Any) -> None:
    if hasattr(found, "__next__"):
        list(found)


def _assert_fast(work: Callable[[], object], what: str) -> None:
    assert is_quick(work, SLOW), f"slow: {what}"
