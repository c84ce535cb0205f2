"""Runs the migrations over the connection it is handed."""

from alembic import context

from contactguard.records.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
