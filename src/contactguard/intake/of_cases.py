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
_DEBT = ("creditor", "account", "due", "arrears_since", "product", "status", "version")
_PLACE = frozenset({"country", "state", "city", "postal_code", "zone"})
_DEBTOR = "debtor"
_YES, _NO = ("true", "yes", "y", "1"), ("false", "no", "n", "0")
Line = tuple[dict[str, str], list[tuple[str, Note]]]
"""One row: field -> text, and its further numbers with whose they are."""


def case_of(lines: Sequence[Line], ref: str, region: str) -> dict[str, Any]:
    """One case of its rows, each a person of it, with those whom notes name. `BadInput` names the field."""
    said = _of_case(lines)
    case: dict[str, Any] = {"ref": ref}
    for field in ("creditor", "account", "due", "arrears_since"):
        if field in said:
            case[field] = said[field]
    for field in ("product", "status"):
        if field in said:
            case[field] = said[field].lower().replace(" ", "_")
    persons, further, ids = [], list[Extra](), set[str]()
    for line, more in lines:
        person, strangers = _person(line, more, ref, region)
        if "person" not in line and person["id"] in ids:
            why = "two lines of this case are the same part; say who each person is in a column of its own (person_id)"
            raise BadInput("person", why)
        ids.add(person["id"])
        persons.append(person)
        further += strangers
    body: dict[str, Any] = {"case": case, "persons": persons + others(ref, further)}
    if "version" in said:
        if not said["version"].isdecimal():
            raise BadInput("version", "expected a whole number")
        body["version"] = int(said["version"])
    return body


def _of_case(lines: Sequence[Line]) -> dict[str, str]:
    """What the lines say of the debt, on whichever of them it stands. `BadInput` where they do not agree."""
    found: dict[str, str] = {}
    for line, _ in lines:
        for field in _DEBT:
            if field in line and found.setdefault(field, line[field]) != line[field]:
                raise BadInput(field, "the lines of this case do not agree")
    return found


def _person(
    line: dict[str, str], more: list[tuple[str, Note]], ref: str, region: str
) -> tuple[dict[str, Any], list[Extra]]:
    """The person of one row, and the numbers in it that are somebody else's.

    Who is not named is known by their part, never by the order of the lines: what was learned of one person would pass
    to another with the next file.
    """
    line, code = _with_country(line)
    region = code or region
    role = line.get("role", _DEBTOR).lower().replace(" ", "_")
    person: dict[str, Any] = {"id": line.get("person", ref if role == _DEBTOR else f"{ref}/{role}")}
    if "role" in line:
        person["role"] = role
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
