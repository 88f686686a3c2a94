"""addresses of organisations that get the heads of the trail, and which nights' they have

Revision ID: 2a7c94e0d1b8
Revises: 71d0e8b4f3a9
"""

import sqlalchemy as sa
from alembic import op

revision = "2a7c94e0d1b8"
down_revision = "71d0e8b4f3a9"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "head_recipients",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_head_recipients_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "address", name=op.f("pk_head_recipients")),
    )
    op.create_table(
        "head_deliveries",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", "organisation_id", "address", name=op.f("pk_head_deliveries")),
    )


def downgrade() -> None:
    op.drop_table("head_deliveries")
    op.drop_table("head_recipients")
