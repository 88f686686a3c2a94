"""links by which clinicians subscribe to their rounds to come

Revision ID: 6d3b91f0a47e
Revises: 9c1f47e2d8b6
"""

import sqlalchemy as sa
from alembic import op

revision = "6d3b91f0a47e"
down_revision = "9c1f47e2d8b6"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_links",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("language IN ('zh-CN', 'en')", name=op.f("ck_calendar_links_language")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_calendar_links_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_calendar_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_links_token_hash")),
    )


def downgrade() -> None:
    op.drop_table("calendar_links")
