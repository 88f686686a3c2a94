"""fulfilment at scale

Revision ID: 9426a2ddfdf6
Revises: d2fa549846ef
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "9426a2ddfdf6"
down_revision = "d2fa549846ef"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "job_runs",
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("job", "slot", name=op.f("pk_job_runs")),
    )
    op.create_table(
        "regions",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_regions")),
    )
    op.create_table(
        "published_periods",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by_id", sa.Uuid(), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("headline", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["published_by_id"], ["accounts.id"], name=op.f("fk_published_periods_published_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_periods")),
        sa.UniqueConstraint("region", "period", name=op.f("uq_published_periods_region_period")),
    )
    op.create_table(
        "agreement_categories",
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("promised", sa.Integer(), nullable=False),
        sa.Column("confirmed", sa.Integer(), nullable=False),
        sa.Column("confirmed_late", sa.Integer(), nullable=False),
        sa.Column("confirmed_excused", sa.Integer(), nullable=False),
        sa.Column("reported", sa.Integer(), nullable=False),
        sa.Column("reported_excused", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements.id"], name=op.f("fk_agreement_categories_agreement_id")
        ),
        sa.PrimaryKeyConstraint(
            "agreement_id", "period", "category", "scope", name=op.f("pk_agreement_categories")
        ),
    )
    op.create_table(
        "demands",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("medical_id", sa.Uuid(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Uuid(), nullable=True),
        sa.Column("stated", sa.Boolean(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("answered_at IS NULL OR answered_at >= asked_at", name=op.f("ck_demands_order")),
        sa.ForeignKeyConstraint(["answered_by_id"], ["accounts.id"], name=op.f("fk_demands_answered_by_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["accounts.id"], name=op.f("fk_demands_asked_by_id")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["organisations.id"], name=op.f("fk_demands_institution_id")
        ),
        sa.ForeignKeyConstraint(["medical_id"], ["organisations.id"], name=op.f("fk_demands_medical_id")),
        sa.ForeignKeyConstraint(["subject_id"], ["residents.id"], name=op.f("fk_demands_subject_id")),
        sa.ForeignKeyConstraint(
            ["withdrawn_by_id"], ["accounts.id"], name=op.f("fk_demands_withdrawn_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demands")),
    )
    with op.batch_alter_table("demands", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_demands_institution_id_medical_id_asked_at"),
            ["institution_id", "medical_id", "asked_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_demands_medical_id_asked_at"), ["medical_id", "asked_at"], unique=False
        )

    op.create_table(
        "stale_agreements",
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements.id"], name=op.f("fk_stale_agreements_agreement_id")
        ),
        sa.PrimaryKeyConstraint("agreement_id", name=op.f("pk_stale_agreements")),
    )
    op.create_table(
        "agreement_periods",
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("stale_on", sa.Date(), nullable=True),
        sa.Column("rated", sa.Integer(), nullable=False),
        sa.Column("of", sa.Integer(), nullable=False),
        sa.Column("confirmed_rate", sa.String(), nullable=True),
        sa.Column("reported_rate", sa.String(), nullable=True),
        sa.Column("on_time_rate", sa.String(), nullable=True),
        sa.Column("confirmed_scaled", sa.BigInteger(), nullable=True),
        sa.Column("reported_scaled", sa.BigInteger(), nullable=True),
        sa.Column("on_time_scaled", sa.BigInteger(), nullable=True),
        sa.Column("inexact", sa.Boolean(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("worst_id", sa.Uuid(), nullable=True),
        sa.Column("worst_scaled", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements.id"], name=op.f("fk_agreement_periods_agreement_id")
        ),
        sa.ForeignKeyConstraint(["worst_id"], ["commitments.id"], name=op.f("fk_agreement_periods_worst_id")),
        sa.PrimaryKeyConstraint("agreement_id", "period", name=op.f("pk_agreement_periods")),
    )
    with op.batch_alter_table("agreement_periods", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agreement_periods_stale_on"), ["stale_on"], unique=False)

    op.create_table(
        "region_categories",
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("promised", sa.BigInteger(), nullable=False),
        sa.Column("confirmed", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_late", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_excused", sa.BigInteger(), nullable=False),
        sa.Column("reported", sa.BigInteger(), nullable=False),
        sa.Column("reported_excused", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("region", "period", "category", "kind", name=op.f("pk_region_categories")),
    )
    op.create_table(
        "region_periods",
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("agreements", sa.Integer(), nullable=False),
        sa.Column("confirmed", sa.Integer(), nullable=False),
        sa.Column("confirmed_scaled", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_inexact", sa.Integer(), nullable=False),
        sa.Column("reported", sa.Integer(), nullable=False),
        sa.Column("reported_scaled", sa.BigInteger(), nullable=False),
        sa.Column("reported_inexact", sa.Integer(), nullable=False),
        sa.Column("on_time", sa.Integer(), nullable=False),
        sa.Column("on_time_scaled", sa.BigInteger(), nullable=False),
        sa.Column("on_time_inexact", sa.Integer(), nullable=False),
        sa.Column("worst_scaled", sa.BigInteger(), nullable=True),
        sa.Column("worst_agreement_id", sa.Uuid(), nullable=True),
        sa.Column("worst_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["worst_agreement_id"], ["agreements.id"], name=op.f("fk_region_periods_worst_agreement_id")
        ),
        sa.ForeignKeyConstraint(["worst_id"], ["commitments.id"], name=op.f("fk_region_periods_worst_id")),
        sa.PrimaryKeyConstraint("region", "period", name=op.f("pk_region_periods")),
    )
    op.create_table(
        "commitment_windows",
        sa.Column("commitment_id", sa.Uuid(), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=False),
        sa.Column("subjects", sa.Integer(), nullable=False),
        sa.Column("promised", sa.Integer(), nullable=False),
        sa.Column("confirmed", sa.Integer(), nullable=False),
        sa.Column("confirmed_late", sa.Integer(), nullable=False),
        sa.Column("confirmed_surplus", sa.Integer(), nullable=False),
        sa.Column("confirmed_excused", sa.Integer(), nullable=False),
        sa.Column("reported", sa.Integer(), nullable=False),
        sa.Column("reported_late", sa.Integer(), nullable=False),
        sa.Column("reported_surplus", sa.Integer(), nullable=False),
        sa.Column("reported_excused", sa.Integer(), nullable=False),
        sa.Column("met", sa.Integer(), nullable=False),
        sa.Column("excused", sa.Integer(), nullable=False),
        sa.Column("some", sa.Integer(), nullable=False),
        sa.Column("none", sa.Integer(), nullable=False),
        sa.Column("owed", sa.Integer(), nullable=False),
        sa.Column("owing", sa.Integer(), nullable=False),
        sa.Column("last_chance", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements.id"], name=op.f("fk_commitment_windows_agreement_id")
        ),
        sa.ForeignKeyConstraint(
            ["commitment_id"], ["commitments.id"], name=op.f("fk_commitment_windows_commitment_id")
        ),
        sa.PrimaryKeyConstraint("commitment_id", "start", "end", name=op.f("pk_commitment_windows")),
    )
    with op.batch_alter_table("commitment_windows", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_commitment_windows_agreement_id_end"), ["agreement_id", "end"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_commitment_windows_last_chance"), ["last_chance"], unique=False)

    op.create_table(
        "drifts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("commitment_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("stored", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("computed", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreements.id"], name=op.f("fk_drifts_agreement_id")),
        sa.ForeignKeyConstraint(["commitment_id"], ["commitments.id"], name=op.f("fk_drifts_commitment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drifts")),
    )
    with op.batch_alter_table("drifts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_drifts_found_at"), ["found_at"], unique=False)

    op.create_table(
        "published_windows",
        sa.Column("published_id", sa.Uuid(), nullable=False),
        sa.Column("commitment_id", sa.Uuid(), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=False),
        sa.Column("promised", sa.Integer(), nullable=False),
        sa.Column("confirmed", sa.Integer(), nullable=False),
        sa.Column("confirmed_late", sa.Integer(), nullable=False),
        sa.Column("confirmed_excused", sa.Integer(), nullable=False),
        sa.Column("reported", sa.Integer(), nullable=False),
        sa.Column("reported_excused", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements.id"], name=op.f("fk_published_windows_agreement_id")
        ),
        sa.ForeignKeyConstraint(
            ["commitment_id"], ["commitments.id"], name=op.f("fk_published_windows_commitment_id")
        ),
        sa.ForeignKeyConstraint(
            ["published_id"], ["published_periods.id"], name=op.f("fk_published_windows_published_id")
        ),
        sa.PrimaryKeyConstraint(
            "published_id", "commitment_id", "start", "end", name=op.f("pk_published_windows")
        ),
    )
    with op.batch_alter_table("published_windows", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_published_windows_published_id_agreement_id"),
            ["published_id", "agreement_id"],
            unique=False,
        )

    op.create_table(
        "stale_streams",
        sa.Column("commitment_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements.id"], name=op.f("fk_stale_streams_agreement_id")
        ),
        sa.ForeignKeyConstraint(
            ["commitment_id"], ["commitments.id"], name=op.f("fk_stale_streams_commitment_id")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["organisations.id"], name=op.f("fk_stale_streams_institution_id")
        ),
        sa.PrimaryKeyConstraint("commitment_id", "subject_id", name=op.f("pk_stale_streams")),
    )
    with op.batch_alter_table("stale_streams", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stale_streams_agreement_id"), ["agreement_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stale_streams_institution_id"), ["institution_id"], unique=False)

    with op.batch_alter_table("obligations", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_obligations_commitment_id_start"), ["commitment_id", "start"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("obligations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_obligations_commitment_id_start"))

    with op.batch_alter_table("stale_streams", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stale_streams_institution_id"))
        batch_op.drop_index(batch_op.f("ix_stale_streams_agreement_id"))

    op.drop_table("stale_streams")
    with op.batch_alter_table("published_windows", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_published_windows_published_id_agreement_id"))

    op.drop_table("published_windows")
    with op.batch_alter_table("drifts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_drifts_found_at"))

    op.drop_table("drifts")
    with op.batch_alter_table("commitment_windows", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_commitment_windows_last_chance"))
        batch_op.drop_index(batch_op.f("ix_commitment_windows_agreement_id_end"))

    op.drop_table("commitment_windows")
    op.drop_table("region_periods")
    op.drop_table("region_categories")
    with op.batch_alter_table("agreement_periods", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_agreement_periods_stale_on"))

    op.drop_table("agreement_periods")
    op.drop_table("stale_agreements")
    with op.batch_alter_table("demands", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_demands_medical_id_asked_at"))
        batch_op.drop_index(batch_op.f("ix_demands_institution_id_medical_id_asked_at"))

    op.drop_table("demands")
    op.drop_table("agreement_categories")
    op.drop_table("published_periods")
    op.drop_table("regions")
    op.drop_table("job_runs")
