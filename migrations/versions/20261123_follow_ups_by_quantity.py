"""follow-ups by what is to be measured again, whichever service measured it

Revision ID: 7d20c9e4a6b3
Revises: 4b7e92d0c1aa
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "7d20c9e4a6b3"
down_revision = "4b7e92d0c1aa"
branch_labels = None
depends_on = None

_UUIDS = ("id", "record_id", "institution_id", "medical_id", "performer_id", "subject_id", "closed_by_id")
_follow_ups = sa.table(
    "follow_ups",
    *(sa.column(name, sa.Uuid()) for name in _UUIDS),
    *(sa.column(name, sa.String()) for name in ("service", "matter", "state")),
    *(sa.column(name, sa.Date()) for name in ("on", "due_on", "closed_on")),
    sa.column("urgent", sa.JSON()),
    sa.column("revision", sa.BigInteger()),
)
_words = sa.table(
    "follow_up_words",
    *(sa.column(name, sa.Uuid()) for name in ("follow_up_id", "entry_id", "by_id")),
    sa.column("at", sa.DateTime(timezone=True)),
    *(sa.column(name, sa.String()) for name in ("reason", "text")),
)
_revisions = sa.table("institution_revisions", sa.column("institution_id", sa.Uuid()), sa.column("value"))

# The codes and forms there were; what their duties' ids are follows from the place in the form.
_QUANTITIES = {
    "sbp_urgent": "pressure",
    "sbp_right_urgent": "pressure",
    "dbp_urgent": "pressure",
    "dbp_right_urgent": "pressure",
    "glucose_high": "glucose",
    "glucose_low": "glucose",
    "meter_low": "glucose",
    "meter_high": "glucose",
}
_ORDER = {
    "diabetes_management": ("glucose", "pressure", "diabetes_management"),
    "health_checkup": ("pressure", "glucose"),
    "hypertension_management": ("pressure", "hypertension_management"),
    "blood_pressure": ("pressure", "blood_pressure"),
    "capillary_glucose": ("glucose",),
}


def upgrade() -> None:
    op.add_column("follow_ups", sa.Column("record_id", sa.Uuid(), nullable=True))
    op.add_column("follow_ups", sa.Column("matter", sa.String(), nullable=True))
    with op.batch_alter_table("follow_up_words", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_follow_up_words_follow_up_id"), type_="foreignkey")
    with op.batch_alter_table("follow_ups", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_follow_ups_id"), type_="foreignkey")
    _split(op.get_bind())
    with op.batch_alter_table("follow_ups", schema=None) as batch_op:
        batch_op.alter_column("record_id", existing_type=sa.Uuid(), nullable=False)
        batch_op.alter_column("matter", existing_type=sa.String(), nullable=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_follow_ups_record_id"), "service_records", ["record_id"], ["id"]
        )
        batch_op.drop_index(batch_op.f("ix_follow_ups_subject_id_service"))
        batch_op.create_index(batch_op.f("ix_follow_ups_subject_id_matter"), ["subject_id", "matter"])


def _split(connection: sa.Connection) -> None:
    """Each duty into one for each matter that was urgent. The one with the record's own id stays, void where it
    has none, so that phones forget it; a word that closed the one closes all of them. Phones read them anew."""
    rows = connection.execute(sa.select(_follow_ups)).mappings().all()
    raised = _raise(connection, {row["institution_id"] for row in rows})
    for row in rows:
        stamped = {**row, "record_id": row["id"], "revision": raised[row["institution_id"]]}
        parts = {place: (matter, codes) for place, matter, codes in _parts(row)}
        matter, codes = parts.get(0, (_ORDER.get(row["service"], _order_of(row))[0], row["urgent"]))
        own = {**stamped, "matter": matter, "urgent": codes}
        if 0 not in parts:
            own |= {"state": "void", "closed_on": None, "closed_by_id": None}
        connection.execute(sa.update(_follow_ups).where(_follow_ups.c.id == row["id"]).values(**own))
        for place, (matter, codes) in parts.items():
            if place:
                new = {**stamped, "id": _near(row["id"], place), "matter": matter, "urgent": codes}
                connection.execute(sa.insert(_follow_ups).values(**new))
        _split_word(connection, row["id"], parts)


def _parts(row: Mapping[str, Any]) -> Iterator[tuple[int, str, Sequence[str]]]:
    service = row["service"]
    for place, matter in enumerate(_ORDER.get(service, _order_of(row))):
        codes = [code for code in row["urgent"] if _QUANTITIES.get(code, service) == matter]
        if codes:
            yield place, matter, codes


def _order_of(row: Mapping[str, Any]) -> tuple[str]:
    """All other forms had urgent codes of a pressure, or of nothing that is measured."""
    return ("pressure",) if _QUANTITIES.keys() & set(row["urgent"]) else (row["service"],)


def _split_word(connection: sa.Connection, id_: UUID, places: Mapping[int, Any]) -> None:
    found = connection.execute(sa.select(_words).where(_words.c.follow_up_id == id_)).mappings().all()
    for word in found:
        for place in places:
            if place:
                connection.execute(sa.insert(_words).values(**{**word, "follow_up_id": _near(id_, place)}))


def _raise(connection: sa.Connection, institutions: set[UUID]) -> dict[UUID, int]:
    raised = {}
    for institution in sorted(institutions):
        here = _revisions.c.institution_id == institution
        connection.execute(sa.update(_revisions).where(here).values(value=_revisions.c.value + 1))
        raised[institution] = connection.scalar(sa.select(_revisions.c.value).where(here))
    return raised


def _near(id_: UUID, place: int) -> UUID:
    return UUID(int=id_.int ^ place)


def downgrade() -> None:
    _join(op.get_bind())
    with op.batch_alter_table("follow_ups", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_follow_ups_subject_id_matter"))
        batch_op.create_index(batch_op.f("ix_follow_ups_subject_id_service"), ["subject_id", "service"])
        batch_op.drop_constraint(batch_op.f("fk_follow_ups_record_id"), type_="foreignkey")
        batch_op.create_foreign_key(batch_op.f("fk_follow_ups_id"), "service_records", ["id"], ["id"])
        batch_op.drop_column("matter")
        batch_op.drop_column("record_id")
    with op.batch_alter_table("follow_up_words", schema=None) as batch_op:
        batch_op.create_foreign_key(
            op.f("fk_follow_up_words_follow_up_id"), "service_records", ["follow_up_id"], ["id"]
        )


def _join(connection: sa.Connection) -> None:
    """One duty for each record again, with the record's id: open as long as one of its parts is."""
    of_record = defaultdict(list)
    for row in connection.execute(sa.select(_follow_ups).order_by(_follow_ups.c.id)).mappings():
        of_record[row["record_id"]].append(row)
    for record, rows in of_record.items():
        kept, *others = sorted(rows, key=lambda row: ("open", "done", "void").index(row["state"]))
        gone = [row["id"] for row in others]
        connection.execute(sa.delete(_words).where(_words.c.follow_up_id.in_(gone)))
        connection.execute(sa.delete(_follow_ups).where(_follow_ups.c.id.in_(gone)))
        codes = [code for row in rows if row["state"] != "void" for code in row["urgent"]] or kept["urgent"]
        here = _follow_ups.c.id == kept["id"]
        connection.execute(sa.update(_follow_ups).where(here).values(id=record, urgent=codes))
        said = _words.c.follow_up_id == kept["id"]
        connection.execute(sa.update(_words).where(said).values(follow_up_id=record))
