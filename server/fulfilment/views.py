"""Figures in the shapes of the wire."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from server.agreements.api import agreement_view
from server.agreements.models import Agreement, Commitment
from server.fulfilment.models import FIGURES, Obligation
from server.fulfilment.queries import CommitmentFigures, Windows, totals_of
from server.fulfilment.rules.rates import rate_text, weighted_mean
from server.fulfilment.rules.results import Totals, WindowResult
from server.residents.models import Resident
from server.residents.rules import masked

_STATUSES = ("met", "partial", "missed", "open", "excused")


def agreement_summary(agreement: Agreement, figures: Sequence[CommitmentFigures]) -> dict[str, Any]:
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


def _worst(figures: CommitmentFigures) -> dict[str, Any]:
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
    commitment, due = figures.commitment, figures.due
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
        "count": count_in_force(commitment, figures.today),
        "min_gap_days": clause.get("min_gap_days", 0),
        "makeup_days": clause.get("makeup_days", 0),
        "eligible": clause.get("eligible", {}),
        "weight": str(clause.get("weight", 1)),
        **_due(due),
        "open": _sums(figures.open),
        "months": months(figures.windows, figures.today),
    }


def count_in_force(commitment: Commitment, today: date) -> int:
    """The count promised per window today (terms are in order); before the first term, the first one's."""
    in_force = [term.count for term in commitment.terms if term.starts <= today]
    return (in_force or [term.count for term in commitment.terms][:1] or [0])[-1]


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


def months(windows: Iterable[Windows], today: date) -> list[dict[str, Any]]:
    """Due windows by the month of their end, oldest first."""
    grouped: dict[str, list[Windows]] = defaultdict(list)
    for each in windows:
        if each.window.is_due(today):
            grouped[each.window.end.strftime("%Y-%m")].append(each)
    sums = {month: totals_of(rows) for month, rows in sorted(grouped.items())}
    return [{"month": month, **_sums(totals)} for month, totals in sums.items() if totals.promised]


def window_summaries(windows: Sequence[Windows], today: date) -> list[dict[str, Any]]:
    """One row per window, newest first."""
    ordered = sorted(windows, key=_days, reverse=True)
    return [_window_summary(list(rows), today) for _, rows in groupby(ordered, key=_days)]


def _days(each: Windows) -> tuple[date, date, date]:
    return (each.window.start, each.window.end, each.window.deadline)


def _window_summary(rows: Sequence[Windows], today: date) -> dict[str, Any]:
    window, sums = rows[0].window, totals_of(rows)
    statuses = Counter(dict.fromkeys(_STATUSES, 0))
    for each in rows:
        statuses[each.window.status(today)] += each.count
    return {
        "start": window.start,
        "end": window.end,
        "deadline": window.deadline,
        "due": window.is_due(today),
        "promised": sums.promised,
        "confirmed": sums.confirmed,
        "confirmed_late": sums.confirmed_late,
        "confirmed_excused": sums.confirmed_excused,
        "reported": sums.reported,
        "reported_excused": sums.reported_excused,
        "subjects": sum(each.count for each in rows),
        "statuses": statuses,
    }


def obligation_views(
    rows: Iterable[Obligation], people: dict[Any, Resident], today: date, *, known: bool
) -> list[dict[str, Any]]:
    """Obligations, those furthest from their promise first; names whole where the people are `known`."""
    views = [_obligation_view(row, people, today, known=known) for row in rows]
    return sorted(views, key=lambda view: (_met_share(view), (view["subject"] or {}).get("bed", "")))


def _met_share(view: dict[str, Any]) -> float:
    need = view["promised"] - view["confirmed_excused"]
    return 1.0 if need <= 0 else float(view["confirmed"] / need)


def _obligation_view(
    row: Obligation, people: dict[Any, Resident], today: date, *, known: bool
) -> dict[str, Any]:
    figures = {name: getattr(row, name) for name in FIGURES}
    window = WindowResult(None, row.start, row.end, row.deadline, **figures)
    person = people.get(row.resident_id)
    return {
        "id": row.id,
        "subject": _subject(person, known=known) if person else None,
        "start": row.start,
        "end": row.end,
        "deadline": row.deadline,
        "due": window.is_due(today),
        "status": window.status(today),
        **figures,
    }


def _subject(person: Resident, *, known: bool) -> dict[str, Any]:
    name = person.name if known else masked(person.name)
    return {"id": person.id, "name": name, "bed": person.bed if known else ""}
