"""The house keeps its own rules: who imports whom, how long things are, and where law and the clock are not."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

from contactguard.rules.load import load

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "contactguard"
FILES = sorted(path for path in SOURCE.rglob("*.py"))
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 350, 60
WORDS = {"ID", "IN", "AM", "PM"}
"""What else these letters mean: an id, something that goes in, and the halves of a day."""
SHIPPED_SETTINGS = {"sections.py": {"US"}, "intake/times.py": {"Etc/GMT-14", "Etc/GMT+12"}}
"""The country where numbers are dialled as shipped, and the first and the last clock of the day."""


def ids(path: Path) -> str:
    return str(path.relative_to(SOURCE))


def test_imports_keep_to_the_map() -> None:
    """Law imports nothing, records and lines never see each other, nobody imports a door or the wiring."""
    assert lint_imports(config_filename=str(ROOT / ".importlinter"), no_cache=True) == 0


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    """At most 350 lines a file and 60 a function."""
    text = path.read_text("utf-8")
    assert text.count("\n") <= MOST_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < MOST_LINES_OF_A_FUNCTION, node.name


def _texts(tree: ast.AST) -> Iterator[str]:
    """Every text in the code that is not a docstring."""
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    said = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


def _places() -> tuple[set[str], re.Pattern[str]]:
    """The names of every country, state, province and zone; and how their codes and the ids of laws are written."""
    tables = resources.files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text("utf-8").splitlines()
    countries = dict(line.split("\t") for line in tables if not line.startswith("#"))
    names = {*countries.values(), *resources.files("tzdata").joinpath("zones").read_text("utf-8").split()} - {"UTC"}
    listed = tomllib.loads((SOURCE / "intake" / "tables" / "places.toml").read_text("utf-8"))
    parts = [part for table in listed.values() if isinstance(table, dict) for part in table.values()]
    names |= {part["name"] for part in parts if isinstance(part, dict) and "name" in part}
    ids = [re.escape(regime.id) for regime in load().laws if "-" in regime.id]
    return names, re.compile(rf"(?:{'|'.join(countries)})(?:-[A-Z0-9]{{1,3}})?(?:/.*)?|{'|'.join(ids)}")


PLACES = _places()


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_no_country_state_or_city_is_named_in_the_code(path: Path) -> None:
    """What holds in a place stands in a rule file or a table; code that names a place is a special case."""
    names, codes = PLACES
    known = WORDS | SHIPPED_SETTINGS.get(ids(path), set())
    for text in _texts(ast.parse(path.read_text("utf-8"))):
        assert text in known or (text not in names and not codes.fullmatch(text)), text


@pytest.mark.parametrize("path", [path for path in FILES if path.name != "clock.py"], ids=ids)
def test_nobody_reads_the_clock_but_the_clock(path: Path) -> None:
    """Time is passed in: nothing outside `clock.py` asks the system for it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            asked = f"{node.value.id}.{node.attr}"
            assert asked not in {"datetime.now", "datetime.utcnow", "date.today", "time.time"}, node.lineno


@pytest.mark.parametrize("path", sorted((SOURCE / "law").rglob("*.py")), ids=ids)
def test_law_touches_nothing_outside(path: Path) -> None:
    """No file, no network, no environment: values in, values out."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module or ""]
        assert not {name.partition(".")[0] for name in names} & {"os", "pathlib", "socket", "time", "logging", "io"}
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"open", "print", "input"}


def test_nothing_is_left_to_be_done() -> None:
    """No note to come back later stands in the source."""
    mark = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
    found = [
        f"{ids(path)}:{n}"
        for path in FILES
        for n, line in enumerate(path.read_text().splitlines(), 1)
        if mark.search(line)
    ]
    assert not found
