"""The tables of the settings, each with what it holds as shipped. `settings.py` reads them."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import msgspec
from phonenumbers import SUPPORTED_SHORT_REGIONS

from .law.instants import parse_until
from .law.model import PlaceLicence
from .law.vocabulary import CollectorKind, Licence
from .law.vocabulary import Vouched as Vouched

Count = Annotated[int, msgspec.Meta(ge=0)]
Positive = Annotated[int, msgspec.Meta(ge=1)]
Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]
Country = Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")]
AGENT_PLACE, LICENCE_PLACE = "^[A-Z]{2}(-[A-Z0-9]{1,3})?$", "^[A-Z]{2}(-[A-Z0-9]{1,3}(/.+)?)?$"
AgentPlace = Annotated[str, msgspec.Meta(pattern=AGENT_PLACE)]
LicencePlace = Annotated[str, msgspec.Meta(pattern=LICENCE_PLACE)]
Text = Annotated[str, msgspec.Meta(min_length=1)]


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file: unknown keys are errors."""


class Server(Section, frozen=True):
    """Where the service listens. `port` 0 takes any free one.

    `public_url`: how the outside reaches it (`https://gate.example`): what carriers sign and what links in messages
    begin with. `call_out_to`: hosts that our own requests may go to though they are not public addresses.
    """

    host: str = "127.0.0.1"
    port: Port = 8030
    public_url: Text | None = None
    call_out_to: tuple[str, ...] = ()
    body_limit_bytes: Positive = 1 << 20
    shutdown_grace_seconds: Positive = 30


class StoreSettings(Section, frozen=True):
    """Where the record lies. `master_key_file` None: beside an SQLite file; PostgreSQL needs it named."""

    url: Text = "sqlite:///contactguard.db"
    master_key_file: str | None = None


class House(Section, frozen=True):
    """The operator's own limits, an overlay. 0 lifts the one in question."""

    live_calls_per_person: Count = 1
    gap_minutes: Count = 0


class Permits(Section, frozen=True):
    """How long a permit waits to be used, and how long a call may ring."""

    voice_seconds: Positive = 120
    preview_seconds: Positive = 600
    message_seconds: Positive = 60
    ring_seconds: Count = 30


_ATOM = re.compile(r"(?:[0-9]|\\d|\[(?:[0-9](?:-[0-9])?)+\])(?:\{([1-6])(?:,([1-6]))?\}|(\?))?", re.ASCII)
_EXTENSION_DIGITS = 6


class Telephony(Section, frozen=True):
    """The caller's country, and which short numbers are the house's own.

    `extensions` is built of digits, `\\d`, `[2-8]`, `{n}`, `{n,m}`, `?` and `|` alone, so that what it can
    match is known: 1 to 6 digits, never starting with 00.
    """

    country: Country = "US"
    extensions: str | None = None

    def __post_init__(self) -> None:
        if self.country not in SUPPORTED_SHORT_REGIONS:
            raise ValueError("no emergency numbers are known for this country; expected one such as US")
        if self.extensions is not None:
            _check_extensions(self.extensions)

    def is_extension(self, address: str) -> bool:
        """Whether `address` is an internal extension as configured."""
        if self.extensions is None or len(address) > _EXTENSION_DIGITS:
            return False
        return re.fullmatch(self.extensions, address, re.ASCII) is not None


def _check_extensions(pattern: str) -> None:
    """Refuse a pattern that could match nothing, more than 6 digits, or something starting with 00."""
    if max(map(_longest, pattern.split("|"))) > _EXTENSION_DIGITS:
        raise ValueError("extensions: may match at most 6 digits")
    try:
        compiled = re.compile(pattern, re.ASCII)
    except re.error:
        raise ValueError("extensions: is not a pattern of digits") from None
    if compiled.fullmatch(""):
        raise ValueError("extensions: must not match nothing at all")
    tails = ("", *(f"{n:0{width}d}" for width in range(1, 5) for n in range(10**width)))
    if any(compiled.fullmatch("00" + tail) for tail in tails):
        raise ValueError("extensions: must not match anything that starts with 00")


def _longest(alternative: str) -> int:
    """The number of digits at most matched by one alternative."""
    place, longest = 0, 0
    while place < len(alternative):
        atom = _ATOM.match(alternative, place)
        if atom is None:
            raise ValueError(r"extensions: use digits, \d, [2-8], {n}, {n,m}, ? and | alone")
        low, high, _ = atom.groups()
        longest += int(high or low or 1)
        place = atom.end()
    return longest


class LicenceSettings(Section, frozen=True):
    """A licence to collect in a place. `until`: its last day, or the instant of its end."""

    place: LicencePlace
    number: str | None = None
    until: str | None = None

    def __post_init__(self) -> None:
        try:
            parse_until(self.until or "2026-12-31")
        except ValueError:
            raise ValueError("until: expected a date such as 2026-12-31, or a time with its offset from UTC") from None

    @property
    def held(self) -> PlaceLicence:
        """As rules look at it."""
        until = None if self.until is None else parse_until(self.until)
        return PlaceLicence(place=self.place, number=self.number, until=until)


class CollectorSettings(Section, frozen=True):
    """One legal entity that contacts. `placements`: creditor -> kind, where that differs from `kind`.

    `licences`: every place where it holds a licence to collect; left out: not said. `agent_places`: agent -> where
    they sit (`US-CA`); who is not listed sits at `country` and `subdivision`.
    """

    id: Text
    name: Text
    neutral_name: str | None = None
    kind: CollectorKind = "third_party"
    own_name: bool = True
    licence: Licence | None = None
    licences: tuple[LicenceSettings, ...] | None = None
    numbers: tuple[str, ...] | None = None
    sender_names: tuple[str, ...] = ()
    country: Country | None = None
    subdivision: str | None = None
    default: bool = False
    placements: dict[str, CollectorKind] = {}
    agent_places: dict[str, AgentPlace] = {}


class RuleSettings(Section, frozen=True):
    """The operator's own rule files, read after the shipped ones, and how a rulebook is put in force.

    `four_eyes`: a second person approves; `require_signed`: no law speaks that nobody signed; `lead_seconds`: so
    long before it holds every process learns of it; `known_cities_only`: the law of a city is not asked of a person
    whose city nobody knows.
    """

    dirs: tuple[str, ...] = ()
    four_eyes: bool = False
    require_signed: bool = False
    known_cities_only: bool = False
    lead_seconds: Positive = 5


class Limits(Section, frozen=True):
    """What one key may ask where nothing is dialled: a sustained rate, and how much at once."""

    requests_per_minute: Positive = 1200
    burst_requests: Positive = 200


_DIAL_STRING = re.compile(r"[A-Za-z0-9_./:@{}+-]+\Z", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9.\-\[\]:;=]+\Z", re.ASCII)


class Switches(Section, frozen=True):
    """How switches that ask at every call are answered.

    `gateway`: host and port of the way out, which Kamailio's routes name. `bridge`: FreeSWITCH's dial string for a
    number, `{number}` in E.164 or `{digits}` without its plus; `extension_bridge`: that for an internal one;
    `freeswitch_inbound`: the contexts in which its calls from outside arrive, whose dialplan is its own.
    `fastagi_port`: where Asterisk's AGI() is listened for, None: nowhere; `fastagi_key_file`: the API key in whose
    name those ask, which the protocol cannot carry; `fastagi_from`: the addresses that may.
    """

    gateway: Text | None = None
    bridge: Text = "sofia/gateway/carrier/{number}"
    extension_bridge: Text = "user/{number}"
    freeswitch_inbound: tuple[str, ...] = ("public",)
    fastagi_host: str = "127.0.0.1"
    fastagi_port: Port | None = None
    fastagi_key_file: Text | None = None
    fastagi_from: tuple[str, ...] = ("127.0.0.1", "::1")

    def __post_init__(self) -> None:
        if self.gateway is not None and not _HOST.match(self.gateway):
            raise ValueError("gateway: expected a host, or host:port")
        for name in ("bridge", "extension_bridge"):
            given: str = getattr(self, name)
            if not _DIAL_STRING.match(given) or given.count("{number}") + given.count("{digits}") != 1:
                raise ValueError(f"{name}: expected a dial string with {{number}} or {{digits}} in it")
        if self.fastagi_port is not None and self.fastagi_key_file is None:
            raise ValueError("fastagi_key_file: name the file with the API key in whose name FastAGI asks")


class Vicidial(Section, frozen=True):
    """`statuses_file`: your own call statuses, in the shape of the shipped table, which they go before."""

    statuses_file: Text | None = None


_ACCOUNT = re.compile(r"AC[0-9a-f]{32}\Z", re.ASCII)
_AGENT_ADDRESS = re.compile(r"client:[^{}]*\{agent\}[^{}]*|sips?:[^{}]*\{agent\}[^{}]*@[^{}]+\Z")


class Twilio(Section, frozen=True):
    """An account with Twilio; without `account_sid` there is none.

    `auth_token_file`: what Twilio signs with, one a line while it is being changed; `api_key`, `api_key_secret_file`:
    what requests are made with instead of it. `carries`: the channels that go out by it. `agent_address`: where an
    agent's phone rings (`client:{agent}`, `sip:{agent}@acme.sip.twilio.com`); `extension_address` the same for
    `{extension}`. `emergency_caller_id`: the number registered for emergency calls. `messages_from`: the number that
    messages come from, `messages_from_of` one by the id of a collector; `messaging_service`: the service that sends
    them, with or without such a number. `validity_seconds`: a message that has not left by then never will.
    `asks_as`: the id of the API key in whose name softphones ask, so that its holder may report on their permits.
    `voice`, `language`: how refusals are read out.
    """

    account_sid: Text | None = None
    auth_token_file: Text | None = None
    api_key: Text | None = None
    api_key_secret_file: Text | None = None
    base_url: Text = "https://api.twilio.com"
    carries: tuple[Literal["voice", "sms"], ...] = ("voice", "sms")
    agent_address: Text = "client:{agent}"
    extension_address: Text | None = None
    emergency_caller_id: Text | None = None
    messages_from: Text | None = None
    messages_from_of: dict[str, str] = {}
    messaging_service: Text | None = None
    validity_seconds: Annotated[int, msgspec.Meta(ge=1, le=36_000)] = 14_400
    longest_call_seconds: Positive = 14_400
    asks_as: Text = "twilio"
    voice: Text = "alice"
    language: Text = "en-US"

    def __post_init__(self) -> None:
        if self.account_sid is None:
            return
        if not _ACCOUNT.match(self.account_sid):
            raise ValueError("account_sid: expected AC and 32 hexadecimal digits")
        if self.auth_token_file is None:
            raise ValueError("auth_token_file: name the file with the account's auth token")
        if (self.api_key is None) != (self.api_key_secret_file is None):
            raise ValueError("api_key: goes with api_key_secret_file")
        if not _AGENT_ADDRESS.match(self.agent_address):
            raise ValueError("agent_address: expected client:{agent}, or sip:{agent}@ and a domain")


_MAILBOX = re.compile(r"[A-Za-z0-9._-]+@[A-Za-z0-9.-]+\.[A-Za-z0-9-]+\Z", re.ASCII)
_LOOPBACK = re.compile(r"localhost\Z|127(?:\.[0-9]{1,3}){3}\Z|::1\Z", re.ASCII)
_LONGEST_BOUNCES = 11  # with + and a token it still is a local part of 64


class Smtp(Section, frozen=True):
    """The relay that e-mail leaves by; without `host` none does.

    `tls`: `starttls`, `implicit` (port 465), or `none`, for a relay on this machine alone. `ca_file`: who vouches for
    its certificate, in place of those the system trusts. `sender`: the mailbox e-mail comes from; `senders`: another
    one by the id of a collector. `bounces`: the mailbox that returns come to, with +TOKEN after its name. `helo`: how
    we introduce ourselves, None: by the domain of `bounces`. `connections`: how many messages are handed over at once;
    `most_waiting`: how many may wait for that; `longest_wait_seconds`: what has waited longer is not sent, as much may
    have been learned since it was allowed.
    """

    host: Text | None = None
    port: Port = 587
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    ca_file: Text | None = None
    user: Text | None = None
    password_file: Text | None = None
    sender: Text | None = None
    senders: dict[str, str] = {}
    bounces: Text | None = None
    helo: Text | None = None
    connections: Annotated[int, msgspec.Meta(ge=1, le=20)] = 2
    most_waiting: Positive = 1000
    longest_wait_seconds: Positive = 600
    timeout_seconds: Positive = 60

    def __post_init__(self) -> None:
        if self.host is None:
            return
        if self.tls == "none" and not _LOOPBACK.match(self.host):
            raise ValueError("tls: only a relay on this machine may be spoken to in the clear")
        if (self.user is None) != (self.password_file is None):
            raise ValueError("user: goes with password_file")
        if self.bounces is None or not _MAILBOX.match(self.bounces):
            raise ValueError("bounces: name the mailbox that returns come to, such as bounce@mail.example.com")
        if len(self.bounces.partition("@")[0]) > _LONGEST_BOUNCES:
            raise ValueError(f"bounces: before its @ may stand {_LONGEST_BOUNCES} characters at most")
        if not all(_MAILBOX.match(one) for one in (*self.senders.values(), self.sender or self.bounces)):
            raise ValueError("sender: expected a mailbox such as notices@example.com")


class Jobs(Section, frozen=True):
    """How often the periodic work runs."""

    expire_seconds: Positive = 5
    keys_seconds: Positive = 2
    rulebook_seconds: Positive = 2
    stops_seconds: Positive = 1
    reconcile_seconds: Positive = 60
    purge_seconds: Positive = 3600
    carriers_seconds: Positive = 21_600
    homes_seconds: Positive = 3600


class Log(Section, frozen=True):
    """`json` for machines, `text` for a terminal."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "text"] = "json"
