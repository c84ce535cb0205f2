"""Shapes of law about clocks, kinds of debt and people: each with the smallest law that has it."""

from __future__ import annotations

from ..making import NUMBER, OPEN_ALL_DAY, ask, book, law, opens_exactly, rule
from .scenes import HOME, MAIL, THERE, allows, before, only, refuses, there

DAY = {"open": {"all": [["08:00", "21:00"]]}}
NIGHT = "2026-05-12T22:00:00+02:00"


def test_s01_a_single_daily_window() -> None:
    """All days alike, half open."""
    rules = only("window", DAY)
    opens_exactly(rules, there("2026-05-12T21:00:00+02:00"), "2026-05-13T08:00:00+02:00")
    allows(rules, there("2026-05-12T20:59:59+02:00"))


def test_s08_hours_by_place() -> None:
    """Shorter at work than anywhere else."""
    rules = only("window", {"open": {"weekdays": [["09:00", "17:00"]]}}, scope={"places": ["work"]})
    evening = "2026-05-12T18:00:00+02:00"
    refuses(rules, there(evening, contact={"place": "work"}))
    allows(rules, there(evening))


def test_s09_hours_by_product_or_licence() -> None:
    """Microfinance closes earlier, and so does whoever holds a bank's licence."""
    early = {"open": {"all": [["09:00", "18:00"]]}}
    evening = "2026-05-12T18:00:00+02:00"
    by_product = only("window", early, scope={"products": ["microfinance"]})
    refuses(by_product, there(evening, cases=[{"ref": "C-1", "product": "microfinance"}]))
    allows(by_product, there(evening, cases=[{"ref": "C-1", "product": "auto"}]))
    by_licence = only("window", early, scope={"licences": ["bank"]})
    refuses(by_licence, there(evening, collector={"licence": "bank"}))
    allows(by_licence, there(evening, collector={"licence": "collection_agency"}))


def test_s10_hours_by_the_age_of_the_debt() -> None:
    """The ban on nights falls silent once the debt is more than fifteen days old."""
    rules = only("window", DAY, scope={"days_past_due_at_most": 15})
    refuses(rules, there(NIGHT, cases=[{"ref": "C-1", "arrears_since": "2026-04-27"}]))
    allows(rules, there(NIGHT, cases=[{"ref": "C-1", "arrears_since": "2026-04-26"}]))


def test_s11_personal_hours_instead_of_the_usual_ones() -> None:
    """Whoever works at night is called at night."""
    rules = only("window", DAY | {"personal_hours": True})
    nights = {"restrictions": [{"kind": "convenient_hours", "from": "21:00", "to": "23:00"}]}
    allows(rules, there(NIGHT, person=nights))
    refuses(rules, there(person=nights))


def test_s12_hours_ruled_out_within_a_quota() -> None:
    """What fits into 28 hours a week binds, in the order in which it was asked."""
    rules = only("restriction", {"kinds": ["inconvenient_hours"], "hours_a_week": 28}, code="inconvenient_time")
    noon = {"kind": "inconvenient_hours", "from": "11:00", "to": "14:00", "since": "2026-05-01T10:00:00+02:00"}
    always = {"kind": "inconvenient_hours", "since": "2026-05-02T10:00:00+02:00"}
    refuses(rules, there(person={"restrictions": [noon, always]}), "inconvenient_time")
    found = ask(rules, there(NIGHT, person={"restrictions": [noon, always]}))
    assert found.verdict == "allow"
    assert [one.by for one in found.relaxed_by] == ["quota"]


def test_s12_so_many_addresses_may_be_ruled_out() -> None:
    """The first three bind, the fourth does not."""
    rules = only("restriction", {"kinds": ["address_refused"], "times": 1}, code="opted_out")
    first = {"kind": "address_refused", "address": NUMBER, "since": "2026-05-01T10:00:00+02:00"}
    later = first | {"cases": ["C-1"], "since": "2026-05-02T10:00:00+02:00"}
    refuses(rules, there(person={"restrictions": [first, later]}), "opted_out")


def test_s16_the_clock_of_where_the_person_is() -> None:
    """The window is read there, not where the collector sits."""
    canary = THERE | {"zones": ["Atlantic/Canary"]}
    rules = only("window", DAY)
    opens_exactly(rules, there("2026-05-12T08:30:00+02:00", person={"evidence": [canary]}), "2026-05-12T09:00:00+02:00")


def test_s17_the_clock_of_the_number() -> None:
    """Unless only other places are known."""
    rules = only("window", DAY | {"clock": "number"})
    number = {"kind": "number", "address": NUMBER, "country": "ZZ", "zones": ["Asia/Kolkata"]}
    morning = "2026-05-12T05:00:00+02:00"
    allows(rules, there(morning, person={"evidence": [THERE, number]}))
    refuses(rules, there(morning))


def test_s18_open_in_every_candidate_place() -> None:
    """The later morning and the earlier evening count."""
    both = {"evidence": [THERE | {"zones": ["Europe/Madrid", "Atlantic/Canary"]}]}
    rules = only("window", DAY)
    opens_exactly(rules, there("2026-05-12T08:00:00+02:00", person=both), "2026-05-12T09:00:00+02:00")
    refuses(rules, there("2026-05-12T21:30:00+02:00", person=both))


def test_s20_the_clock_of_whoever_is_contacted() -> None:
    """A relative in another zone has a morning of their own."""
    relative = {"id": "P-2", "role": "spouse", "evidence": [THERE | {"zones": ["Asia/Kolkata"]}]}
    rules = only("window", DAY)
    morning = "2026-05-12T05:00:00+02:00"
    allows(rules, there(morning, others=[relative], contact={"person": "P-2"}))
    refuses(rules, there(morning, others=[relative]))


def test_s51_those_who_stand_in_the_debtors_place() -> None:
    """A spouse may be told where the law says so, a neighbour may not."""
    rules = only("party", {"may_be_told": ["debtor", "spouse", "parent:minor"]}, code="third_party")
    spouse = {"id": "P-2", "role": "spouse", "evidence": [THERE]}
    neighbour = {"id": "P-3", "role": "third_party", "evidence": [THERE]}
    allows(rules, there(others=[spouse], contact={"person": "P-2"}))
    refuses(rules, there(others=[neighbour], contact={"person": "P-3"}), "third_party")


def test_s52_a_third_party_is_asked_once_and_for_the_place_only() -> None:
    """A second question is refused, and so is a word of the debt."""
    once = rule(
        "counter",
        {"limit": 1, "key": ["person"], "count": {"outcomes": ["third_party", "conversation"]}},
        id="once",
        code="third_party",
        scope={"purposes": ["location_information"]},
    )
    silent = rule("content", {"wants": {"debt": False}}, id="silent", code="prohibited_content")
    rules = book(law(once, silent, places=["ZZ"]))
    other = {"id": "P-2", "role": "third_party", "evidence": [THERE]}
    asked = {"person": "P-2", "purpose": "location_information"}
    allows(rules, there(others=[other], contact=asked))
    told = [before("2026-01-12T12:00:00+01:00", "third_party", person="P-2")]
    refuses(rules, there(others=[other], contact=asked, history=told), "third_party")
    refuses(rules, there(others=[other], contact=asked | {"content": {"states": {"debt": True}}}), "prohibited_content")


def test_s53_a_request_about_work_that_lapses() -> None:
    """An oral one holds through the tenth date after it."""
    rules = only("restriction", {"kinds": ["employer_prohibits"], "lapses_dates": 10}, code="workplace")
    oral = {"kind": "employer_prohibits", "form": "oral", "since": "2026-05-02T10:00:00+02:00"}
    at_work = {"person": {"restrictions": [oral]}, "contact": {"place": "work"}}
    opens_exactly(rules, there(**at_work), "2026-05-13T00:00:00+02:00")


def test_s53_an_objection_that_binds_only_beside_an_offer() -> None:
    """Whoever names other times need not be called at work."""
    values = {"kinds": ["inconvenient_place"], "beside": ["convenient_hours"]}
    rules = only("restriction", values, code="inconvenient_place")
    not_at_work = {"kind": "inconvenient_place", "place": "work"}
    offer = {"kind": "convenient_hours", "from": "18:00", "to": "20:00"}
    work = {"place": "work"}
    allows(rules, there(person={"restrictions": [not_at_work]}, contact=work))
    refuses(rules, there(person={"restrictions": [not_at_work, offer]}, contact=work), "inconvenient_place")


def test_s54_consent_in_a_form_after_the_debt_and_for_each_visit() -> None:
    """A separate paper, given once the debt was due, that names the day and serves once."""
    form = {"by": "consent", "consent": "contact", "forms": ["separate"], "after_debt": True}
    relax = [form | {"dated": True, "once": True}]
    rules = only("counter", {"limit": 0}, code="no_consent", scope={"channels": ["visit"]}, relax=relax)
    given = {
        "kind": "contact", "channel": "visit", "form": "separate", "given": "2026-05-10T10:00:00+02:00",
        "only_dates": ["2026-05-12"],
    }  # fmt: skip
    due = {"cases": [{"ref": "C-1", "due": "2026-05-01"}], "contact": {"channel": "visit", "address": HOME}}
    allows(rules, there(person={"consents": [given]}, **due))
    for spoiled in (
        given | {"form": "written"},
        given | {"given": "2026-04-30T10:00:00+02:00"},
        {name: value for name, value in given.items() if name != "only_dates"},
    ):
        refuses(rules, there(person={"consents": [spoiled]}, **due), "no_consent")
    visited = [before("2026-05-12T09:00:00+02:00", "conversation", "visit")]
    refuses(rules, there(person={"consents": [given]}, history=visited, **due), "no_consent")
    unknown = {"contact": due["contact"], "cases": [{"ref": "C-1"}]}
    refuses(rules, there(person={"consents": [given]}, **unknown), "no_consent")


def test_s55_a_channel_opened_by_consent_and_a_quota_for_asking() -> None:
    """E-mail needs a consent; one message in seven days may ask for it."""
    mail = {"channel": "email", "address": MAIL}
    asks = {"purpose": "service", "notice": "consent_request", **mail}
    needed = rule("consent", {"consent": "electronic"}, id="needed", code="no_consent",
                  scope={"channels": ["email"], "not_notices": ["consent_request"]})  # fmt: skip
    quota = rule("counter", {"limit": 1, "period": {"dates": 7}, "count": {"notices": ["consent_request"]}},
                 id="quota", code="frequency_cap", scope={"notices": ["consent_request"]})  # fmt: skip
    rules = book(law(needed, quota, places=["ZZ"]))
    refuses(rules, there(contact=mail), "no_consent")
    allows(rules, there(contact=asks))
    earlier = [before("2026-05-06T12:00:00+02:00", "sent", "email", purpose="service", notice="consent_request")]
    refuses(rules, there(contact=asks, history=earlier), "frequency_cap")


def test_s56_a_closed_list_of_channels() -> None:
    """What is not on the list is closed."""
    rules = only("counter", {"limit": 0}, code="channel_refused", scope={"channels": ["visit", "messaging"]})
    refuses(rules, there(contact={"channel": "visit", "address": HOME}), "channel_refused")
    allows(rules, there(contact={"channel": "email", "address": MAIL}))


def test_s57_only_addresses_that_the_person_gave() -> None:
    """One found by a skip tracer stays closed."""
    rules = only("way", {"ways": [{"by": "source", "sources": ["person"]}]}, code="no_consent")
    allows(rules, there(person={"points": [{"address": NUMBER, "source": "person"}]}))
    refuses(rules, there(person={"points": [{"address": NUMBER, "source": "skip_trace"}]}), "no_consent")


def test_s58_an_opt_out_after_days_of_grace() -> None:
    """It binds this address alone, from the end of the second business day after it."""
    values = {"kinds": ["address_refused"], "binds_after": {"business_days": 2}}
    rules = only("restriction", values, code="opted_out")
    friday = {"kind": "address_refused", "address": NUMBER, "since": "2026-05-08T10:00:00+02:00"}
    refuses(rules, there("2026-05-13T00:00:00+02:00", person={"restrictions": [friday]}), "opted_out")
    found = ask(rules, there(person={"restrictions": [friday]}))
    assert (found.verdict, found.valid_until) == ("allow", "2026-05-13T00:00:00+02:00")
    other = {"address": "+12125550109"}
    allows(rules, there("2026-05-13T00:00:00+02:00", person={"restrictions": [friday]}, contact=other))


def test_s59_in_writing_only_or_through_the_attorney_only() -> None:
    """Calls close, letters stay open; an attorney closes both."""
    written = rule("restriction", {"kinds": ["written_only"], "channels": ["voice", "sms", "visit"]}, id="written",
                   code="channel_refused")  # fmt: skip
    lawyer = rule("restriction", {"kinds": ["represented"]}, id="lawyer", code="represented")
    rules = book(law(written, lawyer, places=["ZZ"]))
    letter = {"channel": "letter", "address": HOME}
    asked = {"restrictions": [{"kind": "written_only"}]}
    refuses(rules, there(person=asked), "channel_refused")
    allows(rules, there(person=asked, contact=letter))
    refuses(rules, there(person={"restrictions": [{"kind": "represented"}]}, contact=letter), "represented")


def test_s60_a_dispute_freezes() -> None:
    """All but the verification of the debt."""
    values = {"kinds": ["disputed"], "binds": ["self", "case"], "leaves": ["verification"]}
    rules = only("restriction", values, code="disputed")
    disputes = {"restrictions": [{"kind": "disputed", "cases": ["C-1"], "form": "written"}]}
    refuses(rules, there(person=disputes), "disputed")
    allows(rules, there(person=disputes, contact={"purpose": "legal_notice", "notice": "verification"}))


def test_s61_a_suspension_bounded_in_length_and_number() -> None:
    """Three months at the longest, and a third one binds no more."""
    values = {"kinds": ["vulnerable"], "no_longer_than": {"months": 3}, "times": 2}
    rules = only("restriction", values, code="vulnerable")
    first, second, third = (
        {"kind": "vulnerable", "since": f"2026-0{month}-20T10:00:00+01:00", "words": str(month)} for month in (1, 2, 3)
    )
    opens_exactly(rules, there("2026-04-01T12:00:00+02:00", person={"restrictions": [first]}),
                  "2026-04-20T00:00:00+02:00")  # fmt: skip
    refuses(rules, there(person={"restrictions": [first, second]}), "vulnerable")
    found = ask(rules, there("2026-06-01T12:00:00+02:00", person={"restrictions": [first, second, third]}))
    assert (found.verdict, [one.by for one in found.relaxed_by]) == ("allow", ["quota"])


def test_s62_wording_that_is_asked_for_and_wording_that_is_banned() -> None:
    """No look of a court; disclosures in the languages of the rest."""
    look = rule("content", {"wants": {"court_look": False}}, id="look", code="prohibited_content")
    tongue = rule("content", {"covers_languages": True}, id="tongue", code="disclosure_missing")
    rules = book(law(look, tongue, places=["ZZ"]))
    refuses(rules, there(contact={"content": {"states": {"court_look": True}}}), "prohibited_content")
    two = {"languages": ["en", "fr"], "disclosure_languages": ["en"]}
    refuses(rules, there(contact={"content": {"states": two}}), "disclosure_missing")
    allows(rules, there(contact={"content": {"states": two | {"disclosure_languages": ["en", "fr"]}}}))


def test_s63_identification_and_caller_id() -> None:
    """A hidden number is refused, and a call must say who calls."""
    shown = rule("caller_id", {"hidden": False}, id="shown", code="caller_id")
    named = rule("content", {"wants": {"identifies": True}}, id="named", code="identification_missing")
    rules = book(law(shown, named, places=["ZZ"]))
    refuses(rules, there(contact={"caller_id": "hidden"}), "caller_id")
    refuses(rules, there(contact={"content": {"states": {"identifies": False}}}), "identification_missing")
    allows(rules, there(contact={"caller_id": "+12125550100"}))


def test_s66_who_collects() -> None:
    """A creditor in its own name is not bound where only third parties are."""
    rules = only("window", DAY, scope={"collectors": ["third_party", "debt_buyer"]})
    refuses(rules, there(NIGHT, collector={"kind": "debt_buyer"}))
    allows(rules, there(NIGHT, collector={"kind": "first_party"}))


def test_s67_for_what_purpose() -> None:
    """A rule about selling never binds a contact that only collects."""
    rules = only("window", DAY, scope={"solicits": True})
    allows(rules, there(NIGHT))
    refuses(rules, there(NIGHT, contact={"content": {"states": {"solicits": True}}}))


def test_s68_layers_of_which_the_strictest_wins_unless_one_replaces_another() -> None:
    """The country opens at eight, its province at nine; a province that replaces it opens at seven."""
    country = law(rule("window", DAY), id="zz", places=["ZZ"])
    late = law(rule("window", {"open": {"all": [["09:00", "22:00"]]}}), id="zz-aa", places=["ZZ-AA"])
    early = law(rule("window", {"open": {"all": [["07:00", "22:00"]]}}), id="zz-aa", places=["ZZ-AA"], replaces=["zz"])
    opens_exactly(book(country, late), there("2026-05-12T08:00:00+02:00"), "2026-05-12T09:00:00+02:00")
    refuses(book(country, late), there("2026-05-12T21:00:00+02:00"))
    opens_exactly(book(country, early), there("2026-05-12T06:00:00+02:00"), "2026-05-12T07:00:00+02:00")
    allows(book(country, early), there("2026-05-12T21:00:00+02:00"))


def test_s69_the_debtors_place_or_the_collectors() -> None:
    """Either seat brings the law."""
    rules = book(
        law(rule("window", DAY), id="yy", places=["YY"], collector_places=["YY"]),
        law(rule("window", {"open": OPEN_ALL_DAY}), id="zz", places=["ZZ"]),
    )
    allows(rules, there(NIGHT))
    refuses(rules, there(NIGHT, collector={"country": "YY"}))
    refuses(rules, there(NIGHT, person={"evidence": [THERE | {"country": "YY", "subdivision": "BB"}]}))


def test_s70_a_pattern_is_a_count_with_a_reason_for_people() -> None:
    """Presumed from the thirtieth call on, and the sentence says that it is a presumption."""
    message = "That many calls in a week are presumed to harass: {used} of {limit}"
    values = {"limit": 2, "period": {"dates": 7}, "count": {"channels": ["voice"], "placed": True}}
    rules = only("counter", values, code="frequency_cap", force="presumes", message=message)
    called = [before(f"2026-05-{day}T12:00:00+02:00") for day in (10, 11)]
    (reason,) = ask(rules, there(history=called)).reasons
    assert (reason.code, "presumed to harass: 2 of 2" in reason.message) == ("frequency_cap", True)


def test_s71_a_measure_of_a_whole_campaign() -> None:
    """More than three abandoned calls in a hundred close the rest of its period."""
    rules = only("abandonment", {"percent": 3, "period_dates": 30}, code="abandonment_cap")
    figures = {"since": "2026-05-01", "answered": 100, "abandoned": 3}
    allows(rules, there(campaign=figures))
    opens_exactly(rules, there(campaign=figures | {"abandoned": 4}), "2026-05-31T00:00:00+02:00")
