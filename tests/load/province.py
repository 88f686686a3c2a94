"""A synthetic province: who there is, what was promised, and what was done in its year, week by week.

Everything follows from numbers: the same size makes the same province. One agreement of ten clauses for each
care institution, forty residents in each, and some thousand records an agreement and year.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from server.db import Base
from server.ids import new_id

STARTS, ENDS = date(2026, 1, 1), date(2026, 12, 31)
NOW = datetime(2026, 12, 28, 2, 0, tzinfo=UTC)  # a Monday: the last week has just begun
RESIDENTS = 40
WEEKS = 52
SIX_PARTS = (
    "health_consultation",
    "nutrition_guidance",
    "nursing_skill_guidance",
    "vaccination_guidance",
    "risk_factor_intervention",
    "rational_medication_guidance",
)
OVER_65 = {"min_age": 65}
# key, clause, count
CLAUSES: tuple[tuple[str, dict[str, Any], int], ...] = (
    ("rounds", {"services": ["round"], "per": "week", "makeup_days": 3, "weight": 3}, 1),
    (
        "bp",
        {
            "services": ["blood_pressure"],
            "scope": "resident",
            "per": "quarter",
            "min_gap_days": 14,
            "eligible": OVER_65,
            "weight": 2,
        },
        2,
    ),
    (
        "glucose",
        {
            "services": ["capillary_glucose"],
            "scope": "resident",
            "per": "month",
            "eligible": {"any_of": ["type2_diabetes"]},
        },
        1,
    ),
    (
        "tcm",
        {
            "services": ["tcm_health_guidance"],
            "scope": "resident",
            "per": "half_year",
            "partial": "full",
            "eligible": OVER_65,
        },
        1,
    ),
    ("checkup", {"services": ["health_checkup"], "scope": "resident", "per": "year", "makeup_days": 30}, 1),
    (
        "lecture",
        {"services": ["health_education_lecture"], "per": "month", "min_minutes": 30, "min_attendees": 5},
        1,
    ),
    (
        "six",
        {
            "services": list(SIX_PARTS),
            "match": "all",
            "scope": "resident",
            "per": "year",
            "eligible": OVER_65,
        },
        1,
    ),
    (
        "record",
        {"kind": "once", "services": ["health_record_creation"], "scope": "resident", "within_days": 30},
        1,
    ),
    ("pharmacy", {"services": ["pharmacy_management_guidance"], "per": "quarter", "count_by": "record"}, 2),
    (
        "green",
        {"kind": "on_demand", "services": ["green_channel_emergency"], "respond_within_minutes": 30},
        1,
    ),
)


class Line(NamedTuple):
    """A service in a visit: which, for the resident of which number (None: the institution), and its form."""

    service: str
    resident: int | None
    form: dict[str, Any]
    minutes: int | None = None
    attendees: int | None = None


@dataclass(frozen=True, slots=True)
class Deal:
    """One agreement of the province, by number, in the year `starts` falls in."""

    number: int
    starts: date
    ends: date
    id: UUID
    medical: UUID
    home: UUID
    doctor: UUID
    residents: tuple[UUID, ...]
    commitments: tuple[UUID, ...]

    @property
    def present(self) -> list[UUID]:
        """The residents who are there to the end."""
        return [resident for person, resident in enumerate(self.residents) if not _leaves(person)]

    def visit_day(self, week: int) -> date:
        return self.starts + timedelta(weeks=week, days=self.number % 5)

    def missed(self, week: int) -> bool:
        """About one week in sixteen has no round."""
        return (week * 7 + self.number * 3) % 16 == 0

    def lines(self, week: int) -> Iterator[Line]:
        """What is done on the visit of a week, besides the visit."""
        for person in range(RESIDENTS):
            yield from _of_resident(person, week, week + person + self.number)
        if week % 4 == 1:
            yield Line("health_education_lecture", None, {"topic": "falls"}, 45, 12 + self.number % 9)
        if week % 6 == 2:
            yield Line("pharmacy_management_guidance", None, {})


def _of_resident(person: int, week: int, turn: int) -> Iterator[Line]:
    if turn % 4 == 0:
        yield Line("blood_pressure", person, {"sbp": 120 + turn % 40, "dbp": 70 + turn % 25})
    if person % 4 == 0 and turn % 4 == 0:
        yield Line("capillary_glucose", person, {"mmol": "6.1", "timing": "fasting"})
    if turn % 24 == 3:
        yield Line("tcm_health_guidance", person, {"text": "饮食有节"})
    if turn % 50 == 7:
        yield Line("health_checkup", person, {})
    if turn % 46 == 11:
        yield from (Line(part, person, {}) for part in SIX_PARTS)
    if week == person % 6:
        yield Line("health_record_creation", person, {})


Rows = list[dict[str, Any]]
Parties = tuple[UUID, UUID, UUID]  # the clinic, the home and the clinic's doctor


@dataclass(slots=True)
class Province:
    """The deals of a province of `size` agreements; the first `with_past` homes have `past` earlier terms."""

    size: int
    with_past: int = 0
    past: int = 0

    def tables(self) -> tuple[dict[str, Rows], list[Deal]]:
        """Everything but rounds, records and requests, by table; and the deals, past terms first."""
        rows: dict[str, Rows] = {table.name: [] for table in Base.metadata.sorted_tables}
        bureau = _organisation(rows, "regulator", "省卫生健康委员会", "330000")
        _account(rows, "regulator", bureau, "regulator")
        clinics = [self._clinic(rows, number) for number in range(0, self.size, 5)]
        deals = [
            deal for number in range(self.size) for deal in self._home(rows, number, *clinics[number // 5])
        ]
        return rows, sorted(deals, key=lambda deal: (deal.starts, deal.number))

    def _clinic(self, rows: dict[str, Rows], number: int) -> tuple[UUID, UUID]:
        clinic = _organisation(rows, "medical", f"{number}号卫生院", _region(number), _town(number))
        doctor = _account(rows, f"doctor{number}", clinic, "clinician")
        _account(rows, f"manager{number}", clinic, "manager")
        certificate = {"certificate_number": f"330{number:06d}", "category": "physician"}
        days = {"valid_from": date(2015, 1, 1), "valid_until": date(2035, 1, 1)}
        rows["clinicians"].append({"account_id": doctor, **certificate, **days})
        period = {"number": certificate["certificate_number"], "category": "physician", **days}
        rows["certificates"].append({"account_id": doctor, **period})
        return clinic, doctor

    def _home(self, rows: dict[str, Rows], number: int, clinic: UUID, doctor: UUID) -> Iterator[Deal]:
        home = _organisation(rows, "care", f"{number}号养老院", _region(number), _town(number))
        rows["institution_revisions"].append({"institution_id": home, "value": 1})
        _account(rows, f"staff{number}", home, "care_staff")
        residents = tuple(_resident(rows, home, number, person) for person in range(RESIDENTS))
        years = range(STARTS.year - (self.past if number < self.with_past else 0), STARTS.year + 1)
        for year in years:
            yield _agreement(rows, number, date(year, 1, 1), (clinic, home, doctor), residents)


def _region(number: int) -> str:
    """Eleven cities of eight counties."""
    return f"33{number % 11 + 1:02d}{number // 11 % 8 + 1:02d}"


def _town(number: int) -> str:
    return f"第{number // 88 % 6 + 1}镇"


def _organisation(rows: dict[str, Rows], kind: str, name: str, region: str, town: str = "") -> UUID:
    id_ = new_id()
    place = {"region": region, "town": town, "address": "", "embedded_clinic": "none"}
    found = {"latitude": 30.25, "longitude": 120.15, "datum": "WGS-84", "fence_m": 200}
    made = {"timezone": "Asia/Shanghai", "created_at": datetime(2020, 1, 1, tzinfo=UTC)}
    rows["organisations"].append({"id": id_, "kind": kind, "name": name, **place, **found, **made})
    return id_


def _account(rows: dict[str, Rows], login: str, organisation: UUID, role: str) -> UUID:
    """An account; its password is set by whoever fills the database (one hash serves all)."""
    id_, made = new_id(), datetime(2020, 1, 1, tzinfo=UTC)
    rows["accounts"].append(
        {"id": id_, "login": login, "name": login, "password_hash": "", "created_at": made}
    )
    held = {"account_id": id_, "organisation_id": organisation, "role": role, "began_at": made}
    rows["memberships"].append({"id": new_id(), **held})
    return id_


def _resident(rows: dict[str, Rows], home: UUID, number: int, person: int) -> UUID:
    id_ = new_id()
    # One in ten turns 65 in the course of the year.
    born = date(1961, 1 + (person + number) % 12, 15) if person % 10 == 9 else date(1935 + person % 20, 3, 2)
    who = {"name": f"{number}-{person}", "search": "", "sex": "female", "born": born, "bed": f"{person}"}
    made = {"created_at": datetime(2020, 1, 1, tzinfo=UTC), "revision": 1}
    rows["residents"].append({"id": id_, "institution_id": home, **who, **made})
    since = STARTS + timedelta(days=60) if person % 13 == 5 else date(2020, 1, 1)
    until = STARTS + timedelta(days=250) if _leaves(person) else None
    rows["stays"].append({"id": new_id(), "resident_id": id_, "starts": since, "ends": until})
    if person % 4 == 0:
        ill = {"code": "type2_diabetes", "since": date(2019, 1, 1), "source": "care_institution"}
        rows["conditions"].append({"id": new_id(), "resident_id": id_, **ill})
    return id_


def _leaves(person: int) -> bool:
    return person % 17 == 3


def _agreement(
    rows: dict[str, Rows],
    number: int,
    starts: date,
    who: tuple[UUID, UUID, UUID],
    residents: tuple[UUID, ...],
) -> Deal:
    clinic, home, doctor = who
    ends = date(starts.year, 12, 31)
    id_, commitments = new_id(), tuple(new_id() for _ in CLAUSES)
    days = {"starts": starts, "ends": ends, "last_day": ends, "signed_on": starts}
    between = {"medical_id": clinic, "institution_id": home, "service_mode": "visiting"}
    made = {"timezone": "Asia/Shanghai", "created_at": datetime(2020, 1, 1, tzinfo=UTC), "revision": 1}
    name = {"id": id_, "number": f"{starts.year}-{number}", "state": "active"}
    rows["agreements"].append({**name, **days, **between, **made})
    for position, (commitment, (key, clause, count)) in enumerate(zip(commitments, CLAUSES, strict=True)):
        titles = {"title_zh": key, "title_en": key, "clause": clause}
        head = {"id": commitment, "agreement_id": id_, "key": key, "position": position}
        rows["commitments"].append({**head, **titles})
        term = {"commitment_id": commitment, "starts": starts, "count": count}
        rows["commitment_terms"].append({"id": new_id(), **term})
    return Deal(number, starts, ends, id_, clinic, home, doctor, residents, commitments)
