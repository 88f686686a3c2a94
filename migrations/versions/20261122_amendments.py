"""amendments

Revision ID: 92c6e1f7b35d
Revises: 4b9e20c7d1a8
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "92c6e1f7b35d"
down_revision = "4b9e20c7d1a8"
branch_labels = None
depends_on = None

_DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "amendments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("terms", _DOCUMENT, nullable=False),
        sa.Column("suspensions", _DOCUMENT, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("proposed_by_id", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.CheckConstraint("state IN ('proposed', 'signed', 'withdrawn')", name=op.f("ck_amendments_state")),
        sa.CheckConstraint("(state = 'signed') = (signed_on IS NOT NULL)", name=op.f("ck_amendments_signed")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreements.id"], name=op.f("fk_amendments_agreement_id")),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["organisations.id"], name=op.f("fk_amendments_proposed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amendments")),
    )
    with op.batch_alter_table("amendments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_amendments_agreement_id"), ["agreement_id"], unique=False)


def downgrade() -> None:
    op.drop_table("amendments")
