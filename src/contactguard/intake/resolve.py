"""Evidence of place, resolved when a fact arrives: law reads what is found here and never a phone table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from ..errors import BadInput
from ..law.model import Evidence, Point
from . import numbers, places, postal
from .prefixes import Part

_NUMBER = re.compile(r"[+(\d][\d\s().,\-/]*(?:[eE]\+?\d+)?\Z")


def complete(body: Mapping[str, Any], region: str) -> dict[str, Any]:
    """A case as a case system sends it (`{case, persons, version?}`), with numbers in E.164 and evidence.

    Each phone number brings its evidence, each place without zones those of its postal code, else of its state or
    country; a postal code that reaches into several states brings one piece of evidence for each. What the sender
    says itself stands. `region` (US) is where a number without country code is dialled. `BadInput`
    names the field; what has another shape than expected is left for the typed reader to refuse.
    """
    persons = body.get("persons")
    if not isinstance(persons, list):
        return dict(body)
    return {**body, "persons": [_person(one, f"persons[{i}]", region) for i, one in enumerate(persons)]}


def _person(person: Any, where: str, region: str) -> Any:
    if not isinstance(person, dict):
        return person
    points, evidence = person.get("points", []), person.get("evidence", [])
    if not isinstance(points, list) or not isinstance(evidence, list):
        return person
    points = [_point(one, f"{where}.points[{i}]", region) for i, one in enumerate(points)]
    evidence = [found for i, one in enumerate(evidence) for found in _place(one, f"{where}.evidence[{i}]", region)]
    known = {one.get("address") for one in evidence if isinstance(one, dict) and one.get("kind") == "number"}
    evidence += [found for number in _numbers(points) if number not in known for found in _of_number(number)]
    found = {"points": points, "evidence": evidence}
    return {**person, **{name: items for name, items in found.items() if items}}


def complete_fact(fact: Mapping[str, Any], region: str) -> dict[str, Any]:
    """A fact as an agent sends it, its place resolved like those of a case; further possible places under `also`."""
    if "evidence" not in fact or "also" in fact:
        return dict(fact)
    first, *also = _place(fact["evidence"], "evidence", region)
    return {**fact, "evidence": first, **({"also": also} if also else {})}


def normal_address(address: str, region: str | None) -> str:
    """A phone number in E.164; an e-mail address with its domain in lower case; any other address trimmed."""
    address = address.strip()
    if _NUMBER.match(address):
        return numbers.to_e164(address, region)
    local, at, domain = address.rpartition("@")
    return local + at + domain.lower() if at else address


def of_point(point: Point) -> tuple[Evidence, ...]:
    """What one address says of where its holder is: a phone number its zones, any other nothing."""
    return numbers.evidence_of(point.address) if point.address.startswith("+") else ()


def _point(point: Any, where: str, region: str) -> Any:
    if not isinstance(point, dict) or not isinstance(point.get("address"), str):
        return point
    return {**point, "address": _address(point["address"], f"{where}.address", region)}


def _address(address: str, where: str, region: str) -> str:
    try:
        return normal_address(address, region)
    except BadInput as error:
        raise BadInput(where, error.why) from None


def _place(item: Any, where: str, region: str) -> list[Any]:
    """One piece of evidence, with its zones if the sender named none; one for each state that it leaves possible."""
    if not isinstance(item, dict):
        return [item]
    if item.get("kind") == "number" and isinstance(item.get("address"), str):
        address = _address(item["address"], f"{where}.address", region)
        return [{**item, "address": address}] if "zones" in item else _of_number(address)
    country, part = item.get("country"), item.get("subdivision")
    if not isinstance(country, str) or not isinstance(part, str | None):
        return [item]
    if "zones" not in item and not places.is_country(country):
        raise BadInput(f"{where}.country", "expected the two capital letters of a country, such as US")
    if part is not None:
        known = places.subdivision(country, part)
        if known is None:
            raise BadInput(f"{where}.subdivision", f"{country} has no such state, province or territory")
        item = {**item, "subdivision": known} if known else {k: v for k, v in item.items() if k != "subdivision"}
    return _by_code(item, country) or [_by_state(item, country)]


def _by_state(item: dict[str, Any], country: str) -> dict[str, Any]:
    if "zones" in item:
        return item
    return {**item, "zones": list(places.zones_of(country, item.get("subdivision"))), "source": places.SOURCE}


def _by_code(item: dict[str, Any], country: str) -> list[dict[str, Any]]:
    """The same by its postal code, as far as that says something; none if it says nothing.

    A code of another state than the one named leaves both possible.
    """
    code, named = item.get("postal_code"), item.get("subdivision")
    if not isinstance(code, str) or not postal.covers(country):
        return []
    parts = _agreeing(country, named, postal.parts(country, code))
    if "zones" in item:
        return [_of_part(item, part) for part in parts if part.subdivision] if named is None else []
    source = f"{postal.source(country)}, {places.SOURCE}"
    return [{**_of_part(item, part), "zones": list(part.zones), "source": source} for part in parts]


def _agreeing(country: str, named: str | None, parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """What a code leaves possible beside the state named, if that is one of those listed."""
    if named is None or not parts or not places.lists(country, named):
        return parts
    same = tuple(part for part in parts if part.subdivision == named)
    if same:
        return same
    there = Part(named, places.zones_of(country, named))
    if all(part.subdivision is None for part in parts):
        # The code tells zones alone; they are the state's, or else both stand.
        zones = tuple(dict.fromkeys(zone for part in parts for zone in part.zones))
        shared = tuple(zone for zone in zones if zone in there.zones)
        return (Part(named, shared or (*there.zones, *zones)),)
    return (there, *parts)


def _of_part(item: dict[str, Any], part: Part) -> dict[str, Any]:
    return {**item, "subdivision": part.subdivision} if part.subdivision else item


def _numbers(points: list[Any]) -> list[str]:
    """The phone numbers among these points, each once."""
    addresses = [one.get("address") for one in points if isinstance(one, dict)]
    return list(dict.fromkeys(one for one in addresses if isinstance(one, str) and one.startswith("+")))


def _of_number(e164: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = msgspec.to_builtins(numbers.evidence_of(e164))
    return list(found)
