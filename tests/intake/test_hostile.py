"""Files that mean harm, or were harmed: a bad row costs itself, and nothing is held whole."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from a_source import rows
from hypothesis import given, settings
from hypothesis import strategies as st

from contactguard.errors import BadInput
from contactguard.intake.texts import LINE_CHARACTERS

HEAD = "ref,phone\n"
GOOD = "C-0,2125550100\n"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("C-1,2125550123" + "x" * LINE_CHARACTERS + "\n", f"a line has more than {LINE_CHARACTERS} characters"),
        ("C-1," + "," * 100_000 + "\n", "100002 cells, and 1000 at most"),
        ("C-1,212\x00555\n", "a NUL byte, which no text has"),
        ('C-1,"2125550123\n', "a quotation mark is not closed"),
        ('C-1,"212"5550123\n', "',' expected after '\"'"),
        ('C-1,"' + "9" * 200_000 + '"\n', "a cell has more than 10000 characters"),
        ("C-1,212555\r0123\n", "not a line of CSV"),
        ("C-1,=1+1\n", "phone: not a phone number"),
        ("C-1", "1 cells where the header has 2"),
    ],
    ids=["long", "wide", "nul", "open", "misquoted", "cell", "return", "formula", "cut"],
)
def test_a_row_that_means_harm_costs_itself(tmp_path: Path, line: str, why: str) -> None:
    """The rows before and after it are read, with the numbers that they have in the file."""
    found = rows(tmp_path, HEAD + GOOD + line + ("" if line == "C-1" else "C-2,2125550102\n"))
    assert [(row.rows, row.ref) for row in found][:2] == [((2,), "C-0"), ((3,), "C-1")]
    assert why in str(found[1].why)
    if line != "C-1":
        assert (found[2].rows, found[2].ref, found[2].why) == ((4,), "C-2", None)


def test_a_case_with_a_row_that_cannot_be_read_is_not_put_without_it(tmp_path: Path) -> None:
    """Else the person on that row would be taken off the case."""
    found = rows(tmp_path, 'ref,person,phone\nC-1,P-1,2125550123\nC-1,P-2,"212\nC-2,P-3,2125550125\n')
    assert [(row.rows, row.ref, row.why is None) for row in found] == [((2, 3), "C-1", False), ((4,), "C-2", True)]


def test_two_stray_quotation_marks_make_no_row_of_several(tmp_path: Path) -> None:
    """Else one case would get another's number, and the cases between them would be lost without a word."""
    lines = [f"C-{n},ACME,21255501{n:02},NY\n" for n in range(1, 8)]
    lines[1], lines[5] = lines[1].replace("ACME", '"ACME'), lines[5].replace("ACME", 'ACME"')
    found = rows(tmp_path, "ref,creditor,phone,state\n" + "".join(lines))
    assert [(row.rows, row.ref, row.why is None) for row in found] == [
        ((2,), "C-1", True),
        ((3,), "C-2", False),
        ((4,), "C-7", True),
    ]
    assert "5 lines are one row" in str(found[1].why)


def test_a_note_of_several_lines_is_a_cell_whatever_it_says(tmp_path: Path) -> None:
    """Commas in it make no row of it; and what looks like one in it is refused with it, never read by itself."""
    text = 'ref,phone,state,notes\nC-1,2125550123,NY,"called, angry\nagain, and again"\n'
    found = rows(tmp_path, text + 'C-2,2125550124,NY,"x\nC-9,2125550199,NY,z\n"\nC-3,2125550125,NY,\n')
    assert [(row.ref, row.why is None) for row in found] == [("C-1", True), ("C-2", False), ("C-3", True)]


def test_a_cell_may_go_over_several_lines(tmp_path: Path) -> None:
    """It is one row, and those after it are counted as a spreadsheet counts them."""
    found = rows(tmp_path, 'ref,phone,city\nC-1,2125550123,"New\nYork"\nC-2,2125550124,Boston\n')
    assert [(row.rows, row.ref, row.why) for row in found] == [((2,), "C-1", None), ((3,), "C-2", None)]


def test_a_case_of_endless_rows_is_refused(tmp_path: Path) -> None:
    """All its rows, however many."""
    found = rows(tmp_path, HEAD + GOOD.replace("C-0", "C-1") * 1000 + GOOD)
    assert all(row.why for row in found[:-1])
    assert sorted(number for row in found for number in row.rows) == list(range(2, 1003))
    assert (found[-1].ref, found[-1].why) == ("C-0", None)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"ref" + b",x" * 100_000, "the header cannot be read: 100001 cells"),
        (b'"ref,phone\nC-1,2125550123\n', "the header cannot be read: not a line of CSV"),
        (b"\0\x01\x02" * 5000, "another binary file"),
        (b"  \n \n", "the file is empty"),
        (b"r" * (LINE_CHARACTERS + 5), "the header cannot be read: a line has more than"),
    ],
)
def test_a_file_without_a_header_to_read_is_refused_whole(tmp_path: Path, content: bytes, why: str) -> None:
    """Nothing is written, and the error says why."""
    with pytest.raises(BadInput, match=why):
        rows(tmp_path, content)


def test_text_of_two_bytes_without_a_mark_is_known(tmp_path: Path) -> None:
    """As some systems write it; whichever byte comes first."""
    text = "ref,phone\nC-1,2125550123\n"
    for encoding in ("utf-16-le", "utf-16-be"):
        assert [row.ref for row in rows(tmp_path, text.encode(encoding))] == ["C-1"]


def test_line_ends_of_any_kind_are_read(tmp_path: Path) -> None:
    """CR LF, LF, and CR alone."""
    for end in ("\r\n", "\n", "\r"):
        assert [row.ref for row in rows(tmp_path, end.join(("ref,phone", "C-1,2125550123", "C-2,2125550124")))] == [
            "C-1",
            "C-2",
        ]


def test_a_spreadsheet_says_its_comma(tmp_path: Path) -> None:
    """`sep=;` is no header."""
    (row,) = rows(tmp_path, "sep=;\nref;phone\nC-1;2125550123\n")
    assert (row.rows, row.ref, row.why) == ((3,), "C-1", None)


_PIECES = st.lists(
    st.sampled_from(["C-1", "C-2", ",", '"', "\n", "\r\n", "\0", "2125550123", " ", "é", "x" * 99])
).filter(lambda pieces: pieces.count("\0") <= 16)


@settings(deadline=None)
@given(_PIECES)
def test_every_row_is_accounted_for_once(tmp_path_factory: pytest.TempPathFactory, pieces: list[str]) -> None:
    """Whatever stands in a file: rows come in order, each once, and with a body or a reason."""
    body = "".join(pieces)
    found = rows(tmp_path_factory.mktemp("any"), HEAD + body)
    numbers = [number for row in found for number in row.rows]
    assert numbers == sorted(set(numbers))
    assert all((row.body is None) != (row.why is None) for row in found)
    if '"' not in body:
        lines = body.split("\n")
        assert numbers == [n for n, line in enumerate(lines, 2) if line.strip(" ,\t\r")]


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["cases", "contacts", "restrictions", "consents"]))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes, kind: str) -> None:
    """Nothing else is raised, whatever the bytes."""
    with suppress(BadInput):
        rows(tmp_path_factory.mktemp("any"), content, kind, zone="America/New_York")


_READ = """
import resource, sys
from pathlib import Path
from contactguard.intake.readers import Reading, open_source
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
source = open_source(Path(sys.argv[1]), Reading(kind=sys.argv[2], region="US"))
with source.lines() as lines:
    count = sum(1 for _ in source.rows(lines))
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("what", ["one line", "one case", "open quote", "blank", "numbers"])
def test_memory_stays_flat(tmp_path: Path, what: str) -> None:
    """Files of 10 MB and more take in a few, however they are made."""
    file, kind = tmp_path / "rows", "cases"
    with file.open("w") as out:
        out.write(HEAD)
        if what == "one line":
            out.writelines("x" * 1_000_000 for _ in range(40))
        elif what == "one case":
            out.writelines("C-1,2125550123\n" * 10_000 for _ in range(60))
        elif what == "open quote":
            out.write('C-1,"')
            out.writelines("C-2,2125550123\n" * 10_000 for _ in range(60))
        elif what == "blank":
            out.writelines("\n" * 1_000_000 for _ in range(10))
        else:
            kind = "restrictions"
            out.writelines(f"C-{n},{2_120_000_000 + n % 1_000_000}\n" for n in range(30_000))
    done = subprocess.run(
        (sys.executable, "-c", _READ, str(file), kind), capture_output=True, text=True, timeout=110, check=True
    )
    count, grown = map(int, done.stdout.split())
    assert count > 0 or what == "blank"
    assert grown < 40_000, f"{grown} kB"
