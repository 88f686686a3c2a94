"""Published periods in the shapes of the wire."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from server.agreements.models import Agreement
from server.fulfilment.rules.results import Totals
from server.fulfilment.views import agreement_name, title
from server.publishing.adjusting import Adjustment
from server.publishing.models import PublishedPeriod
from server.publishing.rules import FIGURES, Rates


def code_of(period: PublishedPeriod) -> str:
    """`33` -> `330000`."""
    return period.region.ljust(6, "0")


def head_view(period: PublishedPeriod, names: Mapping[str, str]) -> dict[str, Any]:
    """`names` of regions by six-digit code; `published_by` is loaded."""
    code = code_of(period)
    return {
        "id": period.id,
        "region": {"code": code, "name": names.get(code, code)},
        "period": period.period,
        "first": period.first,
        "last": period.last,
        "as_of": period.as_of,
        "published_at": period.published_at,
        "published_by": period.published_by.name if period.published_by else None,
        "digest": period.digest,
        "headline": period.headline,
    }


def agreement_views(
    agreements: Sequence[Agreement],
    then: Mapping[UUID, Rates],
    now: Mapping[UUID, Rates],
    adjusted: Mapping[UUID, int],
) -> list[dict[str, Any]]:
    return [
        {
            "agreement": agreement_name(each),
            "frozen": then[each.id].shown,
            "now": now[each.id].shown,
            "changed": each.id in adjusted,
        }
        for each in agreements
    ]


def adjustment_views(rows: Sequence[Adjustment], agreements: Sequence[Agreement]) -> list[dict[str, Any]]:
    """`agreements` are those of the rows, parties and commitments loaded."""
    names = {each.id: agreement_name(each) for each in agreements}
    commitments = {one.id: one for each in agreements for one in each.commitments}
    return [
        {
            "agreement": names[row.agreement_id],
            "commitment_id": row.commitment_id,
            "title": title(commitments[row.commitment_id]),
            "kind": commitments[row.commitment_id].clause.get("kind", "periodic"),
            "start": row.start,
            "end": row.end,
            "cause": row.cause,
            "frozen": _figures(row.frozen),
            "now": _figures(row.now),
        }
        for row in rows
    ]


def _figures(totals: Totals | None) -> dict[str, int] | None:
    return None if totals is None else {name: getattr(totals, name) for name in FIGURES}
