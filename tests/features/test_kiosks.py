"""Kiosks: invited by a manager, enrolled by a code, known by their key, revoked."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from server import clock
from server.auth.roles import OrganisationKind, Role
from server.kiosks.models import Kiosk as KioskRow, KioskInvitation
from server.kiosks.service import forget_invitations
from server.web.schemas import instant_text
from tests.factories.client import field_errors
from tests.factories.kiosk import Kiosk, enrolled, invite
from tests.factories.world import NOW, World

MINUTE = timedelta(minutes=1)


def _listed(world: World, login: str) -> list[dict[str, Any]]:
    with clock.fixed(NOW):
        found: list[dict[str, Any]] = world.client(login).json("/kiosks")["kiosks"]
    return found


def test_a_code_makes_a_device_a_kiosk_of_the_institution(world: World) -> None:
    kiosk, code = Kiosk(world.client()), invite(world, NOW)
    with clock.fixed(NOW + 14 * MINUTE):
        answer = kiosk.enrol(code.lower().replace("-", " "))
    assert answer.status_code == 201
    said = answer.get_json()
    assert said == {
        "kiosk": {"id": str(kiosk.id), "name": "前台平板"},
        "institution": {"id": str(world.home.id), "name": world.home.name},
        "server_time": instant_text(NOW + 14 * MINUTE),
    }
    (listed,) = _listed(world, world.home_manager)
    assert listed == _listed(world, world.manager)[0]
    assert (listed["name"], listed["device_name"], listed["revoked_at"]) == ("前台平板", "tablet", None)
    assert listed["institution"]["id"] == str(world.home.id)
    (row,) = world.rows(select(KioskRow))
    assert row.public_key == kiosk.key.public_jwk()
    (entry,) = world.trail("kiosk.enrolled", kiosk.id)
    assert (entry.actor_id, entry.organisation_id, entry.other_id) == (None, world.home.id, world.home.id)
    (entry,) = world.trail("kiosk.invited", world.home.id)
    assert entry.actor_id == row.enrolled_by_id


def test_a_code_works_once_and_for_a_quarter_of_an_hour(world: World) -> None:
    code, late = invite(world, NOW), invite(world, NOW)
    assert code not in str(world.rows(select(KioskInvitation.code_hash)))
    with clock.fixed(NOW + MINUTE):
        assert Kiosk(world.client()).enrol(code).status_code == 201
        assert field_errors(Kiosk(world.client()).enrol(code)) == {"code": "unknown_code"}
    with clock.fixed(NOW + 15 * MINUTE):
        assert field_errors(Kiosk(world.client()).enrol(late)) == {"code": "unknown_code"}
    assert len(world.rows(select(KioskRow))) == 1


def test_guessing_codes_is_slowed_down_and_signing_in_is_not(world: World) -> None:
    code = invite(world, NOW)
    guesser = Kiosk(world.client())
    with clock.fixed(NOW):
        for _ in range(10):
            assert guesser.enrol("ABCD-2345").status_code == 422
        refused = guesser.enrol(code)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
        assert world.client(world.doctor).get("/session").status_code == 200
    with clock.fixed(NOW + timedelta(seconds=2)):
        assert guesser.enrol(code).status_code == 201


def test_what_is_no_public_key_uses_no_code_up(world: World) -> None:
    code, kiosk = invite(world, NOW), Kiosk(world.client())
    jwk = kiosk.key.public_jwk()
    with clock.fixed(NOW):
        for changed, where, problem in (
            ({**jwk, "crv": "P-384"}, "public_key", "not_a_key"),
            ({**jwk, "x": jwk["y"]}, "public_key", "not_a_key"),
            ({**jwk, "x": jwk["x"][:-1]}, "public_key", "not_a_key"),
            ({**jwk, "x": "签" * 43}, "public_key", "not_a_key"),
            ({**jwk, "d": jwk["x"]}, "public_key.d", "unknown_field"),
        ):
            assert field_errors(kiosk.enrol(code, public_key=changed)) == {where: problem}
        assert kiosk.enrol(code, public_key={**jwk, "ext": True, "key_ops": ["verify"]}).status_code == 201


def test_a_handshake_tells_the_time_and_proves_the_key(world: World) -> None:
    kiosk = enrolled(world)
    at = NOW + timedelta(days=2)
    answer = kiosk.handshake(at)
    assert answer.status_code == 200
    assert answer.get_json() == {
        "kiosk": {"id": str(kiosk.id), "name": "前台平板"},
        "institution": {"id": str(world.home.id), "name": world.home.name},
        "server_time": instant_text(at),
        "recent": [],
        "revoked": False,
    }
    (listed,) = _listed(world, world.manager)
    assert listed["last_seen_at"] == instant_text(at)
    for changed in (
        {"forged_jumps": 1},
        {"sent_at": instant_text(NOW)},
        {"nonce": None},
        {"signature": "AAAA"},
    ):
        assert kiosk.handshake(at + MINUTE, **changed).status_code == 403, changed
    assert kiosk.handshake(at, signature="签").status_code == 403
    (listed,) = _listed(world, world.manager)
    assert listed["last_seen_at"] == instant_text(at)


def test_another_kiosks_key_and_an_unknown_kiosk_shake_no_hands(world: World) -> None:
    kiosk, other = enrolled(world), enrolled(world)
    other.id = kiosk.id
    assert other.handshake(NOW).status_code == 403
    other.id = UUID(int=5)
    assert other.handshake(NOW).status_code == 404


def test_jumps_of_its_clock_are_counted_and_never_taken_back(world: World) -> None:
    kiosk = enrolled(world)
    for jumps in (0, 2, 2, 1):
        assert kiosk.handshake(NOW, jumps=jumps).status_code == 200
    (listed,) = _listed(world, world.manager)
    assert listed["jumps"] == 2
    assert [entry.details for entry in world.trail("kiosk.clock_jumped", kiosk.id)] == [{"jumps": 2}]


def test_a_revoked_kiosk_is_told_so_and_stays_revoked(world: World) -> None:
    kiosk = enrolled(world)
    with clock.fixed(NOW + MINUTE):
        manager = world.client(world.manager)
        unknown = manager.delete(f"/kiosks/{kiosk.id}?reason=dusty")
        assert field_errors(unknown) == {"reason": "unknown_choice"}
        assert manager.delete(f"/kiosks/{kiosk.id}?reason=replaced").status_code == 204
    with clock.fixed(NOW + 2 * MINUTE):
        assert manager.delete(f"/kiosks/{kiosk.id}?reason=replaced").status_code == 204
    answer = kiosk.handshake(NOW + 3 * MINUTE)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (410, "revoked")
    (listed,) = _listed(world, world.home_manager)
    assert (listed["revoked_at"], listed["last_seen_at"]) == (instant_text(NOW + MINUTE), instant_text(NOW))
    assert listed["revoked_for"] == "replaced"
    assert [entry.details for entry in world.trail("kiosk.revoked", kiosk.id)] == [{"reason": "replaced"}]


def test_a_kiosk_revoked_without_a_word_counts_as_lost(world: World) -> None:
    kiosk = enrolled(world)
    with clock.fixed(NOW):
        assert world.client(world.manager).delete(f"/kiosks/{kiosk.id}").status_code == 204
    assert [each["revoked_for"] for each in _listed(world, world.manager)] == ["lost"]


def test_a_kiosk_that_was_replaced_may_be_lost_afterwards_and_never_the_other_way(world: World) -> None:
    kiosk = enrolled(world)
    manager = world.client(world.manager)
    for minutes, reason in enumerate(("replaced", "lost", "replaced")):
        with clock.fixed(NOW + minutes * MINUTE):
            assert manager.delete(f"/kiosks/{kiosk.id}?reason={reason}").status_code == 204
    (listed,) = _listed(world, world.manager)
    assert (listed["revoked_at"], listed["revoked_for"]) == (instant_text(NOW), "lost")
    said = [entry.details["reason"] for entry in world.trail("kiosk.revoked", kiosk.id)]
    assert said == ["replaced", "lost"]


def test_only_those_who_deal_with_the_institution_manage_its_kiosks(world: World) -> None:
    kiosk = enrolled(world)
    with clock.fixed(NOW):
        stranger = world.client(world.other["manager"])
        assert stranger.json("/kiosks") == {"kiosks": []}
        assert stranger.delete(f"/kiosks/{kiosk.id}").status_code == 404
        body = {"institution_id": str(world.home.id), "name": "x"}
        assert stranger.post("/kiosks/invitations", body).status_code == 404
        elsewhere = world.organisation(OrganisationKind.CARE, "别处养老院", region="999909")
        world.grant(world.doctor, elsewhere, Role.MANAGER)
        doctor = world.client(world.doctor)
        assert doctor.json("/kiosks") == {"kiosks": []}
        assert doctor.delete(f"/kiosks/{kiosk.id}").status_code == 404
        assert doctor.post("/kiosks/invitations", body).status_code == 404
    assert _listed(world, world.manager)[0]["revoked_at"] is None


def test_invitations_are_forgotten_a_day_after_they_expired(world: World) -> None:
    invite(world, NOW)
    for later, gone in ((timedelta(days=1), 0), (timedelta(days=1, minutes=16), 1)):
        with world.work() as session:
            assert forget_invitations(session, NOW + later) == gone
    assert world.rows(select(KioskInvitation)) == []
