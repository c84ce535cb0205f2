"""Postal codes of the countries whose law we have, beside the United States and Canada."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactguard.intake import places, postal
from contactguard.intake.resolve import complete

OTHERS = sorted(postal.countries() - {"US", "CA"})
_TERRITORIES = {"AU": {"Pacific/Norfolk", "Indian/Christmas", "Indian/Cocos"}}
"""Places that are countries of their own in ISO 3166-1 and have codes of this one."""

KNOWN = """
AU 2000 NSW Sydney | AU 2600 ACT,NSW Sydney | AU 2880 NSW Sydney,Broken_Hill | AU 2898 NSW Lord_Howe
AU 3000 VIC Melbourne | AU 4000 QLD Brisbane | AU 5000 SA Adelaide | AU 6000 WA Perth | AU 6443 WA Perth,Eucla
AU 7000 TAS Hobart | AU 0800 NT Darwin | AU 0872 NT,SA,WA Darwin,Adelaide,Perth | AU 2899 NSW Norfolk
AU 6798 WA Christmas | AU 9726 QLD Brisbane | AU 8001 VIC Melbourne | AU 3644 VIC,NSW Melbourne,Sydney
BR 01310-100 SP Sao_Paulo | BR 20040-020 RJ Sao_Paulo | BR 29010-000 ES Sao_Paulo | BR 30130010 MG Sao_Paulo
BR 57020-000 AL Maceio | BR 69005-070 AM Manaus | BR 69640-000 AM Manaus,Eirunepe | BR 69900-000 AC Rio_Branco
BR 53990-000 PE Noronha | BR 50010-000 PE Recife | BR 70040-010 DF Sao_Paulo | BR 74000-000 GO Sao_Paulo
BR 76801-000 RO Porto_Velho | BR 69301-000 RR Boa_Vista | BR 78005-000 MT Cuiaba | BR 78600-000 MT Cuiaba,Sao_Paulo
BR 79002-000 MS Campo_Grande | BR 90010-000 RS Sao_Paulo | BR 72800-000 GO,DF Sao_Paulo | BR 68900-000 AP Belem
MX 06000 CMX Mexico_City | MX 64000 NLE Monterrey | MX 22000 BCN Tijuana | MX 23000 BCS Mazatlan | MX 77500 ROO Cancun
MX 83000 SON Hermosillo | MX 31000 CHH Chihuahua | MX 32000 CHH Ciudad_Juarez | MX 44100 JAL Mexico_City
MX 88000 TAM Monterrey,Matamoros | MX 26000 COA Monterrey,Matamoros | MX 63732 NAY Mazatlan,Bahia_Banderas
MX 97000 YUC Merida | MX 50000 MEX Mexico_City | MX 32881 CHH Chihuahua,Ciudad_Juarez,Ojinaga | MX 89000 TAM Monterrey
GB SW1A_1AA ENG London | GB sw1a1aa ENG London | GB EH1_1YZ SCT London | GB CF10_1EP WLS London | GB BT1_5GS NIR London
GB M1 ENG London | GB CH1_2NU ENG,WLS London | GB CH2_1AA ENG London | GB SY23_3BY WLS London
GB TD15_1AA ENG,SCT London | GB LL57_2DG WLS London | GB E1_6AN ENG London | GB EC1A_1BB ENG London
GB G2_1DU SCT London | GB BF1_2AA BFPO - | GB BFPO_12 BFPO -
IE D02_X285 - Dublin | IE d02x285 - Dublin | IE A67F4E2 - Dublin | IE T12 - Dublin | IE D6W_XY00 - Dublin
NZ 1010 AUK Auckland | NZ 6011 WGN Auckland | NZ 8011 CAN Auckland | NZ 8942 CIT Chatham | NZ 9016 OTA Auckland
NZ 0110 NTL Auckland | NZ 3110 BOP,WKO Auckland | NZ 9810 STL,OTA Auckland
ES 28001 MD Madrid | ES 08001 CT Madrid | ES 35001 CN Canary | ES 38001 CN Canary | ES 51001 CE Ceuta
ES 52001 ML Ceuta | ES 07001 IB Madrid | ES 41001 AN Madrid | ES 01001 PV,CL Madrid | ES 48001 PV Madrid
CO 110111 DC Bogota | CO 050001 ANT Bogota | CO 760001 VAC Bogota | CO 880001 SAP Bogota | CO 250001 CUN Bogota
CL 8320000 RM Santiago | CL 2340000 VS Santiago | CL 2770000 VS Easter | CL 6200000 MA Punta_Arenas
CL 5950000 AI Coyhaique | CL 4030000 BI,NB Santiago | CL 100-0000 AP Santiago | CL 5800000 LL,AI Santiago,Coyhaique
PE 15001 LMA,LIM Lima | PE 04001 ARE Lima | PE 07001 CAL Lima | PE 08000 CUS Lima
IN 110001 DL Kolkata | IN 400_001 MH Kolkata | IN 560001 KA Kolkata | IN 600001 TN Kolkata | IN 403001 GA Kolkata
IN 700001 WB Kolkata | IN 160017 CH,PB,HR Kolkata | IN 248001 UK Kolkata | IN 737101 SK Kolkata | IN 744101 AN Kolkata
IN 500001 TS,AP Kolkata | IN 201301 HR,UP,DL Kolkata | IN 834001 BR,JH Kolkata
PT 1000-001 - Lisbon | PT 9000-001 30 Madeira | PT 9500-001 20 Azores | PT 9980 20 Azores | PT 4000_001 - Lisbon
FR 75001 - Paris | FR 20000 - Paris | FR 97400 974 Reunion | FR 97133 BL St_Barthelemy | FR 97200 972 Martinique
FR 97300 973 Cayenne | FR 97600 976 Mayotte | FR 97500 PM Miquelon | FR 98800 NC Noumea
FR 98713 PF Tahiti,Marquesas,Gambier
AR C1425ABC C Buenos_Aires | AR c1425 C Buenos_Aires | AR 1425 C Buenos_Aires | AR B1900 B Buenos_Aires
AR 1900 B Buenos_Aires | AR X5000 X Cordoba | AR V9410 V Ushuaia | AR 9410 Z,V Rio_Gallegos,Ushuaia
AR 1000 C Buenos_Aires | AR 1499 C Buenos_Aires
EC 170150 P,SD Guayaquil | EC 200102 W Galapagos | EC 090101 G Guayaquil
ID 10110 - Jakarta | ID 80361 BA Makassar | ID 78111 KB Pontianak | ID 73112 KT Pontianak | ID 99111 - Jayapura
ID 70111 - Makassar | ID 60111 - Jakarta | ID 90111 - Makassar | ID 97111 - Jayapura
MY 50000 14 Kuala_Lumpur | MY 15000 03 Kuala_Lumpur | MY 05000 02 Kuala_Lumpur | MY 80000 01 Kuala_Lumpur
MY 88000 12 Kuching | MY 93000 13 Kuching | MY 87000 15 Kuching | MY 62000 16 Kuala_Lumpur
MY 14290 07,02,08 Kuala_Lumpur
CN 100000 - Shanghai | CN 830000 XJ Shanghai,Urumqi | CN 844000 XJ Shanghai,Urumqi | CN 200000 - Shanghai
"""


def examples() -> list[tuple[str, str, str, str]]:
    """`AU 2600 ACT,NSW Sydney`: country, code, subdivisions (- for none named), the last words of its zones."""
    rows = (row.split() for line in KNOWN.splitlines() for row in line.split("|") if row.strip())
    return [(country, code.replace("_", " "), states, zones) for country, code, states, zones in rows]


def clocks(zones: object) -> set[tuple[object, ...]]:
    """What clocks show in winter and in summer: zones that differ only in the past are one here."""
    times = [datetime(2026, month, 10, tzinfo=UTC) for month in (1, 7)]
    return {tuple(ZoneInfo(zone).utcoffset(at) for at in times) for zone in zones}  # type: ignore[attr-defined]


@pytest.mark.parametrize(("country", "code", "states", "zones"), examples())
def test_a_code_leaves_the_states_and_zones_that_it_reaches_into(
    country: str, code: str, states: str, zones: str
) -> None:
    """One for most; all of them where it is delivered on both sides of a line."""
    found = postal.parts(country, code)
    assert ",".join(part.subdivision or "-" for part in found) == states
    said = dict.fromkeys(zone.split("/")[-1] for part in found for zone in part.zones)
    assert ",".join(said) == zones.replace("-", "")


def test_every_country_with_a_table_has_examples() -> None:
    """A table that nobody looked at is none."""
    assert {country for country, *_ in examples()} == set(OTHERS)


@pytest.mark.parametrize(
    ("country", "code"),
    [
        ("GB", "JE2 3AB"), ("GB", "IM1 1AA"), ("GB", "GY1 1AA"), ("GB", "ZZ1 1AA"), ("GB", "SW1A 1A"),
        ("GB", "BX1 1LT"), ("GB", "12345"), ("GB", "GIR 0AA"), ("IE", "D99 X285"), ("IE", "D02 X28"), ("IE", "D2"),
        ("AU", "0000"), ("AU", "200"), ("AU", "20000"), ("AU", "２０００"), ("BR", "1310100"), ("BR", "01310"),
        ("BR", "٠١٣١٠١٠٠"), ("MX", "00000"), ("MX", "17000"), ("MX", "6000"), ("ES", "53001"), ("ES", "8001"),
        ("ES", "00001"), ("CO", "990"), ("CO", "010101"), ("PE", "26001"), ("CL", "832000"), ("CL", "0320000"),
        ("IN", "010001"), ("IN", "1100011"), ("IN", "९१०००१"), ("PT", "0999-001"), ("FR", "99000"), ("FR", "98000"),
        ("FR", "7500"), ("AR", "0999"), ("AR", "I1425"), ("AR", "9999"), ("EC", "300101"), ("ID", "00111"),
        ("MY", "00100"), ("MY", "99000"), ("CN", "900000"), ("NZ", "0000"), ("NZ", ""), ("NZ", "10 10"), ("GB", ""),
        ("BR", "-"), ("FR", "75001 CEDEX"),
    ],
)  # fmt: skip
def test_what_is_no_postal_code_there_says_nothing(country: str, code: str) -> None:
    """Not given out, one digit short, another country's, or in digits that no post office writes."""
    assert postal.parts(country, code) == ()


@pytest.mark.parametrize("country", OTHERS)
def test_every_state_and_zone_of_the_tables_is_one_of_the_country(country: str) -> None:
    """No prefix names a place that the table of places has not, nor a zone that lies elsewhere."""
    own = {zone for part in places.table("places.toml").get(country, {}) for zone in places.zones_of(country, part)}
    for found in postal.table(country).areas.values():
        for part in found:
            assert part.subdivision is None or places.lists(country, part.subdivision)
            assert set(part.zones) <= {*own, *places.zones_of(country), *_TERRITORIES.get(country, ())}
            assert part.zones or part.subdivision == "BFPO"


@pytest.mark.parametrize("country", OTHERS)
def test_every_clock_of_a_country_is_that_of_some_code(country: str) -> None:
    """Nobody's clock is out of reach."""
    reached = {zone for found in postal.table(country).areas.values() for part in found for zone in part.zones}
    assert clocks(places.zones_of(country)) <= clocks(reached)


@pytest.mark.parametrize("country", OTHERS)
def test_every_listed_state_is_that_of_some_code(country: str) -> None:
    """All of those with a name, but where a table tells clocks alone."""
    told = {part.subdivision for found in postal.table(country).areas.values() for part in found}
    listed = {one for one in places.table("places.toml").get(country, {}) if one != "rest"}
    assert country == "ID" or listed <= told


@pytest.mark.parametrize(
    ("country", "digits", "first", "last", "states"),
    [
        ("BR", 8, 1_000_000, 19_999_999, {"SP"}), ("BR", 8, 20_000_000, 28_999_999, {"RJ"}),
        ("BR", 8, 29_000_000, 29_999_999, {"ES"}), ("BR", 8, 57_000_000, 57_999_999, {"AL"}),
        ("AR", 4, 1_000, 1_499, {"C"}), ("AR", 4, 1_500, 9_499, set("ABDEFGHJKLMNPQRSTUVWXYZ")),
        ("AU", 4, 3_000, 3_497, {"VIC"}), ("AU", 4, 1_000, 1_999, {"NSW"}), ("MX", 5, 77_000, 77_999, {"ROO"}),
    ],
)  # fmt: skip
@given(share=st.floats(0, 1))
def test_a_range_is_that_of_its_state(
    country: str, digits: int, first: int, last: int, states: set[str], share: float
) -> None:
    """Wherever in it a code lies: what decides which law is asked."""
    code = f"{first + int((last - first) * share):0{digits}}"
    assert {part.subdivision for part in postal.parts(country, code)} <= states


def residence(**place: str) -> list[tuple[str | None, list[str]]]:
    """(state, zones) of each possible place that comes of this one."""
    body = {"case": {"ref": "C-1"}, "persons": [{"id": "P-1", "evidence": [{"kind": "residence", **place}]}]}
    once = complete(body, "US")
    assert complete(once, "US") == once
    return [(one.get("subdivision"), one["zones"]) for one in once["persons"][0]["evidence"]]


def test_a_code_names_the_state_where_what_was_written_is_in_no_table() -> None:
    """A county of England is no nation of the Union; the code knows that it lies in England."""
    assert residence(country="GB", subdivision="Kent", postal_code="ME1 1AA") == [("ENG", ["Europe/London"])]
    assert residence(country="GB", subdivision="Kent") == [("Kent", ["Europe/London"])]


def test_a_code_that_tells_a_clock_alone_leaves_the_state_named_as_it_is() -> None:
    """Unless that state has no such clock: then both stand."""
    assert residence(country="ID", subdivision="Jawa Barat", postal_code="40111") == [("JB", ["Asia/Jakarta"])]
    assert residence(country="FR", subdivision="75", postal_code="75001") == [("75", ["Europe/Paris"])]
    assert residence(country="FR", subdivision="Réunion", postal_code="75001") == [
        ("974", ["Indian/Reunion", "Europe/Paris"])
    ]
    assert residence(country="IE", postal_code="D02 X285") == [(None, ["Europe/Dublin"])]


def test_a_code_narrows_the_zones_of_its_state() -> None:
    """As it does in the United States."""
    assert residence(country="AU", subdivision="New South Wales", postal_code="2000") == [("NSW", ["Australia/Sydney"])]
    assert residence(country="CL", subdivision="Valparaíso", postal_code="2770000") == [("VS", ["Pacific/Easter"])]
    assert residence(country="BR", subdivision="SP", postal_code="20040-020") == [
        ("SP", ["America/Sao_Paulo"]), ("RJ", ["America/Sao_Paulo"]),
    ]  # fmt: skip


def test_buenos_aires_is_the_city_or_the_province_until_a_code_tells() -> None:
    """The name alone leaves the law of either possible."""
    (found,) = residence(country="AR", subdivision="Buenos Aires")
    assert found[0] is None
    assert [state for state, _ in residence(country="AR", subdivision="Buenos Aires", postal_code="1425")] == ["C"]
    assert [state for state, _ in residence(country="AR", subdivision="Buenos Aires", postal_code="B1900ABC")] == ["B"]
