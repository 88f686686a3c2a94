"""Published periods in the shapes of the wire."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from server.fulfilment.rules.results import Totals
from server.publishing.adjusting import Adjustment
from server.publishing.models import UNDER_WAY, PublishedPeriod, State
from server.publishing.pages import Page, Party, Promised
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
                "agreement": _party_view(each.party),
                "frozen": each.frozen.shown,
                "now": each.now.shown,
                "changed": each.changed,
            }
            for each in page.agreements
        ],
        "agreements_total": page.agreements_total,
        "adjustments": [_adjustment_view(row, page.promised[row.commitment_id]) for row in page.adjustments],
        "adjustments_total": page.adjustments_total,
    }


def _party_view(party: Party) -> dict[str, Any]:
    return {
        "id": party.id,
        "number": party.number,
        "medical": {"id": party.medical_id, "name": party.medical},
        "care": {"id": party.care_id, "name": party.care},
    }


def _adjustment_view(row: Adjustment, promised: Promised) -> dict[str, Any]:
    return {
        "agreement": _party_view(promised.party),
        "commitment_id": row.commitment_id,
        "title": {"zh": promised.title_zh, "en": promised.title_en},
        "kind": promised.kind,
        "start": row.start,
        "end": row.end,
        "cause": row.cause,
        "frozen": _figures(row.frozen),
        "now": _figures(row.now),
    }


def _figures(totals: Totals | None) -> dict[str, int] | None:
    return None if totals is None else {name: getattr(totals, name) for name in FIGURES}
