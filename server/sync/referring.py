"""Entries of referrals and follow-ups, from their payloads to the service functions that act on them."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from server import clock
from server.errors import FieldError, Refusal, invalid
from server.followups.service import duty_of, state_why_none
from server.keys import Keyring
from server.referrals import service as referrals
from server.referrals.rules import DIRECTIONS
from server.referrals.service import Asked, Case
from server.residents.rules import lives_there
from server.rounds import service as rounds
from server.rounds.rules import Person
from server.rounds.service import Act, Said
from server.sync.entries import check_late, medical_for, visit_of
from server.sync.held import Held
from server.sync.protocol import Entry
from server.sync.referred import referral_record

Record = Mapping[str, Any]


def _request(held: Held, act: Act, entry: Entry, _keyring: Keyring) -> Record:
    payload = entry.payload
    if payload["service"] not in DIRECTIONS:
        raise invalid("payload.service", "unknown_choice")
    if payload["receiver_id"] and payload["receiver_id"] not in held.referrals.receivers:
        raise invalid("payload.receiver_id", "unknown_choice")
    if entry.id in held.taken or entry.id in held.referrals.cases:
        raise Refusal("content_differs")
    if payload["from_id"]:
        asked = _back(held, act, entry)
    elif entry.round_id == entry.id:
        asked = _outside_rounds(held, act, entry)
    else:
        asked = _in_round(held, act, entry)
    case = referrals.request(held.deeds, act, asked)
    held.referrals.open(case)
    return referral_record(case)


def _asked(payload: Record, institution: UUID, sender: UUID, receiver: UUID | None, subject: UUID) -> Asked:
    led = {name: payload[name] for name in ("reading_id", "from_id", "demand_id")}
    return Asked(institution, sender, receiver, subject, payload["service"], payload["form"], **led)


def _in_round(held: Held, act: Act, entry: Entry) -> Asked:
    """The request is a line of the round too: staff confirm it with the rest."""
    payload = entry.payload
    visit = visit_of(held, entry)
    check_late(act, visit, payload)
    line = rounds.record(held.deeds, act, visit, _said(payload), _person(held, payload))
    held.add_line(line)
    return _asked(
        payload, visit.institution_id, visit.medical_id, payload["receiver_id"], payload["subject_id"]
    )


def _outside_rounds(held: Held, act: Act, entry: Entry) -> Asked:
    payload = entry.payload
    place = held.places.get(payload["institution_id"])
    if place is None:
        raise Refusal("out_of_scope", FieldError("payload.institution_id", "out_of_scope"))
    day = clock.local_day(act.at, place.timezone)
    person = _person(held, payload)
    if person.institution_id != place.id or not lives_there(person.stays, day):
        raise Refusal("not_a_resident", FieldError("payload.subject_id", "not_a_resident"))
    rounds.judged(_said(payload), day)
    return _asked(payload, place.id, medical_for(held, place.id, day), payload["receiver_id"], person.id)


def _person(held: Held, payload: Record) -> Person:
    person = held.people.get(payload["subject_id"])
    if person is None:
        raise Refusal("not_a_resident", FieldError("payload.subject_id", "not_a_resident"))
    return person


def _back(held: Held, act: Act, entry: Entry) -> Asked:
    """The hospital sends somebody back whom it received: to who sent them, unless it names another."""
    payload = entry.payload
    before = held.referrals.cases.get(payload["from_id"])
    if before is None:
        raise Refusal("unknown_referral", FieldError("payload.from_id", "unknown_referral"))
    sender = referrals.sides_of(act.actor, before).get("receiver")
    if sender is None:
        raise Refusal("not_yours")
    if DIRECTIONS[payload["service"]] != "down":
        raise invalid("payload.service", "unknown_choice")
    if before.state not in ("arrived", "closed"):
        raise Refusal("not_arrived")
    if (payload["institution_id"], payload["subject_id"]) != (before.institution_id, before.subject_id):
        raise invalid("payload.subject_id", "not_a_resident")
    rounds.judged(_said(payload), clock.local_day(act.at, held.places[before.institution_id].timezone))
    receiver = payload["receiver_id"] or before.sender_id
    return _asked(payload, before.institution_id, sender, receiver, before.subject_id)


def _said(payload: Record) -> Said:
    return Said(payload["service"], "done", payload["form"], payload["form_version"], payload["unusual"])


def _step(act_of: Callable[[Record], str]) -> Callable[[Held, Act, Entry, Keyring], Record]:
    def apply(held: Held, act: Act, entry: Entry, _keyring: Keyring) -> Record:
        case = _case(held, entry)
        referrals.say(held.deeds, act, case, entry.payload, act_of(entry.payload))
        held.referrals.changed[case.id] = case
        return referral_record(case)

    return apply


def _case(held: Held, entry: Entry) -> Case:
    """The referral of a step; its request may not have arrived yet."""
    case = held.referrals.cases.get(entry.payload["referral_id"])
    if case is None:
        raise Refusal("unknown_referral", FieldError("payload.referral_id", "unknown_referral"))
    return case


def _follow_up_done(held: Held, act: Act, entry: Entry, _keyring: Keyring) -> Record:
    payload = entry.payload
    wanted = payload["follow_up_id"]
    duty = held.referrals.duties.get(wanted) or duty_of(held.lines, wanted)
    if duty is None:
        raise Refusal("unknown_follow_up", FieldError("payload.follow_up_id", "unknown_follow_up"))
    held.referrals.duties[wanted] = duty
    state_why_none(held.deeds, act, duty, payload["reason"], payload["text"])
    held.referrals.stated.append(duty)
    return {"follow_up_id": str(duty.id), "state": duty.state}


APPLY = {
    "referral_request": _request,
    "referral_accept": _step(lambda said: "decline" if said["reason"] else "accept"),
    "referral_depart": _step(lambda _said: "depart"),
    "referral_arrive": _step(lambda _said: "arrive"),
    "referral_close": _step(lambda _said: "close"),
    "referral_family": _step(lambda _said: "family"),
    "follow_up_done": _follow_up_done,
}
