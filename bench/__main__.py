"""`python -m bench [NAME...]`: one figure a line as `name value unit`, and what the figures were made of.

gate_ratio, gate_ratio_pg: permits a second over what a bare aiohttp handler answers, the median of alternate runs;
gate_p99_ms at half that load; growth: a store of a million contacts against one of ten thousand; growth_case: a case
with 50,000 entries against one with 30; decide_us, decide_deny_us, decide_ratio: the decision alone;
decide_city_ratio, decide_considered_ratio: under a city's, its state's and the federal laws over 60 contacts, against
the federal ones alone over 30; load_ms: reading every shipped regime, at a start; activation_failed,
activation_mixed, activation_worst_ms: rulebooks put in force while 32 clients ask, and the slowest ask meanwhile;
import, import_again, import_list: rows a second that the command brings into a new store, once more, and of a list,
each with its ratio to reading the file with csv alone and the memory of the largest process; durable: 1 when syncs
were seen before the answers and the settings read back; rss_mb: memory after the load.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from . import activation, deciding, durability, importing, postgres
from .processes import Load, Server, bodies, body, client, gate, measured, serving, wrk
from .rules import out_of_reach
from .seeding import CACHE, Prepared, Shape, copied, prepared

MANY, FEW = Shape(33_000), Shape(330)
LONG, SHORT = Shape(8, 50_000), Shape(200)
RUNS = 3
_BURSTS, _PER_PERSON = 5, 8
_CASE_ROUNDS, _CASE_ASKS = 3, 128


def say(name: str, value: float, unit: str) -> None:
    """One figure."""
    print(f"{name} {value:.4g} {unit}" if value < 1000 else f"{name} {value:.0f} {unit}", flush=True)


class Bench:
    """One run: a scratch folder, the changed rules, and figures that others are made of."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.rules = folder, out_of_reach(folder / "rules")

    def gate(self, names: set[str]) -> None:
        """gate_ratio, gate_ratio_pg, gate_p99_ms, rss_mb."""
        store = prepared(MANY)
        asks = bodies(store.people, self.folder)
        answer = self._answer(store)
        with serving("nothing", module="bench.bare") as server:
            say("client_ceiling", wrk(server, store.token, asks, 3).per_second, "requests/s")
        bare, ours, pg, memory = list[Load](), list[Load](), list[Load](), list[float]()
        for _ in range(RUNS):
            with serving(str(answer), module="bench.bare") as server:
                bare.append(measured(server, store.token, asks))
            if names & {"gate_ratio", "gate_p99_ms", "rss_mb"}:
                with gate(copied(store, self.folder), self.rules) as server:
                    ours.append(measured(server, store.token, asks))
                    memory.append(server.rss_mb())
            if "gate_ratio_pg" in names:
                with (
                    postgres.copied(store) as url,
                    gate(store, self.rules, url) as server,
                ):
                    pg.append(measured(server, store.token, asks))
        say("bare", _middle(bare), "requests/s")
        if ours:
            say("gate", _middle(ours), "permits/s")
            say("gate_ratio", _middle(ours) / _middle(bare), "ratio")
            say("rss_mb", max(memory), "MB")
        if pg:
            say("gate_pg", _middle(pg), "permits/s")
            say("gate_ratio_pg", _middle(pg) / _middle(bare), "ratio")
        if "gate_p99_ms" in names:
            self._p99(store, asks, _middle(ours) / 2)

    def _p99(self, store: Prepared, asks: Path, rate: float) -> None:
        with gate(copied(store, self.folder), self.rules) as server:
            client(server, store.token, asks, "paced", f"{rate:.0f}", "3")
            half, late = client(server, store.token, asks, "paced", f"{rate:.0f}", "10")
        say("gate_p50_ms", half, "ms")
        say("gate_p99_ms", late, "ms")

    def growth(self, names: set[str]) -> None:
        """Bursts of as many asks on both stores, the small one's copies fresh: in seconds of full load each of its
        persons would gain hundreds of contacts, and it would lose for that."""
        many, few = prepared(MANY), prepared(FEW)
        burst = FEW.persons * _PER_PERSON
        took: dict[str, list[float]] = {"many": [], "few": []}
        asks = {"many": bodies(many.people, self.folder), "few": bodies(few.people, self.folder)}
        with gate(copied(many, self.folder), self.rules) as large:
            client(large, many.token, asks["many"], "burst", str(burst * 3))
            for _ in range(_BURSTS):
                took["many"] += client(large, many.token, asks["many"], "burst", str(burst))
                with gate(copied(few, self.folder), self.rules) as small:
                    client(small, few.token, asks["few"], "burst", str(FEW.persons))
                    took["few"] += client(small, few.token, asks["few"], "burst", str(burst))
        say("growth", statistics.median(took["few"]) / statistics.median(took["many"]), "ratio")

    def growth_case(self, names: set[str]) -> None:
        """Bursts of as many asks on one case after another, long and short in turn, each case once a copy."""
        store = prepared(LONG, SHORT)
        long, short = store.people[: LONG.persons], store.people[LONG.persons :]
        took = list[float](), list[float]()
        for _ in range(_CASE_ROUNDS):
            with gate(copied(store, self.folder), self.rules) as server:
                client(server, store.token, bodies(short[LONG.persons :], self.folder), "burst", "2000")
                for number, pair in enumerate(zip(long, short, strict=False)):
                    for which in (0, 1) if number % 2 else (1, 0):
                        took[which].append(self._on_case(server, store, pair[which]))
        say("growth_case", statistics.median(took[1]) / statistics.median(took[0]), "ratio")

    def _on_case(self, server: Server, store: Prepared, who: tuple[str, str, str]) -> float:
        asks = self.folder / "one.ndjson"
        asks.write_bytes(body(*who) + b"\n")
        (took,) = client(server, store.token, asks, "burst", str(_CASE_ASKS))
        return took

    def decide(self, names: set[str]) -> None:
        """The decision alone."""
        found = deciding.times()
        say("decide_us", found.allow, "us")
        say("decide_deny_us", found.deny, "us")
        say("decide_ratio", found.allow / found.loads, "ratio")
        say("decide_city_ratio", found.city / found.allow, "ratio")
        say("decide_considered_ratio", found.considered / found.allow, "ratio")

    def load(self, names: set[str]) -> None:
        """Every shipped regime with its examples, as at start-up and before an activation."""
        say("load_ms", deciding.load_ms(), "ms")

    def activation(self, names: set[str]) -> None:
        """Rulebooks put in force while 32 clients ask."""
        found = activation.found(copied(prepared(FEW), self.folder))
        say("activation_asks", found.asked, "asks")
        say("activation_failed", found.failed, "asks")
        say("activation_mixed", found.mixed, "decisions")
        say("activation_worst_ms", found.worst_ms, "ms")

    def imports(self, names: set[str]) -> None:
        """Files by the command, into a store of their own."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            for name, run in importing.runs(Path(folder)):
                say(name, run.per_second, "rows/s")
                say(f"{name}_ratio", run.ratio, "ratio")
                say(f"{name}_rss_mb", run.rss_mb, "MB")

    def durable(self, names: set[str]) -> None:
        """Syncs before answers on SQLite; settings read back on both engines."""
        store = copied(prepared(FEW), self.folder)
        with gate(store, self.rules) as server:
            well = durability.synced(server, store)
        well = well and asyncio.run(durability.settings_hold(f"sqlite:///{store.file}", store.key_file))
        with postgres.copied(prepared(FEW)) as url:
            well = well and asyncio.run(durability.settings_hold(url, store.key_file))
        say("durable", float(well), "of 1")

    def _answer(self, store: Prepared) -> Path:
        """What the gate answers, for the bare handler to answer as well."""
        file = self.folder / "answer.json"
        with gate(copied(store, self.folder), self.rules) as server:
            head = {"Authorization": f"Bearer {store.token}", "Content-Type": "application/json"}
            asked = urllib.request.Request(f"{server.url}/v1/permits", body(*store.people[0]), head)
            with urllib.request.urlopen(asked, timeout=10) as answer:
                file.write_bytes(answer.read())
        return file


FIGURES: dict[str, Callable[[Bench, set[str]], None]] = {
    **dict.fromkeys(("decide_us", "decide_deny_us", "decide_ratio"), Bench.decide),
    **dict.fromkeys(("decide_city_ratio", "decide_considered_ratio"), Bench.decide),
    **dict.fromkeys(("activation_failed", "activation_mixed", "activation_worst_ms"), Bench.activation),
    "durable": Bench.durable,
    **dict.fromkeys(("gate_ratio", "gate_ratio_pg", "gate_p99_ms", "rss_mb"), Bench.gate),
    "load_ms": Bench.load,
    "import": Bench.imports,
    "growth": Bench.growth,
    "growth_case": Bench.growth_case,
}


def _middle(loads: list[Load]) -> float:
    return statistics.median(load.per_second for load in loads)


@contextmanager
def _scratch() -> Iterator[Path]:
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="run-") as folder:
        yield Path(folder)


def main(names: list[str]) -> None:
    """Measure these figures, or all."""
    unknown = [name for name in names if name not in FIGURES]
    missing = [tool for tool in ("wrk", "taskset", "strace") if shutil.which(tool) is None]
    if unknown or missing:
        sys.exit(f"bench: no such figure: {unknown[0]}" if unknown else f"bench: needs {missing[0]} (scripts/testbed)")
    wanted = set(names) or set(FIGURES)
    with ExitStack() as stack:
        bench = Bench(stack.enter_context(_scratch()))
        for measure in dict.fromkeys(FIGURES[name] for name in FIGURES if name in wanted):
            measure(bench, wanted)


if __name__ == "__main__":
    main(sys.argv[1:])
