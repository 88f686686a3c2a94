"""windows refer once: to their commitment, which refers to agreement and institution

Revision ID: c4d7e90b1a36
Revises: a81f3c5e2d70
"""

from alembic import op

revision = "c4d7e90b1a36"
down_revision = "a81f3c5e2d70"
branch_labels = None
depends_on = None

_DROPPED = {
    "obligations": {"agreement_id": "agreements", "institution_id": "organisations"},
    "commitment_windows": {"agreement_id": "agreements"},
}
_INDEX = "ix_obligations_agreement_id_end"


def upgrade() -> None:
    for table, references in _DROPPED.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for column in references:
                batch_op.drop_constraint(op.f(f"fk_{table}_{column}"), type_="foreignkey")
    with op.batch_alter_table("obligations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f(_INDEX))


def downgrade() -> None:
    with op.batch_alter_table("obligations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f(_INDEX), ["agreement_id", "end"], unique=False)
    for table, references in _DROPPED.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for column, target in references.items():
                batch_op.create_foreign_key(op.f(f"fk_{table}_{column}"), target, [column], ["id"])
