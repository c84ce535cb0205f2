"""The fast reader of shipped rule files says what the real one says, or nothing."""

from __future__ import annotations

from importlib.resources import files

import pytest

from a_book import shipped
from contactguard.law.rulebook import RuleError, opened
from contactguard.rules.quick import apart, examples_of, quick, rules_of

SHIPPED = [
    (regime.source, (files("contactguard.rules") / regime.source).read_text("utf-8"))
    for regime in shipped().regimes.values()
]


@pytest.mark.parametrize(("name", "text"), SHIPPED, ids=[name for name, _ in SHIPPED])
def test_every_shipped_file_reads_as_the_real_reader_reads_it(name: str, text: str) -> None:
    """As a whole and cut in two; none is left to the real one."""
    for part in (text, *apart(text)):
        assert quick(part) == opened(part, name)
    assert {**rules_of(text, name), "example": examples_of(text, name)} == {"example": [], **opened(text, name)}


@pytest.mark.parametrize(
    "text",
    [
        'a = "x"\n[b]\nc = [1, 2,]\n[[d]]\ne = { f = true, "g.h" = 2026-05-12 }\n[[d]]\n',
        'a = [\n  "one", # with a "comment"\n  "two",\n]\n',
        '[a.b]\nc = 2026-05-12T07:59:59Z\n[a.d]\ne = "# none \\" [x] = 2026-01-01, ]"\n',
        "# nothing\n",
        "",
    ],
)
def test_what_it_reads_it_reads_rightly(text: str) -> None:
    """Comments, last commas, dates, strings that look like any of these."""
    assert quick(text) == opened(text, "made-up.toml")


@pytest.mark.parametrize(
    "text",
    [
        'a = """x"""\n',
        "a = 'x'\n",
        "a = 1_000\n",
        "a\n",
        "a = [1\n",
        "[a]]\n",
        "[[a]]\n[a]\n",
        "a.b = 1\n",
        'a = "\\U0001F600"\n',
    ],
)
def test_what_it_does_not_know_it_leaves_to_the_real_one(text: str) -> None:
    """Other strings and numbers, dotted keys, and whatever is no TOML."""
    assert quick(text) is None


def test_a_shipped_file_that_is_no_toml_is_refused_with_its_line() -> None:
    """Wherever in the file it is."""
    text = '[regime]\nid = "x"\n\n[[example]]\nid = "y"\n\n[[rule]]\nid =\n'
    with pytest.raises(RuleError, match=r"x\.toml: not TOML: .*line 8"):
        rules_of(text, "x.toml")
