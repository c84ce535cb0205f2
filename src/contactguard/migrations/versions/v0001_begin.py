"""The first schema: subjects, entries, permits, keys; entries are never updated or deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_WITHOUT_ROWID = {"sqlite_with_rowid": False}


def upgrade() -> None:
    _create_subjects()
    _create_entries()
    _create_rows_by_key()
    if op.get_context().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgres()


def _create_subjects() -> None:
    op.create_table(
        "subjects",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("height", sa.BigInteger, nullable=False, comment="entries in the stream of this name"),
        sa.Column("tip", sa.LargeBinary, nullable=False, comment="hash of the last of them"),
        sa.Column("newest", sa.BigInteger, nullable=False, comment="the last instant it was written"),
        sa.Column("generation", sa.Integer, nullable=False, comment="how often it was erased"),
        sa.Column("wrapped", sa.LargeBinary, comment="a person's data key under the master key"),
        sa.Column("doc", sa.LargeBinary, comment="sealed document"),
    )
    op.create_table(
        "store_keys",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("wrapped", sa.LargeBinary, nullable=False, comment="under the master key"),
        **_WITHOUT_ROWID,
    )


def _create_entries() -> None:
    op.create_table(
        "entries",
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
    decided = sa.text("decision IS NOT NULL")
    op.create_index(
        "entries_decision", "entries", ["decision"], unique=True, sqlite_where=decided, postgresql_where=decided
    )


def _create_rows_by_key() -> None:
    op.create_table(
        "permits",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("due", sa.BigInteger),
        sa.Column("body", sa.LargeBinary, nullable=False, comment="sealed"),
        **_WITHOUT_ROWID,
    )
    due = sa.text("due IS NOT NULL")
    op.create_index("permits_due", "permits", ["due"], sqlite_where=due, postgresql_where=due)
    op.create_table(
        "idempotency",
        sa.Column("hash", sa.LargeBinary, primary_key=True, comment="of owner, path and key"),
        sa.Column("digest", sa.LargeBinary, nullable=False, comment="of the body"),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("stream", sa.Text, comment="the entry that keeps the answer"),
        sa.Column("height", sa.BigInteger),
        sa.Column("answer", sa.LargeBinary, comment="or the answer, sealed"),
        **_WITHOUT_ROWID,
    )
    op.create_table(
        "marks",
        sa.Column("hash", sa.LargeBinary, primary_key=True, comment="of scope and id"),
        sa.Column("at", sa.BigInteger, nullable=False),
        **_WITHOUT_ROWID,
    )


def _guard_sqlite() -> None:
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER entries_no_{act.lower()} BEFORE {act} ON entries "
            "BEGIN SELECT RAISE(ABORT, 'entries are never changed or deleted'); END"
        )


def _guard_postgres() -> None:
    op.execute(
        "CREATE FUNCTION entries_stay() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'entries are never changed or deleted'; END $$"
    )
    op.execute(
        "CREATE TRIGGER entries_stay BEFORE UPDATE OR DELETE ON entries FOR EACH ROW EXECUTE FUNCTION entries_stay()"
    )
    op.execute(
        "CREATE TRIGGER entries_stay_all BEFORE TRUNCATE ON entries FOR EACH STATEMENT EXECUTE FUNCTION entries_stay()"
    )
    # What is sealed does not compress, and a document read whole on every ask is best kept in its row.
    op.execute("ALTER TABLE subjects ALTER COLUMN doc SET STORAGE MAIN")
    op.execute("ALTER TABLE subjects SET (fillfactor = 70, toast_tuple_target = 8160)")
    op.execute("ALTER TABLE entries ALTER COLUMN sealed SET STORAGE EXTERNAL")
    op.execute("ALTER TABLE entries SET (toast_tuple_target = 8160)")
