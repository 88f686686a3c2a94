"""kiosks

Revision ID: 5b1f0c7e93ad
Revises: 5d0c7f1be2a4
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "5b1f0c7e93ad"
down_revision = "5d0c7f1be2a4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kiosks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("device_name", sa.String(), nullable=False),
        sa.Column("public_key", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("enrolled_by_id", sa.Uuid(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by_id", sa.Uuid(), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("jumps", sa.Integer(), nullable=False),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_by_id IS NULL)", name=op.f("ck_kiosks_revoked")),
        sa.ForeignKeyConstraint(["enrolled_by_id"], ["accounts.id"], name=op.f("fk_kiosks_enrolled_by_id")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["organisations.id"], name=op.f("fk_kiosks_institution_id")
        ),
        sa.ForeignKeyConstraint(["revoked_by_id"], ["accounts.id"], name=op.f("fk_kiosks_revoked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kiosks")),
    )
    with op.batch_alter_table("kiosks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_kiosks_institution_id"), ["institution_id"], unique=False)

    op.create_table(
        "kiosk_invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("invited_by_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["organisations.id"], name=op.f("fk_kiosk_invitations_institution_id")
        ),
        sa.ForeignKeyConstraint(
            ["invited_by_id"], ["accounts.id"], name=op.f("fk_kiosk_invitations_invited_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kiosk_invitations")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_kiosk_invitations_code_hash")),
    )
    with op.batch_alter_table("kiosk_invitations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_kiosk_invitations_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "kiosk_uses",
        sa.Column("kiosk_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("clinician_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("grade", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["clinician_id"], ["accounts.id"], name=op.f("fk_kiosk_uses_clinician_id")),
        sa.ForeignKeyConstraint(["kiosk_id"], ["kiosks.id"], name=op.f("fk_kiosk_uses_kiosk_id")),
        sa.PrimaryKeyConstraint("kiosk_id", "step", "clinician_id", name=op.f("pk_kiosk_uses")),
    )
    with op.batch_alter_table("kiosk_uses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_kiosk_uses_kiosk_id_at"), ["kiosk_id", "at"], unique=False)


def downgrade() -> None:
    op.drop_table("kiosk_uses")
    op.drop_table("kiosk_invitations")
    op.drop_table("kiosks")
