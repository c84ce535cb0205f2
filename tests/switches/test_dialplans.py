"""What every dialplan we ship has in common."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from a_switch import DIALPLANS

_ROOT = DIALPLANS.parent
_FILES = sorted(path for path in DIALPLANS.rglob("*") if path.is_file() and path.name != "README.md")
_PLACE = re.compile(r"((?:`\w+`(?:,| and)? )+)in\s+(?:[#;]\s)?(src/contactguard/[\w/]+\.py)")


@pytest.mark.parametrize("file", _FILES, ids=lambda path: str(path.relative_to(DIALPLANS)))
def test_a_dialplan_names_the_function_that_it_reaches(file: Path) -> None:
    """Its head says which one, and there it is."""
    places = _PLACE.findall(file.read_text())
    assert places
    for names, where in places:
        tree = ast.parse((_ROOT / where).read_text())
        known = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
        assert set(re.findall(r"`(\w+)`", names)) <= known


@pytest.mark.parametrize("file", _FILES, ids=lambda path: str(path.relative_to(DIALPLANS)))
def test_every_request_that_a_dialplan_makes_is_one_of_ours(file: Path) -> None:
    """Each path stands in the table of doors."""
    from contactguard.doors.api import ROUTES

    known = {route.path for route in ROUTES}
    assert set(re.findall(r"(?<![a-z])(/(?:pbx|compat|twilio)/[a-z/]+[a-z])(?![.a-z])", file.read_text())) <= known
