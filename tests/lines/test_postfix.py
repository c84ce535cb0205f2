"""Real bounces: our line hands over to Postfix, whose way on refuses, and what comes back leads to the contact."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from a_bed import free_port, missing, need
from a_relay import Relay, relay
from contactguard.clock import SimulatedClock
from contactguard.law.model import Content
from contactguard.lines.bounces import permit_in, read
from contactguard.lines.line import Report, Started
from contactguard.lines.mails import Letterhead
from contactguard.lines.smtp import SmtpLine
from contactguard.lines.tokens import Tokens
from contactguard.lines.wire import Exchange
from contactguard.sections import Smtp

TOKENS = Tokens(b"k" * 32)
BOUNCES = "bounce@mail.harbor.example"
HEAD = Letterhead(
    senders={None: "notices@harbor.example"}, names={None: None}, bounces=BOUNCES, public_url="https://gate.example"
)
MAIN = """
compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
relayhost = [127.0.0.1]:{sink}
smtp_dns_support_level = disabled
smtp_host_lookup = native
maillog_file = /dev/stdout
alias_maps =
alias_database =
local_recipient_maps =
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
maximal_queue_lifetime = 3s
bounce_queue_lifetime = 3s
delay_warning_time = {warning}
"""
MASTER = """
{port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
"""


class Server(NamedTuple):
    """Where Postfix listens, and where it delivers to."""

    port: int
    sink: int


@pytest.fixture(scope="module")
def postfix() -> Iterator[Server]:
    """A mail server of its own, with short times, for this file."""
    program = need("postfix")
    if os.geteuid() != 0:
        missing("postfix starts for root alone")
    folder = Path(tempfile.mkdtemp(prefix="cg-postfix-"))
    folder.chmod(0o711)
    server = Server(free_port(), free_port())
    for part in ("queue", "data"):
        (folder / part).mkdir(mode=0o755)
    shutil.chown(folder / "data", "postfix")
    (folder / "main.cf").write_text(MAIN.format(dir=folder, sink=server.sink, warning="0h"))
    (folder / "master.cf").write_text(MASTER.format(port=server.port))
    process = subprocess.Popen(
        (program, "-c", str(folder), "start-fg"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert process.stdout is not None
        seen = []
        for line in process.stdout:
            seen.append(line)
            if "daemon started" in line:
                break
        else:
            raise AssertionError("".join(seen))
        yield server
    finally:
        subprocess.run((program, "-c", str(folder), "stop"), capture_output=True, timeout=30)
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


async def sent_through(server: Server, sink: Relay, address: str = "p1@mail.example") -> Report:
    """One message by our line to Postfix; what our line reports of it."""
    reports: list[Report] = []

    async def hear(report: Report) -> None:
        reports.append(report)

    async def keep(exchange: Exchange) -> None:
        """Not looked at here."""

    settings = Smtp(host="127.0.0.1", port=server.port, tls="none", sender="notices@harbor.example", bounces=BOUNCES)
    line = SmtpLine(settings, HEAD, TOKENS, SimulatedClock(1_772_733_600, runs=False), keep)
    line.open()
    content = Content(subject="About your request", body="Good day.\n")
    await line.place(Started(permit=f"{7:032x}", channel="email", address=address, content=content), hear)
    await sink.came()
    await line.close()
    return reports[0]


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("550 5.1.1 no such user", "5.1.1"),
        ("552 5.2.2 mailbox full", "5.2.2"),
        ("550 go away", "5.0.0"),
        ("451 4.7.1 try again later", "4.7.1"),
    ],
)
async def test_a_bounce_leads_to_the_contact(postfix: Server, answer: str, status: str) -> None:
    """To the mailbox with the token, about our recipient, with the far server's own status; also after retries."""
    async with relay(port=postfix.sink) as sink:
        sink.rcpt = lambda address: answer if address == "p1@mail.example" else None
        report = await sent_through(postfix, sink)
        assert (report.type, report.cause) == ("sent", "accepted")
        returned = await sink.came()
    (to,) = returned.rcpt_tos
    raw = returned.content if isinstance(returned.content, bytes) else b""
    assert to.startswith("bounce+")
    assert permit_in(raw, to, TOKENS) == permit_in(raw, None, TOKENS) == f"{7:032x}"
    (verdict,) = read(raw).verdicts
    assert (verdict.action, verdict.status) == ("failed", status)
    assert verdict.recipients == ("p1@mail.example",)
    assert f"Original-Envelope-Id: {to.partition('+')[2].partition('@')[0]}".encode() in raw


async def test_what_arrives_comes_back_in_no_report(postfix: Server) -> None:
    """Nothing is asked for but failures and delays; the message arrives with its headers as we wrote them."""
    async with relay(port=postfix.sink) as sink:
        await sent_through(postfix, sink)
        (envelope,) = sink.envelopes
    assert envelope.rcpt_tos == ["p1@mail.example"]
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in (envelope.content or b"")
