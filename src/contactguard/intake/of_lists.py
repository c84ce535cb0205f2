"""Rows of lists of restrictions and of consents."""

from __future__ import annotations

import re
from typing import Any, get_args

import msgspec

from ..errors import BadInput
from ..law.vocabulary import ConsentKind
from .resolve import normal_address
from .times import Times, until
from .who import key, one_of
from .words import meanings, plain

_ADDRESS = re.compile(r"\+?[\d\s().\-]{7,25}\Z|[^@\s]+@[^@\s]+\.[^@\s]+\Z")
_DETAILS = ("days", "from", "to", "place", "form", "source")


class Lists(msgspec.Struct, frozen=True):
    """How a list's rows are read. `kind`: what a row means that does not say it."""

    region: str
    times: Times
    kind: str

    def restriction(self, row: dict[str, str]) -> dict[str, Any]:
        """One row of restrictions. `BadInput` names the field."""
        found = key(row, self.region)
        found["kind"] = kind_of(row["kind"]) if "kind" in row else self.kind
        if "channel" in row:
            found["channel"] = _channel(row["channel"])
        if "since" in row:
            found["since"] = self.times.read("since", row["since"], row.get("zone"), late=False, anywhere=True).text
        if "until" in row:
            found["until"] = until("until", row["until"], self.times, row.get("zone"))
        for field in ("words", "by"):
            if field in row:
                found[field] = row[field]
        if details := _details(row):
            found["details"] = details
        return found

    def consent(self, row: dict[str, str]) -> dict[str, Any]:
        """One row of consents. `BadInput` names the field."""
        found = key(row, self.region)
        kinds = {plain(kind): kind for kind in get_args(ConsentKind)}
        kind = one_of("kind", row["kind"], kinds, plain(row["kind"])) if "kind" in row else self.kind
        if "given" not in row:
            raise BadInput("given", "a consent says when it was given")
        consent: dict[str, Any] = {
            "kind": kind,
            "given": self.times.read("given", row["given"], row.get("zone"), late=True, anywhere=True).text,
        }
        if "revoked" in row:
            consent["revoked"] = self.times.read(
                "revoked", row["revoked"], row.get("zone"), late=False, anywhere=True
            ).text
        if "channel" in row:
            consent["channel"] = _channel(row["channel"])
        if "until" in row:
            consent["until"] = until("until", row["until"], self.times, row.get("zone"))
        if "words" in row:
            consent["words"] = row["words"]
        consent.update((field, plain_word(row[field])) for field in ("form", "given_by", "given_to") if field in row)
        consent.update((field, value) for field, value in _details(row).items() if field in ("days", "from", "to"))
        if "address" in found:
            consent["address"] = found["address"]
        return {
            **({"address": found["address"]} if found.keys() == {"address"} else _people(found)),
            "consent": consent,
        }


def kind_of(text: str) -> str:
    """The kind that a list's word means. `BadInput` lists the kinds."""
    return one_of("kind", text, meanings("restrictions.toml", "kinds"), plain(text))


def from_json(line: dict[str, Any], region: str) -> dict[str, Any]:
    """One line of NDJSON: a row as the operations take it, its address in normal form."""
    row = dict(line)
    if isinstance(row.get("address"), str):
        try:
            row["address"] = normal_address(row["address"], region)
        except BadInput as error:
            raise BadInput("address", error.why) from None
    if not {"ref", "person", "address"} & row.keys():
        raise BadInput("", "no case, no person and no address, so nobody is meant")
    if isinstance(row.get("kind"), str):
        row["kind"] = kind_of(row["kind"])
    return row


def headless(cells: list[str]) -> list[str] | None:
    """The headers of a list that has none, one address a line with its reason and date behind it, else None."""
    if not cells or not _ADDRESS.match(cells[0].strip()):
        return None
    return ["phone", "kind", "since", "words"][: len(cells)] + ["" for _ in cells[4:]]


def plain_word(text: str) -> str:
    """A word of the wire from one with spaces or capitals."""
    return text.strip().lower().replace(" ", "_").replace("-", "_")


def _people(found: dict[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in ("ref", "person") if name in found}


def _channel(text: str) -> str:
    return one_of("channel", text, meanings("outcomes.toml", "channels"), plain(text))


def _details(row: dict[str, str]) -> dict[str, Any]:
    """Further fields; days as `mon tue` or `mon,tue`."""
    found: dict[str, Any] = {field: row[field] for field in _DETAILS if field in row}
    for field in ("place", "form", "source"):
        if field in found:
            found[field] = plain_word(found[field])
    if "days" in found:
        found["days"] = [day[:3] for day in re.split(r"[\s,;/]+", found["days"].lower()) if day]
    return found
