"""People and places entered over HTTP: who may, what is refused by which field, and what follows from it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from server import clock
from server.accounts import queries
from server.accounts.models import Account, Clinician, MembershipRow
from server.app import build
from server.auth.roles import Role
from server.organisations.models import Organisation
from server.rounds.models import ServiceRecord
from tests.conftest import settings_for
from tests.factories.client import PASSWORD, Client, field_errors
from tests.factories.world import NOW, World

HERE = {"latitude": 30.2512, "longitude": 120.1634, "datum": "WGS-84", "fence_m": 120}
CERTIFICATE = {
    "number": "110330000001",
    "category": "physician",
    "valid_from": "2026-01-01",
    "valid_until": "2028-01-01",
}


@pytest.fixture(autouse=True)
def _morning() -> Iterator[None]:
    with clock.fixed(NOW + timedelta(hours=1)):
        yield


@contextmanager
def _later(**time: float) -> Iterator[None]:
    with clock.fixed(NOW + timedelta(**time)):
        yield


def _id(world: World, login: str) -> str:
    (account,) = world.rows(select(Account).where(Account.login == login))
    return str(account.id)


def _person(login: str, place: Organisation, role: str, **more: Any) -> dict[str, Any]:
    grant = {"organisation_id": str(place.id), "role": role}
    return {"login": login, "name": "新人", "password": PASSWORD, "memberships": [grant], **more}


def _bureau_admin(world: World) -> Client:
    return world.client(world.person("bureau-admin", world.bureau, Role.SYSTEM_ADMIN))


def _institution(page: dict[str, Any]) -> dict[str, Any]:
    (found,) = page["institutions"]
    assert isinstance(found, dict)
    return found


# Places


def test_an_administrator_founds_places_of_the_region(world: World) -> None:
    admin = _bureau_admin(world)
    new = {"kind": "care", "name": "松鹤苑", "region": "999901", "town": "青石镇", "uscc": "123"}
    made = admin.post("/organisations", {**new, "location": {k: HERE[k] for k in HERE if k != "fence_m"}})
    assert made.status_code == 201, made.text
    body = made.get_json()
    assert body["warnings"] == [{"path": "uscc", "code": "not_a_credit_code"}]
    assert (body["location"]["latitude"], body["fence_m"]) == (30.2512, 200)
    assert len(world.trail("organisation.created", body["id"])) == 1
    listed = admin.json("/organisations")["organisations"]
    assert {each["name"] for each in listed} == {"城关卫生服务中心", "颐养园", "卫健局", "松鹤苑"}
    assert admin.post(f"/institutions/{body['id']}/location", HERE).status_code == 403, (
        "its managers say where"
    )


def test_a_place_is_refused_by_the_field(world: World) -> None:
    admin = _bureau_admin(world)
    new = {"kind": "care", "name": "松鹤苑", "region": "999901"}
    for wrong, path, code in (
        ({"region": "999902"}, "region", "not_your_region"),
        ({"region": "99990x"}, "region", "not_your_region"),
        ({"name": "颐养园"}, "name", "already_used"),
        ({"kind": "hotel"}, "kind", "unknown_choice"),
        ({"fence_m": 5}, "fence_m", "out_of_range"),
        ({"location": {**HERE}}, "location.fence_m", "unknown_field"),
        (
            {"location": {"latitude": 30, "longitude": 120, "datum": "CGCS2000"}},
            "location.datum",
            "unknown_choice",
        ),
    ):
        assert field_errors(admin.post("/organisations", {**new, **wrong})) == {path: code}
    assert world.rows(select(Organisation).where(Organisation.name == "松鹤苑")) == []


def test_who_is_there_sets_the_place_and_phones_learn_of_it(world: World) -> None:
    phone = world.phone(world.doctor)
    cursor = phone.pull()["cursor"]
    assert phone.pull(cursor)["institutions"] == []
    for login in (world.home_manager, world.manager):
        answer = world.client(login).post(f"/institutions/{world.home.id}/location", HERE)
        assert answer.status_code == 200, answer.text
    seen = _institution(phone.pull(cursor))
    assert (seen["location"]["latitude"], seen["fence_m"]) == (30.2512, 120)
    first, _ = world.trail("organisation.located", world.home.id)
    assert (first.details["before"]["latitude"], first.details["after"]["fence_m"]) == (30.25, 120)
    for wrong, code in (({"latitude": 91}, "out_of_range"), ({"latitude": "NaN"}, "not_a_number")):
        refused = world.client(world.manager).post(
            f"/institutions/{world.home.id}/location", {**HERE, **wrong}
        )
        assert field_errors(refused) == {"latitude": code}


def test_a_place_read_from_a_chinese_map_is_kept_as_it_was_read(world: World) -> None:
    baidu = {"latitude": 30.2577, "longitude": 120.1749, "datum": "BD-09", "fence_m": 2000}
    client = world.client(world.manager)
    placed = client.post(f"/institutions/{world.home.id}/location", baidu).get_json()
    assert placed["location"] == {name: baidu[name] for name in ("latitude", "longitude", "datum")}
    (listed,) = [
        each for each in client.json("/organisations")["organisations"] if each["id"] == placed["id"]
    ]
    assert listed["location"] == placed["location"]


def test_a_place_measured_badly_or_fenced_oddly_is_refused(world: World) -> None:
    client = world.client(world.home_manager)
    where = f"/institutions/{world.home.id}/location"
    for wrong, code in (
        ({"accuracy_m": 100.5}, "too_inaccurate"),
        ({"accuracy_m": -1}, "out_of_range"),
        ({"fence_m": 19}, "out_of_range"),
        ({"fence_m": 5001}, "out_of_range"),
        ({"datum": "CGCS2000"}, "unknown_choice"),
    ):
        assert field_errors(client.post(where, {**HERE, **wrong})) == {next(iter(wrong)): code}
    assert world.trail("organisation.located", world.home.id) == []
    for fine in ({"accuracy_m": 100, "fence_m": 20}, {"accuracy_m": None, "fence_m": 5000}):
        assert client.post(where, {**HERE, **fine}).status_code == 200
    measured, read = world.trail("organisation.located", world.home.id)
    assert (measured.details["accuracy_m"], read.details["accuracy_m"]) == (100, None)


# People


def test_a_manager_employs_a_clinician_whose_rounds_count(world: World) -> None:
    manager = world.client(world.manager)
    made = manager.post(
        "/accounts", _person(" New.Doctor", world.hospital, "clinician", certificate=CERTIFICATE)
    )
    assert made.status_code == 201, made.text
    body = made.get_json()
    assert (body["login"], body["certificate_valid_until"]) == ("new.doctor", "2028-01-01")
    assert [each["role"] for each in body["memberships"]] == ["clinician"]
    for tag in ("account.created", "account.membership_granted", "account.certificate_filed"):
        assert len(world.trail(tag, body["id"])) == 1, tag
    _, lines = world.visit("new.doctor")
    (record,) = world.rows(select(ServiceRecord).where(ServiceRecord.id == lines["round"]))
    assert record.not_counted is None


def test_people_are_refused_by_the_field_and_nothing_is_left(world: World) -> None:
    manager, other = world.client(world.manager), world.other
    fits = {"organisation_id": str(world.hospital.id), "role": "clinician"}
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({"memberships": [fits, {**fits, "role": "care_staff"}]}, "memberships[1].role", "not_in_this_kind"),
        ({"memberships": [{**fits, "role": "regulator"}]}, "memberships[0].role", "not_in_this_kind"),
        ({"memberships": [{**fits, "role": "system_admin"}]}, "memberships[0].role", "above_your_own"),
        (
            {"memberships": [fits, {**fits, "organisation_id": str(other["hospital"].id)}]},
            "memberships[1].organisation_id",
            "no_such_organisation",
        ),
        (
            {"memberships": [{"organisation_id": str(world.home.id), "role": "care_staff"}]},
            "memberships[0].organisation_id",
            "no_such_organisation",
        ),
        ({"memberships": []}, "memberships", "wrong_number"),
        ({"password": "short"}, "password", "too_short"),
        ({"login": "  "}, "login", "required"),
        ({"login": world.staff.upper()}, "login", "already_used"),
        (
            {"certificate": {**CERTIFICATE, "valid_until": "2025-12-31"}},
            "certificate.valid_until",
            "before_start",
        ),
        ({"memberships": [{**fits, "role": "manager"}]}, "certificate", "only_for_clinicians"),
    ]
    before = [len(world.rows(select(model))) for model in (Account, MembershipRow, Clinician)]
    for wrong, path, code in cases:
        body = _person("x", world.hospital, "clinician", certificate=CERTIFICATE)
        assert field_errors(manager.post("/accounts", {**body, **wrong})) == {path: code}
    assert [len(world.rows(select(model))) for model in (Account, MembershipRow, Clinician)] == before


def test_a_regulators_administrator_reaches_the_region_an_institutions_its_own(world: World) -> None:
    admin = _bureau_admin(world)
    for place, role in (
        (world.home, "manager"),
        (world.bureau, "regulator"),
        (world.hospital, "audit_admin"),
    ):
        assert admin.post("/accounts", _person(f"a-{role}", place, role)).status_code == 201
    abroad = admin.post("/accounts", _person("b", world.other["home"], "manager"))
    assert field_errors(abroad) == {"memberships[0].organisation_id": "no_such_organisation"}
    assert admin.post(f"/accounts/{_id(world, world.other['doctor'])}/disable").status_code == 404
    hospitals = world.client(world.person("hospital-admin", world.hospital, Role.SYSTEM_ADMIN))
    assert hospitals.post("/accounts", _person("c", world.hospital, "system_admin")).status_code == 201
    staff = f"/accounts/{_id(world, world.staff)}"
    assert hospitals.post(f"{staff}/password", {"password": "taken over"}).status_code == 404
    names = {each["login"] for each in hospitals.json("/accounts")["accounts"]}
    assert names == {"a-audit_admin", "c", world.doctor, world.manager, "hospital-admin"}


def test_the_list_shows_ones_own_side_of_a_person(world: World) -> None:
    world.grant(world.doctor, world.home, Role.CARE_STAFF)
    (seen,) = [
        each
        for each in world.client(world.manager).json("/accounts")["accounts"]
        if each["login"] == world.doctor
    ]
    assert [each["organisation_name"] for each in seen["memberships"]] == ["城关卫生服务中心"]
    assert (seen["certificate_valid_until"], seen["disabled"]) == ("2030-01-01", False)


def test_disabling_puts_somebody_out_at_once(world: World) -> None:
    doctor, manager = world.client(world.doctor), world.client(world.manager)
    path = f"/accounts/{_id(world, world.doctor)}/disable"
    assert manager.post(path).get_json()["disabled"] is True
    assert doctor.get("/session").status_code == 401
    assert Client(world.app).sign_in(world.doctor).status_code == 401
    assert len(world.trail("account.disabled", _id(world, world.doctor))) == 1
    own = manager.post(f"/accounts/{_id(world, world.manager)}/disable")
    assert (own.status_code, own.get_json()["error"]["details"]["reason"]) == (409, "own_account")


def test_who_was_disabled_is_enabled_again_by_who_could_disable(world: World) -> None:
    doctor, manager = world.client(world.doctor), world.client(world.manager)
    account = f"/accounts/{_id(world, world.doctor)}"
    manager.post(f"{account}/disable")
    assert world.client(world.other["manager"]).post(f"{account}/enable").status_code == 404
    for _ in range(2):
        assert manager.post(f"{account}/enable").get_json()["disabled"] is False
    assert doctor.get("/session").status_code == 401, "no session comes back"
    assert Client(world.app).sign_in(world.doctor).status_code == 200
    assert len(world.trail("account.enabled", _id(world, world.doctor))) == 1
    own = manager.post(f"/accounts/{_id(world, world.manager)}/enable")
    assert (own.status_code, own.get_json()["error"]["details"]["reason"]) == (409, "own_account")


def test_the_people_one_manages_come_in_pages(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PAGE", 2)
    for name in ("anna", "zoe", "x-1", "x_2"):
        world.person(name, world.hospital, Role.CLINICIAN)
    manager, seen, after = world.client(world.manager), [], ""
    while True:
        page = manager.json(f"/accounts{after}")
        assert len(page["accounts"]) <= 2
        seen += [each["login"] for each in page["accounts"]]
        if page["next"] is None:
            break
        after = f"?after={page['next']}"
    assert sorted(seen) == sorted([world.doctor, world.manager, "anna", "zoe", "x-1", "x_2"])


def test_a_lost_password_is_set_anew(world: World) -> None:
    doctor, manager = world.client(world.doctor), world.client(world.manager)
    path = f"/accounts/{_id(world, world.doctor)}/password"
    assert field_errors(manager.post(path, {"password": "short"})) == {"password": "too_short"}
    assert doctor.get("/session").status_code == 200
    assert manager.post(path, {"password": "another horse"}).status_code == 204
    assert doctor.get("/session").status_code == 401
    assert Client(world.app).sign_in(world.doctor).status_code == 401
    assert Client(world.app).sign_in(world.doctor, "another horse").status_code == 200


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.REGULATOR])
def test_nobody_takes_over_who_holds_more_than_they_could_give(world: World, role: Role) -> None:
    world.grant(world.doctor, world.hospital if role == Role.SYSTEM_ADMIN else world.bureau, role)
    manager, doctor = world.client(world.manager), world.client(world.doctor)
    account = f"/accounts/{_id(world, world.doctor)}"
    for path, body in (
        ("password", {"password": PASSWORD}),
        ("disable", None),
        ("enable", None),
        ("certificate", CERTIFICATE),
    ):
        assert manager.post(f"{account}/{path}", body).status_code == 403, path
    assert doctor.get("/session").status_code == 200


def test_ones_own_password_takes_the_old_one(world: World) -> None:
    here, phone = world.client(world.doctor), world.client(world.doctor)
    assert field_errors(here.post("/session/password", {"old": "wrong one", "new": "another horse"})) == {
        "old": "wrong_password"
    }
    assert field_errors(here.post("/session/password", {"old": PASSWORD, "new": "short"})) == {
        "new": "too_short"
    }
    assert phone.get("/session").status_code == 200
    assert here.post("/session/password", {"old": PASSWORD, "new": "another horse"}).status_code == 204
    assert (here.get("/session").status_code, phone.get("/session").status_code) == (200, 401)
    assert Client(world.app).sign_in(world.doctor, "another horse").status_code == 200


def test_guessing_the_old_password_is_slowed_down(world: World) -> None:
    found = world.client(world.doctor)
    guesses = [found.post("/session/password", {"old": "guess", "new": "another horse"}) for _ in range(6)]
    assert [answer.status_code for answer in guesses] == [422] * 5 + [429]
    held = found.post("/session/password", {"old": PASSWORD, "new": "another horse"})
    assert held.status_code == 429
    with _later(hours=2):
        assert Client(world.app).sign_in(world.doctor).status_code == 200, "nothing was changed"


def test_a_role_ends_at_once_and_can_be_given_again(world: World) -> None:
    doctor, manager = world.client(world.doctor), world.client(world.manager)
    account = f"/accounts/{_id(world, world.doctor)}"
    role = {"organisation_id": str(world.hospital.id), "role": "clinician"}
    assert doctor.get("/sync").status_code == 200
    assert manager.post(f"{account}/memberships/end", role).get_json()["memberships"] == []
    assert doctor.get("/sync").status_code == 403
    again = manager.post(f"{account}/memberships", role).get_json()
    assert [each["role"] for each in again["memberships"]] == ["clinician"]
    assert doctor.get("/sync").status_code == 200
    never = manager.post(f"{account}/memberships/end", {**role, "role": "manager"})
    assert field_errors(never) == {"role": "not_held"}
    oneself = f"/accounts/{_id(world, world.manager)}/memberships/end"
    assert manager.post(oneself, {**role, "role": "manager"}).status_code == 409


def test_a_renewed_certificate_takes_the_place_of_the_old(world: World) -> None:
    manager, path = world.client(world.manager), f"/accounts/{_id(world, world.doctor)}/certificate"
    assert manager.post(path, CERTIFICATE).get_json()["certificate_valid_until"] == "2028-01-01"
    wrong = {**CERTIFICATE, "valid_until": "2025-01-01"}
    assert field_errors(manager.post(path, wrong)) == {"valid_until": "before_start"}
    (kept,) = world.rows(select(Clinician).where(Clinician.account_id == UUID(_id(world, world.doctor))))
    assert kept.valid_until == date(2028, 1, 1)


# Health, and the trail of notes


def test_health_asks_the_database(world: World, tmp_path: Path) -> None:
    assert world.client().json("/health") == {"status": "ok"}
    down = build(settings_for("postgresql+psycopg://nobody@127.0.0.1:1/none", tmp_path))
    answer = Client(down).get("/health")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (503, "busy")


def test_a_note_leaves_a_trace_without_its_words(world: World) -> None:
    phone = world.phone(world.doctor)
    round_id = phone.check_in(world.home, world.poster)
    phone.check_out(world.home, note="床栏松动")
    phone.sync()
    (noted,) = world.trail("round.noted", round_id)
    assert "床栏" not in str(noted.details)
