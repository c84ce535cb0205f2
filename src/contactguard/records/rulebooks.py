"""Rulebooks as they are kept: each whole, once, under its digest. What is in them is for others to read.

The subject `system:rulebook` holds which of them is in force when. Its height, the edition, grows with every change of
that; each batch reads it with its clock, so that whoever judges knows whether what it holds is the latest.
"""

from __future__ import annotations

import sqlalchemy as sa

from .history import NOW, Query, Steps
from .tables import RULEBOOKS, Statement

SUBJECT = "system:rulebook"


def keep(engine: str, digest: str, body: bytes) -> Steps[None]:
    """Keep a rulebook; one that is there already stays as it is."""
    named = sa.bindparam("digest", type_=sa.Text)
    there = Statement(sa.select(RULEBOOKS.c.digest).where(RULEBOOKS.c.digest == named), engine)
    if (yield Query(there.text, there.args(digest=digest))):
        return
    now = int((yield NOW)[0][0])
    row = sa.select(named, sa.bindparam("at", type_=sa.BigInteger), sa.bindparam("body", type_=sa.LargeBinary))
    if engine == "sqlite":
        insert = Statement(sa.insert(RULEBOOKS).from_select(["digest", "at", "body"], row), engine)
    else:
        from sqlalchemy.dialects.postgresql import insert as upsert

        adding = upsert(RULEBOOKS).from_select(["digest", "at", "body"], row).on_conflict_do_nothing()
        insert = Statement(adding, engine)
    yield Query(insert.text, insert.args(digest=digest, at=now, body=body))


def kept(engine: str, digest: str) -> Steps[bytes | None]:
    """The body of the rulebook with this digest."""
    named = sa.bindparam("digest", type_=sa.Text)
    select = Statement(sa.select(RULEBOOKS.c.body).where(RULEBOOKS.c.digest == named), engine)
    rows = yield Query(select.text, select.args(digest=digest))
    return bytes(rows[0][0]) if rows else None
