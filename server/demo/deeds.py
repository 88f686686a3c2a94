"""What is done on a visit of the demo county: what its agreement asks for, with the gaps that life leaves."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from server.demo import phone
from server.demo.clauses import CLAUSES, GREEN_CHANNEL, SIX_PARTS
from server.demo.county import Deal
from server.demo.making import Making
from server.demo.phone import Visit
from server.residents.models import Resident

LATELY = 7  # days: in the last round of each home somebody has an urgent value


def services_of(making: Making, deal: Deal, visit: Visit, residents: Sequence[Resident], day: date) -> None:
    """Log the services of a visit; residents come with stays and conditions."""
    promised = {clause.key for clause in CLAUSES[deal.care]}
    _pressures(making, deal, visit, residents, alarming=(making.today - day).days <= LATELY)
    _glucose(making, visit, residents)
    for resident in making.random.sample(residents, min(len(residents), 2)):
        phone.log(visit, "tcm_health_guidance", resident, phone.GUIDANCE)
    if day.day <= 7 * deal.every and making.random.random() < 0.9:
        _session(making, visit, "health_education_lecture", {"topic": "falls"})
    if "health_record" in promised:
        _health_records(making, visit, residents, day)
    if "six_parts" in promised:
        _six_parts(making, visit, residents)
    if "pharmacy" in promised and making.random.random() < 0.75:
        phone.log(visit, "pharmacy_management_guidance", None, phone.PHARMACY)
    if "training" in promised and day.month % 3 == 2 and day.day <= 7:
        _session(making, visit, "staff_first_aid_training", {"topics": ["cpr", "choking"]})
    if "outbreak" in promised and timedelta(days=70) <= day - making.starts < timedelta(days=84):
        phone.log(visit, "outbreak_reporting_guidance", None, phone.OUTBREAK)


def _pressures(
    making: Making, deal: Deal, visit: Visit, residents: Sequence[Resident], *, alarming: bool
) -> None:
    """Some residents' pressures; where it is `alarming` the first one's is urgent."""
    random = making.random
    for resident in random.sample(residents, min(len(residents), random.randint(5, 9))):
        if random.random() < 0.04:
            phone.log(visit, "blood_pressure", resident, {}, random.choice(("declined", "absent")))
            continue
        urgent = random.random() < 0.012 or alarming
        reading = phone.blood_pressure(random, _has(resident, "hypertension"), urgent)
        measured = phone.log(visit, "blood_pressure", resident, reading)
        alarming = False
        if urgent:
            asked = phone.referral(resident, making.places[deal.medical], GREEN_CHANNEL, reading=measured)
            visit.say("referral_request", asked)


def _glucose(making: Making, visit: Visit, residents: Sequence[Resident]) -> None:
    diabetics = [resident for resident in residents if _has(resident, "type2_diabetes")]
    for resident in making.random.sample(diabetics, min(len(diabetics), 2)):
        reading = phone.glucose(making.random, making.random.random() < 0.02)
        phone.log(visit, "capillary_glucose", resident, reading)


def _has(resident: Resident, code: str) -> bool:
    return any(condition.code == code for condition in resident.conditions)


def _session(making: Making, visit: Visit, service: str, about: dict[str, Any]) -> None:
    random = making.random
    group = {"minutes": random.choice((25, 40, 45, 60)), "attendees": random.randint(8, 22)}
    phone.log(visit, service, None, {**about, **group})


def _health_records(making: Making, visit: Visit, residents: Sequence[Resident], day: date) -> None:
    """Those who moved in lately get their record, mostly within the thirty days; old ones had theirs."""
    for resident in residents:
        there = (day - max(resident.stays[0].starts, making.starts)).days
        if there < 35 and making.random.random() < 0.4:
            phone.log(visit, "health_record_creation", resident, phone.HEALTH_RECORD)


def _six_parts(making: Making, visit: Visit, residents: Sequence[Resident]) -> None:
    """One resident a visit has the whole service; now and then a part is forgotten, and the day is lost."""
    random = making.random
    resident = random.choice(residents)
    forgotten = random.choice(SIX_PARTS) if random.random() < 0.15 else None
    for service in SIX_PARTS:
        if service == forgotten:
            continue
        if service == "blood_pressure":
            form = phone.blood_pressure(random, _has(resident, "hypertension"), urgent=False)
        elif service == "capillary_glucose":
            form = phone.glucose(random, urgent=False)
        else:
            form = phone.PARTS[service]
        phone.log(visit, service, resident, form)
