"""The words that a place of a type allows, for messages that list them."""

from __future__ import annotations

import re
from typing import Any

import msgspec


def choices(kind: Any, where: str) -> list[str]:
    """The values allowed at a place of a type, [] where the type does not say."""
    kinds = [kind]
    for step in re.findall(r"\[[^\]]*\]|[^.\[\]]+", where):
        kinds = [inner for outer in kinds for inner in _inside(outer, step)]
    return [str(value) for one in kinds for leaf in _leaves(one) for value in _literal(leaf)]


def _leaves(kind: Any) -> list[Any]:
    """A type without its annotations and unions."""
    if isinstance(kind, (msgspec.inspect.Metadata,)):
        return _leaves(kind.type)
    if isinstance(kind, msgspec.inspect.UnionType):
        return [leaf for one in kind.types for leaf in _leaves(one)]
    return [kind] if isinstance(kind, msgspec.inspect.Type) else _leaves(msgspec.inspect.type_info(kind))


def _inside(kind: Any, step: str) -> list[Any]:
    found: list[Any] = []
    for leaf in _leaves(kind):
        if isinstance(leaf, msgspec.inspect.StructType):
            found += [field.type for field in leaf.fields if field.encode_name == step]
        elif isinstance(leaf, msgspec.inspect.DictType) and step == "[...]":
            found.append(leaf.value_type)
        elif isinstance(leaf, (msgspec.inspect.ListType, msgspec.inspect.VarTupleType)):
            found.append(leaf.item_type)
    return found


def _literal(leaf: Any) -> tuple[Any, ...]:
    return tuple(leaf.values) if isinstance(leaf, msgspec.inspect.LiteralType) else ()
