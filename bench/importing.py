"""Files into a new store by the command, as people do it: speed and memory, beside csv alone."""

from __future__ import annotations

import csv
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

CASES, LINES = 10_000, 20_000
_AREAS = (212, 315, 347, 516, 518, 585, 607, 631, 646, 716, 718, 845, 914, 917, 929)
_MEGA = 1024
ROOT = Path(__file__).parents[1]


class Import(NamedTuple):
    """One run: rows a second, the same as a share of what csv alone reads, and the largest process in MB."""

    per_second: float
    ratio: float
    rss_mb: float


def cases(folder: Path, count: int = CASES) -> Path:
    """Accounts with one person and three numbers each."""
    file = folder / "cases.csv"
    draw = random.Random(20261122)
    with file.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(("ref", "person_id", "phone", "mobile", "work_phone", "state", "zip", "product", "creditor"))
        for number in range(count):
            place = ("NY", f"1{draw.randrange(5000):04}", "credit_card", "Bank One")
            rows.writerow((f"A-{number}", f"P-{number}", *(_number(draw) for _ in range(3)), *place))
    return file


def lines(folder: Path, count: int = LINES) -> Path:
    """A list of numbers that may not be called."""
    file, draw = folder / "list.csv", random.Random(7)
    with file.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(("phone", "reason", "date"))
        rows.writerows((_number(draw), "DNC", "2026-01-05") for _ in range(count))
    return file


def _number(draw: random.Random) -> str:
    return f"{draw.choice(_AREAS)}{draw.randrange(200, 1000)}{draw.randrange(10_000):04}"


def runs(folder: Path) -> Iterator[tuple[str, Import]]:
    """Cases into a new store, the same file again, and a list, each timed from the start of the command to its end."""
    file = cases(folder)
    yield "import", imported(folder, file)
    yield "import_again", imported(folder, file)
    yield "import_list", imported(folder, lines(folder), "--kind", "restrictions", "--zone", "America/New_York")


def imported(folder: Path, file: Path, *options: str) -> Import:
    """Run the command. `RuntimeError` if a row was refused."""
    rows, alone = _alone(file)
    command = [sys.executable, "-m", "contactguard", "import", str(file), *options]
    with (folder / "said").open("w+") as said:
        began = time.perf_counter()
        process = subprocess.Popen(
            (*command, "--db", f"sqlite:///{folder}/import.db"), cwd=ROOT, stdout=said, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(process.pid, 0)
        took = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise RuntimeError(f"the import failed: {said.read()[-2000:]}")
    return Import(rows / took, alone / took, used.ru_maxrss / _MEGA)


def _alone(file: Path) -> tuple[int, float]:
    """How many rows csv alone finds in the file, and the seconds that takes, the best of three."""
    best = float("inf")
    for _ in range(3):
        began = time.perf_counter()
        with file.open(newline="") as given:
            rows = sum(1 for _ in csv.reader(given)) - 1
        best = min(best, time.perf_counter() - began)
    return rows, best
