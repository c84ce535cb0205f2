"""docs/grammar.md says every word of the rule language, and has a place for every shape of law."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from contactguard.law import grammar, vocabulary
from contactguard.law.grammar import Kind, Table
from contactguard.law.model import Content
from contactguard.law.phrases import PhraseTable, TextTable, WordingFile, WordingHead, parse_wording, read_wording
from contactguard.law.rulebook import parse
from contactguard.law.values import VALUES
from contactguard.law.wording import Reader
from contactguard.rules.examples import run

PAGE = (Path(__file__).parents[2] / "docs" / "grammar.md").read_text("utf-8")
PROSE = re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)
WORDS = {word for span in re.findall(r"`([^`\n]+)`", PROSE) for word in re.findall(r"[a-z_]+", span)}
KNOWN = [one for one in vars(grammar).values() if isinstance(one, type) and issubclass(one, Table)]
KNOWN += [WordingHead, PhraseTable, TextTable, WordingFile]
TABLES = [one for one in KNOWN if one is not Table]
FIELDS = sorted({(table.__name__, field.encode_name) for table in TABLES for field in msgspec.structs.fields(table)})
LISTS = [
    "CaseStatus",
    "Channel",
    "ConsentKind",
    "Form",
    "Label",
    "Licence",
    "LookUp",
    "Mode",
    "Notice",
    "ObligationCode",
    "Outcome",
    "PointStatus",
    "Product",
    "Purpose",
    "Reason",
    "RestrictionKind",
    "Role",
    "Route",
    "Said",
    "Source",
]
TOP = {"regime", "rule", "calendar", "example", "not_automated"}


@pytest.mark.parametrize(("table", "field"), FIELDS, ids=lambda value: value)
def test_every_field_of_the_grammar_is_on_the_page(table: str, field: str) -> None:
    """Under its own name, set as code."""
    assert field in WORDS | TOP, table


def test_every_kind_has_a_section_of_its_own() -> None:
    """And the page has no section for a kind that there is not."""
    kinds = PAGE.split("## The kinds")[1].split("## Lengths")[0]
    assert set(re.findall(r"^### `(\w+)`", kinds, re.MULTILINE)) == set(VALUES) == set(get_args(Kind))


@pytest.mark.parametrize("words", [grammar.Status, grammar.Verification, grammar.Force, grammar.Key, grammar.RoleTerm])
def test_the_closed_lists_that_only_rule_files_know_are_on_the_page(words: object) -> None:
    """Ranks, proof, force, keys; of the roles those with a condition."""
    for word in get_args(words):
        if words is not grammar.RoleTerm or ":" in word:
            assert f"`{word}`" in PAGE


@pytest.mark.parametrize("name", LISTS)
def test_the_words_that_fields_hold_are_listed(name: str) -> None:
    """So that nobody must read code, or be refused first, to learn one."""
    listed = PAGE.split("## The words that fields hold")[1].split("\n## ")[0]
    assert [word for word in get_args(getattr(vocabulary, name)) if f"`{word}`" not in listed] == []


def test_every_shape_has_one_row_with_something_said_of_it() -> None:
    """S01 to S72, in order; one that the language has no word for says which kind it will belong to."""
    rows = re.findall(r"^\| (S\d\d) \| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE)
    assert [shape for shape, _, _ in rows] == [f"S{number:02d}" for number in range(1, 73)]
    for shape, what, said in rows:
        assert what.strip(), shape
        assert re.search(r"`|always|kind of its own", said), shape
        if "not yet" in said:
            assert re.search(r"not yet: (`|a kind of its own)", said), shape


def test_the_file_on_the_page_loads_and_its_example_holds() -> None:
    """What the page shows can be copied."""
    source = PAGE.split("```toml\n")[1].split("```")[0]
    regime = parse(source, "page.toml")
    assert run(regime) == [("zz-hours-1", [])]


def test_the_phrases_on_the_page_load_and_read_their_text() -> None:
    """They can be copied too."""
    source = PAGE.split("## Phrases")[1].split("```toml\n")[1].split("```")[0]
    (example,) = read_wording(source, "page.toml").text
    reading = Reader([parse_wording(source, "page.toml")]).read(Content(body=example.text), "sms")
    assert reading.said == set(example.says)


def test_every_line_of_toml_on_the_page_is_toml() -> None:
    """The short examples too."""
    blocks = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) > 3
    for block in blocks:
        assert tomllib.loads(block)
