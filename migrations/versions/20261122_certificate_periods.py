"""certificate periods: a day is judged by any certificate that covers it

Revision ID: e27b6d90c418
Revises: c4d7e90b1a36
"""

import sqlalchemy as sa
from alembic import op

revision = "e27b6d90c418"
down_revision = "c4d7e90b1a36"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "certificates",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_certificates_account_id")),
        sa.PrimaryKeyConstraint("account_id", "valid_from", name=op.f("pk_certificates")),
    )
    op.execute(
        "INSERT INTO certificates (account_id, valid_from, valid_until, number, category) "
        "SELECT account_id, valid_from, valid_until, certificate_number, category FROM clinicians"
    )


def downgrade() -> None:
    op.drop_table("certificates")
