"""Files of cases."""

from __future__ import annotations

from pathlib import Path

import pytest

from contactguard.errors import BadInput
from contactguard.intake.readers import Reading, Row, Source, open_source


def rows(tmp_path: Path, content: str | bytes, region: str = "US") -> list[Row]:
    file = tmp_path / "cases"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read(open_source(file, Reading(region=region)))


def read(source: Source) -> list[Row]:
    with source.lines() as lines:
        return list(source.rows(lines))


@pytest.mark.parametrize("comma", [",", "\t", "|", ";"])
def test_headers_are_known_by_the_names_people_use(tmp_path: Path, comma: str) -> None:
    """Any usual delimiter, any case, any usual name; a byte order mark does no harm."""
    text = comma.join(["Vendor_Lead_Code", "Phone Number", "STATE", "zipCode", "E-Mail"]) + "\r\n"
    text += comma.join(["C-1", '"212 555 0123"', "NY", "10001", "p@mail.example"]) + "\r\n"
    (row,) = rows(tmp_path, b"\xef\xbb\xbf" + text.encode())
    assert row == Row(
        (2,),
        "C-1",
        {
            "case": {"ref": "C-1"},
            "persons": [
                {
                    "id": "C-1",
                    "points": [{"address": "+12125550123"}, {"address": "p@mail.example"}],
                    "evidence": [{"kind": "residence", "country": "US", "subdivision": "NY", "postal_code": "10001"}],
                }
            ],
        },
    )


def test_lines_of_one_case_are_its_persons(tmp_path: Path) -> None:
    """Lines that stand together and name the same case make one case."""
    (row,) = rows(tmp_path, "ref,person_id,role,work_phone\nC-1,P-1,,\nC-1,P-2,Joint Debtor,2125550123\n")
    assert row.rows == (2, 3)
    assert row.body is not None
    assert [(one["id"], one.get("role")) for one in row.body["persons"]] == [
        ("P-1", None),
        ("P-2", "joint_debtor"),
    ]
    assert row.body["persons"][1]["points"] == [{"address": "+12125550123", "label": "work"}]


def test_who_is_not_named_is_known_by_their_part_in_any_order_of_lines(tmp_path: Path) -> None:
    """What was learned of one person never passes to another because a file came in another order."""
    debtor, spouse, joint = "C-1,debtor,2125550123\n", "C-1,spouse,2125550124\n", "C-1,Joint Debtor,2125550125\n"
    for lines in ([debtor, spouse, joint], [spouse, joint, debtor], [joint, debtor.replace("debtor", ""), spouse]):
        (row,) = rows(tmp_path, f"ref,role,phone\n{''.join(lines)}")
        assert row.body is not None
        assert {one["id"]: one["points"][0]["address"] for one in row.body["persons"]} == {
            "C-1": "+12125550123",
            "C-1/spouse": "+12125550124",
            "C-1/joint_debtor": "+12125550125",
        }
    (row,) = rows(tmp_path, f"ref,role,phone\n{debtor}{debtor}")
    assert row.body is None
    assert (row.why or "").startswith("person: two lines of this case are the same part")


def test_lines_that_do_not_agree_on_the_debt_are_refused(tmp_path: Path) -> None:
    """What one of them says alone holds; of two that differ neither is taken."""
    (row,) = rows(tmp_path, "ref,person_id,case_status\nC-1,P-1,\nC-1,P-2,Closed\n")
    assert row.body is not None
    assert row.body["case"] == {"ref": "C-1", "status": "closed"}
    (row,) = rows(tmp_path, "ref,person_id,due\nC-1,P-1,2026-01-01\nC-1,P-2,2026-01-02\n")
    assert row.why == "due: the lines of this case do not agree"


def test_a_case_that_comes_back_later_is_refused(tmp_path: Path) -> None:
    """The second would silently replace the first."""
    found = rows(tmp_path, "ref,phone\nC-1,2125550123\nC-2,2125550124\nC-1,2125550125\n")
    assert [row.why for row in found] == [None, None, "this case stood already in row 2"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("C-1,2125550123", "2 cells where the header has 4"),
        (",2125550123,,", "ref: empty"),
        ("C-1,2125550123,Mars/Olympus,", "zone: expected the name of a time zone"),
        ("C-1,call Ann,,", "phone: not a phone number"),
        ("C-1,2.12555E+09,,", "phone: a spreadsheet has rounded this number"),
        ("C-1,2125550123,,perhaps", "minor: expected yes or no"),
        ('C-1,"' + "1" * 20_000 + '",,', "a cell has more than 10000 characters"),
        ('C-1,"212', "not a line of CSV: a quotation mark is not closed"),
    ],
)
def test_a_line_that_cannot_be_read_is_refused_with_its_row(tmp_path: Path, line: str, why: str) -> None:
    """The lines around it are read."""
    found = rows(tmp_path, f"ref,phone,tz,minor\nC-0,2125550100,,\n{line}\n")
    assert [row.why is None for row in found] == [True, False]
    assert found[1].rows == (3,)
    assert why in str(found[1].why)


def test_lines_of_json_are_bodies_with_their_ref(tmp_path: Path) -> None:
    """A bad line is refused by itself; a blank one is nothing; a text may hold any line separator."""
    found = rows(
        tmp_path,
        '{"ref": "C-1", "case": {"ref": "C-1"}, "persons": []}\n\n{"ref": \n{"case": {}}\n[1]\n'
        '{"ref": "C-2", "case": {"ref": "C-2", "creditor": "a\u2028b"}, "persons": []}\n',
    )
    assert [(row.rows, row.ref) for row in found] == [
        ((1,), "C-1"),
        ((3,), ""),
        ((4,), ""),
        ((5,), ""),
        ((6,), "C-2"),
    ]
    assert found[0].body == {"case": {"ref": "C-1"}, "persons": []}
    assert [row.why is None for row in found] == [True, False, False, False, True]


def test_what_is_not_read_is_said(tmp_path: Path) -> None:
    """Columns without a meaning, and a file that is not UTF-8, are remarked upon."""
    file = tmp_path / "cases.csv"
    file.write_bytes("ref,phone,gmt_offset_now,city\nC-1,2125550123,-5,Perú\n".encode("latin-1"))
    source = open_source(file, Reading(region="US"))
    assert source.remarks == ("the file is not UTF-8; read as Latin-1", "columns not read: gmt_offset_now")
    (row,) = read(source)
    assert row.body is not None
    assert row.body["persons"][0]["evidence"][0]["city"] == "Perú"


def test_the_unicode_text_of_a_spreadsheet_is_read(tmp_path: Path) -> None:
    """UTF-16 with its byte order mark, tabs between the cells."""
    file = tmp_path / "cases.txt"
    file.write_bytes("ref\tphone\tcity\nC-1\t2125550123\tPerú\n".encode("utf-16"))
    (row,) = read(open_source(file, Reading(region="US")))
    assert row.body is not None
    assert row.body["persons"][0]["evidence"][0]["city"] == "Perú"


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "the file is empty"),
        (b"PK\x03\x04\x14\x00", "save it as CSV"),
        (b'[{"ref": "C-1"}]', "write one object a line"),
    ],
)
def test_what_is_no_table_of_cases_is_refused_whole(tmp_path: Path, raw: bytes, why: str) -> None:
    """The error names the file and says what to bring instead."""
    file = tmp_path / "cases.csv"
    file.write_bytes(raw)
    with pytest.raises(BadInput, match=why) as caught:
        open_source(file, Reading(region="US"))
    assert caught.value.where == str(file)


def test_the_better_of_two_names_wins(tmp_path: Path) -> None:
    """A file with both a lead's number and a case's reference is keyed by the case."""
    (row,) = rows(tmp_path, "lead_id,case_ref,phone_code,phone_number\n77,C-1,34,910001234\n")
    assert row.ref == "C-1"
    assert row.body is not None
    assert row.body["persons"][0]["points"] == [{"address": "+34910001234"}]


@pytest.mark.parametrize("content", ["phone\n2125550123\n", "just some words\n"])
def test_a_file_without_a_column_for_the_case_is_no_file_of_cases(tmp_path: Path, content: str) -> None:
    """Said before anything is written."""
    with pytest.raises(BadInput, match="no column for the case"):
        rows(tmp_path, content)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The path and the reason."""
    with pytest.raises(BadInput, match=r"missing\.csv: cannot be read"):
        open_source(tmp_path / "missing.csv", Reading(region="US"))
