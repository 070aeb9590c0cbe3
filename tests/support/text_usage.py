"""Finds the messages that the code uses, by its syntax tree, and the forms of each."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.ui.i18n.texts import Message

ROOT = Path(__file__).parents[2]
_SPEAKERS = {"say", "localized", "texts", "_say", "_texts", "_TEXTS", "has"}
"""Functions that take a message's key, by the last part of their name."""
_KEY = re.compile(r"([a-z][a-z-]*|{})\.(?!html$|css$|js$)[\w:{}-]+")
"""A message's key, not the name of a file."""
_MARKS = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)
"""A third of a tree's nodes, which hold no text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A message's key in the code; parts known only at run time are ``{}``.

    ``facts`` are the names of the values it is formatted with, None if unknown; ``role`` is the argument that
    the message is passed as, such as ``Button.label``.
    """

    key: str
    place: str
    facts: frozenset[str] | None = None
    role: str | None = None


def mentions(sections: set[str]) -> Iterator[Mention]:
    """Find every mention of a message in the code; ``sections`` are the first parts of keys."""
    for source in _sources():
        for node in source.nodes:
            template = _template(node)
            found = _KEY.fullmatch(template) if template else None
            if template and found and (found[1] in sections or source.speaker_of(node)):
                yield source.mention(node, template)


def calls_of(name: str) -> Iterator[tuple[set[str], frozenset[str]]]:
    """Find every call of a function or class: its positional strings, and the names of its keyword arguments.

    A constant of the same module, such as ``*_OPTIONS``, counts as the strings in it.
    """
    for source in _sources():
        for node in source.nodes:
            if isinstance(node, ast.Call) and _last_name(node.func) == name:
                constants = dict(_constants(source.tree))
                words = {word for argument in node.args for word in _words(argument, constants)}
                yield words, frozenset(keyword.arg for keyword in node.keywords if keyword.arg)


def forget_code() -> None:
    """Free the syntax trees, which slow every later garbage collection down."""
    _sources.cache_clear()


def forms_of(message: Message) -> list[str]:
    """Return a message's plural forms, or the message alone."""
    return [message] if isinstance(message, str) else list(message.values())


@cache
def _sources() -> list[_Source]:
    return [_Source(file) for package in ("bot", "cogs") for file in sorted((ROOT / package).rglob("*.py"))]


def _constants(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            yield statement.targets[0].id, statement.value


def _words(expression: ast.AST, constants: dict[str, ast.expr]) -> Iterator[str]:
    for part in ast.walk(expression):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value
        elif isinstance(part, ast.Name) and part.id in constants:
            yield from _words(constants[part.id], {})


class _Source:
    def __init__(self, file: Path) -> None:
        self._name = file.relative_to(ROOT)
        self.tree = ast.parse(file.read_text("utf-8"))
        self.nodes: list[ast.AST] = [self.tree]
        self._parents: dict[ast.AST, ast.AST] = {}
        for parent in self.nodes:
            children = [child for child in ast.iter_child_nodes(parent) if not isinstance(child, _MARKS)]
            self._parents.update(dict.fromkeys(children, parent))
            self.nodes += children

    def speaker_of(self, node: ast.AST) -> ast.Call | None:
        """Return the call that a key is passed to, if that looks a message up."""
        child, parent = self._out_of_choices(node)
        if isinstance(parent, ast.Call) and child in parent.args and _last_name(parent.func) in _SPEAKERS:
            return parent
        return None

    def mention(self, node: ast.AST, template: str) -> Mention:
        """Return the mention of a key."""
        place = f"{self._name}:{getattr(node, 'lineno', 0)}"
        call = self.speaker_of(node)
        if call is None or _last_name(call.func) == "has":
            return Mention(key=template, place=place)
        names = [keyword.arg for keyword in call.keywords]
        facts = None if None in names else frozenset(name for name in names if name)
        return Mention(key=template, place=place, facts=facts, role=self._role(call))

    def _role(self, call: ast.AST) -> str | None:
        """Return the class and the argument that a message is passed to unchanged."""
        _, parent = self._out_of_choices(call)
        taker = self._parents.get(parent) if isinstance(parent, ast.keyword) else None
        if isinstance(parent, ast.keyword) and isinstance(taker, ast.Call):
            return f"{_last_name(taker.func)}.{parent.arg}"
        return None

    def _out_of_choices(self, node: ast.AST) -> tuple[ast.AST, ast.AST | None]:
        """Return the outermost ``a if b else c`` around an expression, and its parent."""
        parent = self._parents.get(node)
        while isinstance(parent, (ast.IfExp, ast.BoolOp)):
            node, parent = parent, self._parents.get(parent)
        return node, parent


def _template(node: ast.AST) -> str | None:
    """Return a string of the code, with ``{}`` for its placeholders."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def _last_name(node: ast.AST) -> str:
    """Return ``c`` for ``a.b.c``, and for ``c[...]``."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=value):
            return _last_name(value)
        case _:
            return ""
