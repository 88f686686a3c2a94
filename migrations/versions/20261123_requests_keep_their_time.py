"""a referral keeps when its request was received, whatever call it is taken to follow

Revision ID: 5a9d3c71e4f2
Revises: c35e8f10b7d4
"""

import sqlalchemy as sa
from alembic import op

revision = "5a9d3c71e4f2"
down_revision = "c35e8f10b7d4"
branch_labels = None
depends_on = None

_referrals = sa.table(
    "referrals",
    sa.column("id", sa.Uuid()),
    *(sa.column(name, sa.DateTime(timezone=True)) for name in ("received_at", "asked_at")),
)
_ledger = sa.table(
    "ledger_entries",
    sa.column("entry_id", sa.Uuid()),
    sa.column("outcome", sa.String()),
    sa.column("received_at", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    """The ledger has when each request came; one that is not there is taken to be as old as its clock."""
    op.add_column("referrals", sa.Column("received_at", sa.DateTime(timezone=True), nullable=True))
    of_entry = (
        sa.select(_ledger.c.received_at)
        .where(_ledger.c.entry_id == _referrals.c.id, _ledger.c.outcome == "stored")
        .scalar_subquery()
    )
    op.execute(_referrals.update().values(received_at=sa.func.coalesce(of_entry, _referrals.c.asked_at)))
    with op.batch_alter_table("referrals", schema=None) as batch_op:
        batch_op.alter_column("received_at", existing_type=sa.DateTime(timezone=True), nullable=False)


def downgrade() -> None:
    op.drop_column("referrals", "received_at")
