"""kiosks revoked for: whether somebody else may have the device

Revision ID: 1f8a6c03d9e5
Revises: 6d3b91f0a47e
"""

import sqlalchemy as sa
from alembic import op

revision = "1f8a6c03d9e5"
down_revision = "6d3b91f0a47e"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("kiosks", sa.Column("revoked_for", sa.String(), nullable=True))
    # Nobody said why: what comes after is judged as it was, as if the device were in other hands.
    op.execute("UPDATE kiosks SET revoked_for = 'lost' WHERE revoked_at IS NOT NULL")
    with op.batch_alter_table("kiosks", schema=None) as batch_op:
        batch_op.create_check_constraint(
            op.f("ck_kiosks_revoked_for"), "(revoked_at IS NULL) = (revoked_for IS NULL)"
        )


def downgrade() -> None:
    with op.batch_alter_table("kiosks", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_kiosks_revoked_for"), type_="check")
        batch_op.drop_column("revoked_for")
