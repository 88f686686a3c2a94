"""Published periods: frozen with a digest, and what changed since listed beside, never silently."""

import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from server import clock
from server.accounts.models import Account
from server.app import settle
from server.audit.models import AuditEntry
from server.auth.roles import OrganisationKind, Role
from server.demands.events import DemandChanged
from server.demands.models import Demand
from server.events import emit
from server.ids import new_id
from server.publishing import pages
from server.publishing.models import PublishedPeriod, PublishedWindow
from server.rollups.service import refresh_stale
from tests.factories.client import field_errors
from tests.factories.world import NOW, PRESSURE_TWICE, WEEKLY_ROUND, World

GREEN = "green_channel_emergency"
ON_DEMAND: dict[str, Any] = {"kind": "on_demand", "services": [GREEN], "respond_within_minutes": 30}
EARLY, LATE = datetime(2026, 3, 10, 1, 30, tzinfo=UTC), datetime(2026, 3, 24, 1, 30, tzinfo=UTC)
DAY = timedelta(days=1)
Page = dict[str, Any]


@pytest.fixture
def county(world: World) -> World:
    """Two visits in March that left ada two readings and ben one; what was done on the 10th is confirmed."""
    _confirm(world, *_visit(world, EARLY, [world.ada, world.ben]))
    return world


def _visit(world: World, at: datetime, readings: list[Any]) -> tuple[UUID, dict[str, UUID]]:
    with clock.fixed(at):
        phone, lines = world.visit(at=at, readings=readings)
    return phone.round_id, lines


def _confirm(world: World, round_id: UUID, lines: dict[str, UUID]) -> None:
    with clock.fixed(NOW):
        staff = world.phone(world.staff)
        staff.confirm(round_id, {line: 2 if line == round_id else 1 for line in lines.values()})
        assert [each["outcome"] for each in staff.sync()] == ["stored"]


def _publish(world: World, period: str = "2026-Q1", *, by: str | None = None, **more: Any) -> TestResponse:
    with clock.fixed(more.pop("at", NOW)):
        return world.client(by or world.regulator).post("/published", {"period": period, **more})


def _published(world: World, period: str = "2026-Q1", **more: Any) -> str:
    at = more.get("at", NOW)
    answer = _publish(world, period, **more)
    assert answer.status_code == 201, answer.text
    _settle(world, at)
    return str(answer.get_json()["id"])


def _settle(world: World, at: datetime = NOW) -> None:
    """What the worker does in a moment."""
    with clock.fixed(at), world.app.app_context():
        settle(world.app)


def _page(world: World, published: str, *, by: str | None = None, at: datetime = NOW, page: int = 1) -> Page:
    _settle(world, at)
    with clock.fixed(at):
        found: Page = world.client(by or world.regulator).json(f"/published/{published}?page={page}")
    return found


def _brief(page: Page) -> list[tuple[Any, ...]]:
    """Cause, clause and first day of each adjustment, with confirmed and promised then and now."""
    return sorted(
        (each["cause"], each["title"]["en"], each["start"], *_pair(each["frozen"]), *_pair(each["now"]))
        for each in page["adjustments"]
    )


def _pair(figures: dict[str, int] | None) -> tuple[int, int]:
    return (figures["confirmed"], figures["promised"]) if figures else (-1, -1)


def test_a_quarter_is_frozen_as_it_was_shown(county: World) -> None:
    _visit(county, LATE, [county.ada])
    published = _published(county)
    page = _page(county, published)
    assert (page["period"], page["first"], page["last"]) == ("2026-Q1", "2026-01-01", "2026-03-31")
    assert (page["as_of"], page["published_by"]) == ("2026-05-12", "regulator 先生")
    headline = page["headline"]
    # 13 weeks, one visit confirmed and one pending; four readings owed, two confirmed and one pending.
    assert (headline["agreements"], headline["rated"]) == (1, 1)
    assert headline["confirmed_rate"] == "0.2884"  # (1/13 + 2/4) / 2
    assert headline["reported_rate"] == "0.4519"
    assert [(each["scope"], each["promised"]) for each in headline["categories"]] == [
        ("resident", 4),
        ("institution", 13),
    ]
    (agreement,) = page["agreements"]
    with clock.fixed(NOW):
        with county.work() as session:
            refresh_stale(session, NOW)
        standing = county.client(county.regulator).json("/standing?period=2026-Q1")
    rates = ("confirmed_rate", "reported_rate", "on_time_rate")
    assert all(agreement["frozen"][name] == agreement["now"][name] == headline[name] for name in rates)
    assert all(standing[name] == headline[name] for name in rates)
    assert (agreement["changed"], page["adjustments"], page["adjustments_total"]) == (False, [], 0)
    assert [each["id"] for each in _list(county, county.regulator)] == [published]


def _list(world: World, login: str) -> list[dict[str, Any]]:
    with clock.fixed(NOW):
        found: list[dict[str, Any]] = world.client(login).json("/published")["published"]
    return found


def test_what_is_confirmed_later_is_an_adjustment_beside(county: World) -> None:
    later = _visit(county, LATE, [county.ada])
    published = _published(county)
    before = _page(county, published)
    text = _text(county, published)
    _confirm(county, *later)
    after = _page(county, published)
    assert _brief(after) == [
        ("changed", "bp", "2026-01-01", 2, 4, 3, 4),
        ("changed", "rounds", "2026-03-23", 0, 1, 1, 1),
    ]
    assert {each["kind"] for each in after["adjustments"]} == {"periodic"}
    assert (after["headline"], after["digest"]) == (before["headline"], before["digest"])
    assert _text(county, published) == text
    (agreement,) = after["agreements"]
    assert (agreement["frozen"]["confirmed_rate"], agreement["now"]["confirmed_rate"]) == ("0.2884", "0.4519")
    assert agreement["changed"] is True


def test_what_is_withdrawn_later_is_an_adjustment_too(county: World) -> None:
    round_id, lines = _visit(county, LATE, [county.ada])
    published = _published(county)
    with clock.fixed(NOW):
        doctor = county.phone(county.doctor)
        doctor.round_id = round_id
        late = {"late_reason": "found_in_review", "late_text": None}
        doctor.say(
            "void",
            {
                "line_id": str(lines[county.ada.name]),
                "version": 1,
                "reason": "entered_twice",
                "reason_text": None,
                **late,
            },
        )
        assert [each["outcome"] for each in doctor.sync()] == ["stored"]
    (adjustment,) = _page(county, published)["adjustments"]
    assert adjustment["cause"] == "changed"
    assert (adjustment["frozen"]["reported"], adjustment["now"]["reported"]) == (3, 2)
    assert adjustment["frozen"]["confirmed"] == adjustment["now"]["confirmed"] == 2


def test_who_moved_in_or_out_back_then_changes_what_was_promised(county: World) -> None:
    homes = [county.organisation(OrganisationKind.CARE, name) for name in ("松鹤院", "长青院")]
    with clock.fixed(NOW):
        alone = county.resident(homes[0], name="周独居")
        for number, home in enumerate(homes):
            county.agree(home=home, number=f"又-{number}", clauses=[(f"of {number}", PRESSURE_TWICE, 2)])
        published = _published(county)
        county.resident(name="吴迟到", moved_in=date(2026, 1, 5))
        county.move_out(alone, date(2026, 1, 2))
        county.resident(homes[1], name="郑新来", moved_in=date(2026, 1, 1))
    assert _brief(_page(county, published)) == [
        ("changed", "bp", "2026-01-01", 2, 4, 2, 6),
        ("gone", "of 0", "2026-01-01", 0, 2, -1, -1),
        ("new", "of 1", "2026-01-01", -1, -1, 0, 2),
    ]


def test_a_deadline_that_passed_since_is_listed_as_that(world: World) -> None:
    with clock.fixed(NOW):
        graced = {**WEEKLY_ROUND, "per": "month", "makeup_days": 45}
        agreement = world.agree(number="宽限", clauses=[("graced", graced, 2)])
    published = _published(world, "2026-03")
    page = _page(world, published)
    (own,) = [each for each in page["agreements"] if each["agreement"]["id"] == str(agreement.id)]
    assert (own["frozen"]["confirmed_rate"], page["adjustments"]) == (None, []), "not due yet"
    page = _page(world, published, at=NOW + 5 * DAY)
    assert _brief(page) == [("came_due", "graced", "2026-03-01", 0, 2, 0, 2)]
    (own,) = [each for each in page["agreements"] if each["changed"]]
    assert (own["frozen"]["confirmed_rate"], own["now"]["confirmed_rate"]) == (None, "0.0000")


def _ask(world: World, at: datetime, answered: datetime | None) -> Demand:
    (by,) = world.rows(select(Account.id).where(Account.login == world.staff))
    parties = {"institution_id": world.home.id, "medical_id": world.hospital.id}
    with world.work() as session:
        demand = Demand(
            id=new_id(), service=GREEN, **parties, asked_at=at, asked_by_id=by, answered_at=answered
        )
        session.add(demand)
        emit(session, DemandChanged(world.home.id, world.hospital.id, GREEN))
    return demand


def test_requests_are_frozen_a_row_a_commitment(world: World) -> None:
    with clock.fixed(NOW):
        world.agree(number="急", clauses=[("green", ON_DEMAND, 1)])
        _ask(world, EARLY, EARLY + timedelta(minutes=20))
        late = _ask(world, LATE, LATE + timedelta(minutes=40))
        _ask(world, NOW - DAY, None)  # of another quarter
        published = _published(world)
    text = _text(world, published)
    (line,) = [
        line for line in text.splitlines() if "\t2026-01-01\t2026-03-31\t2026-03-31\t2\t1\t0\t0\t1\t0" in line
    ]
    assert {
        each["scope"]: each["promised"] for each in _page(world, published)["headline"]["categories"]
    } == {
        "demand": 2,
        "institution": 13,
        "resident": 4,
    }
    with clock.fixed(NOW), world.work() as session:
        found = session.get_one(Demand, late.id)
        found.withdrawn_at = NOW
        emit(session, DemandChanged(world.home.id, world.hospital.id, GREEN))
    page = _page(world, published)
    assert _brief(page) == [("changed", "green", "2026-01-01", 1, 2, 1, 1)]
    assert [each["kind"] for each in page["adjustments"]] == ["on_demand"]
    (own,) = [each for each in page["agreements"] if each["changed"]]
    assert (own["frozen"]["confirmed_rate"], own["now"]["confirmed_rate"]) == ("0.5000", "1.0000")
    assert line in _text(world, published)


def test_too_early_or_twice_is_refused(world: World) -> None:
    for at in (NOW, datetime(2026, 5, 31, 15, 59, tzinfo=UTC)):
        early = _publish(world, "2026-05", at=at)
        assert early.status_code == 409
        assert early.get_json()["error"]["code"] == "period_not_over"
        assert early.get_json()["error"]["details"] == {"last": "2026-05-31"}
    assert _publish(world, "2026-05", at=datetime(2026, 5, 31, 16, 0, tzinfo=UTC)).status_code == 201
    assert _publish(world, "2026-05", at=NOW + 60 * DAY).get_json()["error"]["code"] == "conflict"
    _settle(world, NOW + 60 * DAY)
    assert _publish(world, "2026-05", at=NOW + 60 * DAY).get_json()["error"]["code"] == "conflict"
    for period in ("2026-13", "2026-Q5", "26-01", "soon"):
        assert "period" in field_errors(_publish(world, period))


def test_regulators_publish_their_own_region_only(world: World) -> None:
    assert _publish(world, region="999902").status_code == 404
    assert _publish(world, region="990000").status_code == 404
    with clock.fixed(NOW):
        bureau = world.organisation(OrganisationKind.REGULATOR, "市卫健局", region="999900")
        world.person("city", bureau, Role.REGULATOR)
    whole = _published(world, by="city")
    page = _page(world, whole, by="city")
    assert (page["region"]["code"], page["headline"]["agreements"]) == ("999900", 2)
    assert {each["agreement"]["number"] for each in page["agreements"]} == {"签-1", "外-1"}
    own = _page(world, whole)
    assert {each["agreement"]["number"] for each in own["agreements"]} == {"签-1"}
    with clock.fixed(NOW):
        assert world.client(world.regulator).get(f"/published/{whole}/rows").status_code == 404
        world.grant("city", world.bureau, Role.REGULATOR)
    assert field_errors(_publish(world, "2026-04", by="city")) == {"region": "required"}
    assert _publish(world, "2026-04", by="city", region="999901").status_code == 201


def test_a_manager_sees_the_own_agreements_and_no_other_name(county: World) -> None:
    with clock.fixed(NOW):
        clinic = county.organisation(OrganisationKind.MEDICAL, "另一卫生院")
        home = county.organisation(OrganisationKind.CARE, "另一养老院")
        county.resident(home, name="郑某某")
        county.agree(clinic, home, number="他-1")
        stranger = county.person("stranger", clinic, Role.MANAGER)
        published = _published(county)
        county.resident(home, name="钱某某", moved_in=date(2026, 1, 1))
        outsider = county.person(
            "outsider", county.organisation(OrganisationKind.MEDICAL, "无关医院"), Role.MANAGER
        )
    whole = _page(county, published)
    assert (whole["agreements_total"], whole["adjustments_total"]) == (2, 1)
    assert [each["changed"] for each in whole["agreements"]] == [True, False]
    own = _page(county, published, by=county.manager)
    assert [each["agreement"]["number"] for each in own["agreements"]] == ["签-1"]
    assert own["adjustments"] == []
    assert "另一" not in json.dumps(own, ensure_ascii=False)
    theirs = _page(county, published, by=stranger)
    assert (theirs["agreements_total"], theirs["adjustments_total"]) == (1, 1)
    assert [_list(county, login) for login in (outsider, county.other["regulator"])] == [[], []]
    with clock.fixed(NOW):
        for login in (outsider, county.other["regulator"], county.other["manager"]):
            assert county.client(login).get(f"/published/{published}").status_code == 404


def test_long_lists_come_in_pages(county: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE", 2)
    with clock.fixed(NOW):
        county.agree(number="急", clauses=[("green", ON_DEMAND, 1)])
        for number in range(3):
            county.agree(number=f"多-{number}", clauses=[("bp", PRESSURE_TWICE, 2)])
        published = _published(county)
        county.resident(name="吴迟到", moved_in=date(2026, 1, 5))
        _ask(county, EARLY, None)
    found = [_page(county, published, page=number) for number in (1, 2, 3, 4)]
    assert [len(page["adjustments"]) for page in found] == [2, 2, 1, 0]
    assert {(page["adjustments_total"], page["agreements_total"]) for page in found} == {(5, 5)}
    seen = [(each["agreement"]["number"], each["cause"]) for page in found for each in page["adjustments"]]
    assert seen == [
        *((f"多-{number}", "changed") for number in range(3)),
        ("急", "new"),
        ("签-1", "changed"),
    ]
    listed = [each["agreement"]["number"] for page in found for each in page["agreements"]]
    assert sorted(listed) == ["多-0", "多-1", "多-2", "急", "签-1"]


def _text(world: World, published: str) -> str:
    with clock.fixed(NOW):
        answer = world.client(world.regulator).get(f"/published/{published}/rows")
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    return answer.text


def test_the_text_hashes_to_the_digest_and_can_be_written_by_anybody(county: World) -> None:
    """As docs/fulfilment-published.md tells it, from the rows alone and with none of the product's code."""
    with clock.fixed(NOW):
        for number in range(3):
            county.agree(number=f"多-{number}")
    published = _published(county)
    (period,) = county.rows(select(PublishedPeriod))
    rows = county.rows(select(PublishedWindow))
    shown = json.dumps(period.headline, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    head = ["xunyue-published-1", "999901", "2026-Q1", "2026-01-01", "2026-03-31", "2026-05-12", shown]
    names = (
        "agreement_id commitment_id start end deadline promised confirmed confirmed_late confirmed_excused"
    )
    columns = [*names.split(), "reported", "reported_excused"]
    lines = sorted("\t".join(str(getattr(row, name)) for name in columns) + "\n" for row in rows)
    text = "\t".join(head) + "\n" + "".join(lines)
    assert len(lines) == 4 * (13 + 1)
    assert _text(county, published) == text
    digest = _page(county, published)["digest"]
    assert hashlib.sha256(text.encode()).hexdigest() == digest == period.digest


def test_publishing_is_on_the_trail_and_reading_is_not(county: World) -> None:
    published = _published(county)
    (asked,) = county.trail("period.publishing", published)
    (done,) = county.trail("period.published", published)
    assert asked.organisation_id == done.organisation_id == county.bureau.id
    (by,) = county.rows(select(Account.id).where(Account.login == county.regulator))
    assert (asked.actor_id, done.actor_id) == (by, None)
    assert asked.details == {"region": "999901", "period": "2026-Q1"}
    assert done.details == {"region": "999901", "period": "2026-Q1", "rows": 14}
    client = county.client(county.regulator)
    before = len(county.rows(select(AuditEntry)))
    with clock.fixed(NOW):
        for path in ("/published", f"/published/{published}", f"/published/{published}/rows"):
            assert client.get(path).status_code == 200
    assert len(county.rows(select(AuditEntry))) == before
