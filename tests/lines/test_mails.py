"""Whatever an agent or a case system writes, a message has our headers, one recipient, and no other."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.policy import default

from hypothesis import given, settings
from hypothesis import strategies as st

from contactguard.errors import LineError
from contactguard.law.model import Content
from contactguard.lines.line import Started
from contactguard.lines.mails import Letterhead, compose, mailbox
from contactguard.lines.tokens import Tokens

TOKENS = Tokens(b"k" * 32)
HEAD = Letterhead(
    senders={None: "notices@harbor.example"},
    names={None: None},
    bounces="bounce@mail.harbor.example",
    public_url="https://gate.example",
)
HOSTILE = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(["\r", "\n", "\r\n", "Bcc: x@y.example", ".", "=?utf-8?q?a?=", "<", ">", ",", ";", "é",
                              " ", "@", '"', "\\", "\0", "\u2028", "(", ")", ":", "To:", "\t", "x" * 90]), max_size=12)
    .map("".join),
)  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(name=HOSTILE, subject=HOSTILE, body=HOSTILE, address=st.one_of(st.just("p1@mail.example"), HOSTILE))
def test_nothing_breaks_out_of_its_place(name: str, subject: str, body: str, address: str) -> None:
    """It is refused, or it is one message to one mailbox with exactly the headers that we give it."""
    content = Content(from_name=name, subject=subject, body=body)
    started = Started(permit=f"{1:032x}", channel="email", address=address, content=content)
    try:
        mail = compose(started, HEAD, TOKENS, 1_772_733_600)
    except LineError:
        return
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", mail.raw)
    assert max(map(len, mail.raw.split(b"\r\n"))) <= 998
    assert mail.raw.isascii()
    message = message_from_bytes(mail.raw, policy=default)
    assert sorted(name.lower() for name in message) == sorted(  # type: ignore[attr-defined]
        ["message-id", "list-unsubscribe", "list-unsubscribe-post", "from", "to", "date", "content-type",
         "content-transfer-encoding", "mime-version", *(["subject"] if subject else [])]
    )  # fmt: skip
    assert [one.addr_spec for one in message["To"].addresses] == [mail.recipient] == [mailbox(address)]
    assert [one.addr_spec for one in message["From"].addresses] == ["notices@harbor.example"]
    got = message.get_content().replace("\r\n", "\n").rstrip("\n")  # type: ignore[attr-defined]
    if not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]", body):
        assert got == body.rstrip("\n")
