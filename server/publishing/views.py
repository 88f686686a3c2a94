"""Published periods in the shapes of the wire."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from server.agreements.models import Agreement
from server.fulfilment.rules.results import Totals
from server.fulfilment.views import agreement_name, title
from server.publishing.adjusting import Adjustment
from server.publishing.models import UNDER_WAY, PublishedPeriod, State
from server.publishing.pages import Page
from server.publishing.rules import FIGURES


def code_of(period: PublishedPeriod) -> str:
    """`33` -> `330000`."""
    return period.region.ljust(6, "0")


def head_view(
    period: PublishedPeriod, names: Mapping[str, str], progress: Mapping[UUID, tuple[int, int]]
) -> dict[str, Any]:
    """`names` of regions by six-digit code; `published_by` is loaded; `progress` is of those under way."""
    frozen, of = progress.get(period.id, (0, 0))
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
        "state": State.PENDING if period.state in UNDER_WAY else period.state,
        "failure": period.failure,
        "progress": {"frozen": frozen, "of": of} if period.id in progress else None,
        "digest": period.digest,
        "headline": period.headline,
    }


def page_view(page: Page) -> dict[str, Any]:
    return {
        "agreements": [
            {
                "agreement": agreement_name(each.agreement),
                "frozen": each.frozen.shown,
                "now": each.now.shown,
                "changed": each.changed,
            }
            for each in page.agreements
        ],
        "agreements_total": page.agreements_total,
        "adjustments": _adjustment_views(page.adjustments, page.parties),
        "adjustments_total": page.adjustments_total,
    }


def _adjustment_views(rows: Sequence[Adjustment], agreements: Sequence[Agreement]) -> list[dict[str, Any]]:
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
