"""What agreements and single clauses would promise, before anyone signs. Nothing is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from server import clock
from server.agreements.models import Agreement
from server.agreements.service import NewAgreement, Promise, unsaved
from server.auth.actor import Actor
from server.errors import NotFound, Refusal
from server.fulfilment import adapter, views
from server.fulfilment.rules import facts
from server.fulfilment.rules.evaluate import Plan
from server.fulfilment.rules.preview import (
    Preview,
    Surprise,
    plain_reading,
    preview,
    roster_preview,
    surprise,
)

MOST_WINDOWS = 400
_TIMEZONE = "Asia/Shanghai"  # of every agreement that is drafted
_NOBODY = UUID(int=0)


def of_draft(session: Session, actor: Actor, payload: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """One clause in the shape of `DraftSchema`: what it promises, and over the roster of an institution the
    actor deals with. A clause that the engine refuses names its field, as `commitment.clause.per`."""
    institution_id = payload["institution_id"]
    if institution_id is not None and institution_id not in actor.reach:
        raise NotFound("institution")
    today = clock.local_day(now, _TIMEZONE)
    try:
        draft = unsaved(_drafted(payload))
        (shared,) = adapter.promises_of(draft, today).plans.values()
    except Refusal as refusal:
        raise _of_one_clause(refusal) from refusal
    roster = None
    if institution_id is not None and shared.commitment.scope == "resident":
        roster = _roster(session, draft, today)
    return figures(shared, roster)


def _drafted(payload: Mapping[str, Any]) -> NewAgreement:
    each = payload["commitment"]
    return NewAgreement(
        number="-",
        medical_id=_NOBODY,
        institution_id=payload["institution_id"] or _NOBODY,
        starts=payload["starts"],
        ends=payload["ends"],
        promises=(
            Promise(
                each["key"],
                each["title_zh"],
                each["title_en"],
                each["clause"],
                tuple((term["starts"], term["count"]) for term in each["terms"]),
            ),
        ),
        suspensions=tuple((one["starts"], one["ends"], one["reason"]) for one in payload["suspensions"]),
    )


def _of_one_clause(refusal: Refusal) -> Refusal:
    """The fields as the caller knows them: there is one commitment, and no list of them."""
    fields = (
        replace(field, path=field.path.replace("commitments[0]", "commitment").removeprefix("agreement."))
        for field in refusal.fields
    )
    return Refusal(refusal.code, *fields, **refusal.details)


def of_agreement(session: Session, agreement: Agreement, now: datetime) -> list[dict[str, Any]]:
    """What each commitment of an agreement promises over its term (all that decides it loaded)."""
    today = clock.local_day(now, agreement.timezone)
    plans = adapter.promises_of(agreement, today).plans
    roster = (
        _roster(session, agreement, today) if any(_for_residents(each) for each in plans.values()) else ()
    )
    return [
        {
            **views.clause_view(commitment, today),
            **figures(plans[commitment.id], roster if commitment.for_residents else None),
        }
        for commitment in agreement.commitments
    ]


def promised_by_draft(new: NewAgreement) -> list[tuple[facts.Commitment, Preview, Surprise | None]]:
    """What each commitment of a draft promises, and whether that surprises; needs no database."""
    plans = adapter.promises_of(unsaved(new), new.starts).plans.values()
    return [(shared.commitment, preview(shared), surprise(shared)) for shared in plans]


def _for_residents(shared: Plan) -> bool:
    return shared.commitment.scope == "resident"


def _roster(session: Session, agreement: Agreement, today: date) -> Sequence[facts.Resident]:
    """Who lives in the institution today, with stays and conditions as they are known: open ones go on."""
    return [
        resident
        for resident in adapter.people(session, agreement, None).values()
        if any(stay.starts <= today and (stay.ends is None or today <= stay.ends) for stay in resident.stays)
    ]


def figures(shared: Plan, roster: Sequence[facts.Resident] | None) -> dict[str, Any]:
    """A clause in the shape of `PreviewSchema`; `roster` (resident scope only) is who it is read over."""
    found, plain = preview(shared), plain_reading(shared)
    over = None if roster is None or shared.commitment.kind == "on_demand" else roster_preview(shared, roster)
    clause = shared.commitment
    return {
        "windows": found.windows[:MOST_WINDOWS],
        "window_count": len(found.windows),
        "years": _years(found.years),
        "total": found.total,
        "residents": over and {"eligible": over.eligible, "total": over.total, "years": _years(over.years)},
        "plain": plain
        and {
            **{name: getattr(plain, name) for name in ("total", "count", "units", "rest_days", "rest_of")},
            "per": clause.per,
            "every": clause.every,
        },
        "warning": _warning(shared),
    }


def _years(years: Mapping[int, int]) -> list[dict[str, int]]:
    return [{"year": year, "promised": promised} for year, promised in years.items()]


def _warning(shared: Plan) -> dict[str, Any] | None:
    found = surprise(shared)
    if found is None:
        return None
    return {
        "code": "rounding_surprises",
        "promised": found.promised,
        "plain": found.plain,
        "proposal": found.align and {"align": found.align, "total": found.total},
    }
