"""Signatures: of one version of one regime, shown wherever it decides; where they are required, nothing else speaks."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from a_road import Offices, codes
from a_shelf import ANN, BEN, Service, digest_of, ruled, rules, serving
from contactguard.errors import Conflict
from contactguard.law.decide import encode
from contactguard.law.scenario import read
from contactguard.rules import load

ON = "2026-03-05T18:00:00Z"


async def _sign(service: Service, body: bytes, regime: str = "test-law") -> None:
    await service.acts.sign(regime, load.unpack(body).regimes[regime].digest, "counsel", ANN)


async def test_a_decision_shows_who_signed_what_it_rests_on(offices: Offices, tmp_path: Path) -> None:
    """Asked or stored, and the stored one is decided again to the same bytes without the store."""
    body = rules(tmp_path / "rules", limit=5)
    service = await serving(offices, body)
    unsigned = await service.ask()
    await _sign(service, body)
    answer = await service.ask()
    by = [{"by": "Ann", "capacity": "counsel", "on": ON}]
    assert [one.get("signed_by") for one in unsigned["regimes"]] == [None, None]
    assert [(one["id"], one.get("signed_by")) for one in answer["regimes"]] == [("test-cap", None), ("test-law", by)]
    (scenario,) = read(await service.road.scenario(answer["id"]), "stored")
    again = msgspec.json.decode(encode(scenario.decide(load.unpack(body))))
    assert again == {key: value for key, value in answer.items() if key != "permit"}


async def test_a_signature_is_for_one_version_alone(offices: Offices, tmp_path: Path) -> None:
    """A rulebook that changes one letter of the law has a law that nobody signed."""
    body = rules(tmp_path / "rules")
    service = await serving(offices, body)
    await _sign(service, body)
    (tmp_path / "rules" / "law.toml").write_text((tmp_path / "rules" / "law.toml").read_text() + "# a remark\n")
    await service.activate(load.pack([tmp_path / "rules"], shipped=False))
    service.clock.advance(1)
    (regime,) = (await service.ask())["regimes"]
    assert "signed_by" not in regime


async def test_signing_again_says_nothing_new(offices: Offices, tmp_path: Path) -> None:
    """Another person's signature does."""
    body = rules(tmp_path / "rules")
    service = await serving(offices, body)
    await _sign(service, body)
    await _sign(service, body)
    await service.acts.sign("test-law", load.unpack(body).regimes["test-law"].digest, "counsel", BEN)
    assert await service.kinds() == ["rulebook_activated", "regime_signed", "regime_signed"]


async def test_where_signatures_are_required_an_unsigned_law_answers_nothing(offices: Offices, tmp_path: Path) -> None:
    """Until it is signed; an overlay only makes stricter and needs no name."""
    body = rules(tmp_path / "rules", limit=5)
    service = await serving(offices, body, ruled(require_signed=True))
    denied = await service.ask()
    assert (codes(denied), denied["reasons"][0]["rule"]) == (["no_regime"], "gate.unsigned")
    assert await service.replays(denied)
    await _sign(service, body)
    allowed = await service.ask()
    assert allowed["verdict"] == "allow"
    assert await service.replays(allowed)


async def test_where_signatures_are_required_nothing_unsigned_is_put_in_force(offices: Offices, tmp_path: Path) -> None:
    """Neither by an act nor by a start with other settings."""
    body, new = rules(tmp_path / "rules"), rules(tmp_path / "new", limit=5)
    service = await serving(offices, body, ruled(require_signed=True))
    with pytest.raises(Conflict, match="nobody signed test-law"):
        await service.activate(new)
    again = Service(service.store, ruled(require_signed=True), service.clock)
    await again.begin(new)
    again.clock.advance(60)
    assert (await again.ask())["rulebook"] == digest_of(body)
    await _sign(service, body)
    digest, since = await service.activate(new)
    service.clock.set(since)
    assert (await service.asked(), (await service.ask())["verdict"]) == (digest, "allow")
