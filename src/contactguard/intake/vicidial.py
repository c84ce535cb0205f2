"""What ViciDial's call statuses mean: `tables/vicidial.toml`, and what an operator puts before it."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Literal

import msgspec

from ..errors import BadInput
from ..law.vocabulary import Direction, Outcome

_CODE_CHARACTERS = 6


class Status(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One status. `outcome` None: nothing was dialled. `human`: somebody answered. `known`: it stands in a table."""

    outcome: Outcome | None = None
    human: bool = False
    suppress: Literal["do_not_call", "opt_out"] | None = None
    direction: Direction = "outbound"
    name: str = ""
    known: bool = True


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    status: dict[str, Status]
    version: int = 1


UNKNOWN = Status(outcome="unknown", known=False)
"""Counts as placed, never as a conversation."""


class Statuses(msgspec.Struct, frozen=True):
    """Every status that a table names, by its code in capitals."""

    named: dict[str, Status]

    def of(self, code: str) -> Status:
        """What the code says; `UNKNOWN` for one in no table. Case and spaces around it do not matter."""
        return self.named.get(code.strip().upper(), UNKNOWN)


def statuses(own: str | None = None) -> Statuses:
    """The shipped table, with the file `own` before it. `BadInput` names the file and the status."""
    return Statuses({**_shipped(), **(_own(Path(own)) if own else {})})


@cache
def _shipped() -> dict[str, Status]:
    text = resources.files(__package__).joinpath("tables", "vicidial.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), _File).status


def _own(path: Path) -> dict[str, Status]:
    try:
        found = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _File).status
    except OSError as error:
        raise BadInput(str(path), f"cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise BadInput(str(path), f"is no table of statuses: {error}") from None
    for code in found:
        if not 0 < len(code) <= _CODE_CHARACTERS:
            raise BadInput(f"{path}: {code[:20]}", f"a status has 1 to {_CODE_CHARACTERS} characters")
    return {code.upper(): status for code, status in found.items()}
