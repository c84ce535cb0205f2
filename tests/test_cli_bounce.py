"""`contactguard bounce`, as a mail server's pipe and over mailboxes, whether the service runs or not."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import msgspec
import pytest

from a_book import federal
from a_bounce import report
from a_command import run, serving
from a_road import AGENT, CASE_SYSTEM, HOME, NOON, asking
from contactguard.app import open_house
from contactguard.attempts import Event, PutCase
from contactguard.clock import SimulatedClock
from contactguard.law.instants import Instant
from contactguard.law.model import Case, Consent, Content, Person, Point
from contactguard.lines.tokens import KEY_FOR, Tokens
from contactguard.settings import load

MAIL = "p1@mail.example"
TEXT = (
    "This is an attempt to collect a debt by a debt collector, and any information obtained will be used for that "
    "purpose. To stop e-mail, reply STOP."
)


def messages(folder: Path, count: int = 1) -> list[tuple[str, str]]:
    """A store in which so many e-mails were sent: each permit, and the mailbox that returns on it come to."""

    async def send() -> list[tuple[str, str]]:
        settings = load(environ={}, overrides={"store": {"url": str(folder / "cg.db")}})
        async with open_house(settings, clock=SimulatedClock(NOON, runs=False), book=federal()) as house:
            tokens, sent = Tokens(house.store.secret(KEY_FOR)), []
            agreed = Consent(kind="contact", channel="email", address=MAIL, given=Instant(NOON))
            someone = Person(id="P-1", points=(Point(address=MAIL),), evidence=(HOME,), consents=(agreed,))
            body = PutCase(case=Case(ref="C-1", product="credit_card"), persons=(someone,))
            await house.road.put_case("C-1", body, CASE_SYSTEM)
            for number in range(count):
                content = Content(subject="Your request", body=TEXT)
                ask = asking(channel="email", address=MAIL, content=content)
                answer = msgspec.json.decode(await house.road.ask(ask, AGENT))
                permit = answer["permit"]["id"]
                await house.road.event(permit, Event(event_id=str(number), type="sent", at=Instant(NOON)), AGENT)
                sent.append((permit, f"bounce+{tokens.make('bounce', permit)}@mail.harbor.example"))
            return sent

    return asyncio.run(send())


def lines(out: str) -> list[dict[str, str]]:
    """What was printed."""
    return [json.loads(line) for line in out.splitlines()]


def test_a_mail_server_pipes_a_bounce(tmp_path: Path) -> None:
    """With the line that some put before it; twice counts once."""
    ((permit, to),) = messages(tmp_path)
    raw = report(MAIL, to).decode()
    for given in (raw, f"From MAILER-DAEMON Thu Mar  5 18:00:00 2026\n{raw}"):
        said = run("bounce", "--db", str(tmp_path / "cg.db"), given=given)
        assert said.status == 0, said.err
        assert lines(said.out) == [{"became": "bounced", "permit": permit, "status": "5.1.1", "dead": True}]
    assert MAIL not in said.err


def test_the_pipe_may_name_the_mailbox(tmp_path: Path) -> None:
    """As a mail server does that knows it from the envelope."""
    ((permit, to),) = messages(tmp_path)
    raw = report(MAIL, "bounce@mail.harbor.example", status="5.2.2").decode()
    said = run("bounce", "--recipient", to, "--db", str(tmp_path / "cg.db"), given=raw)
    assert lines(said.out) == [{"became": "bounced", "permit": permit, "status": "5.2.2"}]


def test_a_maildir_is_read_once(tmp_path: Path) -> None:
    """What was taken in is among the messages seen afterwards."""
    sent = messages(tmp_path, 2)
    box = tmp_path / "box"
    for part in ("new", "cur", "tmp"):
        (box / part).mkdir(parents=True)
    for number, (_, to) in enumerate(sent):
        (box / "new" / f"{number}.mx").write_bytes(report(MAIL, to))
    (box / "new" / "2.mx").write_bytes(b"Subject: hello\r\n\r\nNot a bounce.\r\n")
    said = run("bounce", str(box), "--db", str(tmp_path / "cg.db"))
    assert said.status == 0, said.err
    assert [one["became"] for one in lines(said.out)] == ["bounced", "bounced", "unmatched"]
    assert sorted(file.name for file in (box / "cur").iterdir()) == ["0.mx:2,S", "1.mx:2,S", "2.mx:2,S"]
    assert run("bounce", str(box), "--db", str(tmp_path / "cg.db")).out == ""
    (kept,) = lines(run("bounce", "--unmatched", "--db", str(tmp_path / "cg.db")).out)
    assert kept["by"] == "command"


def test_an_mbox_and_a_single_file(tmp_path: Path) -> None:
    """Each message in turn."""
    sent = messages(tmp_path, 2)
    mbox, one = tmp_path / "mbox", tmp_path / "one.eml"
    from_line = b"From MAILER-DAEMON Thu Mar  5 18:00:00 2026\n"
    mbox.write_bytes(b"".join(from_line + report(MAIL, to).replace(b"\r\n", b"\n") + b"\n" for _, to in sent))
    one.write_bytes(report(MAIL, sent[0][1]))
    said = run("bounce", str(mbox), str(one), "--db", str(tmp_path / "cg.db"))
    assert [line["permit"] for line in lines(said.out)] == [sent[0][0], sent[1][0], sent[0][0]]


def test_it_works_beside_the_running_service(tmp_path: Path) -> None:
    """Through the process that holds the file."""
    ((permit, to),) = messages(tmp_path)
    with serving("--db", str(tmp_path / "cg.db")):
        said = run("bounce", "--db", str(tmp_path / "cg.db"), given=report(MAIL, to).decode())
    assert [line["permit"] for line in lines(said.out)] == [permit]


@pytest.mark.parametrize(("args", "given"), [((), ""), (("none-such",), None), ((".",), None)])
def test_what_is_no_mailbox_is_refused(tmp_path: Path, args: tuple[str, ...], given: str | None) -> None:
    """By name, with status 2."""
    messages(tmp_path, 0)
    said = run("bounce", *args, "--db", str(tmp_path / "cg.db"), given=given, cwd=tmp_path)
    assert said.status == 2
    assert said.err.startswith("contactguard: ")
    assert said.out == ""


def test_a_message_in_a_pipe_is_never_given_up(tmp_path: Path) -> None:
    """Settings that cannot be read are mended by somebody, and the mail server tries again until then."""
    said = run("bounce", "--config", str(tmp_path / "none.toml"), given="Subject: x\n\nx\n")
    assert said.status == 75
    assert "none.toml" in said.err
    box = tmp_path / "one.eml"
    box.write_text("Subject: x\n\nx\n")
    assert run("bounce", str(box), "--config", str(tmp_path / "none.toml")).status == 2


def test_a_store_out_of_reach_has_the_mail_server_try_again(tmp_path: Path) -> None:
    """Status 75, by which the message stays in its queue."""
    key = tmp_path / "key"
    key.touch(0o600)
    key.write_text("A" * 43 + "=\n")
    url = "postgresql://nobody@127.0.0.1:1/none"
    said = run("bounce", "--db", url, env={"CONTACTGUARD_MASTER_KEY_FILE": str(key)}, given="Subject: x\n\nx\n")
    assert said.status == 75, said
