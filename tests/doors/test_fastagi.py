"""FastAGI: Asterisk asks over a line protocol, and gets its answer as channel variables."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from a_pbx import COLLECTOR, TELEPHONY, Agi, furnished, rows, state, until
from a_service import MOBILE, Service, Start

from contactguard.errors import BadInput


@pytest.fixture
async def floor(start: Start, sqlite_url: str, tmp_path: Path) -> Service:
    """A service that listens in the name of a key that is not in force."""
    file = tmp_path / "fastagi.key"
    file.touch(0o600)
    file.write_text("not a key")
    own = {"fastagi_port": 0, "fastagi_key_file": str(file)}
    return await furnished(await start(sqlite_url, telephony=TELEPHONY, collector=COLLECTOR, switches=own))


@pytest.fixture
async def agi(floor: Service) -> Agi:
    assert floor.house.fastagi is not None
    return Agi(floor.house.fastagi)


async def keyed(start: Start, url: str, folder: Path, **switches: Any) -> tuple[Service, Agi]:
    """The same with a key that is in force: the store is made first, the listener reads the key after."""
    first = await start(url)
    token = await first.key("asterisk", "dialler")
    await first.client.close()
    file = folder / "fastagi.key"
    file.touch(0o600)
    file.write_text(token + "\n")
    own = {"fastagi_port": 0, "fastagi_key_file": str(file), **switches}
    service = await start(url, telephony=TELEPHONY, collector=COLLECTOR, switches=own)
    service.tokens["asterisk"] = token
    await furnished(service)
    assert service.house.fastagi is not None
    return service, Agi(service.house.fastagi)


async def test_a_yes_comes_as_variables(start: Start, sqlite_url: str, tmp_path: Path) -> None:
    """The verdict, what to dial and show, and the permit; the channel's unique id is the call."""
    service, agi = await keyed(start, sqlite_url, tmp_path)
    found = await agi.run("agi://gate/authorize?agent=ana", extension="2125550123")
    assert (found["CG_VERDICT"], found["CG_TO"], found["CG_CALLERID"], found["CG_RING"]) == (
        "allow", MOBILE, "+12125550100", "30",
    )  # fmt: skip
    assert (found["CG_REASON"], found["CG_CAUSE"], found["CG_SENTENCE"]) == ("", "", "")
    assert (await state(service, found["CG_PERMIT"], "asterisk"))["state"] == "started"
    (row,) = await rows(service)
    assert row["agent"] == "ana"
    assert (await agi.run(extension="2125550123"))["CG_PERMIT"] == found["CG_PERMIT"]


async def test_a_no_comes_as_variables(start: Start, sqlite_url: str, tmp_path: Path) -> None:
    """A cause for Hangup(), a code, and the fixed sentence."""
    _, agi = await keyed(start, sqlite_url, tmp_path)
    await agi.run()
    found = await agi.run(uniqueid="2", arg_1="case_ref=C-1")
    assert (found["CG_VERDICT"], found["CG_PERMIT"], found["CG_REASON"], found["CG_CAUSE"], found["CG_SIP"]) == (
        "deny", "", "too_soon", "21", "603",
    )  # fmt: skip
    assert found["CG_SENTENCE"] == "It is too soon for another call."
    assert (await agi.run(extension="12"))["CG_REASON"] == "invalid_destination"
    assert (await agi.run("agi://gate/elsewhere", uniqueid="3"))["CG_VERDICT"] == "deny"


async def test_a_channel_that_is_gone_has_its_yes_undone(start: Start, sqlite_url: str, tmp_path: Path) -> None:
    """It never heard the verdict, so it dialled nothing: the next call to the person is not held up."""
    service, agi = await keyed(start, sqlite_url, tmp_path)
    assert service.house.fastagi is not None
    reader, writer = await asyncio.open_connection(*service.house.fastagi)
    writer.write(f"agi_request: agi://x/authorize\nagi_uniqueid: 1\nagi_extension: {MOBILE}\n\n".encode())
    assert (await reader.readline()).startswith(b"SET VARIABLE CG_VERDICT")
    writer.transport.abort()

    async def undone() -> bool:
        return any(row["outcome"] == "failed" for row in await rows(service))

    await until(undone)
    assert (await agi.run())["CG_VERDICT"] == "allow"


async def test_a_report_ends_the_call(start: Start, sqlite_url: str, tmp_path: Path) -> None:
    """From the h extension, with Asterisk's own words."""
    service, agi = await keyed(start, sqlite_url, tmp_path)
    permit = (await agi.run())["CG_PERMIT"]
    told = await agi.run(f"agi://gate/report?permit={permit}&status=BUSY&cause=17&seconds=", extension="h")
    assert told == {"CG_REPORT": "OK"}
    assert (await state(service, permit, "asterisk"))["outcome"] == "busy"
    told = await agi.run("agi://gate/report?permit=none&status=SOLD")
    assert told["CG_REPORT"].startswith("ERROR ")


async def test_a_key_that_is_not_in_force_means_no(agi: Agi) -> None:
    """The file holds no key of the store; emergency calls pass all the same, and extensions."""
    found = await agi.run()
    assert (found["CG_VERDICT"], found["CG_REASON"]) == ("deny", "service_unavailable")
    assert "not known" in found["CG_PROBLEM"]
    assert (await agi.run(extension="911"))["CG_VERDICT"] == "allow"
    assert (await agi.run(extension="1001"))["CG_UNASKED"] == "extension"


async def test_a_fault_means_no(start: Start, sqlite_url: str, tmp_path: Path) -> None:
    """Whatever breaks, the dialplan goes on with a verdict."""
    service, agi = await keyed(start, sqlite_url, tmp_path)

    class Failing:
        async def authorize(self, *_: Any) -> Any:
            raise RuntimeError("Maria")

    service.house.road = Failing()  # type: ignore[assignment]
    found = await agi.run()
    assert (found["CG_VERDICT"], found["CG_REASON"], found["CG_CAUSE"]) == ("deny", "service_unavailable", "41")
    assert "Maria" not in str(found)


async def test_only_the_addresses_listed_are_heard(start: Start, sqlite_url: str, tmp_path: Path) -> None:
    """Anyone else is hung up on: the protocol shows no key."""
    _, agi = await keyed(start, sqlite_url, tmp_path, fastagi_from=("192.0.2.1",))
    assert await agi.run() == {}


@pytest.mark.parametrize(
    "said", [b"", b"\n", b"agi_request\n", b"agi_x: " + b"y" * 100_000, b"a: b\n" * 300, b"\xff\n\n"]
)
async def test_what_is_no_switch_is_hung_up_on(floor: Service, said: bytes) -> None:
    """Rubbish, too much of it, or silence ends the connection and nothing else."""
    assert floor.house.fastagi is not None
    reader, writer = await asyncio.open_connection(*floor.house.fastagi)
    writer.write(said)
    writer.write_eof()
    while await reader.read(65_536):
        pass
    writer.close()
    assert (await Agi(floor.house.fastagi).run(extension="911"))["CG_VERDICT"] == "allow"
    assert await rows(floor) == []


async def test_a_value_cannot_leave_its_quotes(agi: Agi) -> None:
    """What a caller sends comes back in no other command."""
    found = await agi.run('agi://gate/authorize?mode="%0aEXEC%20System%20x')
    assert found["CG_VERDICT"] == "deny"
    assert set(found) == {
        "CG_VERDICT", "CG_PERMIT", "CG_REASON", "CG_SENTENCE", "CG_CAUSE", "CG_SIP", "CG_TO", "CG_CALLERID", "CG_RING",
        "CG_UNASKED", "CG_NEXT_ALLOWED", "CG_PROBLEM",
    }  # fmt: skip


async def test_a_key_that_others_may_read_is_refused_at_the_start(
    start: Start, sqlite_url: str, tmp_path: Path
) -> None:
    """As every secret of the settings."""
    file = tmp_path / "fastagi.key"
    file.touch(0o644)
    with pytest.raises(BadInput, match="fastagi_key_file"):
        await start(sqlite_url, switches={"fastagi_port": 0, "fastagi_key_file": str(file)})


async def test_a_port_that_is_taken_is_told_at_the_start(floor: Service, start: Start, tmp_path: Path) -> None:
    """By the name of the setting."""
    assert floor.house.fastagi is not None
    taken = {"fastagi_port": floor.house.fastagi[1], "fastagi_key_file": str(tmp_path / "fastagi.key")}
    with pytest.raises(BadInput, match="fastagi_port"):
        await start(f"sqlite:///{tmp_path}/other.db", switches=taken)
