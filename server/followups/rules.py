"""When somebody must be seen again after an urgent reading, and what settles that. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from server.catalogue.rules.fields import Form, Values
from server.catalogue.rules.quantities import measured, quantity_of

PLACES = 4
"""More matters than one form has: the ids of their duties stand side by side."""
WITHIN = timedelta(days=14)
DONE_REASONS = ("done_elsewhere", "in_hospital", "declined", "moved_out", "died", "not_needed", "other")


@dataclass(frozen=True, slots=True)
class Reading:
    """A record of one resident that was not withdrawn, as far as one matter goes.

    `counts`: the matter was seen to, by somebody qualified that day. `due_on` where it is urgent, else None.
    """

    id: UUID
    on: date
    made_at: datetime
    counts: bool
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Duty:
    """Made by the urgent reading that it names; `closed_by` is the one that closed it, `word` when somebody
    said instead why none is needed, of the reading `word_of`. Closed on a day by neither: the resident lived
    there until then."""

    id: UUID
    on: date
    due_on: date
    closed_by: UUID | None = None
    closed_on: date | None = None
    word: datetime | None = None
    word_of: UUID | None = None

    @property
    def open(self) -> bool:
        return self.closed_by is None and self.word is None and self.closed_on is None


@dataclass(slots=True)
class Known:
    """A duty as far as closing it asks; where the record came in the same batch, as it will be."""

    id: UUID
    institution_id: UUID
    medical_id: UUID
    subject_id: UUID
    matter: str
    state: str


def matters(form: Form | None, service: str) -> Sequence[str]:
    """What urgent codes of a form are about, in the order of its rules: a quantity, whichever service
    measures it, or what no meter reads (a danger sign, a scale), which the service alone can see to again."""
    codes = (rule["code"] for rule in form["urgent"]) if form else ()
    return tuple(dict.fromkeys(matter_of(form, service, code) for code in codes)) or (service,)


def matter_of(form: Form | None, service: str, code: str) -> str:
    return (quantity_of(form, code) if form else None) or service


def duty_id(record: UUID, form: Form | None, service: str, matter: str) -> UUID:
    """The record's own id, and those next to it for the further matters of its form: a phone knows them
    before the server. New urgent rules go to the end of a form, so that they stay what they are."""
    known = matters(form, service)
    return near(record, known.index(matter) if matter in known else len(known))


def near(id_: UUID, place: int) -> UUID:
    """The id at a place beside this one; from there the same place leads back."""
    return UUID(int=id_.int ^ place)


def sees_to(form: Form | None, service: str, values: Values, matter: str) -> bool:
    """Whether a record that was done sees to a matter: it is of the service, or measures the quantity with a
    form that says when that is urgent. Another's values are judged by nobody and would make no duty."""
    if service == matter or form is None:
        return service == matter
    return matter in matters(form, service) and matter in measured(form, values)


def due_on(on: date, assessment: Mapping[str, Any] | None) -> date:
    """Within 14 days of the reading, or earlier where what was found of it says so."""
    days = (assessment or {}).get("followup_days")
    return on + (min(timedelta(days=days), WITHIN) if isinstance(days, int) and days >= 0 else WITHIN)


def left_on(stays: Iterable[tuple[date, date | None]]) -> date | None:
    """The last day of somebody who lives there no more, from the first and last days of their stays."""
    ends = [end for _, end in stays]
    return None if None in ends else max((end for end in ends if end), default=None)


def duties(
    readings: Iterable[Reading], words: Mapping[UUID, datetime], left: date | None = None
) -> list[Duty]:
    """All duties of one resident and matter, from all its records: computed anew whenever one changes.

    An urgent reading makes a duty unless one is open; a later day's record closes it, and makes the next
    where it is urgent itself. To measure again on the same day is not to follow up. `words` are the moments
    at which somebody closed a duty without a record, by the id it had then: of any urgent reading that the
    duty is about, for an earlier one may have arrived since. Nobody can see a resident again who moved out
    or died: what is not due then closes on the last day there (`left`), and is open again if they come back.
    What was due by then was missed, and stays so.
    """
    made: list[Duty] = []
    said: dict[UUID, datetime] = {}  # of the last duty
    for reading in sorted(readings, key=lambda one: (one.on, one.made_at, one.id)):
        last = made[-1] if made else None
        if last and last.open:
            last = made[-1] = _after(last, reading, said)
        if reading.due_on is None:
            continue
        if last and last.open:
            made[-1] = replace(last, due_on=min(last.due_on, reading.due_on))
        else:
            made.append(Duty(reading.id, reading.on, reading.due_on))
            said = {}
        if reading.id in words:
            said[reading.id] = words[reading.id]
    if made and made[-1].open:
        made[-1] = _worded(made[-1], said)
    if made and made[-1].open and left is not None and left < made[-1].due_on:
        made[-1] = replace(made[-1], closed_on=max(left, made[-1].on))
    return made


def _after(duty: Duty, reading: Reading, said: Mapping[UUID, datetime]) -> Duty:
    before = {id_: word for id_, word in said.items() if word <= reading.made_at}
    if before:
        return _worded(duty, before)
    if reading.counts and reading.on > duty.on:
        return replace(duty, closed_by=reading.id, closed_on=reading.on)
    return duty


def _worded(duty: Duty, said: Mapping[UUID, datetime]) -> Duty:
    """Closed by the first word that was said, if any was."""
    first = min(said, key=lambda id_: (said[id_], id_), default=None)
    return duty if first is None else replace(duty, word=said[first], word_of=first)
