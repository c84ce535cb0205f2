"""What a text says by its plain words, and that no disguise hides what it must not say."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactguard import rules
from contactguard.law.model import Content
from contactguard.law.phrases import WordingFile, parse_wording, read_wording
from contactguard.law.rulebook import RuleError
from contactguard.law.wording import LONGEST, Reader, Reading, unattested
from contactguard.rules.load import load
from contactguard.rules.wordings import run, shipped

FILES = sorted(item.name for item in files(rules).joinpath("wording").iterdir() if item.name.endswith(".toml"))
READER = Reader(shipped())
WAY_OUT = "Reply STOP to end texts."
TELLS = "Northgate Services, a debt collector, about your account."
HEAD = '[wording]\nlanguage = "xx"\ntitle = "X"\nchecked_on = 2026-01-01\nnegations = ["not"]\n'
ALIKE = str.maketrans("aceiopdt", "асеіорԁт")


def said(text: str, channel: str = "sms", **parts: Any) -> Reading:
    """What such a message says."""
    return READER.read(Content(body=text, **parts), channel)


def table(name: str) -> WordingFile:
    """A shipped file of phrases, as tables."""
    return read_wording(files(rules).joinpath("wording", name).read_text("utf-8"), name)


def test_every_worked_text_says_what_it_says_there() -> None:
    """Read by all the phrases together."""
    tried = run(load())
    assert [(file, found) for file, texts in tried for found in texts if found[1]] == []
    assert len(tried) == len(FILES)


@pytest.mark.parametrize("name", FILES)
def test_each_file_shows_every_sort_of_thing_that_it_has_phrases_for(name: str) -> None:
    """But for envelopes."""
    shown = {what for one in table(name).text for what in one.says}
    assert shown == {phrase.says for phrase in table(name).phrase} - {"envelope"}


def test_a_worked_text_that_says_something_else_is_told(tmp_path: Path) -> None:
    """An operator's own phrases are read beside those shipped, and tried with them."""
    (tmp_path / "wording").mkdir()
    (tmp_path / "wording" / "xx.toml").write_text(HEAD + "[[text]]\ntext = 'Reply STOP.'\nsays = ['debt']\n")
    found = dict(run(load([tmp_path])))[f"{tmp_path}/wording/xx.toml"]
    assert found == [("text 1", ["says opt_out, expected debt"])]
    assert load([tmp_path]).digest != load().digest


DISGUISES: dict[str, Callable[[str], str]] = {
    "capitals": str.upper,
    "cyrillic": lambda text: text.translate(ALIKE),
    "full width": lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
    "bold letters": lambda text: "".join(chr(0x1D41A + ord(c) - 97) if "a" <= c <= "z" else c for c in text),
    "squared letters": lambda text: "".join(chr(0x1F170 + ord(c) - 97) if "a" <= c <= "z" else c for c in text),
    "flags": lambda text: "".join(chr(0x1F1E6 + ord(c) - 97) if "a" <= c <= "z" else c for c in text),
    "zero width": lambda text: "\u200b".join(text),
    "soft hyphens": lambda text: "\u00ad".join(text),
    "combining marks": lambda text: "".join(c + "\u0336" if c.isalpha() else c for c in text),
    "accents": lambda text: text.replace("e", "é").replace("o", "ö").replace("t", "ţ"),
    "right to left": lambda text: "\u202e" + text[::-1] + "\u202c",
    "marks of direction": lambda text: text.replace("e", "e\u200f"),
    "digits": lambda text: text.replace("e", "3").replace("o", "0").replace("i", "1").replace("a", "4"),
    "dots": lambda text: " ".join(".".join(word) for word in text.split()),
    "spaces": lambda text: " / ".join(" ".join(word) for word in text.split()),
    "broken line": lambda text: text.replace("eb", "e-\nb").replace("arr", "ar-\nr"),
    "tags": lambda text: "<p>" + text.replace("e", "<b>e</b>") + "</p>",
    "tag characters": lambda text: text.replace("b", "b\U000e0041").replace("p", "p\U000e0041"),
    "invisible fillers": lambda text: text.replace("e", "e\u3164").replace("b", "\ufeffb"),
}


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize(("text", "what"), [("this is about a debt", "debt"), ("you will be arrested", "abusive")])
def test_what_must_not_be_said_is_found_under_every_disguise(disguise: str, text: str, what: str) -> None:
    """Whatever the letters wear, wherever in the text."""
    if (disguise, what) in (("dots", "abusive"), ("spaces", "abusive")):
        text = "deadbeat"
    for around in ("{}", "Hello! {} Call us.", "Buenos días.\n{}\n¡Gracias!"):
        assert what in said(around.format(DISGUISES[disguise](text))).forbidden


@pytest.mark.parametrize(
    "disguise", [name for name in DISGUISES if name not in ("capitals", "broken line", "accents", "tags")]
)
def test_a_way_out_in_disguise_is_none(disguise: str) -> None:
    """Whoever reads it cannot do what it says, or cannot see it: the text has no way out."""
    assert "opt_out" not in said(DISGUISES[disguise]("reply stop to end texts.")).said


@pytest.mark.parametrize("disguise", ["cyrillic", "full width", "zero width", "right to left", "dots", "flags"])
def test_a_disclosure_in_disguise_is_none(disguise: str) -> None:
    """Nor is it told whom the text comes from."""
    assert "debt_collector" not in said(DISGUISES[disguise]("this is from a debt collector.")).said


@pytest.mark.parametrize(
    "text",
    [
        "REPLY  STOP\nTO END\r\nTEXTS",
        "Please reply with \u201cSTOP\u201d to end texts.",
        "reply with the word 'stop' to this e-mail to end messages",
        "Text STOP to opt out",
        "<p>Reply <b>STOP</b> to end texts.</p>",
        "Reply STOP&nbsp;to end texts. <br>",
        "Reply UNSUB-\nSCRIBE to end e-mails",
        "Pour finir: bonjour. Reply STOP. Adiós.",
    ],
)
def test_a_way_out_is_read_however_it_is_set(text: str) -> None:
    """Case, quotes, line breaks, tags of a page and other languages around it change nothing."""
    assert said(text).said == {"opt_out"}
    assert said(text).methods == {"reply"}


@pytest.mark.parametrize(
    "text",
    [
        "Reply today to stop collection.",
        "Reply to us and stop ignoring this.",
        "Reply STOP to stop your monthly payment plan.",
        "Reply STOP with your account number and date of birth.",
        "Do not reply STOP.",
        "You cannot reply STOP here.",
        "Stop! Reply now.",
        "To opt out, write to P.O. Box 100.",
        "To opt out, visit our website.",
        "To opt out, call us, or pay at https://northgate.example/pay",
        "To opt out, log in at https://northgate.example/account",
        "Pay at https://northgate.example/pay or call us to unsubscribe.",
        "Text END to end your appointment.",
        "Para cancelar su pago, responda CANCELAR.",
        "<p style='font-size:0'>Reply STOP to end texts.</p><p>Hello</p>",
        "<p hidden>Reply STOP to end texts.</p><p>Hello</p>",
        "<p>Hello</p><style>Reply STOP to end texts</style>",
        "",
    ],
)
def test_what_only_looks_like_a_way_out_is_none(text: str) -> None:
    """A call, a letter, a login, another purpose, a denial, or what nobody can see."""
    assert "opt_out" not in said(text).said


@pytest.mark.parametrize(
    "text",
    [
        "We are not a debt collector.",
        "This is not from a debt collector, it is from a debt collector.",
        "Northgate isn\u2019t really a debt collector.",
        "If a debt collector calls, tell us.",
        "Neither we nor any debt collector will call.",
    ],
)
def test_what_is_denied_or_said_of_others_is_no_disclosure(text: str) -> None:
    """A text that says it both ways has not said it."""
    assert "debt_collector" not in said(text).said


def test_what_is_said_in_parts_needs_all_parts_of_one_language() -> None:
    """Half in English and half in Spanish tells neither reader."""
    english = "This is an attempt to collect a debt."
    spanish = "Usaremos la información para cobrar la deuda."
    assert "initial_disclosure" not in said(english).said
    assert "initial_disclosure" not in said(f"{english} {spanish}").said
    assert "initial_disclosure" in said(f"{english} Any information will be used for that purpose.").said
    assert "initial_disclosure" in said(f"Estamos intentando cobrar una deuda. {spanish}").said


def test_each_part_is_read_for_what_it_must_not_say() -> None:
    """Subject, sender's name, envelope, script and body; but what must be said stands in what reaches the person."""
    for part in ("subject", "from_name", "envelope", "script"):
        assert said("Hello.", **{part: "About your debt"}).forbidden == {"debt"}
    for part in ("from_name", "envelope", "script"):
        assert "opt_out" not in said("Hello.", **{part: WAY_OUT}).said
    assert "debt_collector" in said(WAY_OUT, subject=TELLS).said
    assert "debt_collector" in READER.read(Content(script=TELLS), "voice").said
    assert "debt_collector" not in READER.read(Content(script="Hello.", body=TELLS), "voice").said


def test_what_a_page_hides_or_keeps_in_its_tags_is_read_for_what_it_must_not_say() -> None:
    """A picture's words, a comment, a part that is not shown."""
    for page in ('<p><img alt="Your debt"></p>', "<p>Hi<!-- your debt --></p>", "<p hidden>debt</p><p>Hi</p>"):
        assert said(page).forbidden == {"debt"}


def test_nothing_to_read_tells_nothing() -> None:
    """The defaults hold; an envelope alone does not show the letter in it."""
    empty = READER.read(Content(), "letter")
    assert {empty.state(name) for name in ("opt_out", "debt", "abusive", "debt_collector")} == {None}
    outside = READER.read(Content(envelope="P.O. Box 100"), "letter")
    assert (outside.state("opt_out"), outside.state("debt"), outside.state("abusive")) == (None, None, False)


def test_a_text_longer_than_can_be_read_does_not_read_as_clean() -> None:
    """It says nothing that it must and all that it must not."""
    reading = said(WAY_OUT + TELLS + " " * LONGEST)
    assert reading.said == frozenset()
    assert reading.state("debt") is reading.state("abusive") is reading.state("court_look") is True


@pytest.mark.parametrize("piece", ["word ", "a-", "<p><b>", "reply stop ", "\ufdfa"])
def test_a_million_characters_are_read_to_their_end(piece: str) -> None:
    """Whatever they are, what stands last is found."""
    end = "\n\nYou will be arrested. Reply STOP to end texts."
    reading = said(piece * (1_000_000 // len(piece)) + end)
    assert reading.forbidden == {"abusive"}
    assert reading.said == {"opt_out"}


TEXTS = st.text(
    st.one_of(st.characters(), st.sampled_from("debtDEBT stop.,!?-<>'\u200b\u202e\u0301&;\n/")), max_size=200
)


@given(text=TEXTS, after=TEXTS)
def test_no_text_upsets_the_reader_and_none_before_or_after_hides_a_threat(text: str, after: str) -> None:
    """Any characters at all; what stands in a paragraph of its own is found."""
    said(text)
    assert "abusive" in said(f"{text}\n\nYou will be arrested.\n\n{after}").forbidden


@given(text=TEXTS)
def test_a_text_says_the_same_twice_and_upper_case_hides_nothing(text: str) -> None:
    """Reading is a function of the text alone."""
    assert said(text) == said(text)
    assert "debt" in said(f"{text} DEBT".upper()).forbidden


def test_what_a_text_of_ours_tells_is_not_for_its_author_to_attest() -> None:
    """Those attributes go; the rest stays; without a text all stays."""
    attested = Content(body="Hello.").states.__class__(
        opt_out=True, opt_out_method="reply", debt=False, identifies=True
    )
    ours = unattested(Content(body="Hello.", states=attested))
    assert ours is not None
    assert (ours.states.opt_out, ours.states.opt_out_method, ours.states.debt) == (None, None, None)
    assert ours.states.identifies is True
    assert unattested(Content(states=attested)) == Content(states=attested)
    assert unattested(None) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[wording]\nlanguage = 4\n", "xx.toml: wording.language: expected text"),
        (HEAD + "[[phrase]]\nsays = 'greeting'\nwords = ['hi']\n", "xx.toml: phrase[0].says"),
        (HEAD + "[[phrase]]\nsays = 'debt'\nwords = []\n", "xx.toml: phrase[0].words: say how it is said"),
        (HEAD + "[[phrase]]\nsays = 'debt'\nwords = ['... owed']\n", "xx.toml: phrase[0].words: a phrase begins"),
        (HEAD + "[[phrase]]\nsays = 'debt'\nwords = ['de*']\n", "xx.toml: phrase[0].words: 'de*': at least three"),
        (
            HEAD + "[[phrase]]\nsays = 'debt'\nwords = ['(debt)+']\n",
            "xx.toml: phrase[0].words: '(debt)+' is not a word",
        ),
        (
            HEAD + "[[phrase]]\nsays = 'debt'\nwords = ['debt']\nneeds = ['a']\n",
            "xx.toml: phrase[0].needs: what must not",
        ),
        (HEAD + "[[phrase]]\nsays = 'opt_out'\nwords = ['stop']\n", "xx.toml: phrase[0].method: a way out says"),
        (
            HEAD + "[[phrase]]\nsays = 'debt'\nwords = ['debt']\nnegated_within = 40\n",
            "xx.toml: phrase[0].negated_within",
        ),
        (HEAD.replace('["not"]', '["not at all"]'), "xx.toml: wording.negations: 'not at all' is not one word"),
    ],
)
def test_a_file_that_could_not_mean_what_it_says_is_refused(text: str, message: str) -> None:
    """By its name and the field."""
    with pytest.raises(RuleError) as caught:
        parse_wording(text, "xx.toml")
    assert str(caught.value).startswith(message)
