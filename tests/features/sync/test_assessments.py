"""What a record meant on its day is computed at the door and kept with it, and goes to phones."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import selectinload

from server import clock
from server.auth.roles import OrganisationKind, Role
from server.clinical.service import set_target
from server.errors import Refusal
from server.residents.models import Resident
from server.residents.service import end_condition
from server.rounds.assessing import assess_missing
from server.rounds.models import RecordVersion, ServiceRecord
from tests.factories.phone import Phone, outcomes
from tests.factories.world import World

HIGH, LOW = {"sbp": 152, "dbp": 88}, {"sbp": 138, "dbp": 82}
SUGAR = {"mmol": "7.4", "timing": "fasting"}
DIABETES = {
    **SUGAR,
    "mmol": "6.1",
    "symptoms": ["none"],
    "adherence": "regular",
    "classification": "controlled",
    "next_date": "2026-08-01",
}
BED = {"condition": "stable", "handling": ["same"], "decision": "stay"}
_MONTH = timedelta(days=30)


@pytest.fixture
def patient(world: World) -> Resident:
    """Somebody of 80 with both diseases since long ago."""
    conditions = [(code, date(2020, 1, 1)) for code in ("hypertension", "type2_diabetes")]
    return world.resident(name="周病人", born=date(1946, 1, 1), conditions=conditions)


def _round(world: World, days: int, login: str | None = None) -> Phone:
    phone = world.phone(login or world.doctor, at=world.now + timedelta(days=days))
    phone.check_in(world.home, world.poster)
    return phone


def _measure(
    world: World, days: int, resident: Resident, form: dict[str, Any], service: str = "blood_pressure"
) -> UUID:
    """One reading on a round of its own; its line."""
    phone = _round(world, days)
    line = phone.record(service, resident, form)
    assert outcomes(phone.sync()) == ["stored"] * 2
    return line


def _kept(world: World, line: UUID) -> dict[str, Any] | None:
    (row,) = world.rows(select(ServiceRecord).where(ServiceRecord.id == line))
    found: dict[str, Any] | None = row.assessment
    return found


def _said(world: World, line: UUID) -> dict[str, Any]:
    found = _kept(world, line)
    assert found is not None
    return found


def test_a_record_keeps_what_it_meant_and_by_which_policy(world: World, patient: Resident) -> None:
    pressure = _said(world, _measure(world, 0, patient, HIGH))
    assert (pressure["rule"], pressure["policy"]) == ("blood_pressure", "cn-bp-2017/1")
    assert (pressure["controlled"], pressure["action"]) == (False, "adjust_treatment")
    assert pressure["target"] == {"sbp_below": 150, "dbp_below": 90}
    sugar = _said(world, _measure(world, 0, patient, SUGAR, "capillary_glucose"))
    assert (sugar["policy"], sugar["controlled"]) == ("cn-glucose-2017/1", False)


def test_the_same_pressure_means_another_thing_without_the_disease(world: World) -> None:
    result = _said(world, _measure(world, 0, world.ada, HIGH))
    assert (result["controlled"], result["action"]) == (None, "recheck")


def test_what_no_rule_judges_and_what_was_not_done_means_nothing(world: World, patient: Resident) -> None:
    phone = _round(world, 0)
    declined = phone.record("blood_pressure", patient, {}, outcome="declined")
    advice = phone.record("health_consultation", patient, {"topics": ["diet"]})
    phone.sync()
    assert (_kept(world, declined), _kept(world, advice), _kept(world, phone.round_id)) == (None, None, None)


def test_twice_running_not_controlled_advises_referral(world: World, patient: Resident) -> None:
    first, second, third = (_said(world, _measure(world, day, patient, HIGH)) for day in (0, 14, 28))
    assert [each["action"] for each in (first, second, third)] == [
        *("adjust_treatment", "advise_referral", "advise_referral")
    ]
    assert [each["uncontrolled"] for each in (first, second, third)] == [1, 2, 3]
    assert _said(world, _measure(world, 42, patient, LOW))["action"] == "routine"
    assert _said(world, _measure(world, 56, patient, HIGH))["action"] == "adjust_treatment"


def test_three_raised_days_are_suspected(world: World) -> None:
    raised = [_said(world, _measure(world, day, world.ada, HIGH))["action"] for day in (0, 7, 14)]
    assert raised == ["recheck", "recheck", "suspected"]


def test_readings_of_one_day_are_one(world: World, patient: Resident) -> None:
    """Measuring again in the same round is no second time."""
    phone = _round(world, 0)
    lines = [phone.record("blood_pressure", patient, HIGH) for _ in range(2)]
    phone.sync()
    assert [_said(world, line)["action"] for line in lines] == ["adjust_treatment"] * 2
    assert _said(world, _measure(world, 14, patient, HIGH))["uncontrolled"] == 2


def test_two_rounds_of_one_batch_know_of_each_other(world: World, patient: Resident) -> None:
    phone = _round(world, 0)
    first = phone.record("blood_pressure", patient, HIGH)
    phone.clock += timedelta(days=1)
    phone.check_in(world.home, world.poster)
    second = phone.record("blood_pressure", patient, HIGH)
    assert outcomes(phone.sync()) == ["stored"] * 4
    assert [_said(world, each)["uncontrolled"] for each in (first, second)] == [1, 2]


def test_what_arrives_late_looks_back_from_its_own_day(world: World, patient: Resident) -> None:
    late = _round(world, 3)
    line = late.record("blood_pressure", patient, HIGH)
    _measure(world, 0, patient, LOW)
    later = _measure(world, 5, patient, HIGH)
    late.sync(now=late.clock + timedelta(days=3))
    assert _said(world, line)["uncontrolled"] == 1
    assert _said(world, later)["uncontrolled"] == 1, "as it was known then"


def test_a_voided_reading_was_none(world: World, patient: Resident) -> None:
    phone = _round(world, 0)
    line = phone.record("blood_pressure", patient, HIGH)
    phone.void(line, 1)
    phone.sync()
    assert _said(world, _measure(world, 7, patient, HIGH))["uncontrolled"] == 1


def test_readings_of_another_hospital_do_not_count(world: World, patient: Resident) -> None:
    """The phone does not hold them either: both look back at the same."""
    hospital = world.organisation(OrganisationKind.MEDICAL, "另一家医院")
    world.agree(hospital, world.home, number="签-2")
    other = world.person("other-clinician", hospital, Role.CLINICIAN)
    phone = _round(world, 0, other)
    phone.record("blood_pressure", patient, HIGH)
    phone.sync()
    assert _said(world, _measure(world, 7, patient, HIGH))["uncontrolled"] == 1


def test_a_correction_is_judged_anew_and_each_version_keeps_its_own(world: World, patient: Resident) -> None:
    _measure(world, 0, patient, HIGH)
    phone = _round(world, 7)
    line = phone.record("blood_pressure", patient, HIGH)
    phone.sync()
    phone.amend(line, 1, LOW)
    phone.amend(line, 2, {"sbp": 156, "dbp": 80})
    assert outcomes(phone.sync()) == ["stored"] * 2
    versions = world.rows(
        select(RecordVersion).where(RecordVersion.record_id == line).order_by(RecordVersion.version)
    )
    assert [version.assessment["action"] for version in versions] == [
        *("advise_referral", "routine", "advise_referral")
    ]
    assert _said(world, line) == versions[-1].assessment


def test_what_was_declined_and_then_done_after_all_is_told_what_was_known(
    world: World, patient: Resident
) -> None:
    """In the batch that corrects it, and in the one that it came with."""
    _measure(world, 0, patient, HIGH)
    for days, apart in ((7, True), (14, False)):
        phone = _round(world, days)
        line = phone.record("blood_pressure", patient, {}, outcome="declined")
        if apart:
            phone.sync()
        phone.amend(line, 1, HIGH)
        phone.sync()
        said = _said(world, line)
        assert (said["uncontrolled_before"], said["action"]) == (1 + days // 14, "advise_referral")


def test_a_pressure_beside_a_glucose_is_judged_as_if_it_stood_alone(world: World, patient: Resident) -> None:
    """Told of plain readings before, and when it is corrected of the same."""
    _measure(world, 0, patient, HIGH)
    phone = _round(world, 7)
    line = phone.record("diabetes_management", patient, {**DIABETES, **HIGH})
    assert outcomes(phone.sync()) == ["stored"] * 2
    said = _said(world, line)
    assert (said["rule"], said["controlled"]) == ("glucose", True)
    assert (said["action"], said["followup_days"]) == ("advise_referral", 14)
    (beside,) = said["beside"]
    assert (beside["rule"], beside["uncontrolled"]) == ("blood_pressure", 2)
    _measure(world, 8, patient, HIGH)
    phone.amend(line, 1, {**DIABETES, "sbp": 156, "dbp": 80})
    assert outcomes(phone.sync()) == ["stored"]
    assert _said(world, line)["beside"][0]["uncontrolled"] == 2
    phone.amend(line, 2, DIABETES)
    phone.sync()
    assert (_said(world, line)["action"], "beside" in _said(world, line)) == ("routine", False)


def test_records_from_before_get_what_was_measured_beside(world: World, patient: Resident) -> None:
    _measure(world, 0, patient, HIGH)
    line = _measure(world, 7, patient, {**DIABETES, **HIGH}, "diabetes_management")
    bed = _measure(world, 8, patient, {**BED, **HIGH}, "family_bed_round")
    meant = {each: _said(world, each) for each in (line, bed)}
    own = {name: value for name, value in meant[line].items() if name != "beside"}
    before = {line: {**own, "action": "routine", "followup_days": 90}, bed: None}
    with world.work() as session:
        for each, kept in before.items():
            here = ServiceRecord.id == each
            session.execute(update(ServiceRecord).where(here).values(assessment=kept))
    later = world.now + _MONTH
    for assessed in (2, 0):
        with clock.fixed(later), world.work() as session:
            assert assess_missing(session, UUID(int=0), later).assessed == assessed
        assert {each: _said(world, each) for each in meant} == meant


def test_age_and_conditions_are_those_of_the_day(world: World) -> None:
    """65 on the 8th; the diagnosis ends on the 20th."""
    day = world.now.date()
    somebody = world.resident(
        name="吴寿星",
        born=day.replace(year=day.year - 65) + timedelta(days=7),
        conditions=[("hypertension", day)],
    )
    targets = [_said(world, _measure(world, days, somebody, LOW))["target"]["sbp_below"] for days in (6, 7)]
    assert targets == [140, 150]
    with world.work() as session:
        found = session.scalars(
            select(Resident).where(Resident.id == somebody.id).options(selectinload(Resident.conditions))
        ).one()
        end_condition(session, None, found, "hypertension", day + timedelta(days=19), world.now + _MONTH)
    assert _said(world, _measure(world, 19, somebody, LOW))["controlled"] is True
    assert _said(world, _measure(world, 20, somebody, LOW))["controlled"] is None


def test_records_from_before_get_what_they_would_have_meant(world: World, patient: Resident) -> None:
    """As if it had been kept from the first day on; what was kept stays, and phones learn of the rest."""
    with world.work() as session:
        set_target(
            session, world.home.region, "cn-bp-2017", "older_sbp_below", world.now.date(), "145", world.now
        )
    lines = [
        _measure(world, day, patient, form) for day, form in ((0, HIGH), (14, HIGH), (28, LOW), (42, HIGH))
    ]
    sugar = _measure(world, 42, patient, SUGAR, "capillary_glucose")
    urgent = _measure(world, 43, world.ben, {"sbp": 190, "dbp": 100})
    before = {line: _said(world, line) for line in (*lines, sugar, urgent)}
    lacking = [*lines[:2], sugar, urgent]
    cursor = world.phone(world.doctor, at=world.now + timedelta(days=44)).pull()["cursor"]
    with world.work() as session:
        for table, column in ((ServiceRecord, ServiceRecord.id), (RecordVersion, RecordVersion.record_id)):
            session.execute(update(table).where(column.in_(lacking)).values(assessment=None))
    later = world.now + timedelta(days=45)
    with clock.fixed(later), world.work() as session:
        step = assess_missing(session, UUID(int=0), later)
    assert step.assessed == len(lacking)
    assert {line: _said(world, line) for line in before} == before
    assert before[lines[0]]["county"].startswith(world.home.region)
    kept = world.rows(select(RecordVersion).where(RecordVersion.record_id.in_(lacking)))
    assert [version.assessment for version in kept] == [before[version.record_id] for version in kept]
    page = world.phone(world.doctor, at=later).pull(cursor)
    assert {UUID(line["id"]) for line in page["lines"]} == set(lacking)
    assert [act.details for act in world.trail("clinical.assessed", world.home.id)] == [
        {"records": len(lacking)}
    ]
    with world.work() as session:
        assert assess_missing(session, UUID(int=0), later) == (0, None)


def test_the_phone_gets_what_it_needs_to_judge_offline(world: World, patient: Resident) -> None:
    for day in (0, 7, 14, 21):
        _measure(world, day, patient, {"sbp": 150 + day, "dbp": 80})
    page = world.phone(world.doctor, at=world.now + timedelta(days=22)).pull()
    (held,) = [each for each in page["residents"] if each["id"] == str(patient.id)]
    last = held["last"]["blood_pressure"]
    assert (last["form"]["sbp"], last["assessment"]["uncontrolled"]) == (171, 4)
    assert [each["form"]["sbp"] for each in last["earlier"]] == [164, 157]
    assert {each["rule"] for each in page["reference"]["policies"]} >= {"blood_pressure", "glucose"}
    lines = [line for line in page["lines"] if line["subject_id"] == str(patient.id)]
    assert {line["assessment"]["policy"] for line in lines} == {"cn-bp-2017/1"}


def test_a_regulator_sees_no_assessment(world: World, patient: Resident) -> None:
    line = _measure(world, 0, patient, HIGH)
    with clock.fixed(world.now + timedelta(hours=1)):
        shown = world.client(world.regulator).json(f"/lines/{line}")
    assert (shown["line"]["form"], shown["line"]["assessment"]) == ({}, None)


def _set(world: World, days: int, value: str | None, region: str = "999901") -> None:
    with world.work() as session:
        starts = world.now.date() + timedelta(days=days)
        set_target(session, region, "cn-bp-2017", "older_sbp_below", starts, value, world.now)


def test_a_county_changes_a_target_from_a_day_on(world: World, patient: Resident) -> None:
    _set(world, 7, "140")
    _set(world, 14, None)
    _set(world, 0, "120", region="999902")
    reading = {"sbp": 145, "dbp": 80}
    results = [_said(world, _measure(world, day, patient, reading)) for day in (6, 7, 13, 14)]
    assert [each["controlled"] for each in results] == [True, False, False, True]
    begins = (world.now + timedelta(days=7)).date()
    assert [each.get("county") for each in results] == [*(None, f"999901@{begins}", f"999901@{begins}", None)]


def test_phones_of_the_county_learn_of_it(world: World) -> None:
    phone = world.phone(world.doctor)
    cursor = phone.pull()["cursor"]
    _set(world, 7, "140")
    (told,) = phone.pull(cursor)["institutions"]
    starts = (world.now + timedelta(days=7)).date().isoformat()
    target = {"region": "999901", "policy": "cn-bp-2017", "target": "older_sbp_below"}
    assert told["targets"] == [{**target, "starts": starts, "value": 140}]
    _set(world, 0, "130", region="999902")
    assert phone.pull(phone.pull()["cursor"])["institutions"] == []


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"region": "99"}, ("region", "not_a_region")),
        ({"region": "999900"}, ("region", "not_a_county")),
        ({"region": "999999"}, ("region", "no_care_institution")),
        ({"policy": "cn-bp-1999"}, ("policy", "unknown_choice")),
        ({"target": "urgent_sbp"}, ("target", "unknown_choice")),
        ({"value": "119"}, ("value", "out_of_range")),
        ({"value": "161"}, ("value", "out_of_range")),
        ({"value": "140.0"}, ("value", "wrong_type")),
        ({"value": "-140"}, ("value", "wrong_type")),
        ({"starts": date(2020, 1, 1)}, ("from", "in_past")),
    ],
)
def test_what_a_county_may_not_set(world: World, said: dict[str, Any], problem: tuple[str, str]) -> None:
    good = {"region": "999901", "policy": "cn-bp-2017", "target": "older_sbp_below"}
    rest = {"starts": world.now.date() + timedelta(days=1), "value": "145"}
    with world.work() as session, pytest.raises(Refusal) as refused:
        set_target(session, **{**good, **rest, **said}, now=world.now)
    (field,) = refused.value.fields
    assert (field.path, field.code) == problem
