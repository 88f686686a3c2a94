"""What is held of the referrals and follow-ups a batch speaks of; most batches speak of none."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from server.auth.actor import Actor
from server.events import emit
from server.followups import queries as follow_ups
from server.followups.events import FollowUpStated
from server.followups.rules import Known
from server.referrals import queries
from server.referrals.events import ReferralChanged
from server.referrals.service import Case
from server.referrals.views import referral_views
from server.sync.protocol import Entry, Unreadable

AnyEntry = Entry | Unreadable


@dataclass(slots=True)
class Referring:
    """Referrals and duties by id, within the actor's scope; `receivers` are hospitals of the actor's counties
    among those named. `changed` and `stated` are those that the batch did something to."""

    cases: dict[UUID, Case] = field(default_factory=dict)
    duties: dict[UUID, Known] = field(default_factory=dict)
    receivers: frozenset[UUID] = frozenset()
    changed: dict[UUID, Case] = field(default_factory=dict)
    stated: list[Known] = field(default_factory=list)

    def open(self, case: Case | None) -> Case | None:
        """A referral that this batch makes, where there is one."""
        if case:
            self.cases[case.id] = self.changed[case.id] = case
        return case

    def record_of(self, entry: Entry) -> Mapping[str, Any] | None:
        case = self.cases.get(entry.payload.get("referral_id", entry.id))
        return referral_record(case) if case else None

    def announce(self, session: Session) -> None:
        """What was done is written; features above act on it before the commit."""
        for case in self.changed.values():
            emit(session, ReferralChanged(case.id))
        for duty in self.stated:
            emit(session, FollowUpStated(duty.institution_id, duty.subject_id, duty.matter))


def referral_record(case: Case) -> dict[str, Any]:
    return {"referral_id": str(case.id), "state": case.state}


def _said(entries: Sequence[AnyEntry]) -> Iterable[Mapping[str, Any]]:
    return (
        entry.payload
        for entry in entries
        if isinstance(entry, Entry) and entry.kind.startswith(("referral_", "follow_up_"))
    )


def _named(entries: Sequence[AnyEntry], *names: str) -> set[UUID]:
    return {payload[name] for payload in _said(entries) for name in names if payload.get(name)}


def _referrals(entries: Sequence[AnyEntry]) -> set[UUID]:
    """Those spoken of, and those that requests would make: sent again, they are there."""
    made = (entry for entry in entries if isinstance(entry, Entry) and entry.kind == "referral_request")
    return {entry.id for entry in made} | _named(entries, "referral_id", "from_id")


def referred_at(session: Session, actor: Actor, entries: Sequence[AnyEntry]) -> frozenset[UUID]:
    """Care institutions of referrals that the entries speak of; a hospital may have no dealings with them."""
    return queries.institutions_of(session, actor, _referrals(entries))


def hold_referring(
    session: Session, actor: Actor, entries: Sequence[AnyEntry], corrected: Collection[UUID]
) -> Referring:
    """Read what the entries speak of; their institutions are locked. `corrected` are lines of services that
    refer: there may be a referral of each, or none yet."""
    if not corrected and not any(True for _ in _said(entries)):
        return Referring()
    duties = follow_ups.named(session, actor, _named(entries, "follow_up_id"))
    return Referring(
        cases=queries.cases(session, actor, _referrals(entries) | set(corrected)),
        duties={id_: _known(row) for id_, row in duties.items()},
        receivers=queries.medical_among(session, _named(entries, "receiver_id"), queries.counties_of(actor)),
    )


def _known(row: Any) -> Known:
    return Known(row.id, row.institution_id, row.medical_id, row.subject_id, row.matter, row.state)


def referrals_since(
    session: Session, actor: Actor, held: str, now: datetime
) -> tuple[dict[str, Any] | None, str]:
    """All that a phone holds of referrals, None where that is what it holds, and the mark of it.

    They are few, and reach beyond the institutions that a phone reads: so they come whole.
    """
    rows, receivers = queries.held_ids(session, actor, now), queries.receivers(session, actor)
    mark = hashlib.sha256(repr((rows, receivers)).encode()).hexdigest()[:16]
    if mark == held:
        return None, held
    found = queries.held(session, actor, [id_ for id_, _ in rows])
    return {"rows": referral_views(session, actor, found), "receivers": receivers}, mark
