"""Alembic's entry: runs the migrations online on the database of the configuration."""

from alembic import context
from sqlmodel import SQLModel

import infra.tables  # noqa: F401 (completes the metadata)
from infra.database import make_engine


def run() -> None:
    engine = make_engine(context.config.attributes["url"])
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=SQLModel.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
