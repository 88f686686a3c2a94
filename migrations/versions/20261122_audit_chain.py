"""audit chain

Revision ID: 5d0c7f1be2a4
Revises: 9426a2ddfdf6
"""

import sqlalchemy as sa
from alembic import op

revision = "5d0c7f1be2a4"
down_revision = "9426a2ddfdf6"
branch_labels = None
depends_on = None

_WHOLLY = (
    "(seq IS NULL) = (chain_id IS NULL) AND (seq IS NULL) = (digest IS NULL)"
    " AND (seq IS NULL) = (details_digest IS NULL)"
)


def upgrade() -> None:
    op.create_table(
        "audit_chains",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_chains")),
    )
    op.create_table(
        "audit_heads",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("chain_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("day", "chain_id", name=op.f("pk_audit_heads")),
    )
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("chain_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("seq", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("salt", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("details_digest", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("digest", sa.LargeBinary(), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_audit_entries_chain_id_seq"), ["chain_id", "seq"])
        batch_op.create_check_constraint(batch_op.f("ck_audit_entries_sealed_wholly"), _WHOLLY)
        batch_op.create_index(
            "ix_audit_entries_unsealed",
            ["id"],
            unique=False,
            postgresql_where=sa.text("seq IS NULL"),
            sqlite_where=sa.text("seq IS NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entries_unsealed")
        batch_op.drop_constraint(batch_op.f("ck_audit_entries_sealed_wholly"), type_="check")
        batch_op.drop_constraint(batch_op.f("uq_audit_entries_chain_id_seq"), type_="unique")
        batch_op.drop_column("digest")
        batch_op.drop_column("details_digest")
        batch_op.drop_column("salt")
        batch_op.drop_column("seq")
        batch_op.drop_column("chain_id")
    op.drop_table("audit_heads")
    op.drop_table("audit_chains")
