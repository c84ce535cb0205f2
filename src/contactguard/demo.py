"""A made-up agency to try the service on: 200 cases over every US zone, two countries more, and one without rules.

Nobody in it exists. Where they live and with what numbers stands in `demo.toml`, and the loopback line carries the
calls nowhere.
"""

from __future__ import annotations

import asyncio
import json
import os
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from .attempts import NewFact, NowRow, Recorded, Road
from .errors import ContactGuardError
from .law.instants import DAY, Instant, parse_instant
from .law.model import Consent
from .law.zones import zone
from .operations import BY_COMMAND, read_case
from .records.store import Store
from .sections import CollectorSettings
from .settings import Settings

COUNT = 200
TALKED, AGREED = "DEMO-001", "DEMO-002"
_PRODUCTS = ("credit_card", "personal_loan", "medical", "auto", "utility", "telecom")
_SINCE = "2026-01-15T10:00:00Z"
_TRAITS: dict[int, dict[str, Any]] = {
    7: {"restrictions": [{"kind": "represented", "since": _SINCE, "by": "Wren & Sparrow LLP"}]},
    11: {"restrictions": [{"kind": "cease_communication", "since": _SINCE, "form": "written"}]},
    13: {
        "restrictions": [
            {"kind": "inconvenient_hours", "days": ["mon", "tue"], "from": "08:00", "to": "10:00", "since": _SINCE}
        ]
    },
    15: {"restrictions": [{"kind": "bankruptcy", "since": _SINCE}]},
    17: {"language": "es"},
}
_OPEN_HOURS = range(8, 20)
_CLOSED_HOURS = range(21, 32)
_ANSWERS = "0123456"
_CANDIDATES = 12


class Somebody(NamedTuple):
    """Someone of whom the gate says yes, or no, until that instant; on which case and number."""

    until: int
    ref: str
    address: str


def furnished(settings: Settings) -> Settings:
    """The settings with a made-up collector, where they name none."""
    if settings.collector:
        return settings
    agency = CollectorSettings(
        id="demo", name="Harbor Lane Recovery", neutral_name="Harbor Lane", numbers=("+12025550100",)
    )
    return msgspec.structs.replace(settings, collector=(agency,))


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """The reference and body of every case; the same ones each time."""
    for index in range(COUNT):
        ref = f"DEMO-{index + 1:03d}"
        case = {"ref": ref, "product": _PRODUCTS[index % len(_PRODUCTS)], "creditor": f"Bank {index % 4 + 1}"}
        yield ref, {"case": case, "persons": _persons(index, ref), "version": 1}


def _persons(index: int, ref: str) -> list[dict[str, Any]]:
    number, place = _home(index)
    first = {
        "id": f"{ref}-A",
        "points": [{"address": number, "label": "mobile", "line": "mobile", "source": "person"}],
        "evidence": [{"kind": "residence", **place}],
    }
    if index % 20 == 19:
        shared = [{"address": number, "label": "home"}]
        second = {"id": f"{ref}-B", "role": "joint_debtor", "points": shared, "evidence": first["evidence"]}
        return [first, second]
    return [{**first, **_TRAITS.get(index % 20, {})}]


@cache
def _places() -> dict[str, Any]:
    """Where people live, as `demo.toml` has it."""
    return tomllib.loads(resources.files(__package__).joinpath("demo.toml").read_text("utf-8"))


def _home(index: int) -> tuple[str, dict[str, str]]:
    """A number and a residence."""
    case, places = f"{index % 100:02d}", _places()
    for abroad in places["abroad"]:
        if index % abroad["every"] == abroad["at"]:
            parts = abroad.get("subdivisions")
            part = {"subdivision": parts[index // abroad["every"] % len(parts)]} if parts else {}
            return abroad["number"].format(case=case), {"country": abroad["country"], **part}
    home = places["usual"][index % len(places["usual"])]
    where = {"country": places["country"], "subdivision": home[:2]}
    return places["number"].format(area=home[2:], case=case), where


async def seed(store: Store, road: Road) -> None:
    """Put the cases that are not there yet. The first person just rang us, and the second just agreed to texts.

    A later start adds nothing, so that a clock set to the moment a refusal names finds that moment as it was named.
    """
    there = await store.subjects("case:DEMO-")
    made = [(ref, read_case(ref, body, _places()["country"])) for ref, body in cases() if f"case:{ref}" not in there]
    await asyncio.gather(*(road.put_case(ref, case, BY_COMMAND, bulk=True) for ref, case in made))
    talk = Recorded(
        event_id="demo-talk",
        at=Instant(int(store.clock.now())),
        direction="inbound",
        channel="voice",
        outcome="conversation",
        address=_home(0)[0],
        person=f"{TALKED}-A",
    )
    if f"case:{TALKED}" not in there:
        await road.record(TALKED, talk, BY_COMMAND)
    agreed = Consent(kind="contact", given=talk.at, form="oral", channel="sms", address=_home(1)[0])
    if f"case:{AGREED}" not in there:
        await road.fact(AGREED, NewFact(person_id=f"{AGREED}-A", consent=agreed), BY_COMMAND)
    for what in await road.imports.needed():
        await road.imports.decline(what, "demo", "everybody here is made up")


def key_file(url: str) -> Path | None:
    """Where the demo's key is kept: beside an SQLite file, nowhere for any other store."""
    if "://" in url and not url.startswith("sqlite"):
        return None
    return Path(url.removeprefix("sqlite:///").removeprefix("sqlite://") + ".demo-key")


async def token(store: Store, file: Path | None) -> str:
    """The demo's key, read from `file` if the store knows it, else made anew and kept there (0600)."""
    known = _kept(file)
    if known and await store.keys.find(known):
        return known
    _, made = await store.keys.create("demo", ("agent", "case_system", "compliance"), by=BY_COMMAND.name)
    if file:
        _keep(file, made)
    return made


def _kept(file: Path | None) -> str | None:
    try:
        return file.read_text("ascii").strip() if file else None
    except (OSError, UnicodeDecodeError):
        return None


def _keep(file: Path, key: str) -> None:
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as out:
        out.write(key + "\n")


async def someone_to_call(road: Road, now: int) -> Somebody | None:
    """Of those at whose home the day is open, who answers and may be called: the one for whom it stays so longest."""
    return await _longest(road, now, _OPEN_HOURS, lambda ref, row: _open(ref, row, now))


async def someone_refused(road: Road, now: int) -> Somebody | None:
    """Of those at whose home it is night, who may be called when it is day: the one who has to wait longest."""
    return await _longest(road, now, _CLOSED_HOURS, _shut)


async def _longest(
    road: Road, now: int, hours: range, fits: Callable[[str, NowRow], Somebody | None]
) -> Somebody | None:
    found: list[Somebody] = []
    for ref, body in cases():
        if len(found) >= _CANDIDATES:
            break
        if _at_home(body, now, hours):
            found += [one for row in await _rows(road, ref) if (one := fits(ref, row))]
    return max(found, key=lambda one: one.until, default=None)


async def _rows(road: Road, ref: str) -> Sequence[NowRow]:
    """What may be done now on a case; nothing where it cannot be told."""
    with suppress(ContactGuardError):
        return (await road.now(ref, BY_COMMAND)).items
    return ()


def _shut(ref: str, row: NowRow) -> Somebody | None:
    if row.channel != "voice" or row.next_allowed is None or not _only_night({one.code for one in row.reasons}):
        return None
    return Somebody(parse_instant(row.next_allowed), ref, row.address)


def _only_night(codes: set[str]) -> bool:
    """Closed by the hour, perhaps on a holiday, and by nothing else."""
    return "outside_hours" in codes and codes <= {"outside_hours", "public_holiday"}


def _open(ref: str, row: NowRow, now: int) -> Somebody | None:
    if row.channel != "voice" or row.verdict != "allow" or row.address[-1] not in _ANSWERS:
        return None
    return Somebody(parse_instant(row.valid_until) if row.valid_until else now + DAY, ref, row.address)


def _at_home(body: dict[str, Any], now: int, hours: range) -> bool:
    """Whether one person lives there, and it is one of these hours in every zone of the place."""
    if len(body["persons"]) > 1:
        return False
    person = read_case(body["case"]["ref"], body, _places()["country"]).persons[0]
    zones = {name for found in person.evidence for name in found.zones}
    found = [(now + zone(name).offset(now)) % DAY // 3600 for name in zones]
    return bool(found) and all(hour in hours or hour + 24 in hours for hour in found)


def lines(url: str, key: str, refused: Somebody | None, allowed: Somebody | None) -> list[str]:
    """What to paste: a refused call, an allowed one with its outcome, and a case's record."""
    bearer, pretty = f"-H 'Authorization: Bearer {key}'", "| python3 -m json.tool"

    def post(path: str, who: Somebody) -> str:
        body = json.dumps({"case_ref": who.ref, "channel": "voice", "address": who.address})
        return f"curl -sS {bearer} -H 'Content-Type: application/json' -d '{body}' {url}{path} {pretty}"

    def record(ref: str, query: str = "") -> str:
        return f"curl -sS {bearer} '{url}/v1/cases/{ref}/contacts{query}' {pretty}"

    said = []
    if refused:
        said.append("Refused: why, where that is written, and from which second on it is allowed.")
        said.append(post("/v1/permits", refused))
    if allowed:
        said.append("Allowed, and called over the loopback line; three seconds later, what came of it.")
        said.append(f"{post('/v1/calls', allowed)}; sleep 3; {record(allowed.ref, '?limit=1')}")
    else:
        said.append("Nobody made up may be called at this moment: start again in an hour for a call that is allowed.")
    return [*said, "All that the record holds of that case.", record(allowed.ref if allowed else TALKED)]
