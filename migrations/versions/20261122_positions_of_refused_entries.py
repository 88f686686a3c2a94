"""positions of refused entries

Revision ID: c3a96d20f4b8
Revises: 5b1f0c7e93ad
"""

import sqlalchemy as sa
from alembic import op

revision = "c3a96d20f4b8"
down_revision = "5b1f0c7e93ad"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("positions", schema=None) as batch_op:
        batch_op.alter_column("round_id", existing_type=sa.Uuid(), nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM positions WHERE round_id IS NULL")
    with op.batch_alter_table("positions", schema=None) as batch_op:
        batch_op.alter_column("round_id", existing_type=sa.Uuid(), nullable=False)
