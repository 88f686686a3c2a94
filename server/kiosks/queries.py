"""Reading kiosks."""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, joinedload

from server.accounts.models import Account, Clinician
from server.agreements.queries import institutions_served
from server.auth.actor import Actor
from server.auth.roles import OrganisationKind, Permission
from server.auth.scope import visible
from server.db import among
from server.errors import NotFound
from server.kiosks.models import Kiosk, KioskUse
from server.kiosks.rules import surname_of
from server.organisations.models import Organisation
from server.organisations.queries import institution_of

_RECENT = timedelta(hours=12)
_SHOWN = 8


class KnownKiosk(NamedTuple):
    """What judging a code asks of the kiosk that showed it."""

    id: UUID
    institution_id: UUID
    public_key: dict[str, Any]
    enrolled_at: datetime
    revoked_at: datetime | None
    revoked_for: str | None


def institution_managed(session: Session, actor: Actor, institution_id: UUID, now: datetime) -> Organisation:
    """A care institution whose kiosks the actor manages, or 404."""
    if institution_id not in _managed(session, actor, now):
        raise NotFound("institution")
    return institution_of(session, actor, institution_id)


def _managed(session: Session, actor: Actor, now: datetime) -> frozenset[UUID]:
    """Where the actor manages: a doctor who manages a home elsewhere reaches more, and manages only there."""
    own = actor.organisations(Permission.KIOSKS_MANAGE, OrganisationKind.CARE)
    medical = actor.organisations(Permission.KIOSKS_MANAGE, OrganisationKind.MEDICAL)
    return own | institutions_served(session, medical, now) if medical else own


def _kiosks(session: Session, actor: Actor, now: datetime) -> Select[Kiosk]:
    managed = Kiosk.institution_id.in_(_managed(session, actor, now))
    return visible(select(Kiosk), Kiosk, actor).where(managed)


def kiosks_managed(session: Session, actor: Actor, now: datetime) -> Sequence[Kiosk]:
    """Kiosks the actor manages, those in use first, then by name; with their institutions."""
    return session.scalars(
        _kiosks(session, actor, now)
        .options(joinedload(Kiosk.institution))
        .order_by(Kiosk.revoked_at.is_not(None), Kiosk.institution_id, Kiosk.name, Kiosk.id)
    ).all()


def kiosk_managed(session: Session, actor: Actor, kiosk_id: UUID, now: datetime) -> Kiosk:
    found = session.scalar(_kiosks(session, actor, now).where(Kiosk.id == kiosk_id))
    if found is None:
        raise NotFound("kiosk")
    return found


# Made once: these are asked with every check-in by a rotating code.
_NAMED = select(
    Kiosk.id,
    Kiosk.institution_id,
    Kiosk.public_key,
    Kiosk.enrolled_at,
    Kiosk.revoked_at,
    Kiosk.revoked_for,
).where(among(Kiosk.id, "ids"))
_USES = select(KioskUse.kiosk_id, KioskUse.step, KioskUse.round_id).where(
    among(KioskUse.kiosk_id, "kiosks"),
    KioskUse.step.between(bindparam("first"), bindparam("last")),
    KioskUse.clinician_id == bindparam("clinician"),
)


def kiosks_named(session: Session, ids: Iterable[UUID]) -> dict[UUID, KnownKiosk]:
    """By id, revoked ones too, of whatever institution: what a code says of itself must be checked."""
    wanted = set(ids)
    if not wanted:
        return {}
    return {row.id: KnownKiosk(*row) for row in session.connection().execute(_NAMED, {"ids": wanted})}


def uses_of(
    session: Session, clinician_id: UUID, shown: Collection[tuple[UUID, int]]
) -> dict[tuple[UUID, int], UUID]:
    """The round that a clinician used each of these codes (kiosk, step) in first; perhaps of others too."""
    if not shown:
        return {}
    kiosks, steps = {kiosk for kiosk, _ in shown}, [step for _, step in shown]
    asked = {"kiosks": kiosks, "first": min(steps), "last": max(steps), "clinician": clinician_id}
    return {(row.kiosk_id, row.step): row.round_id for row in session.connection().execute(_USES, asked)}


def live_keys(session: Session, institutions: Collection[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """What phones verify codes with, by institution: `{id, jwk}` of each kiosk in use."""
    rows = session.execute(
        select(Kiosk.id, Kiosk.institution_id, Kiosk.public_key)
        .where(Kiosk.institution_id.in_(institutions), Kiosk.revoked_at.is_(None))
        .order_by(Kiosk.id)
    )
    found: dict[UUID, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row.institution_id, []).append({"id": row.id, "jwk": row.public_key})
    return found


def recent_uses(session: Session, kiosk_id: UUID, now: datetime) -> list[dict[str, Any]]:
    """Who checked in at this kiosk last, newest first: `{at, surname, title, grade}`; title None for those
    without a certificate on file."""
    rows = session.execute(
        select(KioskUse.at, Account.name, Clinician.category, KioskUse.grade)
        .join(Account, Account.id == KioskUse.clinician_id)
        .outerjoin(Clinician, Clinician.account_id == KioskUse.clinician_id)
        .where(KioskUse.kiosk_id == kiosk_id, KioskUse.at > now - _RECENT)
        .order_by(KioskUse.at.desc())
        .limit(_SHOWN)
    )
    compound = _compound_surnames()
    return [
        {"at": row.at, "surname": surname_of(row.name, compound), "title": row.category, "grade": row.grade}
        for row in rows
    ]


@cache
def _compound_surnames() -> frozenset[str]:
    path = Path(__file__).parent / "data" / "compound_surnames.json"
    return frozenset(json.loads(path.read_text(encoding="utf-8")))
