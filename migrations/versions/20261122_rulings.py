"""a clinician upholds what is disputed, and managers and regulators rule

Revision ID: 3e8d51c0a7f2
Revises: e27b6d90c418
"""

import sqlalchemy as sa
from alembic import op

revision = "3e8d51c0a7f2"
down_revision = "e27b6d90c418"
branch_labels = None
depends_on = None


def _acts(allowed: str) -> None:
    with op.batch_alter_table("confirmation_acts", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_confirmation_acts_act"), type_="check")
        batch_op.create_check_constraint(op.f("ck_confirmation_acts_act"), f"act IN ({allowed})")


def upgrade() -> None:
    _acts("'confirm', 'dispute', 'uphold'")
    op.create_table(
        "rulings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("settles", sa.Boolean(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("party IN ('medical', 'care', 'regulator')", name=op.f("ck_rulings_party")),
        sa.CheckConstraint("verdict IN ('confirmed', 'void')", name=op.f("ck_rulings_verdict")),
        sa.ForeignKeyConstraint(["by_id"], ["accounts.id"], name=op.f("fk_rulings_by_id")),
        sa.ForeignKeyConstraint(["dispute_id"], ["confirmation_acts.id"], name=op.f("fk_rulings_dispute_id")),
        sa.ForeignKeyConstraint(["record_id"], ["service_records.id"], name=op.f("fk_rulings_record_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rulings")),
    )
    with op.batch_alter_table("rulings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rulings_dispute_id"), ["dispute_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_rulings_record_id_at"), ["record_id", "at"], unique=False)


def downgrade() -> None:
    op.drop_table("rulings")
    op.execute("DELETE FROM confirmation_acts WHERE act = 'uphold'")
    _acts("'confirm', 'dispute'")
