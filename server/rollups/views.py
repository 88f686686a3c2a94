"""The dashboard in the shape of the wire."""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from server.catalogue.queries import categories as catalogue_categories
from server.fulfilment.rules.rates import rate_text
from server.rollups.places import Place
from server.rollups.rules import Group, Month, Pooled, Standing, Worst, newest_first, pooled_mean, scaled_text

# Of a worst commitment: its title and the parties of its agreement (`queries.named`).
_Named = Mapping[UUID, Row[*tuple[Any, ...]]]
_DATA = Path(__file__).parent / "data"


def standing_view(standing: Standing, named: _Named, regions: Mapping[str, str]) -> dict[str, Any]:
    """`named` are the worst commitments of the groups; `regions` the names of counties by code."""
    return {
        **_means(standing.groups, named),
        "groups": _group_views(standing.groups, named, regions),
        "categories": _category_views(standing.categories),
        "trend": _trend_views(standing.trend),
        "periods": newest_first(standing.periods),
        "recomputing": standing.recomputing,
    }


def _means(groups: Sequence[Group], named: _Named) -> dict[str, Any]:
    """These groups as one: the mean of all their agreements' rates, and the worst commitment of all."""
    confirmed = pooled_mean([each.confirmed for each in groups])
    worst = min((each.worst for each in groups if each.worst), key=lambda one: one.order, default=None)
    return {
        "agreements": sum(each.agreements for each in groups),
        "rated": confirmed.count,
        "confirmed_rate": confirmed.text,
        "reported_rate": pooled_mean([each.reported for each in groups]).text,
        "on_time_rate": pooled_mean([each.on_time for each in groups]).text,
        "worst": _worst(worst, named) if worst else None,
    }


def _group_views(groups: Iterable[Group], named: _Named, regions: Mapping[str, str]) -> list[dict[str, Any]]:
    """Worst first, those without a rate last."""
    return [
        {
            **_means([each], named),
            "level": each.level,
            "key": each.key,
            "name": regions.get(each.key, each.name),
        }
        for each in sorted(groups, key=lambda each: each.worst_first)
    ]


def _worst(worst: Worst, named: _Named) -> dict[str, Any]:
    names = named[worst.commitment_id]
    return {
        "agreement_id": worst.agreement_id,
        "commitment_id": worst.commitment_id,
        "title": {"zh": names.title_zh, "en": names.title_en},
        "confirmed_rate": scaled_text(worst.scaled),
        "medical": {"id": names.medical_id, "name": names.medical_name},
        "care": {"id": names.care_id, "name": names.care_name},
    }


def place_view(place: Place) -> dict[str, Any]:
    steps = [{"level": step.level, "key": step.key, "name": step.name} for step in place.path]
    return {**steps[-1], "path": steps}


def _trend_views(months: Iterable[Month]) -> list[dict[str, Any]]:
    return [
        {
            "period": month.period,
            "agreements": month.agreements,
            "rated": month.confirmed.count,
            "confirmed_rate": month.confirmed.text,
            "reported_rate": month.reported.text,
        }
        for month in months
    ]


def _category_views(categories: Iterable[Pooled]) -> list[dict[str, Any]]:
    """Lowest share first, those of which nothing is asked last."""
    rows = sorted(categories, key=_worst_first)
    return [_category(each) for each in rows]


def _worst_first(one: Pooled) -> tuple[Any, ...]:
    rate = one.totals.confirmed_rate
    return (rate is None, rate or 0, one.category, one.scope)


def _category(one: Pooled) -> dict[str, Any]:
    totals = one.totals
    return {
        "category": one.category,
        "name": _category_names().get(one.category, _unlisted()),
        "scope": one.scope,
        "promised": totals.promised,
        "excused": totals.confirmed_excused,
        "confirmed": totals.confirmed,
        "confirmed_late": totals.confirmed_late,
        "reported": totals.reported,
        "reported_excused": totals.reported_excused,
        "share": rate_text(totals.confirmed_rate),
        "reported_share": rate_text(totals.reported_rate),
    }


@cache
def _category_names() -> dict[str, dict[str, str]]:
    return {row["code"]: {"zh": row["name_zh"], "en": row["name_en"]} for row in catalogue_categories()}


@cache
def _unlisted() -> dict[str, str]:
    """The name of a county's own services, which are in no category of the catalogue."""
    found = json.loads((_DATA / "unlisted.json").read_text(encoding="utf-8"))
    return {"zh": found["name_zh"], "en": found["name_en"]}
