"""photos that records name

Revision ID: 9c1f47e2d8b6
Revises: 2a7c94e0d1b8
"""

import sqlalchemy as sa
from alembic import op

revision = "9c1f47e2d8b6"
down_revision = "2a7c94e0d1b8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "photos",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["accounts.id"], name=op.f("fk_photos_by_id")),
        sa.ForeignKeyConstraint(["record_id"], ["service_records.id"], name=op.f("fk_photos_record_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photos")),
    )
    with op.batch_alter_table("photos", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_photos_received_at"), ["received_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_photos_record_id"), ["record_id"], unique=False)


def downgrade() -> None:
    op.drop_table("photos")
