"""Every way to move one thing in a rule by one step: the changes that a regime's own examples ought to notice.

Generic over the grammar: what can be moved, and how far a step is, follows from the type of a field. Numbers go one up
and one down, times of day a minute, dates a day, days of the week from open to closed or back; a word becomes the next
of its list, a list of words loses each one and gains each one it has not. Text for people is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

import msgspec

from ..law.faults import fields
from ..law.grammar import DayClass
from ..law.instants import Clock, Day, MonthDay, calendar, day_of, print_clock, print_day, print_monthday
from ..law.kinds.windows import NAMES, spans_of

TEXTS = frozenset({
    "id", "kind", "citation", "status", "verification", "force", "message", "note", "text", "since",
    "place", "categories",
})  # fmt: skip
"""Fields that are for people, that say how a rule stands and not what it says, or that are read by themselves."""
_CLOCKS = ("whereabouts", "number", "residence")
_LAST_MINUTE = 1440


class Step(NamedTuple):
    """One change: where (`scope.channels`), in words (`without sms`), and what stands there then."""

    field: str
    what: str
    value: Any


def of_table(table: msgspec.Struct, raw: Any = None) -> Iterator[Step]:
    """The steps of one table; `value` is the whole table with that one change.

    `raw`: the table as it stands in the file, which tells what was written; without it, what differs from leaving it
    out counts as written.
    """
    for field in fields(type(table)):
        name, value = field.encode_name, getattr(table, field.name)
        if name in TEXTS or value is None or not _written(field, value, raw):
            continue
        inner = raw.get(name) if isinstance(raw, dict) else None
        for step in _steps(value, field.type, name, inner):
            where = f"{name}{'' if not step.field or step.field.startswith('[') else '.'}{step.field}"
            yield Step(where, step.what, msgspec.structs.replace(table, **{field.name: step.value}))


def _written(field: Any, value: Any, raw: Any) -> bool:
    if isinstance(raw, dict):
        return field.encode_name in raw
    if field.default_factory is not msgspec.NODEFAULT:
        return bool(value != field.default_factory())
    return bool(value != field.default)


def _steps(value: Any, kind: Any, name: str, raw: Any) -> Iterator[Step]:
    """The steps of one value that stands in a field of type `kind`."""
    optional = get_origin(kind) in (Union, UnionType)
    if optional:
        kind = next(one for one in get_args(kind) if one is not NoneType)
    origin = get_origin(kind)
    if isinstance(value, msgspec.Struct):
        yield from of_table(value, raw)
    elif isinstance(value, bool):
        yield Step("", f"{_yes(value)} to {_yes(not value)}", not value)
    elif isinstance(value, int | float):
        yield from _moved(value)
    elif isinstance(value, str):
        yield from _word(value, kind, name, optional)
    elif origin is dict and get_args(kind)[0] == DayClass:
        yield from _of_week(value)
    elif origin is dict:
        yield from _of_dict(value, get_args(kind)[1], raw)
    elif origin is tuple:
        yield from _of_list(value, get_args(kind), name, raw)
    else:
        raise TypeError(f"{name}: no step is known for {kind}")


def _moved(value: int | float) -> Iterator[Step]:
    """One down and one up: a minute, a day, or one."""
    for step in (-1, 1):
        moved = value + step
        if isinstance(value, Clock):
            if 0 <= moved <= _LAST_MINUTE:
                yield Step("", f"{print_clock(value)} to {print_clock(int(moved))}", Clock(moved))
        elif isinstance(value, Day):
            yield Step("", f"{print_day(value)} to {print_day(int(moved))}", Day(moved))
        elif isinstance(value, MonthDay):
            near = calendar(day_of(2000, *divmod(value, 100)) + step)
            yield Step("", f"{print_monthday(value)} to {near:%m-%d}", MonthDay(near.month * 100 + near.day))
        else:
            yield Step("", f"{value} to {moved}", moved)


def _word(value: str, kind: Any, name: str, optional: bool) -> Iterator[Step]:
    words = get_args(kind) if get_origin(kind) is Literal else _CLOCKS if name == "clock" else ()
    if len(words) > 1:
        after = words[(words.index(value) + 1) % len(words)] if value in words else words[0]
        yield Step("", f"{value} to {after}", after)
    elif optional:
        yield Step("", f"without {value}", None)


def _of_list(value: tuple[Any, ...], kinds: tuple[Any, ...], name: str, raw: Any) -> Iterator[Step]:
    """Without each one; with each word that could stand there too; and every step of each one."""
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        kind, whole = kinds[0], False
    else:
        kind, whole = None, True
    for place, one in enumerate(value):
        if not whole and isinstance(one, str | msgspec.Struct):
            shown = one if isinstance(one, str) else "it"
            where = "" if isinstance(one, str) else f"[{place}]"
            yield Step(where, f"without {shown}", value[:place] + value[place + 1 :])
        if isinstance(one, str):
            continue
        inner = raw[place] if isinstance(raw, list | tuple) else None
        for step in _steps(one, kinds[place] if whole else kind, name, inner):
            where = f"[{place}]{'.' if step.field and not step.field.startswith('[') else ''}{step.field}"
            yield Step(where, step.what, (*value[:place], step.value, *value[place + 1 :]))
    if kind is not None and get_origin(kind) is Literal:
        for word in get_args(kind):
            if word not in value:
                yield Step("", f"with {word}", (*value, word))


def _of_dict(value: dict[str, Any], kind: Any, raw: Any) -> Iterator[Step]:
    for key, one in value.items():
        for step in _steps(one, kind, key, raw.get(key) if isinstance(raw, dict) else None):
            where = f"{key}{'.' if step.field and not step.field.startswith('[') else ''}{step.field}"
            yield Step(where, step.what, {**value, key: step.value})


def _of_week(value: dict[Any, Any]) -> Iterator[Step]:
    """Every time a minute, and every day of the week from open to closed or back."""
    for name, spans in value.items():
        for step in _of_list(spans, (tuple[Clock, Clock], ...), name, None):
            yield Step(f"{name}{step.field}", step.what, {**value, name: step.value})
    some = next((spans for spans in value.values() if spans), ((Clock(0), Clock(_LAST_MINUTE)),))
    for day, name in enumerate(NAMES):
        spans = spans_of(value, day)
        yield Step(name, "open to closed" if spans else "closed to open", {**value, name: () if spans else some})


def _yes(value: bool) -> str:
    return "true" if value else "false"
