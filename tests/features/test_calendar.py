"""The calendar of rounds to come: what it says, who may read it, and when its link is dead."""

from datetime import date, datetime, timedelta
from typing import Any

from icalendar import Calendar
from sqlalchemy import select
from werkzeug.test import TestResponse

from server import clock
from server.accounts.models import Account
from server.auth.roles import OrganisationKind
from server.calendar.models import CalendarLink
from tests.factories.client import Client
from tests.factories.world import NOW, WEEKLY_ROUND, World

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def _made(world: World, login: str | None = None, language: str = "zh-CN", at: datetime = NOW) -> str:
    """The path of a new link."""
    with clock.fixed(at):
        answer = world.client(login or world.doctor).post("/calendar-link", {"language": language})
    assert answer.status_code == 201, answer.text
    path: str = answer.get_json()["path"]
    return path


def _ask(world: World, path: str, at: datetime = NOW, **headers: str) -> TestResponse:
    """As a calendar program does: no session, no header of ours."""
    with clock.fixed(at):
        return Client(world.app).raw("GET", path, headers=headers)


def _events(world: World, path: str, at: datetime = NOW) -> list[Any]:
    answer = _ask(world, path, at)
    assert answer.status_code == 200, answer.text
    return Calendar.from_ical(answer.data).events


def _link(world: World) -> Any:
    return world.client(world.doctor).json("/calendar-link")["link"]


def test_each_round_owed_is_an_event_of_a_day(world: World) -> None:
    path = _made(world)
    first, second, *_ = events = _events(world, path)
    assert [first["dtstart"].dt, first["dtend"].dt] == [date(2026, 5, 14), date(2026, 5, 15)]
    assert second["dtstart"].dt == date(2026, 5, 21)
    assert first["summary"] == f"{world.home.name}：巡诊（rounds 条款）"
    assert (
        "rounds 条款：2026-05-11 至 2026-05-17 应 1 次，这是第 1 次；已报 0 次，还欠 1 次"
        in first["description"]
    )
    assert first["uid"] == f"{world.commitment_id('rounds')}-20260511-1@xunyue"
    assert first["dtstamp"].dt == NOW
    # From this week on, those of a quarter ahead.
    assert [each["dtstart"].dt.isocalendar().week for each in events] == list(range(20, 34))
    assert len({each["uid"] for each in events}) == len(events)


def test_clauses_and_agreements_that_ask_for_one_day_are_one_event(world: World) -> None:
    """And what is late under an agreement that ended stays as long as its parties deal with each other."""
    late = {**WEEKLY_ROUND, "makeup_days": 21}
    world.agree(number="旧", starts=date(2026, 4, 1), ends=date(2026, 5, 10), clauses=[("late", late, 1)])
    world.agree(number="新", clauses=[("expert", WEEKLY_ROUND, 1)])
    events = {each["dtstart"].dt: each for each in _events(world, _made(world))}
    assert events[date(2026, 5, 12)]["summary"] == f"{world.home.name}：巡诊（late 条款）"
    together = events[date(2026, 5, 14)]
    assert together["summary"] == f"{world.home.name}：巡诊（rounds 条款、expert 条款、late 条款）"
    assert together["uid"] == f"{world.commitment_id('rounds')}-20260511-1@xunyue"
    (home,) = world.phone(world.doctor, at=NOW).pull()["institutions"]
    assert [[each["title"]["zh"] for each in one["visits"]] for one in home["agreements"]] == [
        ["rounds 条款"],
        ["expert 条款"],
        ["late 条款"],
    ]


def test_it_names_nobody(world: World) -> None:
    path = _made(world)
    content = _ask(world, path).get_data(as_text=True).replace("\r\n ", "")
    people = [world.ada.name, world.ben.name, "101-1", world.doctor, world.staff, world.manager]
    assert [each for each in people if each in content] == []
    assert world.other["home"].name not in content


def test_it_is_written_as_calendars_are(world: World) -> None:
    """Lines of at most 75 octets with both ends, text whole after unfolding, commas and colons escaped."""
    with clock.fixed(NOW):
        home = world.organisation(OrganisationKind.CARE, "很长的名字，带, 逗号; 分号\\ 和" + "颐养" * 20)
        world.agree(home=home, number="签-9", clauses=[("r", {"services": ["round"], "per": "year"}, 1)])
    answer = _ask(world, _made(world))
    assert answer.mimetype == "text/calendar"
    lines = answer.data.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]
    assert max(map(len, lines)) <= 75
    assert b"VERSION:2.0" in lines
    assert b"\n" not in b"".join(lines)
    named = [each for each in _events(world, _made(world)) if home.name in each["summary"]]
    assert len(named) == 1


def test_a_round_done_takes_its_event_away(world: World) -> None:
    path = _made(world)
    before = _events(world, path)
    world.visit()
    after = _events(world, path, NOW + 2 * HOUR)
    assert [each["uid"] for each in after] == [each["uid"] for each in before[1:]]
    assert after[0]["sequence"] > before[1]["sequence"]
    assert after[0]["dtstart"].dt == date(2026, 5, 19)  # the visit was on a Tuesday: so will the next be


def test_what_is_late_moves_to_today(world: World) -> None:
    path = _made(world)
    before, after = _events(world, path)[0], _events(world, path, NOW + 4 * DAY)[0]
    assert after["uid"] == before["uid"]
    assert after["dtstart"].dt == date(2026, 5, 16)
    assert after["sequence"] > before["sequence"]


def test_nothing_new_is_not_sent_again(world: World) -> None:
    path = _made(world)
    answer = _ask(world, path)
    assert answer.headers["Cache-Control"] == "no-store"
    tag = answer.headers["ETag"]
    again = _ask(world, path, NOW + MINUTE, **{"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    world.visit()
    assert _ask(world, path, NOW + 2 * HOUR, **{"If-None-Match": tag}).status_code == 200


def test_words_are_in_the_language_of_the_link(world: World) -> None:
    first = _events(world, _made(world, language="en"))[0]
    assert first["summary"] == f"{world.home.name}: round (rounds)"


def test_the_owner_sees_when_it_was_used(world: World) -> None:
    with clock.fixed(NOW):
        assert _link(world) is None
        path = _made(world)
        assert _link(world)["last_used_at"] is None
        _ask(world, path)
        assert _link(world)["last_used_at"] == "2026-05-12T01:30:00.000Z"
        _ask(world, path, NOW + 59 * MINUTE)
        assert _link(world)["last_used_at"] == "2026-05-12T01:30:00.000Z"
        _ask(world, path, NOW + HOUR)
        assert _link(world)["last_used_at"] == "2026-05-12T02:30:00.000Z"


def test_the_token_is_kept_nowhere(world: World) -> None:
    token = _made(world).removeprefix("/api/v1/calendar/").removesuffix(".ics")
    assert len(token) == 43  # 256 bits
    (row,) = world.rows(select(CalendarLink))
    assert token not in str(vars(row))
    (entry,) = world.trail("account.calendar_link_made", row.account_id)
    assert token not in str(vars(entry))


def test_a_new_link_ends_the_one_before(world: World) -> None:
    old = _made(world)
    new = _made(world)
    assert (_ask(world, old).status_code, _ask(world, new).status_code) == (404, 200)


def test_a_revoked_link_is_dead(world: World) -> None:
    path = _made(world)
    with clock.fixed(NOW):
        client = world.client(world.doctor)
        assert client.delete("/calendar-link").status_code == 204
        assert client.delete("/calendar-link").status_code == 204
    assert _ask(world, path).status_code == 404
    (account,) = world.rows(select(Account).where(Account.login == world.doctor))
    assert len(world.trail("account.calendar_link_revoked", account.id)) == 1


def test_each_sees_what_their_own_institutions_owe(world: World) -> None:
    (event, *_) = _events(world, _made(world, world.other["doctor"]))
    assert event["summary"].startswith(world.other["home"].name)


def _manage(world: World, act: str, body: Any = None, at: datetime = NOW) -> None:
    """What the hospital's manager does to the doctor's account."""
    (account,) = world.rows(select(Account.id).where(Account.login == world.doctor))
    with clock.fixed(at):
        answer = world.client(world.manager).post(f"/accounts/{account}/{act}", body)
    assert answer.status_code == 200, answer.text


def test_it_dies_with_the_role_and_does_not_come_back_with_it(world: World) -> None:
    path = _made(world)
    role = {"organisation_id": str(world.hospital.id), "role": "clinician"}
    _manage(world, "memberships/end", role, NOW + HOUR)
    assert _ask(world, path, NOW + HOUR).status_code == 404
    _manage(world, "memberships", role, NOW + 2 * HOUR)
    assert _ask(world, path, NOW + 3 * HOUR).status_code == 404
    new = _made(world, at=NOW + 3 * HOUR)
    assert _ask(world, new, NOW + 3 * HOUR).status_code == 200


def test_somebody_disabled_has_no_calendar(world: World) -> None:
    path = _made(world)
    _manage(world, "disable")
    assert _ask(world, path).status_code == 404
    _manage(world, "enable")
    assert _ask(world, path).status_code == 200


def test_guesses_wait_and_a_good_link_does_not(world: World) -> None:
    path = _made(world)
    wrong = path.replace(".ics", "x.ics")
    assert [_ask(world, wrong).status_code for _ in range(11)] == [404] * 10 + [429]
    assert _ask(world, wrong).headers["Retry-After"] == "1"
    assert _ask(world, path).status_code == 200


def test_phones_hold_what_the_rule_needs(world: World) -> None:
    """The days of this hospital's rounds, latest first, and what it promises to answer calls within."""
    green = {"kind": "on_demand", "services": ["green_channel_emergency"], "respond_within_minutes": 30}
    agreement = world.agree(number="签-绿", clauses=(("green", green, 1),))
    for days in (0, 7):
        world.visit(at=world.now + timedelta(days=days))
    (home,) = world.phone(world.doctor, at=world.now + timedelta(days=8)).pull()["institutions"]
    held = {each["id"]: each for each in home["agreements"]}[str(agreement.id)]
    assert held["rounds"] == ["2026-05-19", "2026-05-12"]
    assert held["answers"] == {"green_channel_emergency": 30}
    assert home["last_round_on"] == "2026-05-19"
