"""Strategies for made-up laws and the facts put to them.

Every clock time, length and fact lies on a quarter of an hour (past contacts may all be shifted by the same odd
seconds), and every zone's offset is a whole number of quarters, so a verdict can change at no other instants.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import strategies as st

from contactguard.law.instants import DAY, calendar, parse_instant, print_day, print_utc

from .making import NUMBER, Raw, rule

QUARTER = 900
ZONES = (
    "America/New_York", "America/Los_Angeles", "America/St_Johns", "Australia/Adelaide", "Asia/Kolkata",
    "Europe/Madrid", "Pacific/Chatham",
)  # fmt: skip
NEAR = [
    parse_instant(f"{day}T00:00:00Z")
    for day in ("2026-03-08", "2026-03-29", "2026-04-05", "2026-06-17", "2026-10-04", "2026-10-25", "2026-11-01")
]
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CALENDAR = {"years": [2026, 2026], "days": [date(2026, 3, 9), date(2026, 3, 30), date(2026, 10, 5), date(2026, 11, 2)]}
LAND_LINE, MAIL = "+12125550102", "p1@mail.example"


@st.composite
def instants(draw: st.DrawFn) -> int:
    """An instant within three days of a change of clocks, on any second."""
    return draw(st.sampled_from(NEAR)) + draw(st.integers(-3 * DAY, 3 * DAY))


@st.composite
def spans(draw: st.DrawFn) -> list[list[str]]:
    """One or two spans of a day."""
    cuts = sorted(draw(st.sets(st.integers(0, 96), min_size=2, max_size=4)))
    clocks = [f"{cut // 4:02d}:{cut % 4 * 15:02d}" for cut in cuts]
    return [clocks[place : place + 2] for place in range(0, len(clocks) - 1, 2)]


@st.composite
def times(draw: st.DrawFn) -> Raw:
    """Days and hours as people name them: none, whole days, or hours that may run past midnight."""
    out: Raw = {}
    if draw(st.booleans()):
        out["days"] = sorted(draw(st.sets(st.sampled_from(DAYS), min_size=1, max_size=4)))
    if draw(st.booleans()):
        start, end = draw(st.lists(st.integers(0, 95), min_size=2, max_size=2, unique=True))
        out |= {"from": f"{start // 4:02d}:{start % 4 * 15:02d}", "to": f"{end // 4:02d}:{end % 4 * 15:02d}"}
    return out


def earlier(at: int, days: int = 6) -> st.SearchStrategy[str]:
    """A quarter of an hour at most so many days before."""
    return st.integers(0, days * 96).map(lambda n: print_utc((at // QUARTER - n) * QUARTER))


@st.composite
def ends(draw: st.DrawFn, at: int) -> Raw:
    """No end, or one announced: a date or an instant."""
    sort = draw(st.sampled_from(("none", "date", "instant")))
    if sort == "none":
        return {}
    if sort == "date":
        return {"until": print_day(at // DAY + draw(st.integers(-1, 5)))}
    return {"until": print_utc((at // QUARTER + draw(st.integers(-40, 480))) * QUARTER)}


LENGTHS = st.one_of(
    st.integers(1, 4).map(lambda n: {"dates": n}),
    st.sampled_from(({"calendar": "day"}, {"calendar": "week"}, {"calendar": "month"}, {"ever": True})),
    st.integers(1, 60).map(lambda n: {"hours": n}),
    st.integers(1, 20).map(lambda n: {"minutes": 15 * n}),
    st.integers(0, 3).map(lambda n: {"free_days": n}),
)
WAITS = st.one_of(
    LENGTHS, st.integers(1, 3).map(lambda n: {"business_days": n}), st.integers(0, 1).map(lambda n: {"months": n})
)
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "directions": st.sampled_from((["outbound"], ["inbound"])),
        "channels": st.sampled_from((["voice"], ["sms", "email"])),
        "outcomes": st.sampled_from((["conversation"], ["no_answer", "voicemail", "sent"])),
        "placed": st.booleans(),
        "message_possible": st.just(True),
        "message_left": st.booleans(),
        "live": st.booleans(),
    },
)
KEYS = st.sampled_from((["person"], ["case"], ["person", "case"], ["address"], ["creditor"], ["household"]))


@st.composite
def windows(draw: st.DrawFn) -> Raw:
    """Hours of every class of day, clock and calendar."""
    classes = draw(st.sets(st.sampled_from(("all", "weekdays", "weekend", "sun", "wed", "holiday")), min_size=1))
    out: Raw = {"open": {name: draw(spans()) for name in sorted(classes)}}
    out["clock"] = draw(st.sampled_from(("whereabouts", "number", "residence", "Asia/Kolkata")))
    out["personal_hours"] = draw(st.booleans())
    if "holiday" in classes or draw(st.booleans()):
        out["holidays"] = "closed"
    if "holidays" not in out and draw(st.booleans()):
        out["half_days"] = "closed"
        out["open"]["half_day"] = draw(spans())
    if draw(st.booleans()):
        out["delivered_within"] = draw(st.integers(1, 8)) * 15
    return out


@st.composite
def counters(draw: st.DrawFn) -> Raw:
    """Caps of every sort."""
    out: Raw = {"limit": draw(st.integers(0, 3)), "key": draw(KEYS), "period": draw(LENGTHS), "count": draw(FILTERS)}
    if draw(st.booleans()):
        out["distinct"] = "channel"
    for name in ("after", "until"):
        if draw(st.integers(0, 3)) == 0:
            out[name] = draw(FILTERS)
    if "after" in out:
        out["first_counts"] = draw(st.booleans())
    if out["limit"] and "distinct" not in out and draw(st.integers(0, 3)) == 0:
        out["after_kinds"] = ["cease_communication", "inconvenient_hours"]
    out["except_wrong_number"] = draw(st.booleans())
    return out


@st.composite
def gaps(draw: st.DrawFn) -> Raw:
    """Waits of every length."""
    out: Raw = {"after": draw(FILTERS), "key": draw(KEYS), "wait": draw(WAITS)}
    if draw(st.booleans()):
        out["holidays"] = "closed"
    return out


KINDS = (
    "inconvenient_hours", "convenient_hours", "represented", "channel_refused", "address_refused", "vulnerable",
    "disputed",
)  # fmt: skip
RESTRICTIONS = st.fixed_dictionaries(
    {"kinds": st.sets(st.sampled_from(KINDS), min_size=1).map(sorted)},
    optional={
        "forms": st.just(["written"]),
        "lapses_hours": st.integers(1, 40),
        "lapses_dates": st.integers(1, 4),
        "in_notice_period": st.booleans(),
        "binds": st.sampled_from((["self"], ["self", "case"])),
        "binds_after": WAITS,
        "no_longer_than": WAITS,
        "times": st.integers(1, 2),
        "hours_a_week": st.integers(1, 60),
        "beside": st.just(["convenient_hours"]),
    },
)
NEEDS = st.fixed_dictionaries(
    {"consent": st.sampled_from(("contact", "hours"))},
    optional={"dates": st.integers(1, 5), "reply_serves": st.booleans(), "forms": st.just(["written"])},
)
NOTICES = st.fixed_dictionaries(
    {
        "wait": st.one_of(
            st.integers(0, 4).map(lambda n: {"dates": n}),
            st.integers(1, 3).map(lambda n: {"business_days": n}),
            st.integers(0, 3).map(lambda n: {"free_days": n}),
        )
    },
    optional={"holidays": st.just("closed")},
)
FRESH = {"look_back": st.integers(0, 5), "look_up": st.just(True)}
WAY = st.one_of(
    st.fixed_dictionaries({"by": st.just("used"), "use": FILTERS, "look_back": st.integers(0, 5)}),
    st.fixed_dictionaries({"by": st.just("used"), "use": FILTERS, **FRESH}),
    st.fixed_dictionaries({"by": st.just("consent"), "consent": st.sampled_from(("contact", "hours"))}),
    st.fixed_dictionaries({"by": st.just("consent"), "consent": st.just("contact"), **FRESH}),
    st.just({"by": "source", "sources": ["creditor"]}),
    st.integers(0, 6).map(lambda n: {"by": "creditor_notice", "opt_out_days": n, "public_domain": True}),
    st.just({"by": "prior_collectors", "routes": ["person"]}),
)
WAYS = st.fixed_dictionaries(
    {"ways": st.lists(WAY, min_size=1, max_size=3)},
    optional={"not_labels": st.just(["work"]), "labels": st.just(["home"])},
)
ABANDONMENT = st.fixed_dictionaries({"percent": st.integers(0, 4), "period_dates": st.integers(1, 30)})
CONTENT = st.one_of(
    st.sampled_from(
        (
            {"wants": {"debt": False}, "unless": {"extra": False}},
            {"wants": {"opt_out": True}, "methods": ["reply", "voice_or_key"]},
            {"covers_languages": True},
            {"neutral_envelope": True},
        )
    ),
    st.fixed_dictionaries(
        {"wants": st.sampled_from(({"abusive": False}, {"debt_collector": True}))},
        optional={"until": FILTERS, "after": FILTERS},
    ),
)
SCRIPTS = st.sampled_from(
    ("This is from a debt collector. To stop these calls, press 9.", "You will be arrested.", "Hello.")
)
CONTENTS = st.fixed_dictionaries(
    {},
    optional={
        "script": SCRIPTS,
        "envelope": st.sampled_from(("P.O. Box 100", "FINAL NOTICE")),
        "states": st.fixed_dictionaries(
            {},
            optional={
                "abusive": st.booleans(),
                "opt_out": st.booleans(),
                "extra": st.booleans(),
                "languages": st.just(["en", "es"]),
            },
        ),
    },
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "window": windows(),
    "counter": counters(),
    "gap": gaps(),
    "party": st.sampled_from(({"may_be_told": ["debtor"]}, {"may_be_told": ["guarantor"]})),
    "point": st.sampled_from(({"statuses": ["wrong_number"]}, {"labels": ["work"]}, {"look_ups": ["reassigned"]})),
    "restriction": RESTRICTIONS,
    "consent": NEEDS,
    "content": CONTENT,
    "arrears": st.integers(0, 5).map(lambda n: {"more_than_days": n}),
    "case_status": st.just({"statuses": ["disputed"]}),
    "notice": NOTICES,
    "way": WAYS,
    "abandonment": ABANDONMENT,
    "caller_id": st.sampled_from(({"hidden": True}, {"hidden": False})),
    "licence": st.just({"places": ["US-NY"]}),
}
SERVES = {name: st.booleans() for name in ("after_debt", "dated", "once")}
RELAX = st.one_of(
    st.fixed_dictionaries(
        {"by": st.just("consent"), "consent": st.sampled_from(("hours", "call_frequency", "contact"))},
        optional={
            "dates": st.integers(1, 4),
            "ends_with_conversation": st.booleans(),
            "forms": st.just(["written"]),
            **SERVES,
        },
    ),
    st.fixed_dictionaries(
        {
            "by": st.just("failures"),
            "failures": st.sampled_from(({"outcomes": ["no_answer", "busy"]}, {"outcomes": ["unknown"]})),
        },
        optional={"at_least": st.integers(1, 2), "within": LENGTHS},
    ),
    st.just({"by": "reply"}),
    st.integers(1, 5).map(lambda n: {"by": "confirmation", "minutes": 15 * n}),
    st.just({"by": "notice", "notices": ["judgment_remedy"], "after_judgment": True}),
    st.just({"by": "judgment"}),
)


@st.composite
def rules(draw: st.DrawFn, kind: str, at: int, id: str = "one") -> Raw:
    """A rule of that kind in one or two dated versions, perhaps relaxed, perhaps only for young arrears."""
    versions = [draw(VALUES[kind])]
    if draw(st.integers(0, 3)) == 0:
        turn = calendar(at // DAY + draw(st.integers(-1, 4)))
        versions.append(draw(VALUES[kind]) | {"from": turn, "repealed": draw(st.booleans())})
    fields: Raw = {"id": id}
    relax = draw(st.lists(RELAX, max_size=2))
    if relax:
        fields["relax"] = relax
    if kind == "counter" and any(one["by"] == "consent" for one in relax):
        versions = [version | {"except_consent": draw(st.booleans())} for version in versions]
    if draw(st.integers(0, 3)) == 0:
        age = draw(st.sampled_from(("days_past_due_at_most", "days_past_due_more_than")))
        fields["scope"] = {age: draw(st.integers(0, 12))}
    return rule(kind, *versions, **fields)


@st.composite
def histories(draw: st.DrawFn, at: int) -> list[Raw]:
    """Past contacts, some under way or reserved, all with the same odd seconds."""
    shift = draw(st.sampled_from((0, 433)))
    out = []
    for _ in range(draw(st.integers(0, 5))):
        steps = draw(st.integers(1, 7 * 96))
        entry: Raw = {
            "at": print_utc((at // QUARTER - steps) * QUARTER + shift),
            "direction": draw(st.sampled_from(("outbound", "outbound", "inbound"))),
            "channel": draw(st.sampled_from(("voice", "voice", "sms", "email"))),
            "address": draw(st.sampled_from((NUMBER, LAND_LINE, MAIL))),
            "outcome": draw(st.sampled_from(("conversation", "no_answer", "busy", "voicemail", "sent", "unknown"))),
            "voicemail_available": draw(st.booleans()),
            "message_left": draw(st.booleans()),
        }
        if draw(st.booleans()):
            entry["cases"] = ["C-1"]
        if draw(st.integers(0, 4)) == 0:
            entry["live"] = draw(st.sampled_from(("reserved", "handed", "started")))
            if entry["live"] != "started":
                entry["lapses"] = print_utc((at // QUARTER + draw(st.integers(-8, 8))) * QUARTER)
        out.append(entry)
    return out


@st.composite
def restrictions(draw: st.DrawFn, at: int) -> list[Raw]:
    """What the person asked for, known by now, some of it with an announced end."""
    out = []
    for _ in range(draw(st.integers(0, 3))):
        one = {"kind": draw(st.sampled_from(KINDS)), "since": draw(earlier(at)), **draw(ends(at))}
        if one["kind"].endswith("hours"):
            one |= draw(times())
        if one["kind"] == "represented" and draw(st.booleans()):
            one["asked"] = draw(earlier(at, 2))
        if one["kind"] == "channel_refused":
            one["channel"] = "voice"
        if one["kind"] == "address_refused":
            one["address"] = NUMBER
        if draw(st.booleans()):
            one["form"] = draw(st.sampled_from(("written", "electronic", "oral")))
        out.append(one)
    return out


@st.composite
def consents(draw: st.DrawFn, at: int) -> list[Raw]:
    """What the person agreed to by now, some of it with an announced end or for named days only."""
    out = []
    for _ in range(draw(st.integers(0, 2))):
        kind = draw(st.sampled_from(("hours", "contact", "call_frequency")))
        one = {"kind": kind, "given": draw(earlier(at)), **draw(ends(at)), **draw(times())}
        if draw(st.integers(0, 3)) == 0:
            one["only_dates"] = [print_day(at // DAY + n) for n in draw(st.sets(st.integers(-1, 5), min_size=1))]
        if draw(st.integers(0, 3)) == 0:
            one["revoked"] = draw(earlier(at, 2))
        if draw(st.booleans()):
            one["form"] = draw(st.sampled_from(("electronic", "oral")))
        if draw(st.booleans()):
            one["address"] = NUMBER
        out.append(one)
    return out


@st.composite
def cases(draw: st.DrawFn, at: int) -> list[Raw]:
    """One or two cases, due, in arrears and notified about now."""
    out = []
    for number in range(draw(st.integers(1, 2))):
        one: Raw = {"ref": f"C-{number + 1}", "status": draw(st.sampled_from(("open", "open", "disputed")))}
        if draw(st.booleans()):
            one["due"] = print_day(at // DAY + draw(st.integers(-9, 4)))
        if draw(st.booleans()):
            one["arrears_since"] = print_day(at // DAY + draw(st.integers(-14, 0)))
        if draw(st.booleans()):
            sent = draw(st.one_of(earlier(at, 5), st.integers(1, 5).map(lambda n: print_day(at // DAY - n - 1))))
            ends_on = print_day(at // DAY + draw(st.integers(-6, 6)))
            one["notices"] = [{"sent": sent, "received": draw(st.booleans()), "period_ends": ends_on}]
        if draw(st.integers(0, 3)) == 0:
            one["judgment"] = print_day(at // DAY - draw(st.integers(1, 3)))
        out.append(one)
    return out


@st.composite
def points(draw: st.DrawFn, at: int) -> Raw:
    """The number asked about, and what is known of it: whence it came, who announced it, who looked it up."""
    one: Raw = {"address": NUMBER, "line": "mobile"}
    one["status"] = draw(st.sampled_from(("active", "active", "wrong_number", "reassigned")))
    if draw(st.booleans()):
        one["label"] = draw(st.sampled_from(("home", "work")))
    if draw(st.booleans()):
        one["source"] = draw(st.sampled_from(("person", "creditor")))
    if draw(st.booleans()):
        sent, days = at // DAY - draw(st.integers(1, 8)), draw(st.integers(0, 9))
        one["creditor_notice"] = {"sent": print_day(sent), "opt_out_by": print_day(sent + days)}
    if draw(st.integers(0, 3)) == 0:
        routes = draw(
            st.lists(st.sampled_from(("person", "creditor_notice", "prior_collector")), min_size=1, max_size=2)
        )
        used = draw(st.booleans())
        one["prior_collectors"] = [{"name": f"A{n}", "route": route, "used": used} for n, route in enumerate(routes)]
    results = st.sampled_from(("not_reassigned", "reassigned", "no_data"))
    one["checks"] = [
        {"at": draw(earlier(at)), "since": draw(earlier(at, 9)), "result": draw(results)}
        for _ in range(draw(st.integers(0, 2)))
    ]
    return one


@st.composite
def campaigns(draw: st.DrawFn, at: int) -> Raw:
    """The figures of a campaign, about the limit."""
    since = print_day(at // DAY - draw(st.integers(0, 30)))
    return {"since": since, "answered": 100, "abandoned": draw(st.integers(0, 5))}


@st.composite
def scenes(draw: st.DrawFn, at: int) -> Raw:
    """Everything known of one debtor, and a contact asked about."""
    zones = draw(st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True))
    person = {
        "id": "P-1",
        "points": [draw(points(at))],
        "evidence": [
            {"kind": "residence", "country": "US", "zones": zones[:2]},
            {"kind": "number", "address": NUMBER, "country": "US", "zones": zones[-1:]},
        ],
        "restrictions": draw(restrictions(at)),
        "consents": draw(consents(at)),
    }
    contact: Raw = {"channel": "voice", "address": NUMBER, "purpose": draw(st.sampled_from(("collection", "response")))}
    if draw(st.booleans()):
        contact["caller_id"] = draw(st.sampled_from((NUMBER, LAND_LINE, "hidden")))
    if draw(st.integers(0, 3)) == 0:
        contact["notice"] = "judgment_remedy"
    if draw(st.integers(0, 5)) == 0:
        contact |= {"channel": "sms", "purpose": "service", "notice": "opt_out_confirmation"}
    if draw(st.booleans()):
        contact["content"] = draw(CONTENTS)
    raw: Raw = {
        "scenario": 1,
        "id": "drawn",
        "persons": [person],
        "cases": draw(cases(at)),
        "history": draw(histories(at)),
        "contact": contact,
        "at": print_utc(at),
        "regimes": ["made-up"],
        "collector": {"numbers": [LAND_LINE]},
    }
    if draw(st.booleans()):
        raw["campaign"] = draw(campaigns(at))
    return raw
