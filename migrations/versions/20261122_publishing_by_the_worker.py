"""publishing by the worker

Revision ID: e71c4a0d93f2
Revises: 7d41be02c9f5
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "e71c4a0d93f2"
down_revision = "7d41be02c9f5"
branch_labels = None
depends_on = None

# Of what was published before: the worker rates and compares them.
_AGREEMENTS = """
INSERT INTO published_agreements
    (published_id, agreement_id, in_force, rows, rated, counts, adjustments, due_on)
SELECT windows.published_id, windows.agreement_id, {yes}, count(*), {no}, '[]', 0, periods.as_of
FROM published_windows windows JOIN published_periods periods ON periods.id = windows.published_id
GROUP BY windows.published_id, windows.agreement_id, periods.as_of
"""


def upgrade() -> None:
    with op.batch_alter_table("published_periods", schema=None) as batch_op:
        batch_op.add_column(sa.Column("bureau_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("state", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("failure", sa.String(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_published_periods_bureau_id"), "organisations", ["bureau_id"], ["id"]
        )
    op.execute("UPDATE published_periods SET state = 'published'")
    with op.batch_alter_table("published_periods", schema=None) as batch_op:
        batch_op.alter_column("state", existing_type=sa.String(), nullable=False)
    with op.batch_alter_table("published_windows", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_published_windows_published_id_agreement_id"))
        batch_op.create_index(
            batch_op.f("ix_published_windows_agreement_id_published_id"), ["agreement_id", "published_id"]
        )
    _create_tables()
    postgres = op.get_bind().dialect.name == "postgresql"
    op.execute(_AGREEMENTS.format(yes="true" if postgres else "1", no="false" if postgres else "0"))


def _create_tables() -> None:
    op.create_table(
        "published_agreements",
        sa.Column("published_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("confirmed_rate", sa.String(), nullable=True),
        sa.Column("reported_rate", sa.String(), nullable=True),
        sa.Column("on_time_rate", sa.String(), nullable=True),
        sa.Column("rated", sa.Boolean(), nullable=False),
        sa.Column("counts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("adjustments", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements.id"], name=op.f("fk_published_agreements_agreement_id")
        ),
        sa.ForeignKeyConstraint(
            ["published_id"], ["published_periods.id"], name=op.f("fk_published_agreements_published_id")
        ),
        sa.PrimaryKeyConstraint("published_id", "agreement_id", name=op.f("pk_published_agreements")),
    )
    with op.batch_alter_table("published_agreements", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_published_agreements_agreement_id"), ["agreement_id"])
        batch_op.create_index(batch_op.f("ix_published_agreements_due_on"), ["due_on"])
    op.create_table(
        "changed_agreements",
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements.id"], name=op.f("fk_changed_agreements_agreement_id")
        ),
        sa.PrimaryKeyConstraint("agreement_id", name=op.f("pk_changed_agreements")),
    )


def downgrade() -> None:
    op.drop_table("changed_agreements")
    op.drop_table("published_agreements")
    with op.batch_alter_table("published_windows", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_published_windows_agreement_id_published_id"))
        batch_op.create_index(
            batch_op.f("ix_published_windows_published_id_agreement_id"), ["published_id", "agreement_id"]
        )
    op.execute(
        "DELETE FROM published_windows WHERE published_id IN"
        " (SELECT id FROM published_periods WHERE state <> 'published')"
    )
    op.execute("DELETE FROM published_periods WHERE state <> 'published'")
    with op.batch_alter_table("published_periods", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_published_periods_bureau_id"), type_="foreignkey")
        batch_op.drop_column("failure")
        batch_op.drop_column("state")
        batch_op.drop_column("bureau_id")
