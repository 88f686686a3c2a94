"""What clinicians record in a round, correct, withdraw, and how the round ends."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from server import clock
from server.auth.roles import Role
from server.rounds.models import RecordVersion, Round, ServiceRecord
from server.web.schemas import instant_text
from tests.factories.phone import Phone, outcomes
from tests.factories.world import World
from tests.features.sync.county import served_home

SOUND = {"sbp": 138, "dbp": 82}


def _in_a_round(world: World, login: str | None = None) -> Phone:
    phone = world.phone(login or world.doctor)
    phone.check_in(world.home, world.poster)
    assert outcomes(phone.sync()) == ["stored"]
    return phone


def _line(world: World, line_id: UUID) -> ServiceRecord:
    found: ServiceRecord = world.rows(select(ServiceRecord).where(ServiceRecord.id == line_id))[0]
    return found


def _round(world: World, round_id: UUID) -> Round:
    found: Round = world.rows(select(Round).where(Round.id == round_id))[0]
    return found


def _problems(phone: Phone) -> list[tuple[str, list[tuple[str, str]]]]:
    """Code and fields of each of the entries waiting, all of which must be refused."""
    results = phone.send(phone.waiting).get_json()["results"]
    phone.waiting = []
    assert [result["outcome"] for result in results] == ["refused"] * len(results), results
    return [
        (result["code"], [(field["path"], field["code"]) for field in result["fields"]]) for result in results
    ]


def test_values_out_of_range_are_refused_by_field_with_the_limit(world: World) -> None:
    phone = _in_a_round(world)
    phone.record("blood_pressure", world.ada, {"sbp": 301, "dbp": 19})
    (result,) = phone.sync()
    assert result["fields"] == [
        {"path": "payload.form.sbp", "code": "too_high", "limit": 300},
        {"path": "payload.form.dbp", "code": "too_low", "limit": 20},
    ]
    assert len(world.rows(select(ServiceRecord))) == 1


def test_an_unusual_value_needs_the_clinicians_word(world: World) -> None:
    phone = _in_a_round(world)
    phone.record("blood_pressure", world.ada, {"sbp": 240, "dbp": 135})
    phone.record("blood_pressure", world.ada, {"sbp": 240, "dbp": 135}, unusual=["sbp"])
    assert _problems(phone) == [
        ("invalid", [("payload.form.sbp", "unusually_high"), ("payload.form.dbp", "unusually_high")]),
        ("invalid", [("payload.form.dbp", "unusually_high")]),
    ]
    line = phone.record("blood_pressure", world.ada, {"sbp": 240, "dbp": 135}, unusual=["sbp", "dbp"])
    (result,) = phone.sync()
    assert result["outcome"] == "stored"
    assert result["record"]["urgent"] == _line(world, line).urgent != []
    assert _line(world, line).unusual == ["sbp", "dbp"]


def test_a_record_needs_a_resident_who_lives_there_on_the_day(world: World) -> None:
    home = served_home(world, "二院")
    elsewhere = world.resident(home, name="何他处")
    gone = world.resident(name="孙已走", bed="9-1")
    world.move_out(gone, (world.now - timedelta(days=1)).date())
    coming = world.resident(name="吴将来", bed="9-2", moved_in=(world.now + timedelta(days=1)).date())
    leaving = world.resident(name="郑今走", bed="9-3")
    world.move_out(leaving, world.now.date())
    phone = _in_a_round(world)
    for subject in (elsewhere, gone, coming, world.other["resident"]):
        phone.record("blood_pressure", subject, SOUND)
    assert _problems(phone) == [("not_a_resident", [("payload.subject_id", "not_a_resident")])] * 4
    phone.record("blood_pressure", leaving, SOUND)
    assert outcomes(phone.sync()) == ["stored"]


def test_a_service_is_known_and_for_whom_it_is_meant(world: World) -> None:
    phone = _in_a_round(world)
    phone.record("no_such_service", world.ada, {})
    phone.record("round", None, {})
    phone.record("blood_pressure", None, SOUND)
    phone.record("health_education_lecture", world.ada, {})
    assert _problems(phone) == [
        ("invalid", [("payload.service", "unknown_choice")]),
        ("invalid", [("payload.service", "unknown_choice")]),
        ("invalid", [("payload.subject_id", "required")]),
        ("invalid", [("payload.subject_id", "not_for_a_resident")]),
    ]


def test_what_was_not_done_has_no_form_but_room_for_a_note(world: World) -> None:
    phone = _in_a_round(world)
    phone.record("blood_pressure", world.ada, SOUND, outcome="declined")
    phone.record("blood_pressure", world.ada, {"note": "x" * 201}, outcome="absent")
    assert _problems(phone) == [
        ("invalid", [("payload.form.dbp", "unknown_field"), ("payload.form.sbp", "unknown_field")]),
        ("invalid", [("payload.form.note", "too_long")]),
    ]
    for outcome in ("declined", "absent", "elsewhere"):
        phone.record("blood_pressure", world.ada, {"note": "下次再量"}, outcome=outcome)
    phone.record("blood_pressure", world.ada, {}, outcome="declined")
    assert outcomes(phone.sync()) == ["stored"] * 4


def test_a_template_is_recorded_as_its_parts(world: World) -> None:
    phone = _in_a_round(world)
    phone.record("integrated_elder_service", world.ada, {})
    assert _problems(phone) == [("invalid", [("payload.service", "recorded_in_parts")])]


def test_a_record_of_somebody_not_qualified_is_stored_and_shown_but_not_counted(world: World) -> None:
    nobody = world.person("uncertified", world.hospital, Role.CLINICIAN, certified=None)
    lapsed = world.person(
        "lapsed", world.hospital, Role.CLINICIAN, certified=(date(2020, 1, 1), date(2026, 5, 11))
    )
    for login, reason in ((nobody, "no_certificate"), (lapsed, "certificate_expired")):
        phone = _in_a_round(world, login)
        line = phone.record("blood_pressure", world.ada, SOUND)
        assert outcomes(phone.sync()) == ["stored"]
        shown = {row["id"]: row for row in phone.pull()["lines"]}
        assert shown[str(line)]["not_counted"] == reason
    with clock.fixed(world.now + timedelta(hours=1)):
        page = world.client(world.manager).json(f"/agreements/{world.agreement.id}")
    assert {one["key"]: one["open"]["reported"] for one in page["commitments"]} == {"bp": 0, "rounds": 0}


def test_a_correction_is_a_new_version_and_is_to_be_confirmed_again(world: World) -> None:
    phone = _in_a_round(world)
    line = phone.record("blood_pressure", world.ada, SOUND)
    phone.sync()
    staff = world.phone(world.staff, at=phone.clock)
    staff.confirm(phone.round_id, {line: 1})
    assert outcomes(staff.sync()) == ["stored"]
    assert _line(world, line).state == "confirmed"
    phone.amend(line, 1, {"sbp": 183, "dbp": 82}, reason="other", reason_text="听错了")
    (result,) = phone.sync(now=staff.clock + timedelta(minutes=1))
    assert (result["record"]["version"], result["record"]["state"]) == (2, "pending")
    assert (_line(world, line).state, _line(world, line).form["sbp"]) == ("pending", 183)
    assert _line(world, line).urgent != []
    versions = world.rows(
        select(RecordVersion).where(RecordVersion.record_id == line).order_by(RecordVersion.version)
    )
    assert [(row.form["sbp"], row.reason, row.reason_text) for row in versions] == [
        (138, None, None),
        (183, "other", "听错了"),
    ]
    (shown,) = [row for row in phone.pull()["lines"] if row["id"] == str(line)]
    assert (shown["amended"], shown["confirmation"], shown["state"]) == (True, None, "pending")


def test_a_correction_of_what_has_changed_since_or_is_void_is_refused(world: World) -> None:
    phone = _in_a_round(world)
    line = phone.record("blood_pressure", world.ada, SOUND)
    phone.amend(line, 1, {"sbp": 148, "dbp": 82})
    phone.amend(line, 1, {"sbp": 158, "dbp": 82})
    phone.amend(line, 2, {"sbp": 400, "dbp": 82})
    phone.void(line, 2, reason="nonsense")
    phone.void(line, 2, reason="other")
    phone.void(line, 2, reason="other", text="记错人")
    phone.amend(line, 3, SOUND)
    phone.void(line, 3)
    assert outcomes(phone.sync()) == [
        "stored",
        "stored",
        "stale_version",
        "invalid",
        "invalid",
        "invalid",
        "stored",
        "void",
        "void",
    ]
    (shown,) = [row for row in phone.pull()["lines"] if row["id"] == str(line)]
    assert (shown["state"], shown["version"], shown["void_reason"]) == ("void", 3, "other")


def test_a_line_is_known_only_in_its_own_round(world: World) -> None:
    phone = _in_a_round(world)
    line = phone.record("blood_pressure", world.ada, SOUND)
    phone.sync()
    other = _in_a_round(world)
    other.void(line, 1)
    other.amend(other.round_id, 1, {})
    assert _problems(other) == [
        ("unknown_line", [("payload.line_id", "unknown_line")]),
        ("invalid", [("payload.line_id", "visit_has_no_form")]),
    ]


def _reported(world: World) -> int:
    return sum(row["reported"] for row in world.phone(world.doctor).pull()["owed"])


def test_a_void_line_counts_nowhere(world: World) -> None:
    phone = _in_a_round(world)
    line = phone.record("blood_pressure", world.ada, SOUND)
    phone.sync()
    assert _reported(world) == 1
    phone.void(line, 1)
    phone.sync()
    assert _reported(world) == 0


def test_notes_are_kept_in_their_order(world: World) -> None:
    phone = _in_a_round(world)
    phone.say("note", {"text": "一"})
    phone.check_out(world.home, note="二")
    phone.say("note", {"text": "三"})
    assert outcomes(phone.sync()) == ["stored"] * 3
    (round_,) = phone.pull()["rounds"]
    assert round_["note"] == "一\n二\n三"


def test_the_length_of_a_visit_is_told_by_the_monotonic_clock(world: World) -> None:
    """The wall clock is set back an hour in the middle; forty minutes stay forty minutes."""
    phone = _in_a_round(world)
    began = phone.clock
    phone.clock = began - timedelta(minutes=20)
    phone.check_out(world.home)
    phone.waiting[0]["elapsed_ms"] = 40 * 60_000 + 59_999
    response = phone.send(phone.waiting, now=began + timedelta(minutes=41), sent_at=phone.waiting[0]["at"])
    assert outcomes(response.get_json()["results"]) == ["stored"]
    round_ = _round(world, phone.round_id)
    assert round_.minutes == _line(world, phone.round_id).minutes == 40
    assert round_.checked_out_at
    assert round_.checked_out_at - round_.checked_in_at == timedelta(milliseconds=40 * 60_000 + 59_999)


def test_without_a_monotonic_clock_the_wall_clock_tells(world: World) -> None:
    phone = _in_a_round(world)
    phone.clock += timedelta(minutes=24)
    phone.check_out(world.home)
    phone.waiting[0]["elapsed_ms"] = None
    phone.sync()
    assert _round(world, phone.round_id).minutes == 25


def test_a_visit_ends_once(world: World) -> None:
    phone = _in_a_round(world)
    phone.check_out(world.home)
    phone.check_out(world.home)
    assert outcomes(phone.sync()) == ["stored", "round_closed"]


def test_what_was_recorded_before_the_check_out_may_arrive_after_it(world: World) -> None:
    phone = _in_a_round(world)
    before = phone.record("blood_pressure", world.ada, SOUND)
    late = phone.waiting.pop()
    phone.check_out(world.home)
    phone.record("blood_pressure", world.ben, SOUND)
    assert outcomes(phone.sync()) == ["stored", "round_closed"]
    phone.waiting = [late]
    assert outcomes(phone.sync()) == ["stored"]
    assert _line(world, before).made_at < phone.clock


def test_a_clock_set_back_closes_no_round_to_what_was_done_in_it(world: World) -> None:
    """The check-out is sent while the clock is an hour slow; a record made before the jump comes after it."""
    phone = _in_a_round(world)
    began = phone.clock
    phone.clock += timedelta(minutes=30)
    phone.record("blood_pressure", world.ada, SOUND)
    late = phone.waiting.pop()
    phone.clock += timedelta(minutes=1)
    phone.check_out(world.home)
    phone.waiting[0]["at"] = instant_text(began)  # half an hour slow, and told to be no slower
    phone.waiting[0]["elapsed_ms"] = 33 * 60_000
    assert outcomes(phone.sync()) == ["stored"]
    phone.waiting = [late]
    assert outcomes(phone.sync()) == ["stored"]
