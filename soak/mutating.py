"""Every rule of every shipped regime moved by one step at a time: which changes do the worked examples notice?

Takes some minutes. The result goes into `tests/golden/noticed.ndjson`, one regime a line with the digest of what was
tried, so that the tests can tell that what is shipped was tried. What stands there already is not tried again; an
empty file has all of them tried.
"""

from __future__ import annotations

import json
import os
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

from contactguard.law.rulebook import Rulebook
from contactguard.rules.load import load
from contactguard.rules.mutate import AIM, mutate

LEDGER = Path(__file__).parents[1] / "tests" / "golden" / "noticed.ndjson"


@cache
def _book() -> Rulebook:
    return load()


def _tried(name: str) -> tuple[dict[str, object], list[str]]:
    regime = _book().regimes[name]
    trial = mutate(regime)
    wrong = [str(change) for change in trial.missed]
    wrong += [f"{one.rule}, {one.field}: untested it says, but nothing is missed" for one in trial.idle]
    line = {"regime": name, "digest": regime.digest, "noticed": trial.caught, "of": trial.total}
    return line, wrong


def run() -> bool:
    """Try them all, say what was missed, and write the ledger. True: nothing is missed without a reason."""
    names = [name for name, regime in _book().regimes.items() if regime.rules]
    known = {line["digest"]: line for line in map(json.loads, LEDGER.read_text("utf-8").splitlines())}
    fresh = [name for name in names if _book().regimes[name].digest not in known]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        tried = dict(zip(fresh, pool.map(_tried, fresh), strict=True))
    well = True
    for name, (line, wrong) in tried.items():
        print(f"{name}: {line['noticed']} of {line['of']} changes noticed")
        for one in wrong:
            well = False
            print(f"  {name}.{one}")
    lines = [tried[name][0] if name in tried else known[_book().regimes[name].digest] for name in names]
    noticed, total = (sum(int(str(line[key])) for line in lines) for key in ("noticed", "of"))
    print(f"all {len(lines)} regimes: {noticed} of {total} changes noticed ({noticed / total:.1%}, aim {AIM:.0%})")
    good = [line for line in lines if not tried.get(str(line["regime"]), ({}, []))[1]]
    LEDGER.write_text("".join(json.dumps(line) + "\n" for line in good), "utf-8")
    return well and noticed / total >= AIM
