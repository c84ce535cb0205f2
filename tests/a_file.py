"""Files into a road, by the operations that the command sends their rows to."""

from __future__ import annotations

from typing import Any

import msgspec

from a_road import LINE, Office
from contactguard.operations import importing

HOME = {"kind": "residence", "country": "US", "subdivision": "NY", "city": "New York"}


class Desk:
    """The operations of files on one road."""

    def __init__(self, office: Office) -> None:
        self.office, self._does = office, importing.operations(office.road)

    async def call(self, name: str, **wanted: Any) -> Any:
        """One operation, its answer as a command reads it."""
        return msgspec.json.decode(msgspec.json.encode(await self._does[name](msgspec.json.encode(wanted))))

    async def put(self, *cases: tuple[str, dict[str, Any]], **more: Any) -> list[str]:
        """What became of these cases."""
        return words(await self.call("cases.put", region="US", cases=cases, **more))

    async def restrict(self, *rows: dict[str, Any], list: str = "dnc", by: str = "Ana") -> list[str]:
        """What became of the rows of a list of restrictions."""
        return words(await self.call("restrictions.put", list=list, rows=rows, by=by))

    async def consent(self, *rows: dict[str, Any], list: str = "consents") -> list[str]:
        """What became of the rows of a list of consents."""
        return words(await self.call("consents.put", list=list, rows=rows))

    async def past(self, *rows: dict[str, Any]) -> list[str]:
        """What became of another system's contacts."""
        return words(await self.call("contacts.put", rows=rows))


def words(puts: list[list[str]]) -> list[str]:
    """What became of each row, and of one that was refused, why."""
    return [became if became != "refused" else f"refused: {why}" for became, why in puts]


def case(ref: str = "C-1", person: str = "P-1", *lines: str, **more: Any) -> tuple[str, dict[str, Any]]:
    """One row of a file of cases."""
    points = [{"address": line, "line": "mobile", "label": "mobile"} for line in lines or (LINE,)]
    persons = [{"id": person, "points": points, "evidence": [HOME]}]
    return ref, {"case": {"ref": ref, "product": "credit_card"}, "persons": persons, **more}
