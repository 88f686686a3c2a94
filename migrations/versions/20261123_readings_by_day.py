"""readings by day: the last one before a day is one look into an index, however many there are

Revision ID: c35e8f10b7d4
Revises: 7d20c9e4a6b3
"""

import sqlalchemy as sa
from alembic import op

revision = "c35e8f10b7d4"
down_revision = "7d20c9e4a6b3"
branch_labels = None
depends_on = None

_INDEX = "ix_service_records_subject_id_service_on_made_at"
_IS_READING = sa.text("assessment IS NOT NULL AND state <> 'void'")


def upgrade() -> None:
    op.create_index(
        _INDEX,
        "service_records",
        ["subject_id", "service", "on", "made_at"],
        postgresql_where=_IS_READING,
        sqlite_where=_IS_READING,
    )


def downgrade() -> None:
    op.drop_index(_INDEX, "service_records")
