"""The page about scenarios keeps its word: its example is decided as it expects, its fields are those there are."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from a_command import here
from contactguard.law import model
from contactguard.law.scenario import Expect, Scenario

PAGE = (Path(__file__).parents[1] / "docs/scenarios.md").read_text("utf-8")
ROWS = {
    "collector": model.Collector,
    "cases": model.Case,
    "persons[]": model.Person,
    "contact": model.Request,
    "expect": Expect,
    "points[]": model.Point,
    "evidence[]": model.Evidence,
    "restrictions[]": model.Restriction,
    "consents[]": model.Consent,
}
BY_THE_STORE_ALONE = {"persons"}


def test_the_example_is_decided_as_it_says(tmp_path: Path) -> None:
    """Copied from the page into a file."""
    (example,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    said = here("check", "-", given=example)
    assert (said.status, said.err) == (0, "")


@pytest.mark.parametrize("row", ROWS)
def test_a_row_names_every_field(row: str) -> None:
    """Fields that only a store writes are left out."""
    (line,) = (line for line in PAGE.splitlines() if line.startswith(f"| `{row}` |"))
    named = set(re.findall(r"`([a-z_]+)`", line.partition("|")[2].partition("|")[2]))
    fields = {field.encode_name for field in msgspec.structs.fields(ROWS[row])}
    assert fields - BY_THE_STORE_ALONE <= named


def test_every_field_of_a_scenario_has_its_row() -> None:
    """At the top level too."""
    first = " ".join(line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `"))
    for field in msgspec.structs.fields(Scenario):
        assert f"`{field.encode_name}`" in first or f"`{field.encode_name}[]`" in first
