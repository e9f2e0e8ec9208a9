"""Runs migrations on the connection that `Store.upgrade` has opened."""

from alembic import context

from emotion.store.schema import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    # SQLite cannot change a table in place.
    render_as_batch=True,
)
context.run_migrations()
