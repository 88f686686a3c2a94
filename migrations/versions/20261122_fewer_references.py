"""fewer references: of a line to what its round refers to, of the ledger to its authors

Revision ID: a81f3c5e2d70
Revises: 92c6e1f7b35d
"""

from alembic import op

revision = "a81f3c5e2d70"
down_revision = "92c6e1f7b35d"
branch_labels = None
depends_on = None

_DROPPED = {
    "service_records": {
        "institution_id": "organisations",
        "medical_id": "organisations",
        "performer_id": "accounts",
    },
    "record_versions": {"by_id": "accounts"},
    "ledger_entries": {"author_id": "accounts"},
}


def upgrade() -> None:
    for table, references in _DROPPED.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for column in references:
                batch_op.drop_constraint(op.f(f"fk_{table}_{column}"), type_="foreignkey")


def downgrade() -> None:
    for table, references in _DROPPED.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for column, target in references.items():
                batch_op.create_foreign_key(op.f(f"fk_{table}_{column}"), target, [column], ["id"])
