"""The federal rulebook with its caps set out of reach: the shipped files, a few values of them changed."""

from __future__ import annotations

from pathlib import Path

from contactguard.law.rulebook import Rulebook
from contactguard.rules import load

SHIPPED = Path(load.__file__).parent
_FILES = ("us/fdcpa.toml", "us/reg_f.toml", "us/tcpa.toml", "overlays/house.toml")
_HOURS = 'open = { all = [["08:00", "21:00"]] }', 'open = { all = [["00:00", "24:00"]] }'
_FREQUENCY = "limit = 7,", "limit = 100000000,"
_CHANGES = {
    "us/fdcpa.toml": (_HOURS,),
    "us/reg_f.toml": (_HOURS, _FREQUENCY),
    "us/tcpa.toml": (_HOURS,),
}


def out_of_reach(folder: Path) -> Path:
    """Write the changed files into `folder`. `ValueError` where a shipped file has no such value any more."""
    for name in _FILES:
        text = (SHIPPED / name).read_text("utf-8")
        for old, new in _CHANGES.get(name, ()):
            if old not in text:
                raise ValueError(f"{name}: {old} is not there to be changed")
            text = text.replace(old, new)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def read(folder: Path) -> Rulebook:
    """The rulebook of `out_of_reach`, the house's cap on live calls lifted."""
    return load.load([folder], house=load.House(live_calls_per_person=0), shipped=False)
