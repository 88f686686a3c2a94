"""past days

Revision ID: 4b9e20c7d1a8
Revises: e71c4a0d93f2
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "4b9e20c7d1a8"
down_revision = "e71c4a0d93f2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "past_agreements",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements.id"], name=op.f("fk_past_agreements_agreement_id")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["accounts.id"], name=op.f("fk_past_agreements_asked_by_id")
        ),
        sa.PrimaryKeyConstraint("day", "agreement_id", name=op.f("pk_past_agreements")),
    )
    with op.batch_alter_table("past_agreements", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_past_agreements_made_at_asked_at"), ["made_at", "asked_at"], unique=False
        )

    op.create_table(
        "past_periods",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("rated", sa.Integer(), nullable=False),
        sa.Column("confirmed_rate", sa.String(), nullable=True),
        sa.Column("reported_rate", sa.String(), nullable=True),
        sa.Column("on_time_rate", sa.String(), nullable=True),
        sa.Column("worst_rate", sa.String(), nullable=True),
        sa.Column("worst_id", sa.Uuid(), nullable=True),
        sa.Column("counts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements.id"], name=op.f("fk_past_periods_agreement_id")
        ),
        sa.ForeignKeyConstraint(["worst_id"], ["commitments.id"], name=op.f("fk_past_periods_worst_id")),
        sa.PrimaryKeyConstraint("day", "agreement_id", "period", name=op.f("pk_past_periods")),
    )


def downgrade() -> None:
    op.drop_table("past_periods")
    op.drop_table("past_agreements")
