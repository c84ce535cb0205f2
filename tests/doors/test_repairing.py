"""What to mend in evidence of place, over HTTP."""

from __future__ import annotations

from a_service import CASE, Service


async def test_case_systems_and_compliance_see_what_to_mend(either: Service) -> None:
    """Each thing with the person, the case and what to do; an agent's key is refused."""
    place = {"kind": "residence", "country": "US", "subdivision": "TX", "postal_code": "10001"}
    body = CASE | {"persons": [CASE["persons"][0] | {"evidence": [place]}]}
    assert (await either.put_case(body)).status in (200, 201)
    for who in ("case_system", "compliance"):
        page = await (await either.send("GET", "/v1/repairs?what=postal_code_elsewhere", who)).json()
        assert page["next"] is None
        assert {one["person"] for one in page["items"]} == {CASE["persons"][0]["id"]}
        assert all(one["cases"] == ["C-1"] and one["do"] and one["evidence"]["postal_code"] for one in page["items"])
    assert (await either.send("GET", "/v1/repairs", "agent")).status == 403
    for wrong in ("what=everything", "limit=0", "cursor=x"):
        assert (await either.send("GET", f"/v1/repairs?{wrong}", "compliance")).status == 422


async def test_a_place_that_a_person_names_is_resolved_and_stands_in_the_decision(either: Service) -> None:
    """In every state that its postal code reaches into, with the table it was found in; the newest counts."""
    await either.put_case()
    said = {"kind": "stated", "country": "US", "postal_code": "42223"}
    fact = {"person_id": CASE["persons"][0]["id"], "evidence": said, "words": "I am at the base"}
    assert (await either.send("POST", "/v1/cases/C-1/facts", "agent", json=fact)).status == 201
    where = (await either.ask())["whereabouts"]
    assert where["zones"] == ["America/Chicago"]
    assert where["jurisdictions"] == ["US", "US-KY", "US-TN"]
    assert {one["source"].split(",")[0] for one in where["evidence"]} == {"postal US 1"}
    assert all(one["at"] for one in where["evidence"])
    bare = fact | {"evidence": {"kind": "stated", "country": "US", "subdivision": "Bavaria"}}
    assert (await either.send("POST", "/v1/cases/C-1/facts", "agent", json=bare)).status == 422
    alone = {"person_id": fact["person_id"], "note": "x", "also": [said | {"zones": []}]}
    assert (await either.send("POST", "/v1/cases/C-1/facts", "agent", json=alone)).status == 422
