"""Rulebooks over HTTP: what is in force, put in force, approved by another key; and who may."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from a_service import CALL, Service, Start

from a_shelf import smuggled
from contactguard.app import packed
from contactguard.rules import load
from contactguard.sections import House
from contactguard.settings import Settings


@pytest.fixture
async def keeping(start: Start, store_url: str) -> Service:
    """A service by what is stored, where it takes two people, with one case and two keys of compliance."""
    service = await start(store_url, stored=True, rules={"four_eyes": True, "lead_seconds": 1})
    await service.put_case()
    await service.key("second", "compliance")
    return service


async def _kept(service: Service) -> str:
    """Another rulebook in the store: the shipped rules with another number of the house."""
    settings = msgspec.structs.replace(Settings(), house=House(live_calls_per_person=3))
    body = packed(settings)
    digest = load.unpack(body).digest
    await service.house.store.keep_rulebook(digest, body)
    return digest


async def _said(service: Service, method: str, path: str, who: str = "compliance", **body: Any) -> tuple[int, Any]:
    answer = await service.send(method, path, who, **({"json": body} if method == "POST" else {}))
    return answer.status, (await answer.json() if answer.status != 204 else None)


async def test_a_second_key_approves_what_the_first_proposed(keeping: Service) -> None:
    """Proposed, refused to its own key, approved by the other, in force to the second; and the list tells all of it."""
    before = (await keeping.ask())["rulebook"]
    digest = await _kept(keeping)
    outcome = (await _said(keeping, "POST", "/v1/rulebooks", digest=digest))[1]
    assert outcome["standing"] == "proposed"
    shown = (await _said(keeping, "GET", "/v1/rulebooks"))[1]["proposed"]
    assert [(one["id"], one["changes"]) for one in shown] == [(outcome["proposal"], [])]
    assert (await _said(keeping, "POST", f"/v1/rulebooks/{digest}/approval", "second"))[0] == 404
    approval = f"/v1/rulebooks/{outcome['proposal']}/approval"
    assert (await _said(keeping, "POST", approval))[0] == 403
    status, outcome = await _said(keeping, "POST", approval, "second")
    expected = {"digest": digest, "standing": "scheduled", "from": "2026-03-05T18:00:01Z", "proposal": None}
    assert (status, outcome) == (200, expected)
    assert (await _said(keeping, "GET", "/v1/rulebooks"))[1]["scheduled"][0]["digest"] == digest
    ready = (await _said(keeping, "GET", "/readyz"))[1]["checks"][-1]
    assert ready == {
        "name": "rulebook",
        "ok": True,
        "found": f"{before} in force, {digest} from 2026-03-05T18:00:01Z on",
    }
    keeping.clock.advance(1)
    assert (await keeping.ask())["rulebook"] == digest
    standing = (await _said(keeping, "GET", "/v1/rulebooks"))[1]
    assert (standing["in_force"]["by"], standing["in_force"]["approved_by"]) == ("compliance", "second")
    assert [one["digest"] for one in standing["before"]] == [before]


async def test_a_proposal_can_be_rehearsed_and_withdrawn(keeping: Service) -> None:
    """Then there is nothing left to approve."""
    await keeping.ask()
    digest = await _kept(keeping)
    id = (await _said(keeping, "POST", "/v1/rulebooks", digest=digest))[1]["proposal"]
    status, report = await _said(keeping, "GET", f"/v1/rulebooks/{digest}/rehearsal?days=3")
    assert (status, report["decided"]) == (200, 1)
    assert (await _said(keeping, "DELETE", f"/v1/rulebooks/{digest}"))[0] == 204
    assert (await _said(keeping, "POST", f"/v1/rulebooks/{id}/approval", "second"))[0] == 404


async def test_whoever_signs_is_shown_with_each_decision(keeping: Service) -> None:
    """In the name of the key; a regime that is not in force cannot be signed without its digest."""
    signing = "/v1/regimes/us-fdcpa/signatures"
    assert (await _said(keeping, "POST", signing, capacity="counsel"))[0] == 204
    regimes = {one["id"]: one for one in (await keeping.ask())["regimes"]}
    assert regimes["us-fdcpa"]["signed_by"] == [
        {"by": "compliance", "capacity": "counsel", "on": "2026-03-05T18:00:00Z"}
    ]
    assert "signed_by" not in regimes["us-reg-f"]
    assert (await _said(keeping, "POST", "/v1/regimes/none/signatures", capacity="counsel"))[0] == 404


@pytest.mark.parametrize("who", ["agent", "dialler", "case_system"])
async def test_only_keepers_of_the_rules_may(keeping: Service, who: str) -> None:
    """Whoever asks does not choose by what they are answered."""
    digest = await _kept(keeping)
    for method, path in (
        ("GET", "/v1/rulebooks"),
        ("POST", "/v1/rulebooks"),
        ("POST", f"/v1/rulebooks/{digest}/approval"),
        ("DELETE", f"/v1/rulebooks/{digest}"),
        ("POST", "/v1/regimes/us-fdcpa/signatures"),
    ):
        assert (await _said(keeping, method, path, who))[0] == 403, path


async def test_what_makes_no_sense_is_refused(keeping: Service) -> None:
    """What is not stored, not a digest, or has passed."""
    digest = await _kept(keeping)
    assert (await _said(keeping, "POST", "/v1/rulebooks", digest="sha256:" + "0" * 64))[0] == 404
    assert (await _said(keeping, "POST", "/v1/rulebooks", digest="main"))[0] == 422
    await keeping.send("DELETE", f"/v1/rulebooks/{digest}", "compliance")
    assert (await _said(keeping, "GET", f"/v1/rulebooks/{digest}/rehearsal?days=0"))[0] == 422


async def test_a_node_that_cannot_read_what_is_in_force_is_not_ready_and_says_no(start: Start, store_url: str) -> None:
    """Its answer is a denial, whatever the rules would say."""
    service = await start(store_url, stored=True)
    await service.put_case()
    await service.house.store.keep_rulebook("sha256:newer", b"of a newer program")
    await service.house.store.submit(smuggled("sha256:newer"))
    service.clock.advance(2)
    answer = await service.send("POST", "/v1/permits", "agent", json=CALL)
    assert answer.status == 503
    assert [one["code"] for one in (await answer.json())["reasons"]] == ["service_unavailable"]
    status, ready = await _said(service, "GET", "/readyz")
    assert (status, ready["ready"]) == (503, False)
    assert "newer version" in ready["checks"][-1]["found"]


async def test_the_regimes_of_most_people_are_listed_first(keeping: Service) -> None:
    """With how many live where each holds; for those who keep the rules, and nobody else."""
    status, said = await _said(keeping, "GET", "/v1/regimes")
    assert (status, said["persons"], said["nowhere"]) == (200, 1, 0)
    numbers = [one["persons"] or 0 for one in said["items"]]
    assert numbers == sorted(numbers, reverse=True)
    found = {one["id"]: one["persons"] for one in said["items"]}
    assert (found["us-fdcpa"], found["es"], found["house"]) == (1, 0, None)
    assert said["counted_at"] == "2026-03-05T18:00:00Z"
    assert said["rulebook"] == (await keeping.ask())["rulebook"]
    assert (await _said(keeping, "GET", "/v1/regimes", "agent"))[0] == 403
