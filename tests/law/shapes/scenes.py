"""What the tests of shapes share: a rulebook of one rule in a made-up country, and a call to a debtor there."""

from __future__ import annotations

from typing import Any

from contactguard.law.rulebook import Rulebook

from ..making import NUMBER, Raw, ask, book, codes, law, rule, scene

THERE = {"kind": "residence", "country": "ZZ", "subdivision": "AA", "zones": ["Europe/Madrid"]}
TUESDAY = "2026-05-12T12:00:00+02:00"
MAIL, HOME = "p1@mail.example", "1 Example Street"


def only(kind: str, values: Raw, **fields: Any) -> Rulebook:
    """A rulebook of a single rule of the made-up country."""
    head = {name: fields.pop(name) for name in ("calendar", "places", "collector_places") if name in fields}
    return book(law(rule(kind, values, **fields), **{"places": ["ZZ"], **head}))


def there(at: str = TUESDAY, **fields: Any) -> Raw:
    """A call to a debtor in the made-up country, at noon of a Tuesday unless said otherwise."""
    person = {"evidence": [THERE], **fields.pop("person", {})}
    return scene(at, person=person, **fields)


def before(at: str, outcome: str = "no_answer", channel: str = "voice", **fields: Any) -> Raw:
    """A past contact."""
    address = {"voice": NUMBER, "sms": NUMBER, "email": MAIL}.get(channel, HOME)
    return {"at": at, "channel": channel, "address": address, "outcome": outcome, **fields}


def refuses(rules: Rulebook, raw: Raw, code: str = "outside_hours") -> None:
    """Refused, and for this reason."""
    assert code in codes(ask(rules, raw))


def allows(rules: Rulebook, raw: Raw) -> None:
    """Allowed."""
    found = ask(rules, raw)
    assert found.verdict == "allow", found.reasons
