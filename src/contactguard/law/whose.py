"""Policies for some only: the collectors, creditors and campaigns that an overlay's scope names.

A program is compiled once for each sort of request. Names are without number, so only those that some rule of the
book names become part of the sort: a book that names none costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from .grammar import Scope
from .model import Request
from .world import Side

NAMED = ("collector_names", "creditors", "campaigns")
_NONE: frozenset[str] = frozenset()


def wanted(scopes: Iterable[Scope]) -> frozenset[str]:
    """Every name that one of the scopes asks for, as terms."""
    return frozenset(term for scope in scopes for field in NAMED for term in _terms(field, scope))


def named_by(names: frozenset[str], request: Request, side: Side) -> frozenset[str]:
    """Which of these terms the request answers to.

    A collector or creditor that nobody named may be any of them; a contact that names no campaign belongs to none.
    """
    facts = [("collector_names", side.w.facts.collector.name), *(("creditors", case.creditor) for case in side.cases)]
    unknown = frozenset(field for field, name in facts if name is None)
    found = {_term(field, name) for field, name in facts if name is not None}
    if request.campaign is not None:
        found.add(_term("campaigns", request.campaign))
    return names & found | _any_of(names, unknown) if unknown else names & found


def in_names(scope: Scope, found: frozenset[str]) -> bool:
    """Whether a request that answers to these terms is one that the scope names."""
    return all(getattr(scope, field) is None or not found.isdisjoint(_terms(field, scope)) for field in NAMED)


@lru_cache(maxsize=64)
def _any_of(names: frozenset[str], fields: frozenset[str]) -> frozenset[str]:
    return frozenset(term for term in names if term.partition("=")[0] in fields)


def _terms(field: str, scope: Scope) -> frozenset[str]:
    listed: tuple[str, ...] | None = getattr(scope, field)
    return _NONE if listed is None else frozenset(_term(field, name) for name in listed)


@lru_cache(maxsize=1024)
def _term(field: str, name: str) -> str:
    """A name as it is compared: capitals and spaces do not tell two apart."""
    return f"{field}={' '.join(name.split()).casefold()}"
