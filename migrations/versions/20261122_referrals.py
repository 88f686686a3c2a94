"""referrals with their steps, and follow-ups

Revision ID: f15a90d3c64b
Revises: 8c4e19b7d2f6
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "f15a90d3c64b"
down_revision = "8c4e19b7d2f6"
branch_labels = None
depends_on = None

_DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
_STATES = "'requested', 'accepted', 'declined', 'departed', 'arrived', 'closed', 'void'"


def upgrade() -> None:
    op.create_table(
        "referrals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("receiver_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("form", _DOCUMENT, nullable=False),
        sa.Column("reading_id", sa.Uuid(), nullable=True),
        sa.Column("from_id", sa.Uuid(), nullable=True),
        sa.Column("demand_id", sa.Uuid(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "direction IN ('green_channel', 'up', 'down')", name=op.f("ck_referrals_direction")
        ),
        sa.CheckConstraint(f"state IN ({_STATES})", name=op.f("ck_referrals_state")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["organisations.id"], name=op.f("fk_referrals_institution_id")
        ),
        sa.ForeignKeyConstraint(["sender_id"], ["organisations.id"], name=op.f("fk_referrals_sender_id")),
        sa.ForeignKeyConstraint(["receiver_id"], ["organisations.id"], name=op.f("fk_referrals_receiver_id")),
        sa.ForeignKeyConstraint(["subject_id"], ["residents.id"], name=op.f("fk_referrals_subject_id")),
        sa.ForeignKeyConstraint(["demand_id"], ["demands.id"], name=op.f("fk_referrals_demand_id")),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["accounts.id"], name=op.f("fk_referrals_requested_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["accounts.id"], name=op.f("fk_referrals_answered_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrals")),
    )
    with op.batch_alter_table("referrals", schema=None) as batch_op:
        for column in ("institution_id", "sender_id", "receiver_id"):
            batch_op.create_index(batch_op.f(f"ix_referrals_{column}_changed_at"), [column, "changed_at"])
        batch_op.create_index(batch_op.f("ix_referrals_demand_id"), ["demand_id"], unique=True)
        batch_op.create_index(batch_op.f("ix_referrals_from_id"), ["from_id"])
        batch_op.create_index(batch_op.f("ix_referrals_subject_id"), ["subject_id"])
    op.create_table(
        "referral_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("said", _DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referrals.id"], name=op.f("fk_referral_steps_referral_id")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["accounts.id"], name=op.f("fk_referral_steps_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_steps")),
    )
    with op.batch_alter_table("referral_steps", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_referral_steps_referral_id"), ["referral_id"])
    op.create_table(
        "follow_ups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("medical_id", sa.Uuid(), nullable=False),
        sa.Column("performer_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("urgent", _DOCUMENT, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closed_by_id", sa.Uuid(), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'done', 'void')", name=op.f("ck_follow_ups_state")),
        sa.ForeignKeyConstraint(["id"], ["service_records.id"], name=op.f("fk_follow_ups_id")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["organisations.id"], name=op.f("fk_follow_ups_institution_id")
        ),
        sa.ForeignKeyConstraint(["medical_id"], ["organisations.id"], name=op.f("fk_follow_ups_medical_id")),
        sa.ForeignKeyConstraint(["performer_id"], ["accounts.id"], name=op.f("fk_follow_ups_performer_id")),
        sa.ForeignKeyConstraint(["subject_id"], ["residents.id"], name=op.f("fk_follow_ups_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_ups")),
    )
    with op.batch_alter_table("follow_ups", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_follow_ups_institution_id_revision"), ["institution_id", "revision"]
        )
        batch_op.create_index(batch_op.f("ix_follow_ups_subject_id_service"), ["subject_id", "service"])
        batch_op.create_index(
            batch_op.f("ix_follow_ups_medical_id_state_due_on"), ["medical_id", "state", "due_on"]
        )
    op.create_table(
        "follow_up_words",
        sa.Column("follow_up_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["follow_up_id"], ["service_records.id"], name=op.f("fk_follow_up_words_follow_up_id")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["accounts.id"], name=op.f("fk_follow_up_words_by_id")),
        sa.PrimaryKeyConstraint("follow_up_id", name=op.f("pk_follow_up_words")),
    )


def downgrade() -> None:
    for table in ("follow_up_words", "follow_ups", "referral_steps", "referrals"):
        op.drop_table(table)
