"""Settings and preferences as JSON that older and newer versions of the bot can read.

Only what differs from the defaults is stored, so that unchanged values follow new defaults. What another
version stored is read field by field: unknown fields are ignored, and invalid values leave the default.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any, TypeVar, get_type_hints

from cattrs import Converter

log = logging.getLogger(__name__)

_T = TypeVar("_T")


def to_json(settings: object) -> dict[str, Any]:
    """Return what differs from the defaults of the settings' class."""
    return {name: value for name, (_, value) in changes(type(settings)(), settings).items()}


def from_json(kind: type[_T], stored: Mapping[str, Any]) -> _T:
    """Return settings of a class; unknown fields are ignored, and invalid values leave the default."""
    types = get_type_hints(kind)
    found: dict[str, Any] = {}
    for name in stored.keys() & types.keys():
        try:
            found[name] = _CONVERTER.structure(stored[name], types[name])
        except Exception as error:  # whatever the value is, and cattrs raises for it
            log.warning("ignoring an invalid value of %s.%s: %r", kind.__name__, name, error)
    return kind(**found)


def changes(old: _T, new: _T) -> dict[str, tuple[Any, Any]]:
    """Return the old and new value of each setting that differs, as in JSON."""
    before, after = _CONVERTER.unstructure(old), _CONVERTER.unstructure(new)
    return {name: (before[name], after[name]) for name in before if before[name] != after[name]}


def _exactly(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{value!r} is not of type {kind.__name__}")
    return value


def _number_by_id(value: Any, _: object) -> dict[int, int]:
    return {int(id_): _exactly(number, int) for id_, number in value.items()}


def _make_converter() -> Converter:
    converter = Converter(
        detailed_validation=False,
        unstruct_collection_overrides={
            AbstractSet: sorted,
            tuple: list,
            Mapping: lambda items: {str(id_): number for id_, number in sorted(items)},
        },
    )
    # cattrs would convert: "3" to 3, and 1 to True.
    for kind in (int, str, bool):
        converter.register_structure_hook(kind, _exactly)
    # JSON has only strings as keys.
    converter.register_structure_hook_func(lambda kind: kind == Mapping[int, int], _number_by_id)
    return converter


_CONVERTER = _make_converter()
