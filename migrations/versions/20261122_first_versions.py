"""first versions: kept beside a line only once it changes

Revision ID: 4b7e92d0c1aa
Revises: 1f8a6c03d9e5
"""

import sqlalchemy as sa
from alembic import op

revision = "4b7e92d0c1aa"
down_revision = "1f8a6c03d9e5"
branch_labels = None
depends_on = None

_NAMES = "record_id version entry_id by_id at received_at outcome form assessment".split()
_SAID = "id version id performer_id made_at received_at outcome form assessment".split()
_records = sa.table("service_records", *map(sa.column, sorted({*_SAID})))
_versions = sa.table("record_versions", *map(sa.column, [*_NAMES, "late_reason"]))
_unchanged = _records.c.version == 1


def upgrade() -> None:
    """What a line says that nobody changed need not be said twice."""
    op.execute(
        sa.delete(_versions).where(
            _versions.c.record_id.in_(sa.select(_records.c.id).where(_unchanged)),
            _versions.c.entry_id == _versions.c.record_id,
            _versions.c.late_reason.is_(None),
        )
    )


def downgrade() -> None:
    kept = sa.select(_versions.c.record_id).where(_versions.c.record_id == _records.c.id).exists()
    first = sa.select(*(_records.c[name] for name in _SAID)).where(_unchanged, ~kept)
    op.execute(sa.insert(_versions).from_select(_NAMES, first))
