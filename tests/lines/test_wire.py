"""What is kept of an exchange with a carrier: enough to settle a dispute, nothing that names a person or a secret."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactguard.lines.wire import LONGEST_TEXT, redacted, redacted_form, redacted_url


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("to +12125550123 now", "to ..23 now"),
        ("to=%2B12125550123", "to=%2B..23"),
        ('"To": "(212) 555-0123"', '"To": "..23"'),
        ("sip:+12125550123@gate.example;user=phone", "sip:..@gate.example;user=phone"),
        ("mail ana.ruiz@mail.example please", "mail ..@mail.example please"),
        ("status 201, error 21610", "status 201, error 21610"),
        ("SM0123456789abcdef0123456789abcdef", "SM0123456789abcdef0123456789abcdef"),
        ("", ""),
    ],
)
def test_numbers_and_mailboxes_are_cut_short(said: str, kept: str) -> None:
    """The last two digits, and the domain, stay: with the permit they tell which one was meant."""
    assert redacted(said) == kept


@given(number=st.from_regex(r"\A\+[1-9][0-9]{7,13}\Z"), around=st.sampled_from(['"{}"', "to={}&x=1", "<{}>", " {} "]))
def test_no_number_is_kept_whole(number: str, around: str) -> None:
    """Whatever stands around it."""
    assert number.lstrip("+") not in redacted(around.format(number))


def test_a_form_keeps_its_fields_without_words_and_secrets() -> None:
    """What was said in a message is in the record of the contact, not in the trace."""
    fields = {"To": "+12125550123", "Body": "You owe us", "AuthToken": "s3cret", "MessageStatus": "sent"}
    kept = redacted_form(fields)
    assert kept == "To=..23&Body=(10+characters)&AuthToken=(secret)&MessageStatus=sent"


def test_an_address_loses_its_user_and_its_numbers() -> None:
    """Carriers are addressed with credentials at times."""
    url = "https://AC1:token@api.carrier.example/Calls.json?To=%2B12125550123&PageSize=50"
    assert redacted_url(url) == "https://api.carrier.example/Calls.json?To=..23&PageSize=50"


def test_a_long_text_is_cut_and_says_so() -> None:
    """A page of an hour's calls is not kept whole."""
    kept = redacted("a" * 10_000)
    assert len(kept) < LONGEST_TEXT + 40
    assert kept.endswith("(10000 characters)")


def test_a_long_word_costs_no_more_than_a_long_text() -> None:
    """A carrier's answer of one endless word is looked through once, not once for each of its letters."""
    assert redacted("a" * 2_000_000).endswith("(2000000 characters)")
    assert redacted("to=" + "a" * 100_000 + "@mail.example") == "to=..@mail.example"
