"""The schema, and how a statement written once becomes the text and argument order of either engine."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg

SCHEMA = "0003"
METADATA = sa.MetaData()

SUBJECTS = sa.Table(
    "subjects",
    METADATA,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("height", sa.BigInteger, nullable=False, comment="entries in the stream of this name"),
    sa.Column("tip", sa.LargeBinary, nullable=False, comment="hash of the last of them"),
    sa.Column("newest", sa.BigInteger, nullable=False, comment="the last instant it was written"),
    sa.Column("generation", sa.Integer, nullable=False, comment="how often it was erased"),
    sa.Column("wrapped", sa.LargeBinary, comment="a person's data key under the master key"),
    sa.Column("doc", sa.LargeBinary, comment="sealed document"),
)
PERSONS = SUBJECTS.alias("persons")
STORE_KEYS = sa.Table(
    "store_keys",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("wrapped", sa.LargeBinary, nullable=False, comment="under the master key"),
    sqlite_with_rowid=False,
)
ENTRIES = sa.Table(
    "entries",
    METADATA,
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("height", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("recorded", sa.BigInteger, nullable=False),
    sa.Column("person", sa.Text),
    sa.Column("decision", sa.Text),
    sa.Column("commitment", sa.LargeBinary, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("clock", sa.Text, comment="simulated, where times are not the machine's"),
)
sa.Index(
    "entries_decision",
    ENTRIES.c.decision,
    unique=True,
    sqlite_where=ENTRIES.c.decision.is_not(None),
    postgresql_where=ENTRIES.c.decision.is_not(None),
)
PERMITS = sa.Table(
    "permits",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("due", sa.BigInteger),
    sa.Column("body", sa.LargeBinary, nullable=False, comment="sealed"),
    sqlite_with_rowid=False,
)
sa.Index(
    "permits_due",
    PERMITS.c.due,
    sqlite_where=PERMITS.c.due.is_not(None),
    postgresql_where=PERMITS.c.due.is_not(None),
)
IDEMPOTENCY = sa.Table(
    "idempotency",
    METADATA,
    sa.Column("hash", sa.LargeBinary, primary_key=True, comment="of owner, path and key"),
    sa.Column("digest", sa.LargeBinary, nullable=False, comment="of the body"),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("stream", sa.Text, comment="the entry that keeps the answer"),
    sa.Column("height", sa.BigInteger),
    sa.Column("answer", sa.LargeBinary, comment="or the answer, sealed"),
    sqlite_with_rowid=False,
)
MARKS = sa.Table(
    "marks",
    METADATA,
    sa.Column("hash", sa.LargeBinary, primary_key=True, comment="of scope and id"),
    sa.Column("at", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
RULEBOOKS = sa.Table(
    "rulebooks",
    METADATA,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False, comment="all its files, packed"),
    sqlite_with_rowid=False,
)
UPGRADES = sa.Table(
    "upgrades",
    METADATA,
    sa.Column("schema", sa.Text, primary_key=True),
    sa.Column("works_with", sa.Text, nullable=False, comment="the oldest schema whose programs may go on"),
    sqlite_with_rowid=False,
)


class Statement:
    """SQL text for one engine; `args` puts named values into the order the driver wants."""

    def __init__(self, statement: sa.sql.expression.ClauseElement, engine: str) -> None:
        dialect = sqlite.dialect(paramstyle="qmark") if engine == "sqlite" else asyncpg.dialect()  # type: ignore[no-untyped-call]
        compiled = statement.compile(dialect=dialect)
        self.text = str(compiled)
        self._order = tuple(compiled.positiontup or ())  # type: ignore[attr-defined]
        self._given = dict(compiled.params)

    def args(self, **values: Any) -> tuple[Any, ...]:
        """The values in order; what the statement itself fixes is filled in."""
        return tuple(values[name] if name in values else self._given[name] for name in self._order)


def among(column: sa.Column[Any], name: str, engine: str) -> sa.ColumnElement[bool]:
    """`column` is one of a list given as `name` (SQLite: the list as JSON)."""
    if engine == "sqlite":
        listed = sa.func.json_each(sa.bindparam(name, type_=sa.Text)).table_valued("value")
        return column.in_(sa.select(listed.c.value))
    return column == sa.func.any(sa.bindparam(name, type_=sa.ARRAY(sa.Text)))


def with_person(rows: sa.FromClause) -> sa.FromClause:
    """`rows`, in which entries are, beside the subject of the entry's person in `PERSONS`, which has its data key."""
    return rows.outerjoin(PERSONS, PERSONS.c.key == sa.literal_column("'person:'").concat(ENTRIES.c.person))
