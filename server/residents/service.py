"""Moving in, moving out, conditions. Residents come with stays and conditions loaded."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from server import clock
from server.audit.service import record
from server.audit.tags import Tag
from server.auth.actor import Actor
from server.errors import invalid
from server.events import emit
from server.keys import Keyring
from server.organisations.models import Organisation
from server.organisations.revisions import raise_revisions, touch
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


def welcome(
    session: Session,
    actor: Actor,
    institution: Organisation,
    new: NewResident,
    keyring: Keyring,
    now: datetime,
) -> Resident:
    """`move_in` as people enter it: no day to come, and nobody twice (who comes back has `move_back`)."""
    today = clock.local_day(now, institution.timezone)
    _check_day("born", new.born, today)
    _check_day("moved_in", new.moved_in, today, since_birth=new.born)
    if new.consented_on:
        _check_day("consented_on", new.consented_on, today)
    for position, (code, since) in enumerate(new.conditions):
        _check_day(f"conditions[{position}].since", since, today, since_birth=new.born)
        if code in {before for before, _ in new.conditions[:position]}:
            raise invalid(f"conditions[{position}].code", "already_used")
    raise_revisions(session, [institution.id])  # its lock lets one person in at a time
    if new.identity_number and _on_file(session, institution.id, keyring.lookup_hash(new.identity_number)):
        raise invalid("identity_number", "already_on_file")
    return move_in(session, actor, institution.id, new, keyring, now)


def _check_day(path: str, day: date, today: date, since_birth: date | None = None) -> None:
    if day > today:
        raise invalid(path, "in_future", today.isoformat())
    if since_birth and day < since_birth:
        raise invalid(path, "before_birth", since_birth.isoformat())


def _on_file(session: Session, institution_id: UUID, identity_hash: str) -> bool:
    same = select(Resident.id).where(
        Resident.institution_id == institution_id, Resident.identity_hash == identity_hash
    )
    return session.scalar(same.limit(1)) is not None


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
    emit(session, ResidentChanged(resident.id, institution_id, new.moved_in))
    return resident


def search_text(name: str) -> str:
    """`张秀英` -> `zhangxiuying zxy`: what a phone compares typed letters with."""
    from pypinyin import Style, lazy_pinyin  # its dictionary takes 55 MB: only where somebody moves in

    syllables = lazy_pinyin(name)
    initials = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER))
    return f"{''.join(syllables)} {initials}".lower()


def leave(session: Session, actor: Actor, resident: Resident, on: date, reason: str, now: datetime) -> None:
    """`move_out` as people enter it: once it has happened."""
    _check_day("on", on, _today(session, resident, now))
    move_out(session, actor, resident, on, reason, now)


def move_out(
    session: Session, actor: Actor | None, resident: Resident, on: date, reason: str, now: datetime
) -> None:
    """End the open stay of a resident with `on` as its last day."""
    open_stay = next((stay for stay in resident.stays if stay.ends is None), None)
    if open_stay is None:
        raise invalid("resident", "already_moved_out")
    if on < open_stay.starts:
        raise invalid("on", "before_moving_in", open_stay.starts.isoformat())
    open_stay.ends, open_stay.reason = on, reason
    _changed(session, actor, resident, now, on, moved_out=on.isoformat())


def move_back(
    session: Session, actor: Actor | None, resident: Resident, on: date, bed: str | None, now: datetime
) -> None:
    """A new stay of somebody who had moved out; `bed` None keeps the old one."""
    last = resident.stays[-1]
    if last.ends is None:
        raise invalid("resident", "lives_there")
    if on <= last.ends:
        raise invalid("on", "before_moving_out", last.ends.isoformat())
    _check_day("on", on, _today(session, resident, now))
    resident.stays.append(Stay(starts=on))
    resident.bed = resident.bed if bed is None else bed
    _changed(session, actor, resident, now, on, moved_in=on.isoformat())


def begin_condition(
    session: Session, actor: Actor | None, resident: Resident, code: str, since: date, now: datetime
) -> None:
    """A condition that holds from a day on, until somebody ends it."""
    _check_day("since", since, _today(session, resident, now), since_birth=resident.born)
    for earlier in (each for each in resident.conditions if each.code == code):
        if earlier.until is None:
            raise invalid("code", "holds_already")
        if since <= earlier.until:
            raise invalid("since", "overlaps", earlier.until.isoformat())
    resident.conditions.append(Condition(code=code, since=since))
    _changed(session, actor, resident, now, since, condition=code)


def end_condition(
    session: Session, actor: Actor | None, resident: Resident, code: str, until: date, now: datetime
) -> None:
    """`until` is the last day on which it holds."""
    found = next((each for each in resident.conditions if each.code == code and each.until is None), None)
    if found is None:
        raise invalid("code", "does_not_hold")
    if until < found.since:
        raise invalid("until", "before_start", found.since.isoformat())
    _check_day("until", until, _today(session, resident, now))
    found.until = until
    _changed(session, actor, resident, now, until, condition_ended=code)


def _today(session: Session, resident: Resident, now: datetime) -> date:
    return clock.local_day(now, session.get_one(Organisation, resident.institution_id).timezone)


def _changed(
    session: Session, actor: Actor | None, resident: Resident, now: datetime, since: date, **details: Any
) -> None:
    """Phones, the trail and fulfilment learn of it; nothing differs on days before `since`."""
    touch(session, resident)
    record(
        session,
        actor,
        Tag.RESIDENT_CHANGED,
        now,
        subject=resident.id,
        organisation=resident.institution_id,
        **details,
    )
    emit(session, ResidentChanged(resident.id, resident.institution_id, since))
