"""Files that mean harm, large ones: memory stays flat, every row is accounted for, and a killed import adds up."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TextIO

from .world import ROOT, database, environment, verify

MOST_MB = 400
_GOOD = "ref,phone,state\n"
_KILLED_ROWS, _KILLS = 20_000, 3


class Ran(NamedTuple):
    """One import: its exit status, what it said last, the largest process in MB, what became of its rows."""

    status: int
    said: str
    rss_mb: float
    results: Counter[str]
    rows: int


async def run(folder: Path, megabytes: int) -> bool:
    """Import each of them on SQLite; whether all went well."""
    well = True
    async with database("sqlite", folder) as (url, key_file):
        for name, write, rows in _FILES:
            file = folder / "hostile.csv"
            with file.open("w", encoding="utf-8") as out:
                expected = write(out, megabytes * 1_000_000)
            ran = _import(file, url, key_file)
            right = ran.rss_mb < MOST_MB and ran.rows == expected and ran.status in rows
            well = well and right
            print(f"{name}: {file.stat().st_size / 1e6:.0f} MB, {ran.rows} rows of {expected}, {dict(ran.results)}, "
                  f"{ran.rss_mb:.0f} MB of memory{'' if right else ': NOT WELL: ' + ran.said}", flush=True)  # fmt: skip
        well = _killed(folder, url, key_file) and well
        report = await verify(url, key_file)
    return well and not report.faults


def _killed(folder: Path, url: str, key_file: Path) -> bool:
    """Kill the import at several moments and run it once more: every case is there once."""
    file = folder / "killed.csv"
    pad = "x" * 60
    lines = (f"K-{n},{2_122_000_000 + n},NY,{pad}\n" for n in range(_KILLED_ROWS))
    file.write_text("ref,phone,state,comment\n" + "".join(lines))
    for seconds in range(4, 4 + 2 * _KILLS, 2):
        process = _start(file, url, key_file)
        time.sleep(seconds)
        process.kill()
        process.wait()
    last = _import(file, url, key_file)
    again = _import(file, url, key_file)
    done = last.results["created"] + last.results["unchanged"]
    right = done == again.results["unchanged"] == _KILLED_ROWS and last.results["unchanged"] > 0
    print(f"killed {_KILLS} times: {dict(last.results)}, again {dict(again.results)}{'' if right else ': NOT WELL'}")
    return right


def _start(file: Path, url: str, key_file: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "contactguard", "import", str(file)]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment(url, key_file), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def _import(file: Path, url: str, key_file: Path) -> Ran:
    process = _start(file, url, key_file)
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    result = file.with_name(file.name + ".result.csv")
    results, rows = Counter[str](), 0
    if process.returncode != 2 and result.exists():
        with result.open(newline="", encoding="utf-8") as given:
            for row in csv.DictReader(given):
                results[row["result"]] += 1
                rows += 1
    return Ran(process.returncode, said[-300:], used.ru_maxrss / 1024, results, rows)


def _filled(out: TextIO, size: int, make: Callable[[int], str]) -> int:
    written = count = 0
    while written < size:
        written += out.write(make(count))
        count += 1
    return count


def _one_line(out: TextIO, size: int) -> int:
    out.write(_GOOD + "C-1,2125550123,NY\n")
    _filled(out, size, lambda _: "x" * 1_000_000)
    out.write("\nC-2,2125550124,NY\n")
    return 3


def _one_row_of_json(out: TextIO, size: int) -> int:
    out.write('{"ref": "J-1", "case": {}, "persons": "')
    _filled(out, size, lambda _: "x" * 1_000_000)
    out.write('"}\n')
    return 1


def _wide(out: TextIO, size: int) -> int:
    out.write(_GOOD)
    return _filled(out, size, lambda _: "x," * 100_000 + "\n")


def _wide_header(out: TextIO, size: int) -> int:
    out.write("ref," + "x," * 100_000 + "\n")
    return 0


def _nul(out: TextIO, size: int) -> int:
    out.write(_GOOD)
    return _filled(out, min(size, 20_000_000), lambda n: f"C-{n},212\x00555,{'N' * 2000}\n")


def _never_closed(out: TextIO, size: int) -> int:
    out.write(_GOOD + 'C-0,"\n')
    return 1 + _filled(out, min(size, 20_000_000), lambda n: f"C-{n},{'9' * 2000},NY\n")


def _formulas(out: TextIO, size: int) -> int:
    out.write(_GOOD)
    return _filled(out, 200_000, lambda n: f"=cmd|'/c calc'!A{n},=1+1,@SUM(A1)\n")


def _one_case(out: TextIO, size: int) -> int:
    out.write(_GOOD)
    return _filled(out, min(size, 5_000_000), lambda _: "C-9,2125550123,NY\n")


def _repeated(out: TextIO, size: int) -> int:
    out.write(_GOOD)
    return _filled(out, 300_000, lambda n: f"R-{n % 500},{2_125_550_000 + n % 1000},NY\n")


def _cut(out: TextIO, size: int) -> int:
    out.write(_GOOD + "Z-1,2125550123,NY\nZ-2,21255")
    return 2


_FILES: tuple[tuple[str, Callable[[TextIO, int], int], tuple[int, ...]], ...] = (
    ("one line", _one_line, (1,)),
    ("one line of JSON", _one_row_of_json, (1,)),
    ("100,000 columns", _wide, (1,)),
    ("100,000 columns in the header", _wide_header, (2,)),
    ("NUL bytes", _nul, (1,)),
    ("a quotation mark never closed", _never_closed, (1,)),
    ("formulas", _formulas, (1,)),
    ("one case without end", _one_case, (1,)),
    ("cases again and again", _repeated, (1,)),
    ("cut in the middle", _cut, (1,)),
)
