"""Who reads the trail: the audit administrators of an organisation, of their own alone."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from server import clock
from server.accounts.models import Account
from server.auth.roles import Role
from tests.factories.client import PASSWORD, Client
from tests.factories.trail import act, entries, seal_once, write
from tests.factories.world import NOW, World


def _auditor(world: World) -> Client:
    return world.client(world.person("auditor", world.hospital, Role.AUDIT_ADMIN))


def _read(client: Client, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.json(f"/audit{query}")["entries"]
    return found


def test_an_audit_administrator_reads_what_the_own_people_did(world: World) -> None:
    with clock.fixed(NOW):
        world.visit(readings=[world.ada])
        auditor = _auditor(world)
        first = _read(auditor)
        seal_once(world.app)
        again = _read(auditor)
    assert {entry["organisation_id"] for entry in first} == {str(world.hospital.id)}
    assert not any(entry["sealed"] for entry in first)
    assert [entry["id"] for entry in again] == [entry["id"] for entry in first]
    stored = {str(entry.id): entry for entry in entries(world.app)}
    for entry in again:
        own = stored[entry["id"]]
        assert (entry["sealed"], entry["seq"], entry["digest"]) == (True, own.seq, (own.digest or b"").hex())
    record = next(entry for entry in again if entry["tag"] == "record.stored")
    assert record["actor"]["name"] == "doctor 先生"
    assert record["other"] == {"id": str(world.home.id), "name": world.home.name}


def test_filters(world: World) -> None:
    with clock.fixed(NOW):
        world.visit(readings=[world.ada])
        auditor = _auditor(world)
        everything = _read(auditor)
        (doctor,) = world.rows(select(Account.id).where(Account.login == world.doctor))
        tagged, acted = _read(auditor, "?tag=record.stored"), _read(auditor, f"?actor={doctor}")
        assert {entry["tag"] for entry in tagged} == {"record.stored"}
        assert {entry["actor"]["id"] for entry in acted} == {str(doctor)}
        about = tagged[0]["subject_id"]
        assert all(entry["subject_id"] == about for entry in _read(auditor, f"?subject={about}"))
        (line,) = tagged[0]["details"]["records"]
        assert _read(auditor, f"?subject={line}") == tagged
        assert _read(auditor, "?day=2026-05-12") == everything
        assert _read(auditor, "?day=2026-05-11") == []
        assert auditor.get("/audit?tag=no.such").status_code == 422


def test_pages_have_everything_once(world: World) -> None:
    rows = [act(world.hospital.id, number, at=NOW + timedelta(seconds=number % 7)) for number in range(450)]
    write(world.app, rows)
    with clock.fixed(NOW):
        auditor = _auditor(world)
        seen, before = [], ""
        while True:
            body = auditor.json(f"/audit?tag=record.amended{before}")
            seen += [entry["id"] for entry in body["entries"]]
            if not body["more"]:
                break
            before = f"&before={seen[-1]}"
    assert sorted(seen) == sorted(str(row["id"]) for row in rows)


def test_nothing_of_others_is_seen(world: World) -> None:
    with clock.fixed(NOW):
        auditor = _auditor(world)
        theirs = world.client(world.person("their-auditor", world.other["hospital"], Role.AUDIT_ADMIN))
        assert {entry["organisation_id"] for entry in _read(theirs)} == {str(world.other["hospital"].id)}
        foreign = _read(theirs)[0]["id"]
        assert auditor.get(f"/audit?before={foreign}").status_code == 404


def test_what_people_do_with_their_own_account_is_in_their_organisations_trail(world: World) -> None:
    """A sign-in, a new password; a failed sign-in could be anybody's, and is in nobody's."""
    with clock.fixed(NOW):
        auditor = _auditor(world)
        doctor = world.client(world.doctor)
        changed = doctor.post("/session/password", {"old": PASSWORD, "new": "another horse"})
        assert changed.status_code == 204
        assert world.client().sign_in(world.doctor, "wrong").status_code == 401
        tags = [entry["tag"] for entry in _read(auditor)]
        (opened,) = [entry for entry in _read(auditor) if entry["tag"] == "account.sign_in"][-1:]
    assert tags[0] == "account.password_changed"
    assert tags[1] == "account.sign_in"
    assert (opened["actor"], opened["person"]) == (None, "auditor 先生")
    assert "account.sign_in_failed" not in tags
