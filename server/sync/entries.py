"""Each kind of entry, from its payload to the one service function that acts on it."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from server import clock
from server.agreements.rules import SETTLING_DAYS
from server.audit.models import AuditEntry
from server.audit.service import entry as trail_entry
from server.audit.tags import Tag
from server.auth.roles import OrganisationKind, Permission
from server.catalogue.queries import reason_codes
from server.checkin.rules import Fix, Grade, RotatingToken, grade
from server.checkin.service import Scan, judge_rotating, what_is_wrong_with
from server.clinical.rules.facts import Known
from server.confirmation import service as confirmation
from server.errors import FieldError, Refusal, invalid
from server.keys import Keyring
from server.kiosks.models import KioskUse
from server.referrals import service as referrals
from server.rounds import service as rounds
from server.rounds.rules import Line, Place, Visit, is_late
from server.rounds.service import Act, Said
from server.sync.held import CurrentPoster, Held, line_record, visit_record
from server.sync.models import Tombstone
from server.sync.protocol import Entry

Record = Mapping[str, Any]
_SLOWEST_REQUEST = timedelta(minutes=2)
Applier = Callable[[Held, Act, Entry, Keyring], Record]


def _check_in(held: Held, act: Act, entry: Entry, keyring: Keyring) -> Record:
    payload = entry.payload
    place = held.places.get(payload["institution_id"])
    if place is None:
        raise Refusal("out_of_scope", FieldError("payload.institution_id", "out_of_scope"))
    if entry.round_id in held.taken:
        raise Refusal("already_checked_in")
    day = clock.local_day(act.at, place.timezone)
    medical_id = medical_for(held, place.id, day)
    if payload["method"] == "manual":
        _check_reason("manual_check_in", payload)
    if payload["method"] == "short_code" and not payload["short_code"]:
        raise invalid("payload.short_code", "required")
    fix = fix_of(payload)
    arrival = rounds.Arrival(
        round_id=entry.round_id,
        place=place,
        medical_id=medical_id,
        method=payload["method"],
        grade=_graded(held, act, entry, place, fix, keyring),
        fix=fix,
        reason=payload["reason"],
        reason_text=payload["reason_text"],
        position_problem=payload["position_problem"],
    )
    visit, line = rounds.check_in(held.deeds, act, arrival)
    held.add_visit(visit, line)
    return visit_record(visit)


def medical_for(held: Held, institution: UUID, day: date) -> UUID:
    """The actor's institution that serves this one on that day; one in force before one that settles."""
    serving = [
        agreement
        for agreement in held.serving
        if agreement.institution_id == institution
        and agreement.starts <= day <= agreement.last_day + timedelta(days=SETTLING_DAYS)
    ]
    if not serving:
        raise Refusal("out_of_scope", FieldError("payload.institution_id", "out_of_scope"))
    return min(serving, key=lambda agreement: (day > agreement.last_day, agreement.starts)).medical_id


def _graded(held: Held, act: Act, entry: Entry, place: Place, fix: Fix | None, keyring: Keyring) -> Grade:
    payload = entry.payload
    if payload["method"] != "rotating":
        poster = held.posters.get(place.id)
        return grade(_code_reasons(poster, place.id, payload, keyring), fix, place.fence)
    captured = _captured(act.at, entry.said_at)
    scan = Scan(payload["token"], place.id, entry.round_id, captured, act.received_at)
    token, reasons = judge_rotating(scan, held.kiosks, held.uses)
    graded = grade(reasons, fix, place.fence, rotating=True)
    if token and (token.kiosk_id, token.step) not in held.uses:
        _use(held, act, entry.round_id, token, graded)
    return graded


def _captured(corrected: datetime, said: datetime) -> tuple[datetime, ...]:
    """When a code may have been captured. The phone's own word counts only where the difference may be the
    way of a slow request: a clock set back an hour would make any code of an hour ago a new one."""
    return (corrected, said) if abs(corrected - said) <= _SLOWEST_REQUEST else (corrected,)


def _use(held: Held, act: Act, round_id: UUID, token: RotatingToken, graded: Grade) -> None:
    """This round is the first with the code; of two at once the database lets one be."""
    held.uses[token.kiosk_id, token.step] = round_id
    held.deeds.rows[KioskUse].append(
        {
            "kiosk_id": token.kiosk_id,
            "step": token.step,
            "clinician_id": act.actor.id,
            "round_id": round_id,
            "at": act.at,
            "grade": graded.letter,
        }
    )


def _code_reasons(
    poster: CurrentPoster | None, institution: UUID, payload: Record, keyring: Keyring
) -> list[str]:
    if payload["method"] == "manual":
        return ["manual"]
    if payload["method"] == "short_code":
        current = poster is not None and payload["short_code"] == poster.short_code
        return ["short_code"] if current else ["short_code", "poster_revoked"]
    return what_is_wrong_with(payload["token"], institution, poster.version if poster else None, keyring)


def fix_of(payload: Record) -> Fix | None:
    """Where an entry was said; None for kinds that have no place."""
    position = payload.get("position")
    return Fix(position["latitude"], position["longitude"], position["accuracy_m"]) if position else None


def _check_reason(act: str, payload: Record) -> None:
    if payload["reason"] not in reason_codes(act):
        raise invalid("payload.reason", "unknown_choice")
    text = payload.get("reason_text") or payload.get("text")
    if payload["reason"] == "other" and not text:
        raise invalid("payload.text" if "text" in payload else "payload.reason_text", "required")


def check_late(act: Act, visit: Visit, payload: Record) -> None:
    """Long after the visit it takes a reason to say more of it."""
    given = payload["late_reason"]
    if given is None:
        if is_late(act.at, visit.checked_in_at):
            raise Refusal("late_entry", FieldError("payload.late_reason", "required"))
    elif given not in reason_codes("late_entry"):
        raise invalid("payload.late_reason", "unknown_choice")
    elif given == "other" and not payload["late_text"]:
        raise invalid("payload.late_text", "required")


def _record(held: Held, act: Act, entry: Entry, _keyring: Keyring) -> Record:
    if entry.id in held.taken:
        raise Refusal("content_differs")
    visit = visit_of(held, entry)
    check_late(act, visit, entry.payload)
    subject_id = entry.payload["subject_id"]
    subject = held.people.get(subject_id) if subject_id else None
    if subject_id and subject is None:
        raise Refusal("not_a_resident", FieldError("payload.subject_id", "not_a_resident"))
    service = entry.payload["service"]
    said = said_of(entry.payload, service, held.measured.known(subject, service, visit))
    line = rounds.record(held.deeds, act, visit, said, subject)
    held.add_line(line)
    _refer(held, act, line)
    return line_record(line)


def said_of(payload: Record, service: str, known: Known) -> Said:
    content = (payload["outcome"], payload["form"], payload["form_version"], payload["unusual"])
    return Said(service, *content, known)


def _amend(held: Held, act: Act, entry: Entry, _keyring: Keyring) -> Record:
    line, payload = _line(held, entry), entry.payload
    check_late(act, visit_of(held, entry), payload)
    _check_reason("amend", payload)
    person = held.people.get(line.subject_id) if line.subject_id else None
    said = said_of(payload, line.service, held.measured.known_again(person, line))
    reason = payload["reason"], payload["reason_text"]
    line = rounds.amend(held.deeds, act, line, payload["version"], said, *reason)
    _refer(held, act, line)
    return line_record(line)


def _refer(held: Held, act: Act, line: Line) -> None:
    """A line that now says that somebody was referred has a referral, as if it had said so at first."""
    case = held.referrals.cases.get(line.id)
    if case is None:
        held.referrals.open(referrals.from_line(held.deeds, act, line))
    elif line.outcome == "done":
        referrals.again(case)


def _void(held: Held, act: Act, entry: Entry, _keyring: Keyring) -> Record:
    payload = entry.payload
    _check_reason("void", payload)
    line = _line(held, entry)
    check_late(act, visit_of(held, entry), payload)
    reason = payload["reason"], payload["reason_text"]
    return line_record(rounds.void(held.deeds, act, line, payload["version"], *reason))


def _note(held: Held, act: Act, entry: Entry, _keyring: Keyring) -> Record:
    return visit_record(rounds.add_note(held.deeds, act, visit_of(held, entry), entry.payload["text"]))


def _check_out(held: Held, act: Act, entry: Entry, _keyring: Keyring) -> Record:
    visit = visit_of(held, entry)
    place = held.places[visit.institution_id]
    rounds.check_out(held.deeds, act, visit, held.lines[visit.id], place, fix_of(entry.payload))
    if entry.payload["note"]:
        rounds.add_note(held.deeds, act, visit, entry.payload["note"])
    return visit_record(visit)


def _confirm(held: Held, act: Act, entry: Entry, _keyring: Keyring) -> Record:
    return _say(held, act, entry, confirmation.Word("confirm", _seen(entry.payload)))


def _dispute(held: Held, act: Act, entry: Entry, _keyring: Keyring) -> Record:
    payload = entry.payload
    _check_reason("dispute", payload)
    word = confirmation.Word("dispute", _seen(payload), payload["reason"], payload["text"])
    return _say(held, act, entry, word)


def _seen(payload: Record) -> list[tuple[UUID, int]]:
    return [(each["line_id"], each["version"]) for each in payload["lines"]]


def _say(held: Held, act: Act, entry: Entry, word: confirmation.Word) -> Record:
    visit = visit_of(held, entry)
    if visit.institution_id not in act.actor.organisations(Permission.ROUNDS_CONFIRM, OrganisationKind.CARE):
        raise Refusal("out_of_scope")
    said = confirmation.say(held.deeds, act, visit, held.by_round.get(visit.id, {}), word, held.ruled)
    return {"lines": [line_record(line) for line in said]}


def _answer(held: Held, act: Act, entry: Entry, _keyring: Keyring) -> Record:
    payload = entry.payload
    _check_reason("uphold", payload)
    word = confirmation.Word(
        "uphold", [(payload["line_id"], payload["version"])], payload["reason"], payload["text"]
    )
    return line_record(confirmation.uphold(held.deeds, act, _line(held, entry), word))


def _drop(held: Held, act: Act, entry: Entry, _keyring: Keyring) -> Record:
    """Keep that the author gave an entry up. Nothing else changes: should it arrive, it is judged."""
    payload = entry.payload
    _check_reason("drop", payload)
    about, reason = payload["entry_id"], payload["reason"]
    said = {"about_id": about, "at": act.at, "reason": reason, "text": payload["text"]}
    held.deeds.rows[Tombstone].append({"id": entry.id, "author_id": act.actor.id, **said})
    visit = held.visits.get(entry.round_id)  # the trail of its parties, where it is known
    held.deeds.rows[AuditEntry].append(
        trail_entry(
            act.actor,
            Tag.ENTRY_DROPPED,
            act.now,
            subject=about,
            organisation=visit.medical_id if visit else None,
            other=visit.institution_id if visit else None,
            reason=reason,
        )
    )
    return {}


def visit_of(held: Held, entry: Entry) -> Visit:
    """The round of an entry; its check-in may not have arrived yet."""
    visit = held.visits.get(entry.round_id)
    if visit is None:
        raise Refusal("unknown_round")
    return visit


def _line(held: Held, entry: Entry) -> Line:
    line = held.by_round.get(visit_of(held, entry).id, {}).get(entry.payload["line_id"])
    if line is None:
        raise Refusal("unknown_line", FieldError("payload.line_id", "unknown_line"))
    return line


APPLY: Mapping[str, Applier] = {
    "check_in": _check_in,
    "record": _record,
    "amend": _amend,
    "void": _void,
    "note": _note,
    "check_out": _check_out,
    "confirm": _confirm,
    "dispute": _dispute,
    "answer": _answer,
    "drop": _drop,
}
