"""colleagues join a round

Revision ID: 71d0e8b4f3a9
Revises: f15a90d3c64b
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "71d0e8b4f3a9"
down_revision = "f15a90d3c64b"
branch_labels = None
depends_on = None

_DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "round_participants",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("grade", sa.String(), nullable=False),
        sa.Column("grade_reasons", _DOCUMENT, nullable=False),
        sa.Column("grade_rule", sa.Integer(), nullable=False),
        sa.Column("distance_m", sa.Integer(), nullable=True),
        sa.Column("accuracy_m", sa.Integer(), nullable=True),
        sa.Column("position_problem", sa.String(), nullable=True),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("device_name", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("grade IN ('A', 'B', 'C', 'D')", name=op.f("ck_round_participants_grade")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_round_participants_account_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_round_participants_round_id")),
        sa.PrimaryKeyConstraint("round_id", "account_id", name=op.f("pk_round_participants")),
    )
    with op.batch_alter_table("round_participants", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_round_participants_account_id"), ["account_id"], unique=False)


def downgrade() -> None:
    op.drop_table("round_participants")
