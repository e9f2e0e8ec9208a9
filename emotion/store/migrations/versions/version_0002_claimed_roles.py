"""Which roles are the provider's, so that they go with its claim."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Forward."""
    # Not in a batch: SQLite would make the table anew, and drop one that others refer to.
    op.add_column(
        "account", sa.Column("claimed", sa.Boolean(), nullable=False, server_default=sa.false())
    )
