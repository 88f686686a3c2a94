"""Figures in the shapes of the wire."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from server.agreements.api import agreement_view
from server.agreements.models import Agreement, Commitment
from server.catalogue.queries import services
from server.fulfilment.models import FIGURES
from server.fulfilment.queries import CommitmentFigures, Rated, SubjectFigures
from server.fulfilment.rules.facts import Commitment as Clause
from server.fulfilment.rules.ondemand import DemandResult
from server.fulfilment.rules.pace import Paced, earliest, is_open, pace, spacing, worst_risk
from server.fulfilment.rules.rates import rate_text, weighted_mean
from server.fulfilment.rules.results import Totals
from server.fulfilment.rules.sums import WindowSums, sum_up, totals_of
from server.residents.models import Resident
from server.residents.rules import masked

UNLISTED = "unlisted"  # the category of a county's own service codes, which the catalogue does not have


def agreement_summary(agreement: Agreement, figures: Sequence[Rated]) -> dict[str, Any]:
    """`figures` come worst first."""
    rated = [each for each in figures if each.due.confirmed_rate is not None]
    return {
        **agreement_view(agreement),
        **{
            name: rate_text(weighted_mean((each.weight, getattr(each.due, name)) for each in figures))
            for name in ("confirmed_rate", "reported_rate", "on_time_rate")
        },
        "rated": len(rated),
        "of": len(figures),
        "worst": _worst(rated[0]) if rated else None,
    }


def worst_first(summary: dict[str, Any]) -> tuple[bool, str, str]:
    """Sort key of agreements: those without a rate last."""
    rate = summary["confirmed_rate"]
    return (rate is None, rate or "", summary["number"])


def _worst(figures: Rated) -> dict[str, Any]:
    commitment = figures.commitment
    return {
        "id": commitment.id,
        "title": title(commitment),
        "confirmed_rate": rate_text(figures.due.confirmed_rate),
    }


def title(commitment: Commitment) -> dict[str, str]:
    return {"zh": commitment.title_zh, "en": commitment.title_en}


def agreement_name(agreement: Agreement) -> dict[str, Any]:
    return {
        "id": agreement.id,
        "number": agreement.number,
        "medical": {"id": agreement.medical_id, "name": agreement.medical.name},
        "care": {"id": agreement.institution_id, "name": agreement.care.name},
    }


def commitment_view(figures: CommitmentFigures) -> dict[str, Any]:
    today = figures.today
    return {
        **clause_view(figures.commitment, today),
        "category": category_of(figures.commitment),
        "promised_by_year": promised_by_year(figures.windows),
        **_due(figures.due),
        "open": _sums(totals_of(figures.open)),
        "pace": _pace_of(figures.open, today),
        "demand": _demand(figures.demand),
        "months": months(figures.windows, today),
    }


def category_of(commitment: Commitment) -> str:
    """The category of its first service."""
    first = services().get(commitment.services[0])
    return first.category if first else UNLISTED


def clause_view(commitment: Commitment, today: date) -> dict[str, Any]:
    """What a commitment promises (terms loaded), with every default, as `PromisedSchema` has it."""
    clause = commitment.clause
    return {
        "id": commitment.id,
        "key": commitment.key,
        "title": title(commitment),
        "services": clause["services"],
        "match": clause.get("match", "any"),
        "scope": clause.get("scope", "institution"),
        "kind": clause.get("kind", "periodic"),
        "per": clause.get("per"),
        "every": clause.get("every", 1),
        "align": clause.get("align", "calendar"),
        "partial": clause.get("partial", "prorate"),
        "min_days": clause.get("min_days", 1),
        "min_minutes": clause.get("min_minutes", 0),
        "min_attendees": clause.get("min_attendees", 0),
        "min_gap_days": clause.get("min_gap_days", 0),
        "makeup_days": clause.get("makeup_days", 0),
        "count_by": clause.get("count_by", "day"),
        "eligible": clause.get("eligible", {}),
        "weight": str(clause.get("weight", 1)),
        "within_days": clause.get("within_days"),
        "respond_within_minutes": clause.get("respond_within_minutes"),
        "count": count_in_force(commitment, today),
        "terms": commitment.terms,
    }


def count_in_force(commitment: Commitment, today: date) -> int:
    """The count promised per window today (terms are in order); before the first term, the first one's."""
    in_force = [term.count for term in commitment.terms if term.starts <= today]
    return (in_force or [term.count for term in commitment.terms][:1] or [0])[-1]


def promised_by_year(windows: Iterable[WindowSums]) -> list[dict[str, int]]:
    """What the windows of the term promise, by the year of their end."""
    years: Counter[int] = Counter()
    for each in windows:
        years[each.end.year] += each.promised
    return [{"year": year, "promised": promised} for year, promised in sorted(years.items())]


def _due(due: Totals) -> dict[str, Any]:
    return {
        "due_promised": due.promised,
        "due_confirmed": due.confirmed,
        "due_confirmed_late": due.confirmed_late,
        "due_confirmed_excused": due.confirmed_excused,
        "due_reported": due.reported,
        "due_reported_excused": due.reported_excused,
        "confirmed_rate": rate_text(due.confirmed_rate),
        "reported_rate": rate_text(due.reported_rate),
        "on_time_rate": rate_text(due.on_time_rate),
    }


def _sums(totals: Totals) -> dict[str, int]:
    return {
        "promised": totals.promised,
        "confirmed": totals.confirmed,
        "reported": totals.reported,
        "excused": totals.confirmed_excused,
    }


def _pace_of(windows: Sequence[WindowSums], today: date) -> dict[str, Any] | None:
    """The open windows of a commitment together; None where none is open."""
    if not windows:
        return None
    paces = [pace(each, today) for each in windows]
    return {
        "windows": len(windows),
        **_sums(totals_of(windows)),
        "expected": sum(each.expected for each in paces),
        "owed": sum(each.owed for each in paces),
        "owing": sum(each.owing for each in windows),
        "last_chance": min((each.last_chance for each in paces if each.last_chance), default=None),
        "risk": worst_risk({each.risk for each in paces}),
    }


def _demand(demand: DemandResult | None) -> dict[str, int] | None:
    if demand is None:
        return None
    return {
        "requests": demand.requests,
        "open_requests": demand.open,
        "due": demand.due,
        "met": demand.met,
    }


def months(windows: Iterable[WindowSums], today: date) -> list[dict[str, Any]]:
    """Due windows by the month of their end, oldest first."""
    grouped: dict[str, list[WindowSums]] = defaultdict(list)
    for each in windows:
        if each.is_due(today):
            grouped[each.end.strftime("%Y-%m")].append(each)
    sums = {month: totals_of(rows) for month, rows in sorted(grouped.items())}
    return [{"month": month, **_sums(totals)} for month, totals in sums.items() if totals.promised]


_OF_WINDOW = (
    "start end deadline subjects promised confirmed confirmed_late confirmed_excused reported "
    "reported_excused"
).split()


def window_view(window: WindowSums, today: date) -> dict[str, Any]:
    due, unmet = window.is_due(today), {"partial": window.some, "missed": window.none}
    left = {"open": 0, **unmet} if due else {"open": sum(unmet.values()), "partial": 0, "missed": 0}
    return {
        **{name: getattr(window, name) for name in _OF_WINDOW},
        "due": due,
        "statuses": {"met": window.met, "excused": window.excused, **left},
        **_pace(window, today),
        "owing": window.owing if is_open(window, today) else 0,
    }


def _pace(window: Paced, today: date) -> dict[str, Any]:
    """0 and None where the window is not open."""
    found = asdict(pace(window, today))
    return found if is_open(window, today) else {**found, "expected": None}


def subject_views(
    rows: Iterable[SubjectFigures],
    people: Mapping[UUID, Resident],
    figures: CommitmentFigures,
    numbers: Mapping[UUID, int] | None,
) -> list[dict[str, Any]]:
    """Windows by subject; names are whole, or, with `numbers` by resident, masked and numbered."""
    gap = _spacing(figures.commitment)
    return [_subject_view(row, people, gap, figures.today, numbers) for row in rows]


def _spacing(commitment: Commitment) -> int:
    clause = commitment.clause
    days, count_by = clause.get("min_gap_days", 0), clause.get("count_by", "day")
    return spacing(Clause(commitment.key, tuple(commitment.services), min_gap_days=days, count_by=count_by))


def furthest_first(view: dict[str, Any]) -> tuple[float, str, int]:
    """Sort key of subjects: those furthest from their promise first."""
    need = view["promised"] - view["confirmed_excused"]
    share = 1.0 if need <= 0 else view["confirmed"] / need
    subject = view["subject"] or {}
    return share, subject.get("bed", ""), subject.get("number") or 0


def _subject_view(
    row: SubjectFigures,
    people: Mapping[UUID, Resident],
    gap: int,
    today: date,
    numbers: Mapping[UUID, int] | None,
) -> dict[str, Any]:
    window = row.window
    (sums,) = sum_up([(window, row.last_counted)], gap)
    person = people.get(row.resident_id) if row.resident_id else None
    found = _pace(sums, today)
    free = earliest(window.start, window.deadline, gap, row.last_counted, today) if found["owed"] else None
    return {
        "id": row.id,
        "subject": _subject(person, numbers) if person else None,
        "start": window.start,
        "end": window.end,
        "deadline": window.deadline,
        "due": window.is_due(today),
        "status": window.status(today),
        **{name: getattr(window, name) for name in FIGURES},
        **found,
        "earliest": free,
    }


def _subject(person: Resident, numbers: Mapping[UUID, int] | None) -> dict[str, Any]:
    if numbers is None:
        return {"id": person.id, "name": person.name, "bed": person.bed, "number": None}
    return {"id": person.id, "name": masked(person.name), "bed": "", "number": numbers[person.id]}
