"""Rows of a table of cases to the bodies of `PUT /v1/cases/{ref}`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import BadInput
from . import places
from .notes import Extra, Note, extras, others
from .who import address, dialled, mail
from .words import country_of, postal_code

_OWN = ("phone", "mobile", "home", "work", "other")
_PLACE = frozenset({"country", "state", "city", "postal_code", "zone"})
_YES, _NO = ("true", "yes", "y", "1"), ("false", "no", "n", "0")
Line = tuple[dict[str, str], list[tuple[str, Note]]]
"""One row: field -> text, and its further numbers with whose they are."""


def case_of(lines: Sequence[Line], ref: str, region: str) -> dict[str, Any]:
    """One case of its rows, each a person of it, with those whom notes name. `BadInput` names the field."""
    first = lines[0][0]
    case: dict[str, Any] = {"ref": ref}
    for field in ("creditor", "account", "due", "arrears_since"):
        if field in first:
            case[field] = first[field]
    for field in ("product", "status"):
        if field in first:
            case[field] = first[field].lower().replace(" ", "_")
    persons, further = [], list[Extra]()
    for number, (line, more) in enumerate(lines):
        person, strangers = _person(line, more, ref if not number else f"{ref}/{number + 1}", region)
        persons.append(person)
        further += strangers
    body: dict[str, Any] = {"case": case, "persons": persons + others(ref, further)}
    if "version" in first:
        if not first["version"].isdecimal():
            raise BadInput("version", "expected a whole number")
        body["version"] = int(first["version"])
    return body


def _person(
    line: dict[str, str], more: list[tuple[str, Note]], name: str, region: str
) -> tuple[dict[str, Any], list[Extra]]:
    """The person of one row, and the numbers in it that are somebody else's."""
    line, code = _with_country(line)
    region = code or region
    person: dict[str, Any] = {"id": line.get("person", name)}
    if "role" in line:
        person["role"] = line["role"].lower().replace(" ", "_")
    if "language" in line:
        person["language"] = line["language"]
    if "minor" in line:
        person["minor"] = _yes(line["minor"])
    further = _extras(line, more, region)
    person["points"] = _points(line, further, region)
    person["evidence"] = _evidence(line, region)
    return person, further


def _with_country(line: dict[str, str]) -> tuple[dict[str, str], str | None]:
    """The row with its country in two letters; in some files that column holds a number's country code."""
    country = line.get("country")
    if country is None:
        return line, None
    if country.lstrip("+").isdecimal():
        line = {**line, "phone_code": line.get("phone_code", country.lstrip("+"))}
        del line["country"]
        return line, None
    found = country_of(country)
    return {**line, "country": found}, found


def _yes(text: str) -> bool:
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise BadInput("minor", "expected yes or no")


def _extras(line: dict[str, str], more: list[tuple[str, Note]], region: str) -> list[Extra]:
    """Every further number of the row with whose it is."""
    found = []
    for field in ("other", "more"):
        text = line.get(field, "")
        if (field == "more" and text) or "_" in text or "!" in text:
            found += extras(field, text, region)
    for text, note in more:
        if note.mail:
            found.append(Extra(mail({"a further e-mail address": text}, "a further e-mail address"), note))
        else:
            found.append(Extra(dialled({**line, "a further number": text}, "a further number", region), note))
    return found


def _points(line: dict[str, str], further: list[Extra], region: str) -> list[dict[str, str]]:
    points = []
    for field in _OWN:
        text = line.get(field)
        if text is None or (field == "other" and ("_" in text or "!" in text)):
            continue
        point = {"address": address(line, field, region) if field == "phone" else dialled(line, field, region)}
        if field != "phone":
            point["label"] = field
        if field == "mobile":
            point["line"] = "mobile"
        points.append(point)
    if "email" in line:
        points.append({"address": mail(line, "email")})
    known = {point["address"] for point in points}
    for extra in further:
        if extra.note.role is None and extra.address not in known:
            known.add(extra.address)
            points.append({"address": extra.address, **({"label": extra.note.label} if extra.note.label else {})})
    return points


def _evidence(line: dict[str, str], region: str) -> list[dict[str, Any]]:
    """Where the row says the person lives; where it names no country, that of the import."""
    if not line.keys() & _PLACE:
        return []
    place: dict[str, Any] = {"kind": "residence", "country": line.get("country", region).upper()}
    for field, name in (("state", "subdivision"), ("city", "city")):
        if field in line:
            place[name] = line[field]
    if "postal_code" in line:
        place["postal_code"] = postal_code(place["country"], line["postal_code"])
    if "zone" in line:
        if not places.is_zone(line["zone"]):
            raise BadInput("zone", "expected the name of a time zone, such as America/New_York")
        place["zones"] = [line["zone"]]
    return [place]
