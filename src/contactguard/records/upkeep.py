"""What keeps a store in order, as steps of writing: forgetting old idempotency keys, re-wrapping data keys,
erasing.
"""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from .history import Query, Rows, Steps
from .seal import MasterKeys
from .tables import IDEMPOTENCY, STORE_KEYS, SUBJECTS, Statement
from .work import Job, NewEntry, View, Writes

SLICES = 256
_REWRAP_ROWS = 250


def purge_slice(engine: str, before: int, part: int) -> Steps[int]:
    """Forget idempotency keys used before `before`, in one of 256 parts so that asks pass between."""
    hash = IDEMPOTENCY.c.hash
    mine = (hash >= sa.bindparam("low", type_=sa.LargeBinary)) & (hash < sa.bindparam("high", type_=sa.LargeBinary))
    old = IDEMPOTENCY.c.at < sa.bindparam("before", type_=sa.BigInteger)
    statement = Statement(sa.delete(IDEMPOTENCY).where(mine & old).returning(IDEMPOTENCY.c.at), engine)
    low, high = bytes([part]), bytes([part + 1]) if part + 1 < SLICES else b"\xff" * 17
    rows = yield Query(statement.text, statement.args(low=low, high=high, before=before))
    return len(rows)


def rewrap_some(engine: str, master: MasterKeys, after: str) -> Steps[tuple[str, int]]:
    """Wrap some persons' keys under the current master key: the last subject seen ("" at the end), how many changed."""
    key, wrapped = SUBJECTS.c.key, SUBJECTS.c.wrapped
    listed = sa.select(key, wrapped).where(key > sa.bindparam("after", type_=sa.Text), wrapped.is_not(None))
    select = Statement(listed.order_by(key).limit(_REWRAP_ROWS), engine)
    rows = yield Query(select.text, select.args(after=after))
    changed = yield from _rewrap(engine, master, SUBJECTS, rows)
    return (rows[-1][0] if rows else ""), changed


def rewrap_own(engine: str, master: MasterKeys) -> Steps[int]:
    """Wrap the store's own keys under the current master key; how many changed."""
    rows = yield Query(Statement(sa.select(STORE_KEYS), engine).text)
    return (yield from _rewrap(engine, master, STORE_KEYS, rows))


def _rewrap(engine: str, master: MasterKeys, table: sa.Table, rows: Rows) -> Steps[int]:
    (name,), wrapped = table.primary_key, table.c.wrapped
    same = (name == sa.bindparam("of")) & (wrapped == sa.bindparam("was"))
    change = Statement(sa.update(table).values(wrapped=sa.bindparam("new")).where(same), engine)
    changed = 0
    for of, was in rows:
        if not master.is_current(was):
            yield Query(change.text, change.args(of=of, was=was, new=master.wrap(of, master.unwrap(of, was))))
            changed += 1
    return changed


def erasing(person: str, reason: str) -> Job:
    """The job that deletes a person's document and data key and says so in the person's stream."""
    key = f"person:{person}"
    said = msgspec.json.encode({"reason": reason})

    def judge(view: View) -> Writes:
        entry = NewEntry(stream=key, kind="person_erased", body=said)
        return Writes(answer=None, entries=[entry], erase=[person])

    return Job(lock=(key,), judge=judge)
