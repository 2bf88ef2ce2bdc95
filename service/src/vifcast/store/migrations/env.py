"""What Alembic runs; the caller passes its connection, already in a transaction."""

from alembic import context

from vifcast.store.sql.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
