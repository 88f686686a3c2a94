"""memberships begin: what somebody sent elsewhere before is not for a new employer

Revision ID: b6f02d9ac715
Revises: 3e8d51c0a7f2
"""

import sqlalchemy as sa
from alembic import op

revision = "b6f02d9ac715"
down_revision = "3e8d51c0a7f2"
branch_labels = None
depends_on = None

_HELD = sa.text("ended_at IS NULL")
_ONE = ["account_id", "organisation_id", "role"]
# The trail says when a role was given first. Where it does not, nobody held one before having an account.
_GIVEN = """
CREATE TEMPORARY TABLE given AS
SELECT subject_id AS account_id, organisation_id, MIN(at) AS at FROM audit_entries
WHERE tag = 'account.membership_granted' GROUP BY subject_id, organisation_id
"""
_BEGAN = """
UPDATE memberships SET began_at = COALESCE(
  (SELECT at FROM given
   WHERE given.account_id = memberships.account_id AND given.organisation_id = memberships.organisation_id),
  (SELECT created_at FROM accounts WHERE accounts.id = memberships.account_id))
"""
_CLIPPED = "UPDATE memberships SET began_at = ended_at WHERE ended_at < began_at"
# Of several periods in one role the last one stays.
_MERGED = """
DELETE FROM memberships WHERE EXISTS (
  SELECT 1 FROM memberships AS later
  WHERE later.account_id = memberships.account_id AND later.organisation_id = memberships.organisation_id
    AND later.role = memberships.role
    AND (later.began_at > memberships.began_at
         OR later.began_at = memberships.began_at AND later.id > memberships.id))
"""


def upgrade() -> None:
    op.add_column("memberships", sa.Column("began_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(_GIVEN)
    op.execute(_BEGAN)
    op.execute("DROP TABLE given")
    op.execute(_CLIPPED)
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.alter_column("began_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch_op.drop_constraint(op.f("uq_memberships_account_id_organisation_id_role"), type_="unique")
        batch_op.create_check_constraint(op.f("ck_memberships_period"), "ended_at >= began_at")
        batch_op.create_index(batch_op.f("ix_memberships_account_id"), ["account_id"], unique=False)
        batch_op.create_index(
            "uq_memberships_held", _ONE, unique=True, sqlite_where=_HELD, postgresql_where=_HELD
        )


def downgrade() -> None:
    op.execute(_MERGED)
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.drop_index("uq_memberships_held", sqlite_where=_HELD, postgresql_where=_HELD)
        batch_op.drop_index(batch_op.f("ix_memberships_account_id"))
        batch_op.drop_constraint(op.f("ck_memberships_period"), type_="check")
        batch_op.create_unique_constraint(op.f("uq_memberships_account_id_organisation_id_role"), _ONE)
        batch_op.drop_column("began_at")
