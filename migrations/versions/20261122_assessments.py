"""assessments: what values meant on their day, and targets that counties set

Revision ID: 8c4e19b7d2f6
Revises: b6f02d9ac715
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "8c4e19b7d2f6"
down_revision = "b6f02d9ac715"
branch_labels = None
depends_on = None

_KEPT = ("service_records", "record_versions")


def upgrade() -> None:
    for table in _KEPT:
        document = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
        op.add_column(table, sa.Column("assessment", document, nullable=True))
    op.create_table(
        "county_targets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_county_targets")),
        sa.UniqueConstraint(
            "region", "policy", "target", "starts", name=op.f("uq_county_targets_region_policy_target_starts")
        ),
    )


def downgrade() -> None:
    op.drop_table("county_targets")
    for table in _KEPT:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("assessment")
