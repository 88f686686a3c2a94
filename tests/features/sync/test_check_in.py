"""A check-in is never blocked where the institution is in scope: it is graded, and says why."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from server.auth.roles import OrganisationKind, Role
from server.organisations.models import Organisation
from server.rounds.models import Round
from tests.factories.phone import Phone, fix, outcomes
from tests.factories.world import World
from tests.features.sync.county import served_home, terminate


def _graded(world: World, **payload: Any) -> tuple[str, list[str]]:
    """The grade of a check-in by the current poster at the door, but for `payload`."""
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster, **payload)
    (result,) = phone.sync()
    assert result["outcome"] == "stored", result
    round_ = _round(world, result["record"]["round_id"])
    assert (round_.grade, round_.grade_reasons) == (
        result["record"]["grade"],
        result["record"]["grade_reasons"],
    )
    return round_.grade, round_.grade_reasons


def _round(world: World, round_id: UUID | str) -> Round:
    found: list[Round] = world.rows(select(Round).where(Round.id == UUID(str(round_id))))
    return found[0]


def _refused(world: World, institution: Organisation, **payload: Any) -> dict[str, Any]:
    phone = world.phone(world.doctor)
    phone.check_in(institution, world.poster, **payload)
    (result,) = phone.sync()
    assert result["outcome"] == "refused"
    return {"code": result["code"], "fields": [(one["path"], one["code"]) for one in result["fields"]]}


def test_the_current_poster_inside_the_fence_is_a_c(world: World) -> None:
    assert _graded(world) == ("C", ["poster_inside_fence"])
    exact = {**fix(world.home), "latitude": world.home.latitude, "longitude": world.home.longitude}
    assert _graded(world, position={**exact, "accuracy_m": 100}) == ("C", ["poster_inside_fence"])


def test_what_a_check_in_lacks_makes_it_a_d_with_the_reason(world: World) -> None:
    near = fix(world.home)
    assert _graded(world, position=None, position_problem="denied") == ("D", ["no_fix"])
    assert _graded(world, position={**near, "accuracy_m": 100.5}) == ("D", ["inaccurate_fix"])
    assert _graded(world, position={**near, "latitude": near["latitude"] + 0.003}) == ("D", ["outside_fence"])
    assert _graded(world, method="short_code", token=None, short_code=world.poster.short_code) == (
        "D",
        ["short_code"],
    )


def test_a_code_that_proves_nothing_is_taken_as_a_d(world: World) -> None:
    token = world.poster.token
    changed = token[:-6] + ("A" if token[-6] != "A" else "B") + token[-5:]
    for forged in (changed, "no token", None, "=" * 116, "签到"):
        assert _graded(world, token=forged) == ("D", ["poster_forged"])
    assert _graded(world, token=world.other["poster"].token) == ("D", ["poster_of_another_institution"])


def test_a_replaced_poster_is_revoked_and_the_new_one_counts(world: World) -> None:
    new = world.issue_poster(world.home)
    assert _graded(world) == ("D", ["poster_revoked"])
    assert _graded(world, token=new.token) == ("C", ["poster_inside_fence"])


def test_an_institution_without_a_location_says_so(world: World) -> None:
    nowhere = world.organisation(OrganisationKind.CARE, "无坐标院")
    world.agree(world.hospital, nowhere, number="签-无")
    phone = world.phone(world.doctor)
    phone.check_in(nowhere, world.issue_poster(nowhere), position=fix(world.home))
    (result,) = phone.sync()
    assert result["record"]["grade_reasons"] == ["no_location_on_file"]
    assert result["record"]["distance_m"] is None


def test_every_problem_of_a_check_in_is_a_reason(world: World) -> None:
    world.issue_poster(world.home)
    assert _graded(world, position=None) == ("D", ["poster_revoked", "no_fix"])


def test_the_distance_is_kept_in_whole_metres(world: World) -> None:
    phone = world.phone(world.doctor)
    round_id = phone.check_in(world.home, world.poster)
    phone.check_out(world.home)
    phone.sync()
    round_ = _round(world, round_id)
    # 0.0003 degrees north and as much east, at 30.25 degrees: 33.4 m and 28.8 m.
    assert (round_.distance_m, round_.out_distance_m, round_.accuracy_m) == (44, 44, 12)


def test_by_hand_needs_a_reason_and_other_needs_words(world: World) -> None:
    def manual(reason: str | None, text: str | None = None) -> dict[str, Any]:
        return {"method": "manual", "token": None, "reason": reason, "reason_text": text}

    assert _graded(world, **manual("camera_failed")) == ("D", ["manual"])
    assert _graded(world, **manual("other", "海报被雨淋湿")) == ("D", ["manual"])
    for reason, path, code in (
        (None, "payload.reason", "unknown_choice"),
        ("not_done", "payload.reason", "unknown_choice"),
        ("other", "payload.reason_text", "required"),
    ):
        refused = _refused(world, world.home, **manual(reason))
        assert refused == {"code": "invalid", "fields": [(path, code)]}


def test_an_institution_out_of_scope_is_refused(world: World) -> None:
    unserved = world.organisation(OrganisationKind.CARE, "未签约院")
    drafted = world.organisation(OrganisationKind.CARE, "草案院")
    world.agree(world.hospital, drafted, number="草-1", active=False)
    for institution in (world.other["home"], unserved, drafted, world.hospital):
        assert _refused(world, institution, position=fix(world.home)) == {
            "code": "out_of_scope",
            "fields": [("payload.institution_id", "out_of_scope")],
        }


def test_staff_do_not_check_in(world: World) -> None:
    phone = world.phone(world.staff)
    phone.check_in(world.home, world.poster)
    assert outcomes(phone.sync()) == ["out_of_scope"]


def test_a_colleague_does_not_write_into_somebody_elses_round(world: World) -> None:
    phone, ids = world.visit(readings=[world.ada])
    colleague = world.phone(world.person("nurse", world.hospital, Role.CLINICIAN))
    colleague.round_id = phone.round_id
    colleague.record("blood_pressure", world.ben, {"sbp": 138, "dbp": 82})
    colleague.amend(ids["王秀英"], 1, {"sbp": 120, "dbp": 82})
    colleague.void(ids["王秀英"], 1)
    colleague.say("note", {"text": "x"})
    colleague.check_out(world.home)
    assert outcomes(colleague.sync()) == ["not_yours"] * 5


def test_after_its_end_an_agreement_settles_for_thirty_days(world: World) -> None:
    ends = date(2026, 5, 31)
    home = served_home(world, "短约院", ends=ends)
    poster = world.issue_poster(home)
    last = datetime(2026, 5, 31, 2, tzinfo=UTC)

    def visit(after_days: int) -> list[str]:
        phone = world.phone(world.doctor, at=last + timedelta(days=after_days))
        phone.check_in(home, poster)
        return outcomes(phone.sync())

    assert visit(0) == visit(30) == ["stored"]
    assert visit(31) == ["out_of_scope"]


def test_a_visit_made_in_the_term_can_still_be_sent_while_it_settles(world: World) -> None:
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster)
    terminate(world, world.agreement, (world.now + timedelta(days=1)).date(), world.now)
    late = list(phone.waiting)
    assert outcomes(phone.sync(now=world.now + timedelta(days=29))) == ["stored"]
    again = phone.send(late, now=world.now + timedelta(days=40)).get_json()["results"]
    assert outcomes(again) == ["duplicate"]


def test_the_first_day_begins_at_midnight_where_the_care_is_given(world: World) -> None:
    """Half past seven in Hangzhou is still yesterday in UTC."""
    home = served_home(world, "新约院", starts=date(2026, 5, 12))
    early = datetime(2026, 5, 11, 23, 30, tzinfo=UTC)
    phone = world.phone(world.doctor, at=early)
    round_id = phone.check_in(home, world.issue_poster(home))
    assert outcomes(phone.sync()) == ["stored"]
    assert _round(world, round_id).on == date(2026, 5, 12)
    before = world.phone(world.doctor, at=datetime(2026, 5, 11, 15, 30, tzinfo=UTC))
    before.check_in(home, None)
    assert outcomes(before.sync(now=world.now)) == ["out_of_scope"]


def test_a_round_belongs_to_the_local_day_of_its_check_in(world: World) -> None:
    days = {
        datetime(2026, 5, 12, 15, 58, tzinfo=UTC): date(2026, 5, 12),
        datetime(2026, 5, 12, 15, 59, tzinfo=UTC): date(2026, 5, 13),
    }
    for at, day in days.items():
        phone = world.phone(world.doctor, at=at)  # the check-in is a minute later
        assert _round(world, _stored_check_in(phone, world)).on == day


def _stored_check_in(phone: Phone, world: World) -> UUID:
    round_id = phone.check_in(world.home, world.poster)
    assert outcomes(phone.sync()) == ["stored"]
    return round_id


def test_a_clock_set_back_an_hour_moves_no_round_to_another_day(world: World) -> None:
    """Ten past midnight; the phone says ten past eleven, and says so too when it sends."""
    truth = datetime(2026, 5, 12, 16, 9, tzinfo=UTC)
    phone = world.phone(world.doctor, at=truth - timedelta(hours=1))
    round_id = phone.check_in(world.home, world.poster)
    sent_at = phone.waiting[0]["at"]
    response = phone.send(phone.waiting, now=truth + timedelta(minutes=1), sent_at=sent_at)
    assert outcomes(response.get_json()["results"]) == ["stored"]
    round_ = _round(world, round_id)
    assert round_.on == date(2026, 5, 13)
    assert round_.checked_in_at == truth + timedelta(minutes=1)
