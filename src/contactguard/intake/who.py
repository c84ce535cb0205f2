"""Whom a row names, and how its addresses are written: what files of every kind have in common."""

from __future__ import annotations

from typing import Any

from ..errors import BadInput
from .numbers import to_e164
from .resolve import normal_address

REF_CHARACTERS = 200


def dialled(row: dict[str, str], field: str, region: str) -> str:
    """The number in E.164; some systems keep its country code in a column of its own. `BadInput` names the field."""
    number, code = row[field], row.get("phone_code", "").lstrip("+")
    try:
        return to_e164(f"+{code}{number}" if code and not number.startswith("+") else number, region)
    except BadInput as error:
        raise BadInput(field, error.why) from None


def address(row: dict[str, str], field: str, region: str) -> str:
    """A phone number or an e-mail address, in normal form; `BadInput` for anything else."""
    if "@" not in row[field]:
        return dialled(row, field, region)
    return mail(row, field)


def mail(row: dict[str, str], field: str) -> str:
    """An e-mail address in normal form."""
    found = normal_address(row[field], None)
    local, at, domain = found.rpartition("@")
    if not (local and at and "." in domain) or any(character.isspace() for character in found):
        raise BadInput(field, "not an e-mail address")
    return found


def key(row: dict[str, str], region: str) -> dict[str, Any]:
    """`ref`, `person`, `address` as far as the row has them; `BadInput` if it has none."""
    found: dict[str, Any] = {name: row[name] for name in ("ref", "person") if name in row}
    if "phone" in row:
        found["address"] = address(row, "phone", region)
    elif "email" in row:
        found["address"] = mail(row, "email")
    if not found:
        raise BadInput("", "no case, no person and no address, so nobody is meant")
    return found


def one_of(field: str, text: str, meanings: dict[str, str], word: str) -> str:
    """What a word means. `BadInput` lists what is known here."""
    if found := meanings.get(word):
        return found
    known = ", ".join(sorted(set(meanings.values())))
    raise BadInput(field, f"not a word that is known here; expected one of {known}")
