"""PostgreSQL: how connections are set, and the statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from .history import used_columns
from .tables import IDEMPOTENCY, STORE_KEYS, Statement
from .writer import Changes

# A server that neither answers nor refuses is given up after so many seconds: on connecting, and on each statement.
PATIENCE = {"timeout": 5.0, "command_timeout": 10.0}
READER_SETTINGS = {"application_name": "contactguard", "synchronous_commit": "on", "jit": "off", "timezone": "UTC"}
# A lane's few statements are planned once, by key, whatever the tables held at that moment; a lane never waits long for
# a lock, and a process that hangs does not hold one long.
LANE_SETTINGS = {
    **READER_SETTINGS,
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "lock_timeout": "2000",
    "idle_in_transaction_session_timeout": "10000",
}

_LOCK_ROWS = (
    "SELECT key, height, tip, newest, generation, wrapped, doc FROM turn, subjects WHERE key = ANY($1::text[]) "
    "ORDER BY key FOR UPDATE OF subjects"
)
# Every batch holds the turn with others from before its clock to its commit. A job that goes alone waits until none
# does, but not for long, for whoever comes meanwhile waits behind it.
_TURN = 0x52756C65
LOCK = f"WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared({_TURN})) {_LOCK_ROWS}"
TURN_ALONE = f"SELECT pg_advisory_xact_lock({_TURN})"
HURRY = "SET LOCAL lock_timeout = 250"
MAKE = """
INSERT INTO subjects (key, height, tip, newest, generation)
SELECT key, 0, decode(repeat('00', 32), 'hex'), 0, 0 FROM unnest($1::text[]) AS key ORDER BY key
ON CONFLICT DO NOTHING RETURNING key
"""
UNMAKE = "DELETE FROM subjects WHERE key = ANY($1::text[])"
SECONDS = "SELECT extract(epoch FROM clock_timestamp())::float8"
NOW = """
SELECT extract(epoch FROM clock_timestamp())::float8,
  coalesce((SELECT height FROM subjects WHERE key = 'system:rulebook'), 0)
"""
READ = """
SELECT 0 AS kind, extract(epoch FROM clock_timestamp())::float8 AS seconds, NULL::text AS key,
  coalesce((SELECT height FROM subjects WHERE key = 'system:rulebook'), 0) AS height,
  NULL::bytea AS tip, NULL::bigint AS newest, NULL::int AS generation, NULL::bytea AS wrapped, NULL::bytea AS doc
UNION ALL SELECT 1, NULL, key, height, tip, newest, generation, wrapped, doc FROM subjects WHERE key = ANY($1::text[])
UNION ALL SELECT 2, NULL, id, NULL, NULL, NULL, NULL, NULL, body FROM permits WHERE id = ANY($2::text[])
UNION ALL SELECT 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, hash FROM marks WHERE hash = ANY($3::bytea[])
UNION ALL SELECT 4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, hash FROM idempotency WHERE hash = ANY($4::bytea[])
"""
USED_BY_HASH = Statement(
    used_columns().where(IDEMPOTENCY.c.hash == sa.func.any(sa.bindparam("hashes", type_=sa.ARRAY(sa.LargeBinary)))),
    "postgresql",
).text
OWN_KEYS = Statement(sa.select(STORE_KEYS), "postgresql").text
WRITE = """
WITH docs AS (
  UPDATE subjects s SET height = d.height, tip = d.tip, newest = d.newest,
    generation = d.generation, wrapped = d.wrapped, doc = d.doc
  FROM unnest($1::text[], $2::bigint[], $3::bytea[], $4::bigint[], $5::int[], $6::bytea[], $7::bytea[])
    AS d (key, height, tip, newest, generation, wrapped, doc) WHERE s.key = d.key
), tips AS (
  UPDATE subjects s SET height = t.height, tip = t.tip, newest = t.newest
  FROM unnest($8::text[], $9::bigint[], $10::bytea[], $11::bigint[]) AS t (key, height, tip, newest)
  WHERE s.key = t.key
), new_permits AS (
  INSERT INTO permits SELECT * FROM unnest($12::text[], $13::bigint[], $14::bytea[])
  ON CONFLICT (id) DO UPDATE SET due = excluded.due, body = excluded.body
), uses AS (
  INSERT INTO idempotency
  SELECT * FROM unnest($15::bytea[], $16::bytea[], $17::bigint[], $18::text[], $19::bigint[], $20::bytea[])
    AS u (hash) ORDER BY hash
), new_marks AS (
  INSERT INTO marks SELECT * FROM unnest($21::bytea[], $22::bigint[]) AS m (hash) ORDER BY hash
)
INSERT INTO entries SELECT * FROM unnest($23::text[], $24::bigint[], $25::text[], $26::bigint[], $27::bigint[],
  $28::text[], $29::text[], $30::bytea[], $31::bytea[], $32::bytea[], $33::text[])
"""
_WIDTHS = (7, 4, 3, 6, 2, 11)


def columns(changes: Changes) -> Iterable[Sequence[Any]]:
    """The rows turned into one array per column, in the order of the statement's arguments."""
    tables: tuple[Sequence[Any], ...] = (
        changes.docs, changes.tips, changes.permits, changes.used, changes.marks, changes.entries
    )  # fmt: skip
    for rows, width in zip(tables, _WIDTHS, strict=True):
        yield from zip(*rows, strict=True) if rows else ((),) * width
