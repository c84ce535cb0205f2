"""Rulebooks, each kept whole under its digest; never updated or deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "rulebooks",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False, comment="all its files, packed"),
        sqlite_with_rowid=False,
    )
    if op.get_context().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER rulebooks_no_{act.lower()} BEFORE {act} ON rulebooks "
                "BEGIN SELECT RAISE(ABORT, 'rulebooks are never changed or deleted'); END"
            )
    else:
        _guard_postgres()


def _guard_postgres() -> None:
    op.execute(
        "CREATE FUNCTION rulebooks_stay() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'rulebooks are never changed or deleted'; END $$"
    )
    op.execute(
        "CREATE TRIGGER rulebooks_stay BEFORE UPDATE OR DELETE ON rulebooks "
        "FOR EACH ROW EXECUTE FUNCTION rulebooks_stay()"
    )
    op.execute(
        "CREATE TRIGGER rulebooks_stay_all BEFORE TRUNCATE ON rulebooks "
        "FOR EACH STATEMENT EXECUTE FUNCTION rulebooks_stay()"
    )
