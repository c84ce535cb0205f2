"""What can be set, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from contactguard.attempts.board.editions import terms_of
from contactguard.attempts.plan import Setup
from contactguard.errors import BadInput
from contactguard.law.model import Case
from contactguard.records.subjects import CaseDoc
from contactguard.rules.load import load as load_rules
from contactguard.sections import Telephony
from contactguard.settings import Settings, load

FILE = """
assume = ["notices"]
[server]
port = 9000
[house]
gap_minutes = 5
[[collector]]
id = "acme"
name = "Acme Recovery"
neutral_name = "Acme"
placements = {bank = "first_party"}
[[collector]]
id = "zenith"
name = "Zenith"
default = true
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "contactguard.toml"
    path.write_text(FILE)
    return path


def test_without_a_file_the_shipped_values_hold() -> None:
    """One live call per person, no gap, and the four facts taken on trust."""
    settings = load(environ={})
    assert settings == Settings()
    assert (settings.house.live_calls_per_person, settings.house.gap_minutes) == (1, 0)
    assert settings.assume == ("notices", "communicated", "arrears", "licences")
    assert (settings.permits.voice_seconds, settings.permits.ring_seconds) == (120, 30)


def test_a_variable_wins_over_the_file_and_an_override_over_both(file: Path) -> None:
    """File, then environment, then command line."""
    environ = {"CONTACTGUARD_SERVER_PORT": "9001", "CONTACTGUARD_HOUSE_GAP_MINUTES": "7"}
    settings = load(file, environ, {"server": {"port": 0}})
    assert (settings.server.port, settings.house.gap_minutes, settings.assume) == (0, 7, ("notices",))


def test_the_environment_can_name_the_file_and_the_store(file: Path) -> None:
    """CONTACTGUARD_CONFIG and CONTACTGUARD_DB are what the commands use."""
    settings = load(environ={"CONTACTGUARD_CONFIG": str(file), "CONTACTGUARD_DB": "postgresql:///cg"})
    assert (settings.server.port, settings.store.url) == (9000, "postgresql:///cg")


def test_a_list_in_a_variable_is_separated_by_commas() -> None:
    """Spaces around the commas do not count."""
    settings = load(environ={"CONTACTGUARD_RULES_DIRS": "a, b", "CONTACTGUARD_ASSUME": ""})
    assert (settings.rules.dirs, settings.assume) == (("a", "b"), ())


def test_the_default_collector_is_the_one_that_says_so(file: Path) -> None:
    """Else the first; else there is none."""
    chosen = load(file, {}).default_collector
    assert chosen is not None
    assert chosen.id == "zenith"
    assert Settings().default_collector is None


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[server]\nprot = 1", "server.prot"),
        ("servre = 1", "servre"),
        ("[server]\nport = 70000", "server.port"),
        ("[permits]\nvoice_seconds = 0", "permits.voice_seconds"),
        ('assume = ["everything"]', "assume[0]"),
        ('[[collector]]\nid = "a"\nname = "A"\nkind = "friend"', "collector[0].kind"),
        ('[[collector]]\nid = "a"', "collector[0].name"),
        ('[[collector]]\nid = "a"\nname = "A"\nlicense = "bank"', "collector[0].license"),
    ],
)
def test_a_key_that_cannot_be_is_named(tmp_path: Path, text: str, where: str) -> None:
    """The place is named as it stands in the file, the value is not repeated."""
    path = tmp_path / "x.toml"
    path.write_text(text)
    with pytest.raises(BadInput) as caught:
        load(path, {})
    assert caught.value.where == where


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[[collector]]\nid = 'a'\nname = 'A'\nkind = 'agency'", "one of debt_buyer, first_party, third_party"),
        ("[[collector]]\nid = 'a'\nname = 'A'\nplacements = {B = 'x'}", "one of debt_buyer, first_party, third_party"),
        ("[[collector]]\nid = 'a'\nname = 'A'\ncountry = 'USA'", "expected text, two capital letters such as US"),
        ("[twilio]\ncarries = ['fax']", "expected one of sms, voice"),
        ("[smtp]\ntls = 'ssl'", "expected one of "),
        ("[telephony]\nextensions = ['101']", "expected text, got a list"),
        ("[server]\nport = 70000", "expected a whole number <= 65535"),
    ],
)
def test_what_was_expected_is_said_in_words(tmp_path: Path, text: str, why: str) -> None:
    """Whoever writes settings sees the words that a place knows, and no names of types."""
    path = tmp_path / "x.toml"
    path.write_text(text)
    with pytest.raises(BadInput) as caught:
        load(path, {})
    assert why in str(caught.value)
    assert "`" not in str(caught.value)


def test_an_unknown_variable_is_named() -> None:
    """A misspelt variable must not be silently ignored."""
    with pytest.raises(BadInput, match="CONTACTGUARD_SEVER_PORT: no such setting"):
        load(environ={"CONTACTGUARD_SEVER_PORT": "1"})


def test_a_file_that_is_missing_or_not_toml_is_named(tmp_path: Path) -> None:
    """An operator who mistypes a path must hear of it."""
    broken = tmp_path / "broken.toml"
    broken.write_text("[server")
    for path, why in ((tmp_path / "none.toml", "cannot be read"), (broken, "is not TOML")):
        with pytest.raises(BadInput, match=why) as caught:
            load(path, {})
        assert caught.value.where == str(path)


@pytest.mark.parametrize("pattern", [r"[2-8]\d{2,3}", "1[0-9]", "7|8\\d", r"0[1-9]\d", "911"])
def test_extensions_match_what_they_say(pattern: str) -> None:
    """Only whole numbers of up to six digits are extensions."""
    telephony = Telephony(extensions=pattern)
    assert not any(telephony.is_extension(no) for no in ("", "+1", "001", "1234567", "٢٣٤", "200\n"))
    assert any(telephony.is_extension(str(n)) or telephony.is_extension(f"0{n}") for n in range(1000))


@pytest.mark.parametrize(
    "pattern",
    [
        r"\d{3}", "00", "0?0\\d", "[0-9]{2}", r"\d{7}", r"1\d{6}", r"[1-9]\d+", ".*", r"\+1", "1?", "", "(1",
        "1|", r"\d{4,9}", "[9-1]", "[^0]1", r"1\d{3}|0\d{4}", r"2{6,3}", r"[1-9]\w",
    ],
)  # fmt: skip
def test_extensions_that_could_reach_the_world_are_refused(pattern: str) -> None:
    """More than 6 digits, a leading 00 or +, nothing at all, and what cannot be told are refused."""
    with pytest.raises(BadInput, match="extensions"):
        load(environ={"CONTACTGUARD_TELEPHONY_EXTENSIONS": pattern})


def test_a_country_without_known_emergency_numbers_is_refused() -> None:
    """Without them the exception for emergencies could not be kept."""
    with pytest.raises(BadInput, match="emergency"):
        load(environ={"CONTACTGUARD_TELEPHONY_COUNTRY": "QQ"})


def test_two_collectors_cannot_share_an_id_or_both_be_the_default(tmp_path: Path) -> None:
    """A case must be placed with exactly one."""
    one = '[[collector]]\nid = "a"\nname = "A"\n'
    other = '[[collector]]\nid = "b"\nname = "B"\ndefault = true\n'
    for text in (one + one, one + "default = true\n" + other):
        path = tmp_path / "x.toml"
        path.write_text(text)
        with pytest.raises(BadInput, match="collector"):
            load(path, {})


@pytest.mark.parametrize("until", ["2026-12-31", '"2026-12-31"', "2026-12-31T23:59:59-08:00"])
def test_a_licence_names_its_place_and_its_end(tmp_path: Path, until: str) -> None:
    """A date of TOML or one in quotes; what the service decides by holds that end."""
    path = tmp_path / "contactguard.toml"
    licence = f'{{ place = "US-NY/New York", number = "12", until = {until} }}'
    path.write_text(f'[[collector]]\nid = "a"\nname = "A"\nlicences = [{licence}, {{ place = "US-WA" }}]\n')
    settings = load(path, {})
    setup = Setup(load_rules(), settings, str, lambda point: ())
    held = setup.collector(CaseDoc(case=Case(ref="C-1"), persons=()))
    assert held.licences is not None
    assert [(one.place, one.until is None) for one in held.licences] == [("US-NY/New York", False), ("US-WA", True)]
    terms = terms_of(settings)
    assert msgspec.convert(msgspec.to_builtins(terms), type(terms)) == terms


@pytest.mark.parametrize(
    ("licence", "why"),
    [
        ('{ place = "Washington" }', "collector[0].licences[0].place"),
        ('{ place = "US-WA", until = "31.12.2026" }', "collector[0].licences[0]"),
        ("{ until = 2026-12-31 }", "collector[0].licences[0].place"),
    ],
)
def test_a_licence_that_could_mean_nothing_is_refused(tmp_path: Path, licence: str, why: str) -> None:
    """A place in words would cover no place, and every contact there would be refused."""
    path = tmp_path / "contactguard.toml"
    path.write_text(f'[[collector]]\nid = "a"\nname = "A"\nlicences = [{licence}]\n')
    with pytest.raises(BadInput, match=re.escape(why)):
        load(path, {})
