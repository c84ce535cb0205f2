"""Asterisk and Kamailio of the test bed, with the configurations we ship; only ports and keys are put in."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from socket import AF_INET, AF_UNIX, SOCK_DGRAM, socket

from a_bed import SWITCHES, free_port, need

DIALPLANS = Path(__file__).parents[2] / "dialplans"
_ASTERISK = SWITCHES / "usr/sbin/asterisk"
_MODULES = """
    app_dial app_exec app_stack app_verbose bridge_simple bridge_softmix chan_pjsip codec_ulaw func_callerid func_cdr
    func_channel func_curl func_cut func_env func_global func_hangupcause func_logic func_strings func_timeout func_uri
    pbx_config res_agi res_curl res_pjproject res_pjsip res_pjsip_acl res_pjsip_authenticator_digest res_pjsip_caller_id
    res_pjsip_endpoint_identifier_ip res_pjsip_pubsub res_pjsip_rfc3326 res_pjsip_sdp_rtp res_pjsip_session
    res_rtp_asterisk res_sorcery_astdb res_sorcery_config res_sorcery_memory res_speech res_timing_timerfd
"""
_EMPTY = """
    acl ccss cdr cel cli_aliases cli_permissions features geolocation http indications manager pjproject sorcery stasis
    udptl
"""
_PJSIP = """
[global]
type=global
user_agent=switch
[udp]
type=transport
protocol=udp
bind=127.0.0.1:{port}
[agent](!)
type=endpoint
context=agents
disallow=all
allow=ulaw
direct_media=no
media_address=127.0.0.1
bind_rtp_to_media_address=yes
[agent](agent)
[by-address]
type=identify
endpoint=agent
match=127.0.0.1
[carrier](agent)
context=nowhere
aors=carrier
[carrier]
type=aor
contact=sip:127.0.0.1:{carrier}
[201](agent)
aors=201
[201]
type=aor
contact=sip:201@127.0.0.1:{carrier}
"""


@contextlib.contextmanager
def asterisk(files: Mapping[str, str], carrier: int) -> Iterator[int]:
    """Asterisk with these files of /etc/asterisk, its carrier at this port: the port at which it takes calls."""
    need(_ASTERISK)
    home = Path(tempfile.mkdtemp(prefix="cg-", dir=SWITCHES / "tmp"))
    inside, port = Path("/") / home.relative_to(SWITCHES), free_port(SOCK_DGRAM)
    for name in ("etc", "db", "keys", "spool", "run", "log", "cache"):
        (home / name).mkdir()
    places = {"etc": "etc", "db": "db", "key": "keys", "spool": "spool", "run": "run", "log": "log", "cache": "cache"}
    directories = "".join(f"ast{name}dir={inside}/{place}\n" for name, place in places.items())
    modules = "/usr/lib/x86_64-linux-gnu/asterisk/modules"
    directories += f"astmoddir={modules}\nastvarlibdir=/var/lib/asterisk\nastdatadir=/usr/share/asterisk\n"
    given = {f"{name}.conf": "" for name in _EMPTY.split()} | {
        "asterisk.conf": f"[directories]\n{directories}",
        "modules.conf": "[modules]\nautoload=no\n" + "".join(f"load={name}.so\n" for name in _MODULES.split()),
        "logger.conf": "[general]\n[logfiles]\nconsole=\nmessages.log=notice,warning,error\n",
        "rtp.conf": "[general]\nrtpstart=20000\nrtpend=29999\n",
        "pjsip.conf": _PJSIP.format(port=port, carrier=carrier),
    }
    for name, text in {**given, **files}.items():
        (home / "etc" / name).write_text(text)
    command = ("chroot", str(SWITCHES), "/usr/sbin/asterisk", "-C", f"{inside}/etc/asterisk.conf")
    try:
        with _notified(home.name) as told, _running((*command, "-f"), home / "console", NOTIFY_SOCKET=f"@{home.name}"):
            assert b"READY=1" in told.recv(4096).splitlines()
            yield port
    finally:
        shutil.rmtree(home)


@contextlib.contextmanager
def _notified(name: str) -> Iterator[socket]:
    """Where a process says that it has started, as it does to systemd: by a name that a changed root does not hide."""
    with socket(AF_UNIX, SOCK_DGRAM) as told:
        told.bind(f"\0{name}")
        told.settimeout(60)
        yield told


@contextlib.contextmanager
def _running(command: Sequence[str], said: Path, **env: str) -> Iterator[None]:
    """A process while the block runs; what it said is in this file, and in the failure if it ended by itself."""
    with said.open("wb") as out:
        process = subprocess.Popen(
            command,
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        yield
        assert process.poll() is None, said.read_text(errors="replace")
    finally:
        # There is nothing to save: all it has is in its own folder, which goes.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def kamailio(config: str, site: str, in_tree: bool = False) -> Iterator[int]:
    """Kamailio with this configuration and `{port}` of its site's file filled in: the port at which it takes calls.

    The host's own, or (`in_tree`) the newer one of the tree.
    """
    root = SWITCHES if in_tree else Path("/")
    need(root / "usr/sbin/kamailio")
    home = Path(tempfile.mkdtemp(prefix="cg-", dir=root / "tmp"))
    inside, port = Path("/") / home.relative_to(root), free_port(SOCK_DGRAM)
    (home / "kamailio.cfg").write_text(config)
    (home / "contactguard.cfg").write_text(site.format(port=port))
    own = ("-f", f"{inside}/kamailio.cfg", "-Y", str(inside), "-P", f"{inside}/pid")
    command = (*(("chroot", str(root)) if in_tree else ()), "/usr/sbin/kamailio", *own)
    try:
        checked = subprocess.run((*command, "-c"), capture_output=True, text=True, timeout=30)
        assert checked.returncode == 0, checked.stderr
        with _running((*command, "-DD", "-E"), home / "console"):
            _until_it_answers(port)
            yield port
    finally:
        shutil.rmtree(home)


def _until_it_answers(port: int) -> None:
    """Ask with OPTIONS until something comes back."""
    ask = (
        f"OPTIONS sip:ping@127.0.0.1:{port} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKping;rport\r\n"
        "From: <sip:ping@127.0.0.1>;tag=1\r\nTo: <sip:ping@127.0.0.1>\r\nCall-ID: ping\r\nCSeq: 1 OPTIONS\r\n"
        "Max-Forwards: 5\r\nContent-Length: 0\r\n\r\n"
    ).encode()
    with socket(AF_INET, SOCK_DGRAM) as probe:
        probe.settimeout(0.1)
        for _ in range(200):
            probe.sendto(ask, ("127.0.0.1", port))
            with contextlib.suppress(TimeoutError):
                probe.recv(65_536)
                return
    raise AssertionError("Kamailio did not start")
