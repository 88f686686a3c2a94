"""ledger repairs, tombstones, devices and unlocked rounds

Revision ID: 7d41be02c9f5
Revises: c3a96d20f4b8
"""

import sqlalchemy as sa
from alembic import op

revision = "7d41be02c9f5"
down_revision = "c3a96d20f4b8"
branch_labels = None
depends_on = None

_REFUSED = sa.text("outcome = 'refused'")


def upgrade() -> None:
    with op.batch_alter_table("ledger_entries", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_ledger_entries_outcome"), type_="check")
        batch_op.add_column(sa.Column("fields", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("imported_by_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("repaired_by_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("repaired_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("repair_of_id", sa.Uuid(), nullable=True))
        batch_op.create_check_constraint(
            op.f("ck_ledger_entries_outcome"), "outcome IN ('stored', 'refused', 'repaired')"
        )
        batch_op.create_foreign_key(
            op.f("fk_ledger_entries_imported_by_id"), "accounts", ["imported_by_id"], ["id"]
        )
        batch_op.create_foreign_key(
            op.f("fk_ledger_entries_repaired_by_id"), "accounts", ["repaired_by_id"], ["id"]
        )
        batch_op.create_index(
            "ix_ledger_entries_refused",
            ["author_id", "id"],
            unique=False,
            sqlite_where=_REFUSED,
            postgresql_where=_REFUSED,
        )

    with op.batch_alter_table("record_versions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("late_reason", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("late_text", sa.String(), nullable=True))

    op.create_table(
        "tombstones",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["accounts.id"], name=op.f("fk_tombstones_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tombstones")),
    )
    with op.batch_alter_table("tombstones", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_tombstones_author_id_about_id"), ["author_id", "about_id"], unique=False
        )

    op.create_table(
        "devices",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("app_version", sa.String(), nullable=True),
        sa.Column("last_sync_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=True),
        sa.Column("oldest_waiting_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offset_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_devices_account_id")),
        sa.PrimaryKeyConstraint("account_id", "device_id", name=op.f("pk_devices")),
    )

    op.create_table(
        "round_unlocks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["accounts.id"], name=op.f("fk_round_unlocks_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_unlocks")),
    )
    with op.batch_alter_table("round_unlocks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_round_unlocks_round_id"), ["round_id"], unique=False)


def downgrade() -> None:
    op.drop_table("round_unlocks")
    op.drop_table("devices")
    op.drop_table("tombstones")
    with op.batch_alter_table("record_versions", schema=None) as batch_op:
        batch_op.drop_column("late_text")
        batch_op.drop_column("late_reason")

    op.execute("UPDATE ledger_entries SET outcome = 'refused' WHERE outcome = 'repaired'")
    with op.batch_alter_table("ledger_entries", schema=None) as batch_op:
        batch_op.drop_index("ix_ledger_entries_refused")
        batch_op.drop_constraint(op.f("fk_ledger_entries_repaired_by_id"), type_="foreignkey")
        batch_op.drop_constraint(op.f("fk_ledger_entries_imported_by_id"), type_="foreignkey")
        batch_op.drop_constraint(op.f("ck_ledger_entries_outcome"), type_="check")
        batch_op.drop_column("repair_of_id")
        batch_op.drop_column("repaired_at")
        batch_op.drop_column("repaired_by_id")
        batch_op.drop_column("imported_by_id")
        batch_op.drop_column("fields")
        batch_op.create_check_constraint(
            op.f("ck_ledger_entries_outcome"), "outcome IN ('stored', 'refused')"
        )
