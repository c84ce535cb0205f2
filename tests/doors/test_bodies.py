"""How a body is read: malformed is told from wrong, the place is named, the value never."""

from __future__ import annotations

import pytest

from contactguard.attempts import Ask, PutCase
from contactguard.doors.bodies import Body, check_json
from contactguard.doors.problems import Problem

ASK = Body(Ask)
PUT = Body(PutCase)


@pytest.mark.parametrize(
    ("raw", "detail"),
    [
        (b"", "The body is empty; JSON is expected."),
        (b"{", "The body is not JSON."),
        (b'{"channel":"voice"} x', "The body is not JSON."),
        (b'{"channel":NaN}', "The body is not JSON."),
        (b'{"channel":"vo\x00ice"}', "The body is not JSON."),
        (b"\x00" * 64, "The body is not JSON."),
        (b"\xef\xbb\xbf{}", "The body is not JSON."),
        (b'{"address":"\xff"}', "The body is not UTF-8."),
        (b'{"address":"\\ud800"}', "The body is not JSON."),
        (b"[" * 200_000, "The body is nested too deeply."),
        (b'{"a":' * 200_000, "The body is nested too deeply."),
        (b'{"channel":"sms","channel":"voice"}', "The body names the same key twice in one object."),
        (b'{"ch\\u0061nnel":"sms","channel":"voice"}', "The body names the same key twice in one object."),
        (b'{"x":[{"a":{"b":1,"b":1}}]}', "The body names the same key twice in one object."),
    ],
)
def test_what_is_not_json_is_malformed(raw: bytes, detail: str) -> None:
    """400, and a sentence that repeats nothing of what was sent."""
    with pytest.raises(Problem) as caught:
        ASK.decode(raw)
    assert (caught.value.status, caught.value.detail, caught.value.field) == (400, detail, None)


@pytest.mark.parametrize(
    "raw",
    [b'{"a":"\\"","b":"\\\\"}', b'{"a":{"a":{"a":"a"}},"b":["a","a"]}', b'"a"', b"1", b'[{"a":1},{"a":1}]'],
)
def test_the_same_text_in_different_objects_is_no_repetition(raw: bytes) -> None:
    """Only a key that occurs twice in one object is ambiguous."""
    check_json(raw)


@pytest.mark.parametrize(
    ("raw", "field", "detail"),
    [
        (b'{"channel":"fax","address":"x"}', "channel",
         "channel: must be one of: email, letter, messaging, portal, sms, visit, voice."),
        (b'{"channel":"sms"}', "address", "address: is required."),
        (b'{"channel":"sms","address":5}', "address", "address: expected str, got int."),
        (b'{"channel":"sms","address":"x","adress":"y"}', "adress", "adress: is not a field known here."),
        (b'{"channel":"sms","address":"x","at":"2026-03-05T13:00:00"}', "at",
         "at: expected a time with its offset from UTC, such as 2026-03-05T13:00:00-05:00."),
        (b'{"channel":"sms","address":"x","at":"9999-01-01T00:00:00Z"}', "at",
         "at: the year must lie between 1900 and 2199."),
        (b'{"channel":"sms","address":"x","at":"2026-02-30T00:00:00Z"}', "at",
         "at: no such time: day is out of range for month."),
        (b'{"channel":"sms","address":"x","content":{"states":{"debt":"Smith"}}}', "content.states.debt",
         "content.states.debt: expected bool | null, got str."),
        (b'"Smith"', None, "The body: expected object, got str."),
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_named(raw: bytes, field: str | None, detail: str) -> None:
    """422 with the field in the sender's own words and what is expected there."""
    with pytest.raises(Problem) as caught:
        ASK.decode(raw)
    assert (caught.value.status, caught.value.field, caught.value.detail) == (422, field, detail)


def test_a_place_deep_inside_is_named_by_its_path() -> None:
    """Persons and points are counted from 0, as in the body."""
    raw = b'{"case":{"ref":"C"},"persons":[{"id":"P"},{"id":"Q","points":[{"address":"a"},{"address":7}]}]}'
    with pytest.raises(Problem) as caught:
        PUT.decode(raw)
    assert caught.value.field == "persons[1].points[1].address"


def test_the_values_allowed_are_listed_also_deep_inside() -> None:
    """Whoever sent it need not look them up."""
    with pytest.raises(Problem) as caught:
        PUT.decode(b'{"case":{"ref":"C"},"persons":[{"id":"P","roles":{"Smith":"chief"}}]}')
    assert caught.value.field == "persons[0].roles[...]"
    assert "one of: attorney, credit_bureau" in caught.value.detail


@pytest.mark.parametrize("name", ["+12125550123", "Maria Lopez", "maria@mail.example", "<b>", "é" * 5, "a" * 41])
def test_an_unknown_field_that_is_no_field_name_is_not_repeated(name: str) -> None:
    """A number or name used as a key would otherwise come back in the answer."""
    with pytest.raises(Problem) as caught:
        ASK.decode(b'{"channel":"sms","address":"x","%s":1}' % name.encode())
    assert caught.value.field is None
    assert name not in caught.value.detail


def test_an_escaped_nul_is_refused_wherever_it_stands() -> None:
    """No name or address holds one, and not every store can."""
    with pytest.raises(Problem) as caught:
        ASK.decode(b'{"channel":"sms","address":"a\\u0000b"}')
    assert caught.value.status == 422
    check_json(b'{"words":"she said \\\\u0000"}')
