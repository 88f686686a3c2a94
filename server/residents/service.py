"""Moving in, moving out, conditions."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pypinyin import Style, lazy_pinyin
from sqlalchemy.orm import Session

from server.audit.service import record
from server.audit.tags import Tag
from server.auth.actor import Actor
from server.errors import invalid
from server.events import emit
from server.keys import Keyring
from server.organisations.revisions import touch
from server.residents.events import ResidentChanged
from server.residents.models import Condition, Resident, Stay
from server.residents.rules import identity_number_error


@dataclass(frozen=True, slots=True)
class NewResident:
    """What is known of a person moving in. `conditions` are (code, since) pairs."""

    name: str
    sex: str
    born: date
    bed: str
    moved_in: date
    identity_number: str | None = None
    conditions: tuple[tuple[str, date], ...] = ()
    consented_on: date | None = None
    emergency_contact: dict[str, Any] | None = None


def move_in(
    session: Session,
    actor: Actor | None,
    institution_id: UUID,
    new: NewResident,
    keyring: Keyring,
    now: datetime,
) -> Resident:
    """A new resident with an open stay; the identity number is checked, sealed and hashed."""
    if new.identity_number and (problem := identity_number_error(new.identity_number)):
        raise invalid("identity_number", problem)
    number = new.identity_number
    resident = Resident(
        institution_id=institution_id,
        name=new.name,
        search=search_text(new.name),
        sex=new.sex,
        born=new.born,
        bed=new.bed,
        identity_type="id_card" if number else None,
        identity_sealed=keyring.seal(number) if number else None,
        identity_hash=keyring.lookup_hash(number) if number else None,
        consented_on=new.consented_on,
        emergency_contact=new.emergency_contact,
        created_at=now,
        stays=[Stay(starts=new.moved_in)],
        conditions=[Condition(code=code, since=since) for code, since in new.conditions],
    )
    session.add(resident)
    session.flush()  # the event and the trail name it
    record(session, actor, Tag.RESIDENT_CREATED, now, subject=resident.id, organisation=institution_id)
    emit(session, ResidentChanged(resident.id, institution_id))
    return resident


def search_text(name: str) -> str:
    """`张秀英` -> `zhangxiuying zxy`: what a phone compares typed letters with."""
    syllables = lazy_pinyin(name)
    initials = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER))
    return f"{''.join(syllables)} {initials}".lower()


def move_out(
    session: Session, actor: Actor | None, resident: Resident, on: date, reason: str, now: datetime
) -> None:
    """End the open stay of a resident (stays loaded) with `on` as its last day."""
    open_stay = next((stay for stay in resident.stays if stay.ends is None), None)
    if open_stay is None:
        raise invalid("resident", "already_moved_out")
    if on < open_stay.starts:
        raise invalid("on", "before_moving_in", open_stay.starts.isoformat())
    open_stay.ends, open_stay.reason = on, reason
    touch(session, resident)
    record(
        session,
        actor,
        Tag.RESIDENT_CHANGED,
        now,
        subject=resident.id,
        organisation=resident.institution_id,
        reason=reason,
    )
    emit(session, ResidentChanged(resident.id, resident.institution_id))
