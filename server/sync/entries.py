"""Each kind of entry, from its payload to the one service function that acts on it."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from server import clock
from server.agreements.rules import SETTLING_DAYS
from server.auth.roles import OrganisationKind, Permission
from server.catalogue.queries import reason_codes
from server.checkin.rules import Fix, grade
from server.checkin.service import what_is_wrong_with
from server.confirmation import service as confirmation
from server.errors import FieldError, Refusal, invalid
from server.keys import Keyring
from server.organisations.models import Organisation
from server.rounds import service as rounds
from server.rounds.models import Round, ServiceRecord
from server.rounds.service import Act, Said
from server.sync.held import Held, line_record, round_record
from server.sync.protocol import Entry

Record = Mapping[str, Any]
Applier = Callable[[Session, Held, Act, Entry, Keyring], Record]


def _check_in(session: Session, held: Held, act: Act, entry: Entry, keyring: Keyring) -> Record:
    payload = entry.payload
    institution = held.institutions.get(payload["institution_id"])
    if institution is None:
        raise Refusal("out_of_scope", FieldError("payload.institution_id", "out_of_scope"))
    if entry.round_id in held.taken:
        raise Refusal("already_checked_in")
    day = clock.local_day(act.at, institution.timezone)
    medical_id = _medical_for(held, institution, day)
    if payload["method"] == "manual":
        _check_reason("manual_check_in", payload)
    if payload["method"] == "short_code" and not payload["short_code"]:
        raise invalid("payload.short_code", "required")
    fix = _fix(payload)
    code_reasons = _code_reasons(held, institution, payload, keyring)
    arrival = rounds.Arrival(
        round_id=entry.round_id,
        institution=institution,
        medical_id=medical_id,
        method=payload["method"],
        grade=grade(code_reasons, fix, rounds.fence_of(institution)),
        fix=fix,
        reason=payload["reason"],
        reason_text=payload["reason_text"],
        position_problem=payload["position_problem"],
    )
    round_, visit = rounds.check_in(session, act, arrival)
    held.add_round(round_, visit)
    return round_record(round_)


def _medical_for(held: Held, institution: Organisation, day: date) -> UUID:
    """The actor's institution that serves this one on that day; one in force before one that settles."""
    serving = [
        agreement
        for agreement in held.agreements
        if agreement.institution_id == institution.id
        and agreement.starts <= day <= agreement.last_day + timedelta(days=SETTLING_DAYS)
    ]
    if not serving:
        raise Refusal("out_of_scope", FieldError("payload.institution_id", "out_of_scope"))
    return min(serving, key=lambda agreement: (day > agreement.last_day, agreement.starts)).medical_id


def _code_reasons(held: Held, institution: Organisation, payload: Record, keyring: Keyring) -> list[str]:
    poster = held.posters.get(institution.id)
    if payload["method"] == "manual":
        return ["manual"]
    if payload["method"] == "short_code":
        current = poster is not None and payload["short_code"] == poster.short_code
        return ["short_code"] if current else ["short_code", "poster_revoked"]
    return what_is_wrong_with(payload["token"], institution.id, poster.version if poster else None, keyring)


def _fix(payload: Record) -> Fix | None:
    position = payload["position"]
    return Fix(position["latitude"], position["longitude"], position["accuracy_m"]) if position else None


def _check_reason(act: str, payload: Record) -> None:
    if payload["reason"] not in reason_codes(act):
        raise invalid("payload.reason", "unknown_choice")
    text = payload.get("reason_text") or payload.get("text")
    if payload["reason"] == "other" and not text:
        raise invalid("payload.text" if "text" in payload else "payload.reason_text", "required")


def _record(session: Session, held: Held, act: Act, entry: Entry, _keyring: Keyring) -> Record:
    if entry.id in held.taken:
        raise Refusal("content_differs")
    round_ = _round(held, entry)
    subject_id = entry.payload["subject_id"]
    subject = held.residents.get(subject_id) if subject_id else None
    if subject_id and subject is None:
        raise Refusal("not_a_resident", FieldError("payload.subject_id", "not_a_resident"))
    line = rounds.record(session, act, round_, _said(entry.payload, entry.payload["service"]), subject)
    held.add_line(line)
    return line_record(line)


def _said(payload: Record, service: str) -> Said:
    return Said(service, payload["outcome"], payload["form"], payload["form_version"], payload["unusual"])


def _amend(session: Session, held: Held, act: Act, entry: Entry, _keyring: Keyring) -> Record:
    line, payload = _line(held, entry), entry.payload
    _check_reason("amend", payload)
    said = _said(payload, line.service)
    return line_record(
        rounds.amend(session, act, line, payload["version"], said, payload["reason"], payload["reason_text"])
    )


def _void(session: Session, held: Held, act: Act, entry: Entry, _keyring: Keyring) -> Record:
    payload = entry.payload
    _check_reason("void", payload)
    line = _line(held, entry)
    return line_record(
        rounds.void(session, act, line, payload["version"], payload["reason"], payload["reason_text"])
    )


def _note(session: Session, held: Held, act: Act, entry: Entry, _keyring: Keyring) -> Record:
    return round_record(rounds.add_note(session, act, _round(held, entry), entry.payload["text"]))


def _check_out(session: Session, held: Held, act: Act, entry: Entry, _keyring: Keyring) -> Record:
    round_ = _round(held, entry)
    visit = held.lines[round_.id]
    institution = held.institutions[round_.institution_id]
    rounds.check_out(session, act, round_, visit, institution, _fix(entry.payload))
    if entry.payload["note"]:
        rounds.add_note(session, act, round_, entry.payload["note"])
    return round_record(round_)


def _confirm(session: Session, held: Held, act: Act, entry: Entry, _keyring: Keyring) -> Record:
    return _say(session, held, act, entry, confirmation.Word("confirm", _seen(entry.payload)))


def _dispute(session: Session, held: Held, act: Act, entry: Entry, _keyring: Keyring) -> Record:
    payload = entry.payload
    _check_reason("dispute", payload)
    return _say(
        session,
        held,
        act,
        entry,
        confirmation.Word("dispute", _seen(payload), payload["reason"], payload["text"]),
    )


def _seen(payload: Record) -> list[tuple[UUID, int]]:
    return [(each["line_id"], each["version"]) for each in payload["lines"]]


def _say(session: Session, held: Held, act: Act, entry: Entry, word: confirmation.Word) -> Record:
    round_ = held.rounds.get(entry.round_id)
    if round_ is None:
        raise Refusal("unknown_round")
    if round_.institution_id not in act.actor.organisations(Permission.ROUNDS_CONFIRM, OrganisationKind.CARE):
        raise Refusal("out_of_scope")
    said = confirmation.say(session, act, round_, held.by_round.get(round_.id, {}), word)
    return {"lines": [line_record(line) for line in said]}


def _round(held: Held, entry: Entry) -> Round:
    """The round of a clinician's entry; its check-in may not have arrived yet."""
    round_ = held.rounds.get(entry.round_id)
    if round_ is None:
        raise Refusal("unknown_round")
    return round_


def _line(held: Held, entry: Entry) -> ServiceRecord:
    line = held.by_round.get(_round(held, entry).id, {}).get(entry.payload["line_id"])
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
}
