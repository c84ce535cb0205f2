"""Returned mail as different servers write it, and as nobody should."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from a_bounce import report
from contactguard.lines.bounces import permit_in, read
from contactguard.lines.tokens import LENGTH, Tokens

TOKENS = Tokens(b"k" * 32)
PERMIT = f"{5:032x}"
TOKEN = TOKENS.make("bounce", PERMIT)
TO = f"bounce+{TOKEN}@mail.harbor.example"
MAIL = "p1@mail.example"
OPENSMTPD = f"""Subject: Delivery status notification: error
From: Mailer Daemon <MAILER-DAEMON@mx.example>
To: {TO}
Date: Thu, 5 Mar 2026 13:00:00 -0500 (EST)
MIME-Version: 1.0
Content-Type: multipart/mixed;boundary="15c9d0ec"

This is a MIME-encapsulated message.

--15c9d0ec
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

    Hi!

    This is the MAILER-DAEMON, please DO NOT REPLY to this email.

    An error has occurred while attempting to deliver a message for
    the following list of recipients:

{MAIL}: 550 5.1.1 no such user

    Below is a copy of the original message:

--15c9d0ec
Content-Description: Delivery Report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {MAIL}
Action: failed
Status: 5.0.0

--15c9d0ec
Content-Description: Message headers
Content-Type: text/rfc822-headers

From: notices@harbor.example

--15c9d0ec--
"""
QMAIL = f"""From: MAILER-DAEMON@mx.example
To: {TO}
Subject: failure notice

Hi. This is the qmail-send program at mx.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{MAIL}>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <{TO}>
"""


@pytest.mark.parametrize("raw", [OPENSMTPD, QMAIL, OPENSMTPD.replace("\n", "\r\n")])
def test_poorer_forms_say_as_much(raw: str) -> None:
    """OpenSMTPD's report without a diagnostic, and qmail's plain text: the status stands in the words."""
    (verdict,) = read(raw.encode()).verdicts
    assert (verdict.action, verdict.status, verdict.recipients) == ("failed", "5.1.1", (MAIL,))
    assert permit_in(raw.encode(), None, TOKENS) == PERMIT


@pytest.mark.parametrize(
    ("said", "action", "status"),
    [
        ("Final-Recipient: rfc822;{to}\nAction: delayed\nStatus: 4.4.1 (no answer)\n", "delayed", "4.4.1"),
        ("Original-Recipient: rfc822;{to}\nAction: DELIVERED\nStatus: 2.0.0\n", "delivered", "2.0.0"),
        ("Final-Recipient: rfc822;{to}\nStatus: 5.2.1\n", "failed", "5.2.1"),
        ("Final-Recipient: rfc822;{to}\nStatus: 4.2.2\n", "delayed", "4.2.2"),
        ("Final-Recipient: rfc822;{to}\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550-5.1.10 x\n",
         "failed", "5.1.10"),
        ("Final-Recipient: rfc822;{to}\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 450 4.2.2 x\n",
         "failed", "5.0.0"),
        ("Final-Recipient: rfc822;{to}\nAction: exploded\nStatus: 9.9.9\n", "", ""),
    ],
)  # fmt: skip
def test_a_report_is_read_as_it_was_meant(said: str, action: str, status: str) -> None:
    """An action that is missing follows from the status; a status that says nothing is filled from the diagnosis."""
    (verdict,) = read(report(MAIL, TO, said=said)).verdicts
    assert (verdict.action, verdict.status, verdict.recipients) == (action, status, (MAIL,))


def test_a_report_from_nobody_is_read_all_the_same() -> None:
    """Who wrote it does not matter."""
    raw = "\n".join(line for line in QMAIL.splitlines() if not line.startswith("From:"))
    assert [one.status for one in read(raw.encode()).verdicts] == ["5.1.1"]


def test_a_report_within_the_returned_message_says_nothing() -> None:
    """What somebody put into the message that came back is not what its server says."""
    inner = report(MAIL, TO, status="5.1.1")
    raw = b"Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: message/rfc822\r\n\r\n" + inner
    assert read(raw + b"\r\n--o--\r\n").verdicts == ()


def test_answers_by_machines_and_people_are_no_reports() -> None:
    """The one says so itself."""
    assert read(b"Auto-Submitted: auto-replied\n\nI am away.\n").automatic
    assert not read(b"Auto-Submitted: no\n\nPlease call me.\n").automatic
    assert read(b"Subject: 5.1.1\n\nI cannot read 5.1.1 mails.\n").verdicts == ()


@pytest.mark.parametrize(
    "raw",
    [
        f"To: {TO}\n\n",
        f"To: {TO.upper()}\n\n",
        f"Delivered-To: {TO}\nTo: me\n\n",
        f"In-Reply-To: <{TOKENS.make('message', PERMIT)}@harbor.example>\n\n",
        f"Original-Envelope-Id: {TOKEN}\n\n",
        f"Content-Transfer-Encoding: quoted-printable\n\nto bounce+{TOKEN[:30]}=\n{TOKEN[30:]}@x\n",
        f"To: bounce+{'a' * LENGTH}@x\nCc: {TO}\n\n",
    ],
)
def test_a_token_is_found_wherever_it_stands(raw: str) -> None:
    """In whatever header, in either case, whole or across lines; one that is not ours does not hide it."""
    assert permit_in(raw.encode(), None, TOKENS) == PERMIT


def test_the_mailbox_it_came_to_goes_first() -> None:
    """What the mail server knows outweighs what the message says."""
    other = TOKENS.make("bounce", f"{6:032x}")
    assert permit_in(f"To: {TO}\n\n".encode(), f"bounce+{other}@x", TOKENS) == f"{6:032x}"


def test_no_other_word_leads_anywhere() -> None:
    """Nor a token made by another key, of another purpose, or changed in any one place."""
    assert permit_in(f"To: {TO}\n\n".encode(), None, Tokens(b"l" * 32)) is None
    assert TOKENS.read("bounce", TOKENS.make("unsubscribe", PERMIT)) is None
    for place in range(LENGTH - 1):
        letter = "b" if TOKEN[place] == "a" else "a"
        assert TOKENS.read("bounce", TOKEN[:place] + letter + TOKEN[place + 1 :]) is None


@given(st.binary(min_size=16, max_size=16))
def test_a_token_holds_its_permit_and_does_not_show_it(permit: bytes) -> None:
    """The same each time, of one length, different for each purpose."""
    made = {TOKENS.make(purpose, permit.hex()) for purpose in ("bounce", "message", "unsubscribe")}
    assert len(made) == 3
    for token in made:
        assert len(token) == LENGTH
        assert permit.hex() not in token
    assert TOKENS.read("bounce", TOKENS.make("bounce", permit.hex())) == permit.hex()


@given(st.one_of(st.text(), st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=LENGTH, max_size=LENGTH)))
def test_any_other_text_is_no_token(text: str) -> None:
    """Whatever it is."""
    assert TOKENS.read("bounce", text) is None


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1000), st.binary(max_size=4)), max_size=6), st.binary(max_size=40))
def test_nothing_that_comes_breaks_the_reading(changes: list[tuple[int, bytes]], tail: bytes) -> None:
    """A report changed in any places, or bytes that are no message at all."""
    raw = report(MAIL, TO)
    for place, what in changes:
        raw = raw[:place] + what + raw[place + 1 :]
    for one in (raw + tail, tail, raw[: len(raw) // 2]):
        read(one)
        permit_in(one, None, TOKENS)


def test_much_of_it_is_read_in_little_time() -> None:
    """What is too long is cut; parts within parts without end are not followed."""
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(2000))
    assert read(deep).verdicts == ()
    assert permit_in(deep, None, TOKENS) is None
    long = b"To: x\n\n" + b"a" * (8 << 20)
    assert read(long).verdicts == ()
    assert permit_in(long, None, TOKENS) is None


HOSTILE = {
    "reports without a status over a long text": (
        "Content-Type: multipart/report; boundary=B\n\n--B\nContent-Type: text/plain\n\n"
        + "x " * 100_000
        + "\n--B\nContent-Type: message/delivery-status\n\n"
        + "Action: failed\nStatus: 5.0.0\n\n" * 20_000
        + "--B--\n"
    ),
    "parts in parts": "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(300))
    + "Content-Type: text/plain\n\n"
    + "z\n" * 200_000,
    "empty lines": "Content-Type: text/plain\n\n" + "\n" * 500_000,
    "one long name": (
        f"Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; {'a' * 500_000}@x\nAction: failed\n"
    ),
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_what_means_harm_is_read_in_part(raw: str) -> None:
    """Whoever can write to the mailbox cannot have one message worked on for long: work grows with its length at most.

    Counted in calls, as time depends on the machine.
    """
    calls = 0

    def count(frame: object, event: str, arg: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        said = read(raw.encode())
        assert permit_in(raw.encode(), None, TOKENS) is None
    finally:
        sys.setprofile(None)
    assert len(said.verdicts) <= 100
    assert all(len(name) <= 320 for one in said.verdicts for name in one.recipients)
    assert calls < 3_000_000


def test_a_token_is_found_however_a_message_is_built() -> None:
    """What is too deep to be read is still about its contact."""
    raw = HOSTILE["parts in parts"].encode() + f"To: {TO}\n".encode()
    assert read(raw).verdicts == ()
    assert permit_in(raw, None, TOKENS) == PERMIT
