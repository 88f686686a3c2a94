"""A trail of made-up acts, and what a check of its chains says."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from server.audit.models import AuditChain, AuditEntry, AuditHead
from server.audit.sealing import seal
from server.audit.verifying import Heads, Verdict, verify
from server.db import Base, begin_write, db
from server.ids import new_id
from server.web.application import Application

AT = datetime(2026, 5, 12, 1, 30, 15, 123456, tzinfo=UTC)
Row = dict[str, Any]


def act(organisation: UUID | None, number: int = 0, **said: Any) -> Row:
    """An entry as it is written, with an id of this moment; nothing of it is empty but by request."""
    ids = {name: new_id() for name in ("id", "actor_id", "session_id", "other_id", "subject_id")}
    details = {"version": number, "reason": "老人外出", "at": 30.25}
    made = {"at": AT + timedelta(seconds=number), "tag": "record.amended", "details": details}
    return {**ids, **made, "organisation_id": organisation, **said}


def write(app: Application, rows: Sequence[Row]) -> None:
    """One transaction of these entries."""
    with app.app_context():
        begin_write(db.session())
        db.session.execute(insert(AuditEntry), rows)
        db.session.commit()


def seal_once(app: Application) -> int:
    """One run of a sealer."""
    with app.app_context():
        begin_write(db.session())
        done = seal(db.session())
        db.session.commit()
    return done


def entries(app: Application) -> list[AuditEntry]:
    with app.app_context():
        order = (AuditEntry.chain_id, AuditEntry.seq, AuditEntry.id)
        return list(db.session.scalars(select(AuditEntry).order_by(*order)))


def verdicts(app: Application, known: Heads | None = None) -> dict[UUID, Verdict]:
    """By chain."""
    with app.app_context():
        found = verify(db.session(), known or {}, lambda _chain, _seq: None)
        return {each.chain_id: each for each in found}


def broken(app: Application, known: Heads | None = None) -> dict[UUID, tuple[int, str]]:
    """Number and difference of the first link that does not hold, of chains that have one."""
    found = verdicts(app, known)
    return {chain: (each.broken.seq, each.broken.differs) for chain, each in found.items() if each.broken}


class Kept:
    """All there is of the trail, to be put back after it was tampered with."""

    def __init__(self, app: Application) -> None:
        self.app = app
        self.rows: Mapping[type[Base], list[Row]] = {}
        with app.app_context():
            self.rows = {model: list(_rows(db.session(), model)) for model in _MODELS}

    def put_back(self) -> None:
        with self.app.app_context():
            begin_write(db.session())
            for model, rows in self.rows.items():
                db.session.execute(delete(model))
                if rows:
                    db.session.execute(insert(model), rows)
            db.session.commit()


_MODELS: tuple[type[Base], ...] = (AuditEntry, AuditChain, AuditHead)


def _rows(session: Session, model: type[Base]) -> Iterable[Row]:
    return (dict(row) for row in session.execute(select(*model.__table__.columns)).mappings())
