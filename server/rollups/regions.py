"""Sums by region: made from the agreements' rows with every change of them, and read where a place consists
of whole regions."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from server.agreements.models import Agreement
from server.auth.actor import Actor
from server.auth.scope import visible
from server.db import Base
from server.fulfilment.rules.results import Totals
from server.fulfilment.service import COUNTED_STATES
from server.organisations.models import Organisation
from server.rollups.models import (
    AgreementCategory,
    AgreementPeriod,
    OfRegion,
    RegionCategory,
    RegionPeriod,
)
from server.rollups.rows import Row, differences, replace
from server.rollups.rules import TOTALS, Group, Mean, Month, Period, Pooled, Worst, periods_touched

RATES = ("confirmed", "reported", "on_time")
# The exact rates in a period, by rate, of a region or (None) of all: read only where bounds do not decide.
Exact = Callable[[str, str, str | None], Iterable[Fraction]]


def resum(session: Session, region: str) -> None:
    """Add up the rows of the region's agreements again. The caller keeps others from doing so meanwhile."""
    for model, rows in sums(session, region).items():
        replace(session, model, differences(session, model, [region], rows))


def sums(session: Session, region: str) -> dict[type[Base], list[Row]]:
    """What the sums of a region should be, by the rows of its agreements as they are kept."""
    touched: Counter[str] = Counter()
    for starts, last_day in session.execute(_of(region, Agreement.starts, Agreement.last_day)):
        touched.update(periods_touched(starts, last_day))
    rates, worst = _rates(session, region), _worst(session, region)
    nothing = dict.fromkeys((name for rate in RATES for name in _names(rate)), 0)
    lowest = {"worst_scaled": None, "worst_agreement_id": None, "worst_id": None}
    periods = [
        {"region": region, "period": period, "agreements": touched[period], **nothing, **lowest}
        | rates.get(period, {})
        | worst.get(period, {})
        for period in sorted({*touched, *rates})
    ]
    return {RegionPeriod: periods, RegionCategory: _categories(session, region)}


def _of(region: str, *columns: Any) -> Select[Any]:
    """Of the region's agreements that are or were in force."""
    return (
        select(*columns)
        .select_from(Agreement)
        .join(Organisation, Organisation.id == Agreement.institution_id)
        .where(Organisation.region == region, Agreement.state.in_(COUNTED_STATES))
    )


def _names(rate: str) -> tuple[str, str, str]:
    return rate, f"{rate}_scaled", f"{rate}_inexact"


def _rates(session: Session, region: str) -> dict[str, Row]:
    columns = [
        column.label(name)
        for rate in RATES
        for scaled in [getattr(AgreementPeriod, f"{rate}_scaled")]
        for name, column in zip(
            _names(rate),
            (
                func.count(scaled),
                func.coalesce(func.sum(scaled), 0),
                func.count(scaled).filter(AgreementPeriod.inexact),
            ),
            strict=True,
        )
    ]
    rows = session.execute(
        _of(region, AgreementPeriod.period, *columns)
        .join(AgreementPeriod, AgreementPeriod.agreement_id == Agreement.id)
        .group_by(AgreementPeriod.period)
    ).mappings()
    return {row["period"]: {each.name: int(row[each.name]) for each in columns} for row in rows}


def _worst(session: Session, region: str) -> dict[str, Row]:
    """The worst commitment of each period."""
    order = (AgreementPeriod.worst_scaled, AgreementPeriod.agreement_id)
    ranked = (
        _of(
            region,
            AgreementPeriod.period,
            AgreementPeriod.worst_scaled,
            AgreementPeriod.agreement_id.label("worst_agreement_id"),
            AgreementPeriod.worst_id,
            func.row_number().over(partition_by=AgreementPeriod.period, order_by=order).label("rank"),
        )
        .join(AgreementPeriod, AgreementPeriod.agreement_id == Agreement.id)
        .where(AgreementPeriod.worst_id.is_not(None))
        .subquery()
    )
    names = ("worst_scaled", "worst_agreement_id", "worst_id")
    rows = session.execute(
        select(ranked.c.period, *(ranked.c[name] for name in names)).where(ranked.c.rank == 1)
    )
    return {period: dict(zip(names, found, strict=True)) for period, *found in rows}


def _categories(session: Session, region: str) -> list[Row]:
    table = AgreementCategory
    key = (table.period, table.category, table.scope)
    rows = session.execute(
        _of(region, *key, *(func.sum(getattr(table, name)) for name in TOTALS))
        .join(table, table.agreement_id == Agreement.id)
        .group_by(*key)
    )
    return [
        {"region": region, "period": period, "category": category, "kind": kind}
        | dict(zip(TOTALS, map(int, totals), strict=True))
        for period, category, kind, *totals in rows
    ]


@dataclass(frozen=True, slots=True)
class Regions:
    """The regions whose codes begin with `prefix`, within the actor's scope."""

    session: Session
    actor: Actor
    prefix: str
    exact: Exact

    def groups(self, period: Period) -> list[Group]:
        """Each region with agreements that touch the period; its name is its code."""
        table = RegionPeriod
        rows = self.session.scalars(
            self._within(table, select(table)).where(table.period == period.key, table.agreements > 0)
        )
        return [
            Group(
                "county",
                row.region,
                row.region,
                row.agreements,
                **self._means(
                    period.key, row.region, [getattr(row, name) for rate in RATES for name in _names(rate)]
                ),
                worst=_worst_of(row),
            )
            for row in rows
        ]

    def categories(self, period: Period) -> list[Pooled]:
        """The counts of the period by category and scope."""
        table = RegionCategory
        key = (table.category, table.kind)
        rows = self.session.execute(
            self._within(table, select(*key, *(func.sum(getattr(table, name)) for name in TOTALS)))
            .where(table.period == period.key)
            .group_by(*key)
        )
        return [
            Pooled(period.key, category, kind, Totals(*map(int, totals))) for category, kind, *totals in rows
        ]

    def trend(self, months: Sequence[Period]) -> list[Month]:
        """The months, with the agreements that touch them."""
        table = RegionPeriod
        names = [name for rate in RATES[:2] for name in _names(rate)]
        columns = (func.sum(getattr(table, name)) for name in ("agreements", *names))
        rows = self.session.execute(
            self._within(table, select(table.period, *columns))
            .where(table.period.in_([month.key for month in months]))
            .group_by(table.period)
        )
        found = {period: list(map(int, figures)) for period, *figures in rows}
        nothing = [0] * (1 + len(names))
        return [
            Month(month.key, agreements, **self._means(month.key, None, figures))
            for month in months
            for agreements, *figures in [found.get(month.key, nothing)]
        ]

    def periods(self) -> set[str]:
        """The periods in which an agreement has a rate."""
        table = RegionPeriod
        statement = self._within(table, select(table.period).distinct()).where(table.confirmed > 0)
        return set(self.session.scalars(statement))

    def _within(self, table: type[OfRegion], statement: Select[Any]) -> Select[Any]:
        return visible(statement, table, self.actor).where(table.region.startswith(self.prefix))

    def _means(self, period: str, region: str | None, figures: Sequence[int]) -> dict[str, Mean]:
        return {
            name: Mean(count, total, inexact, partial(self.exact, period, name, region))
            for name, count, total, inexact in zip(
                RATES, figures[::3], figures[1::3], figures[2::3], strict=False
            )
        }


def _worst_of(row: RegionPeriod) -> Worst | None:
    if row.worst_scaled is None or row.worst_agreement_id is None or row.worst_id is None:
        return None
    return Worst(row.worst_scaled, row.worst_agreement_id, row.worst_id)
