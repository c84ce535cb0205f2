"""Which older programs may go on beside each schema, so that processes can be upgraded one after the other.

Programs of the schema before know of no halts and would go on in spite of one, so none may.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
WORKS_WITH = "0003"


def upgrade() -> None:
    upgrades = op.create_table(
        "upgrades",
        sa.Column("schema", sa.Text, primary_key=True),
        sa.Column("works_with", sa.Text, nullable=False, comment="the oldest schema whose programs may go on"),
        sqlite_with_rowid=False,
    )
    op.bulk_insert(upgrades, [{"schema": revision, "works_with": WORKS_WITH}])
