"""A place's roll-up, added up by the database: a few queries, whatever the number of agreements.

What consists of whole regions is read from their sums; of any other place, and by town, institution or
agreement, the rows of its agreements are added up.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from fractions import Fraction
from functools import cache, partial
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Row, Select, String, case, cast, func, null, select
from sqlalchemy.orm import Session, aliased

from server import clock
from server.agreements.models import Agreement, Commitment
from server.auth.actor import Actor
from server.auth.scope import visible
from server.fulfilment.models import StaleStream
from server.fulfilment.rules.results import Totals
from server.fulfilment.service import COUNTED_STATES
from server.organisations.models import Organisation
from server.rollups.models import AgreementCategory, AgreementPeriod, StaleAgreement
from server.rollups.places import Grouping, Place
from server.rollups.regions import RATES, Exact, Regions
from server.rollups.rules import (
    FIRST_YEAR,
    TOTALS,
    Group,
    Mean,
    Month,
    Period,
    Pooled,
    Standing,
    Worst,
    months_until,
    periods_rated,
    year_of,
)

TIMEZONE = "Asia/Shanghai"  # whose day it is on a page of many agreements
_Key = tuple[str | None, UUID | None]


def standing(session: Session, actor: Actor, place: Place, period: Period, now: datetime) -> Standing:
    """The place as the kept rows have it."""
    today = clock.local_day(now, TIMEZONE)
    months = months_until(period.first.year, today)
    recomputing = _recomputing(session, actor, place, today)
    if place.regions is None:
        of = _shown(session, actor, place, period, place.grouping)
        year = _shown(session, actor, place, year_of(period), None)
        there = _periods(session, actor, place, today.year)
        return Standing(
            _groups(of, place.grouping), _categories(of), _trend(year, months), there, recomputing
        )
    sums = Regions(session, actor, place.regions, _exact_rates(session, actor, place))
    groups = _groups_of(sums, place, period)
    return Standing(groups, sums.categories(period), sums.trend(months), sums.periods(), recomputing)


def _groups_of(sums: Regions, place: Place, period: Period) -> list[Group]:
    """By county from the sums; the institutions of no county stand by themselves."""
    if place.grouping != "county":
        return _groups(_shown(sums.session, sums.actor, place, period, place.grouping), place.grouping)
    found = sums.groups(period)
    counties = [each for each in found if not each.key.endswith("00")]
    if len(counties) == len(found):
        return counties
    apart = replace(place, inside=place.inside & Organisation.region.endswith("00"))
    return counties + _groups(_shown(sums.session, sums.actor, apart, period, "institution"), "institution")


def _exact_rates(session: Session, actor: Actor, place: Place) -> Exact:
    """The exact rates of the place by region, each period and rate read once."""

    @cache
    def by_region(period: str, name: str) -> dict[str, list[Fraction]]:
        rate = getattr(AgreementPeriod, f"{name}_rate")
        rows = session.execute(
            agreements_in(actor, place)
            .with_only_columns(Organisation.region, rate)
            .join(AgreementPeriod, AgreementPeriod.agreement_id == Agreement.id)
            .where(AgreementPeriod.period == period, rate.is_not(None))
        )
        found: dict[str, list[Fraction]] = {}
        for region, text in rows:
            found.setdefault(region, []).append(Fraction(text))
        return found

    def exact(period: str, name: str, region: str | None) -> Iterable[Fraction]:
        found = by_region(period, name)
        return chain.from_iterable(found.values()) if region is None else found.get(region, ())

    return exact


def agreements_in(actor: Actor, place: Place) -> Select[Any]:
    """The agreements of the place within the actor's scope that are or were in force: ids, to be narrowed."""
    statement = (
        select(Agreement.id)
        .join(Organisation, Organisation.id == Agreement.institution_id)
        .where(Agreement.state.in_(COUNTED_STATES), place.inside)
    )
    return visible(statement, Agreement, actor)


@dataclass(frozen=True, slots=True)
class Shown:
    """The agreements of a place that touch a period, each with what it is grouped by.

    A group has a `label` (a region's code, a town's name) or is a `thing` (an institution, an agreement).
    `kept` holds exact rates that were asked for.
    """

    session: Session
    period: Period
    rows: CTE
    kept: dict[tuple[str, str], dict[_Key, list[str]]] = field(default_factory=dict)

    def exact(self, period: str, name: str, key: _Key) -> Iterable[Fraction]:
        """Exact rates of a group, read only where bounds do not decide; all groups' in one query."""
        if (period, name) not in self.kept:
            rate = getattr(AgreementPeriod, f"{name}_rate")
            found: dict[_Key, list[str]] = {}
            for label, thing, text in self.session.execute(
                select(self.rows.c.label, self.rows.c.thing, rate)
                .join(AgreementPeriod, AgreementPeriod.agreement_id == self.rows.c.id)
                .where(AgreementPeriod.period == period, rate.is_not(None))
            ):
                found.setdefault((label, thing), []).append(text)
            self.kept[period, name] = found
        return map(Fraction, self.kept[period, name].get(key, ()))


def _shown(session: Session, actor: Actor, place: Place, period: Period, grouping: Grouping | None) -> Shown:
    """`grouping` None: the agreements in no groups."""
    unlabelled = cast(null(), String)
    columns = {
        None: (unlabelled, unlabelled, unlabelled),
        "county": _labelled(case((~Organisation.region.endswith("00"), Organisation.region))),
        "town": _labelled(func.nullif(Organisation.town, "")),
        "institution": (unlabelled, Organisation.id, Organisation.name),
        "agreement": (unlabelled, Agreement.id, Agreement.number),
    }[grouping]
    named = (column.label(name) for name, column in zip(("label", "thing", "name"), columns, strict=True))
    statement = (
        agreements_in(actor, place)
        .add_columns(*named, Agreement.starts, Agreement.last_day)
        .where(Agreement.starts <= period.last, Agreement.last_day >= period.first)
    )
    return Shown(session, period, _once(statement, "shown"))


def _once(statement: Select[Any], name: str) -> CTE:
    """Agreements to be joined with: found first, or PostgreSQL would join every one of their rows twice."""
    return statement.cte(name).prefix_with("MATERIALIZED", dialect="postgresql")


def _labelled(label: ColumnElement[str | None]) -> tuple[ColumnElement[Any], ...]:
    """An institution without a label (no town entered, of no county) is a group of its own."""
    alone = label.is_(None)
    return (label, case((alone, Organisation.id)), case((alone, Organisation.name), else_=label))


def _groups(of: Shown, grouping: Grouping) -> list[Group]:
    """The groups in no order, those without a rate too; a region's name is its code."""
    worst = _worst(of)
    key = (of.rows.c.label, of.rows.c.thing)
    found = of.session.execute(
        select(*key, func.min(of.rows.c.name), func.count(), *_sums(RATES))
        .join(
            AgreementPeriod,
            (AgreementPeriod.agreement_id == of.rows.c.id) & (AgreementPeriod.period == of.period.key),
            isouter=True,
        )
        .group_by(*key)
    )
    return [_group(of, grouping, row, worst) for row in found]


def _sums(rates: Iterable[str]) -> Sequence[ColumnElement[Any]]:
    """Of each rate: how many there are, the sum of the scaled ones, and how many of those were rounded."""
    columns = [getattr(AgreementPeriod, f"{name}_scaled") for name in rates]
    return [
        each
        for column in columns
        for each in (
            func.count(column),
            func.sum(column),
            func.count(column).filter(AgreementPeriod.inexact),
        )
    ]


def _group(of: Shown, grouping: Grouping, row: Row[*tuple[Any, ...]], worst: Mapping[_Key, Worst]) -> Group:
    label, thing, name, agreements, *sums = row
    level = grouping if label is not None or grouping == "agreement" else "institution"
    return Group(
        level,
        label or str(thing),
        name,
        agreements,
        **_means(of, of.period.key, (label, thing), sums),
        worst=worst.get((label, thing)),
    )


def _means(of: Shown, period: str, key: _Key, sums: Sequence[Any]) -> dict[str, Mean]:
    return {
        name: Mean(count, int(total or 0), inexact, partial(of.exact, period, name, key))
        for name, count, total, inexact in zip(RATES, sums[::3], sums[1::3], sums[2::3], strict=False)
    }


def _worst(of: Shown) -> dict[_Key, Worst]:
    """The worst commitment of each group."""
    key = (of.rows.c.label, of.rows.c.thing)
    order = (AgreementPeriod.worst_scaled, AgreementPeriod.agreement_id)
    ranked = (
        select(
            *key,
            AgreementPeriod.worst_scaled,
            AgreementPeriod.agreement_id,
            AgreementPeriod.worst_id,
            func.row_number().over(partition_by=key, order_by=order).label("rank"),
        )
        .join(AgreementPeriod, AgreementPeriod.agreement_id == of.rows.c.id)
        .where(AgreementPeriod.period == of.period.key, AgreementPeriod.worst_id.is_not(None))
        .subquery()
    )
    rows = of.session.execute(select(ranked).where(ranked.c.rank == 1))
    return {(label, thing): Worst(*found) for label, thing, *found, _ in rows}


def _categories(of: Shown) -> list[Pooled]:
    """The counts of the period by category and scope."""
    key = (AgreementCategory.category, AgreementCategory.scope)
    rows = of.session.execute(
        select(*key, *(func.sum(getattr(AgreementCategory, name)) for name in TOTALS))
        .join(of.rows, of.rows.c.id == AgreementCategory.agreement_id)
        .where(AgreementCategory.period == of.period.key)
        .group_by(*key)
    )
    return [
        Pooled(of.period.key, category, scope, Totals(*map(int, totals))) for category, scope, *totals in rows
    ]


def _trend(of: Shown, months: Sequence[Period]) -> list[Month]:
    """The months, with the agreements (in no groups) that touch them."""
    if not months:
        return []
    agreements = of.session.execute(
        select(
            *(
                func.count().filter(of.rows.c.starts <= month.last, of.rows.c.last_day >= month.first)
                for month in months
            )
        ).select_from(of.rows)
    ).one()
    rows = of.session.execute(
        select(AgreementPeriod.period, *_sums(RATES[:2]))
        .join(of.rows, of.rows.c.id == AgreementPeriod.agreement_id)
        .where(AgreementPeriod.period.in_([month.key for month in months]))
        .group_by(AgreementPeriod.period)
    )
    sums = {period: each for period, *each in rows}
    return [
        Month(month.key, count, **_means(of, month.key, (None, None), sums.get(month.key, (0,) * 6)))
        for month, count in zip(months, agreements, strict=True)
    ]


def _periods(session: Session, actor: Actor, place: Place, until: int) -> set[str]:
    """The periods in which an agreement of the place has a rate, as the rows of the years know."""
    inside = _once(agreements_in(actor, place), "inside")
    years = [str(year) for year in range(FIRST_YEAR, until + 1)]
    rows = session.execute(
        select(AgreementPeriod.period, AgreementPeriod.months)
        .join(inside, inside.c.id == AgreementPeriod.agreement_id)
        .where(AgreementPeriod.period.in_(years))
        .distinct()
    )
    return {period for year, months in rows for period in periods_rated(year, months)}


def _recomputing(session: Session, actor: Actor, place: Place, today: date) -> int:
    """How many streams and agreements of the place wait to be made again."""
    inside = agreements_in(actor, place)
    streams = select(func.count()).select_from(StaleStream).where(StaleStream.agreement_id.in_(inside))
    marked = select(StaleAgreement.agreement_id).where(StaleAgreement.agreement_id.in_(inside))
    overdue = select(AgreementPeriod.agreement_id).where(
        AgreementPeriod.stale_on <= today, AgreementPeriod.agreement_id.in_(inside)
    )
    waiting = select(func.count()).select_from(marked.union(overdue).subquery())
    row = session.execute(select(streams.scalar_subquery(), waiting.scalar_subquery())).one()
    return sum(row)


def named(session: Session, commitments: Iterable[UUID]) -> dict[UUID, Row[*tuple[Any, ...]]]:
    """Titles of commitments the caller may see, with the parties of their agreements."""
    medical, care = aliased(Organisation), aliased(Organisation)
    rows = session.execute(
        select(
            Commitment.id,
            Commitment.title_zh,
            Commitment.title_en,
            Agreement.medical_id,
            medical.name.label("medical_name"),
            Agreement.institution_id.label("care_id"),
            care.name.label("care_name"),
        )
        .join(Agreement, Agreement.id == Commitment.agreement_id)
        .join(medical, medical.id == Agreement.medical_id)
        .join(care, care.id == Agreement.institution_id)
        .where(Commitment.id.in_(set(commitments)))
    )
    return {row.id: row for row in rows}
