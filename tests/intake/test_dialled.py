"""Numbers as switches write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactguard.errors import BadInput
from contactguard.intake.dialled import dialled, user_part


@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("+12125550123", "US", "+12125550123"),
        ("2125550123", "US", "+12125550123"),
        ("12125550123", "US", "+12125550123"),
        ("011442079460123", "US", "+442079460123"),
        ("00442079460123", "US", "+442079460123"),
        ("442079460123", "US", "+442079460123"),
        ("0033123456789", "DE", "+33123456789"),
        ("089 1234567", "DE", "+49891234567"),
        ("sip:+12125550123@carrier.example:5060;user=phone", "US", "+12125550123"),
        ("sips:2125550123@10.0.0.1", "US", "+12125550123"),
        ('"Ana" <sip:1001@pbx.example>', "US", "1001"),
        ("<tel:+1-212-555-0123;phone-context=example.com>", "US", "+12125550123"),
        ("sip:%2B12125550123@pbx", "US", "+12125550123"),
        ("911@pbx.example", "US", "911"),
        (" 911 ", "US", "911"),
        ("*67", "US", "*67"),
    ],
)
def test_a_number_is_read_as_it_was_dialled(written: str, region: str, number: str) -> None:
    """National, international, as a URI, short."""
    assert dialled(written, region) == number


@pytest.mark.parametrize(
    "written", ["", "  ", "Ana", "sip:ana@pbx.example", "sip:@x", "+", "+911", "4.91701E+11", "1" * 40]
)
def test_what_is_no_number_is_refused_and_not_quoted(written: str) -> None:
    """By name of the field."""
    with pytest.raises(BadInput) as raised:
        dialled(written, "US")
    assert raised.value.where == "address"
    assert written.strip() == "" or written not in raised.value.why


@given(st.text(max_size=80), st.sampled_from(["US", "DE", "IN", "BR", "ES"]))
def test_anything_is_a_number_a_short_one_or_refused(written: str, region: str) -> None:
    """Whatever comes over the wire: E.164 or at most eight digits, stars and hashes leave here."""
    try:
        number = dialled(written, region)
    except BadInput:
        return
    digits = number.removeprefix("+")
    assert digits.strip("*#").isascii()
    assert len(number) <= 8 or (number.startswith("+") and digits.isdigit() and digits.isascii())
    assert dialled(number, region) == number


def test_who_calls_is_found_in_an_address() -> None:
    """The part before the @."""
    assert [user_part(one) for one in ("sip:ana@x", "101", '"A" <sip:101@x>;tag=1', "")] == ["ana", "101", "101", ""]
