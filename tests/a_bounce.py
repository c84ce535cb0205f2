"""Messages that come back, as mail servers write them."""

from __future__ import annotations

STATUS = "Final-Recipient: rfc822; {to}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; 550 {status} no\n"


def report(
    to: str,
    token_mailbox: str,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    said: str = STATUS,
    kind: str = "report; report-type=delivery-status",
    more: str = "",
) -> bytes:
    """A report by the book (RFC 3464) that came to this mailbox of ours about a message to `to`."""
    text = (
        f"Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nTo: {token_mailbox}\nSubject: Undelivered Mail\n{more}"
        f'MIME-Version: 1.0\nContent-Type: multipart/{kind}; boundary="=b"\n\n'
        "--=b\nContent-Type: text/plain\n\nIt could not be delivered.\n\n"
        "--=b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        f"{said.format(to=to, action=action, status=status)}\n"
        "--=b--\n"
    )
    return text.replace("\n", "\r\n").encode()
