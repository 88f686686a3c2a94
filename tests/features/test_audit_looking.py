"""Whatever shows a resident's name or reading is in the trail of whoever looked; rates alone are not."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from server import clock
from server.accounts.models import Account
from server.app import settle
from server.audit.buffer import install, views
from server.audit.models import AuditEntry
from server.web.application import Application
from tests.factories.client import Client
from tests.factories.phone import outcomes
from tests.factories.trail import seal_once
from tests.factories.world import NOW, World

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _nothing_waits(app: Application) -> None:
    install(app)


def _seen(world: World, tag: str) -> list[tuple[UUID | None, UUID | None, UUID | None, dict[str, Any]]]:
    """Organisation, other party, subject and details of each view of this kind, oldest first."""
    views(world.app).flush()
    rows = world.rows(select(AuditEntry).where(AuditEntry.tag == tag).order_by(AuditEntry.id))
    return [(row.organisation_id, row.other_id, row.subject_id, row.details) for row in rows]


def _at(client: Client, path: str, now: datetime = NOW) -> Any:
    with clock.fixed(now):
        return client.json(path)


def test_a_phone_that_is_sent_a_roster(world: World) -> None:
    doctor = world.client(world.doctor)
    cursor = _at(doctor, "/sync")["cursor"]
    _at(doctor, f"/sync?cursor={cursor}")
    assert _seen(world, "roster.sent") == [(world.hospital.id, world.home.id, world.home.id, {})]


def test_residents_looked_at_on_a_phone(world: World) -> None:
    doctor = world.client(world.doctor)
    (account,) = map(str, world.rows(select(Account.id).where(Account.login == world.doctor)))
    at = {"at": "2026-05-12T01:00:00.000Z"}
    views = [{"resident_id": str(each.id), **at} for each in (world.ada, world.other["resident"])]
    with clock.fixed(NOW):
        body = {"account_id": account, "views": views}
        assert doctor.post("/residents/views", json=body).status_code == 204
        refused = doctor.post("/residents/views", json={**body, "account_id": str(world.ada.id)})
        assert refused.status_code == 409
    said = {"said_at": at["at"]}
    assert _seen(world, "resident.viewed") == [(world.hospital.id, world.home.id, world.ada.id, said)]


def test_figures_that_name_residents(world: World) -> None:
    with clock.fixed(NOW):
        world.visit(readings=[world.ada])
        with world.app.app_context():
            settle(world.app)
    manager = world.client(world.manager)
    pressure, rounds = world.commitment_id("bp"), world.commitment_id("rounds")
    now = NOW + timedelta(hours=2)
    _at(manager, f"/agreements/{world.agreement.id}", now)
    _at(manager, f"/commitments/{pressure}/windows", now)
    _at(manager, f"/commitments/{rounds}/windows/2026-05-11", now)
    assert _seen(world, "figures.viewed") == [], "these name nobody"
    people = _at(manager, f"/commitments/{pressure}/windows/2026-04-01", now)["obligations"]
    (own,) = [each["id"] for each in people if each["subject"]["id"] == str(world.ada.id)]
    _at(manager, f"/obligations/{own}", now)
    parties = (world.hospital.id, world.home.id)
    assert _seen(world, "figures.viewed") == [
        (*parties, pressure, {"residents": 2}),
        (*parties, world.ada.id, {"residents": 1}),
    ]


def test_requests_that_name_residents_once_in_ten_minutes(world: World) -> None:
    with clock.fixed(NOW):
        green = {"kind": "on_demand", "services": ["green_channel_emergency"]}
        world.agree(number="签-2", clauses=[("green", green, 0)])
        asked = {
            "institution_id": str(world.home.id),
            "medical_id": str(world.hospital.id),
            "service": "green_channel_emergency",
        }
        staff = world.client(world.staff)
        assert staff.post("/demands", asked).status_code == 201
    doctor = world.client(world.doctor)
    _at(doctor, "/demands")
    assert _seen(world, "demands.viewed") == [], "it names nobody"
    with clock.fixed(NOW):
        assert staff.post("/demands", {**asked, "resident_id": str(world.ada.id)}).status_code == 201
    for minutes in (0, 1, 9, 10, 11):
        _at(doctor, "/demands", NOW + minutes * MINUTE)
    _at(staff, "/demands")
    assert [seen[:3] for seen in _seen(world, "demands.viewed")] == [
        (world.hospital.id, world.home.id, world.home.id),
        (world.hospital.id, world.home.id, world.home.id),
        (world.home.id, world.hospital.id, world.home.id),
    ]


def test_what_was_received_and_the_trail_itself(world: World) -> None:
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster, method="postre")
    assert outcomes(phone.sync()) == ["invalid"]
    manager = world.client(world.manager)
    (row,) = _at(manager, "/ledger")["entries"]
    _at(manager, f"/ledger/{row['id']}")
    _at(manager, "/audit")
    seal_once(world.app)
    with clock.fixed(NOW):
        assert manager.get(f"/audit/chains/{world.hospital.id}/file").status_code == 200
    own = world.hospital.id
    assert _seen(world, "entries.viewed") == [(own, None, own, {"entries": 1})]
    assert _seen(world, "entry.viewed") == [(own, None, UUID(row["id"]), {})]
    assert _seen(world, "trail.viewed") == [(own, None, own, {})]
    assert _seen(world, "trail.exported") == [(own, None, own, {})]
