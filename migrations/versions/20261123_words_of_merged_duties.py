"""a follow-up names the word that closed it: it may have been said of a later reading that it is about too

Revision ID: 9c41b7e05d38
Revises: 5a9d3c71e4f2
"""

import sqlalchemy as sa
from alembic import op

revision = "9c41b7e05d38"
down_revision = "5a9d3c71e4f2"
branch_labels = None
depends_on = None

_follow_ups = sa.table(
    "follow_ups",
    *(sa.column(name, sa.Uuid()) for name in ("id", "word_of", "closed_by_id")),
    sa.column("state", sa.String()),
    sa.column("closed_on", sa.Date()),
)


def upgrade() -> None:
    """So far each word closed the duty of its own id."""
    op.add_column("follow_ups", sa.Column("word_of", sa.Uuid(), nullable=True))
    by_word = (_follow_ups.c.state == "done", _follow_ups.c.closed_on.is_(None))
    op.execute(_follow_ups.update().where(*by_word).values(word_of=_follow_ups.c.id))


def downgrade() -> None:
    op.drop_column("follow_ups", "word_of")
