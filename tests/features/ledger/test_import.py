"""A phone's file, brought by a manager: opened and judged as its author's, in order."""

import gzip
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from werkzeug.test import TestResponse

from server import clock
from server.auth.roles import Role
from server.rounds.models import Round, ServiceRecord
from server.sync.models import LedgerEntry
from server.web.schemas import instant_text
from tests.factories.client import Client, field_errors
from tests.factories.phone import Phone, outcomes
from tests.factories.sealer import Sealer, account_of
from tests.factories.world import World
from tests.features.ledger.desk import Desk, error
from tests.features.sync.county import end_membership

DAY = timedelta(days=1)
READING = {"sbp": 138, "dbp": 82}


def _exported(world: World, login: str | None = None) -> tuple[Phone, dict[str, Any]]:
    """A round that stayed on its phone, and the file that was made of it an hour fast."""
    login = login or world.doctor
    phone = world.phone(login)
    phone.check_in(world.home, world.poster)
    phone.record("blood_pressure", world.ada, {"sbp": 138, "dbp": 82})
    phone.record("blood_pressure", world.ben, {"sbp": 999, "dbp": 82})
    return phone, _file(world, login, phone)


def _file(world: World, login: str, phone: Phone) -> dict[str, Any]:
    """What waits on the phone as a file; the key that seals it is public, so anybody could have made it."""
    account = account_of(world, login)
    sealer = Sealer(world.app.keyring, account)
    return {
        "format": "xunyue-entries",
        "version": 1,
        "account_id": account,
        "account_name": "doctor 先生",
        "device_id": str(phone.device_id),
        "device_name": "broken phone",
        "exported_at": instant_text(phone.clock),
        "offset_ms": 0,
        "entries": [sealer.seal(entry) for entry in phone.waiting],
    }


def _bring(client: Client, world: World, file: Any) -> TestResponse:
    with clock.fixed(world.now + 2 * DAY):
        return client.post("/sync/imports", file)


def test_a_file_is_judged_in_order_as_its_authors(world: World) -> None:
    phone, file = _exported(world)
    manager = world.client(world.manager)
    answer = _bring(manager, world, file)
    assert answer.status_code == 200, answer.text
    assert outcomes(answer.get_json()["results"]) == ["stored", "stored", "invalid"]
    assert answer.get_json()["author"]["name"] == "doctor 先生"
    assert answer.get_json()["results"][2]["message"]
    fields = [result["fields"] for result in answer.get_json()["results"]]
    assert fields == [[], [], [{"path": "payload.form.sbp", "code": "too_high", "limit": 300}]]
    (visit,) = world.rows(select(Round).where(Round.id == phone.round_id))
    assert (str(visit.clinician_id), visit.grade, visit.device_name) == (
        file["account_id"],
        "C",
        "broken phone",
    )
    (reading,) = world.rows(select(ServiceRecord).where(ServiceRecord.subject_id == world.ada.id))
    assert reading.not_counted is None
    shown = Desk(world).entries()
    assert {row["imported_by"] for row in shown} == {"manager 先生"}
    (trail,) = world.trail("entries.imported", file["account_id"])
    assert trail.details == {"entries": 3, "stored": 2}
    # The phone came back to life, and the file is brought again: nothing doubles.
    assert outcomes(phone.send(phone.waiting, now=world.now + 3 * DAY).get_json()["results"]) == [
        *("duplicate", "duplicate", "invalid")
    ]
    assert outcomes(_bring(manager, world, file).get_json()["results"]) == [
        "duplicate",
        "duplicate",
        "invalid",
    ]
    assert len(world.rows(select(LedgerEntry))) == 3


def test_the_clock_of_the_phone_is_corrected_as_the_file_says(world: World) -> None:
    phone, file = _exported(world)
    _bring(world.client(world.manager), world, {**file, "offset_ms": -24 * 3_600_000})
    (visit,) = world.rows(select(Round).where(Round.id == phone.round_id))
    assert visit.on.isoformat() == "2026-05-11"


def test_of_somebody_who_left_since(world: World) -> None:
    _, file = _exported(world)
    end_membership(world, world.doctor, world.hospital.id, world.now + DAY)
    answer = _bring(world.client(world.manager), world, file)
    assert outcomes(answer.get_json()["results"]) == ["stored", "stored", "invalid"]


def test_of_somebody_who_joined_after_it_was_written(world: World) -> None:
    _, file = _exported(world)
    end_membership(world, world.doctor, world.hospital.id, world.now + DAY / 2)
    world.grant(world.doctor, world.other["hospital"], Role.CLINICIAN, at=world.now + DAY)
    new = world.client(world.other["manager"])
    assert field_errors(_bring(new, world, file)) == {"account_id": "out_of_scope"}
    later = {**file, "exported_at": instant_text(world.now + DAY)}
    assert _bring(new, world, later).status_code == 200


def test_a_file_that_is_none_of_ours_is_refused_with_the_field_named(world: World) -> None:
    _, file = _exported(world)
    manager = world.client(world.manager)
    sealed = file["entries"][0]
    foreign = {**sealed, "sealed": {**sealed["sealed"], "key": "00" * 4}}
    plain = {key: value for key, value in sealed.items() if key != "sealed"}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"format": "other"}, "format"),
        ({"version": 2}, "version"),
        ({"account_id": account_of(world, world.other["doctor"])}, "account_id"),
        ({"account_id": str(world.home.id)}, "account_id"),
        ({"entries": [sealed, foreign]}, "entries[1].sealed.key"),
        ({"entries": [plain]}, "entries[0].sealed"),
        ({"entries": [7]}, "entries[0].sealed"),
        ({"offset_ms": 10**15}, "offset_ms"),
        ({"extra": 1}, "extra"),
    ]
    for change, path in wrong:
        assert list(field_errors(_bring(manager, world, {**file, **change}))) == [path]
    assert field_errors(
        manager.post_bytes("/sync/imports", b"{", **{"Content-Type": "application/json"})
    ) == {"body": "not_json"}
    assert list(field_errors(_bring(manager, world, [1]))) == ["body"]
    deep = b"[" * 100_000 + b"]" * 100_000
    assert field_errors(manager.post_bytes("/sync/imports", deep)) == {"body": "too_deep"}
    assert error(_bring(manager, world, {**file, "entries": [sealed] * 501})) == "too_large"
    assert world.rows(select(LedgerEntry)) == []


def test_a_zipped_file_and_a_broken_box(world: World) -> None:
    _, file = _exported(world)
    file["entries"][1]["sealed"]["box"] = "AAAA"
    manager = world.client(world.manager)
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    with clock.fixed(world.now + DAY):
        answer = manager.post_bytes("/sync/imports", gzip.compress(json.dumps(file).encode()), **headers)
    assert outcomes(answer.get_json()["results"]) == ["stored", "unreadable_seal", "invalid"]


def _elsewhere(world: World) -> Phone:
    """A round of the doctor for another employer, at a home that only that one serves."""
    world.grant(world.doctor, world.other["hospital"], Role.CLINICIAN)
    phone = world.phone(world.doctor)
    phone.check_in(world.other["home"], world.other["poster"])
    phone.record("blood_pressure", world.other["resident"], READING)
    return phone


def test_a_file_speaks_for_its_author_only_where_the_manager_manages(world: World) -> None:
    phone = _elsewhere(world)
    file = _file(world, world.doctor, phone)
    answer = _bring(world.client(world.manager), world, file)
    assert outcomes(answer.get_json()["results"]) == ["out_of_scope", "unknown_round"]
    assert world.rows(select(Round).where(Round.id == phone.round_id)) == []
    answer = _bring(world.client(world.other["manager"]), world, file)
    assert outcomes(answer.get_json()["results"]) == ["stored", "stored"]


def test_a_file_changes_no_line_that_its_author_made_for_another_employer(world: World) -> None:
    phone = _elsewhere(world)
    line = UUID(phone.waiting[1]["id"])
    assert outcomes(phone.sync()) == ["stored", "stored"]
    phone.amend(line, 1, {"sbp": 120, "dbp": 80})
    answer = _bring(world.client(world.manager), world, _file(world, world.doctor, phone))
    assert outcomes(answer.get_json()["results"]) == ["unknown_round"]
    (stored,) = world.rows(select(ServiceRecord).where(ServiceRecord.id == line))
    assert (stored.version, stored.form) == (1, READING)


def test_what_waits_since_a_file_is_still_judged_where_its_bringer_manages(world: World) -> None:
    """The manager there mends the check-in: what a stranger's file laid in wait for it is not let in."""
    phone = _elsewhere(world)
    phone.waiting[0]["payload"]["method"] = "postre"
    own = dict(phone.waiting[1])
    assert outcomes(phone.sync()) == ["invalid", "unknown_round"]
    phone.waiting.clear()
    laid = phone.record("blood_pressure", world.other["resident"], {"sbp": 120, "dbp": 80})
    answer = _bring(world.client(world.manager), world, _file(world, world.doctor, phone))
    assert outcomes(answer.get_json()["results"]) == ["unknown_round"]
    # What the stranger became there since does not count: the file was brought before.
    world.grant(world.manager, world.other["hospital"], Role.MANAGER, at=world.now + 2.5 * DAY)
    desk = Desk(world, world.other["manager"])
    (row,) = [each for each in desk.refused() if each["kind"] == "check_in"]
    payload = {**row["content"]["payload"], "method": "poster"}
    judged = desk.repair(row["id"], payload, now=world.now + 3 * DAY).get_json()["judged"]
    assert {each["entry_id"]: each["outcome"] for each in judged[1:]} == {
        own["id"]: "stored",
        str(laid): "refused",
    }


def test_other_managers_import_nothing_of_it(world: World) -> None:
    _, file = _exported(world)
    for login in (world.other["manager"], world.home_manager):
        assert field_errors(_bring(world.client(login), world, file)) == {"account_id": "out_of_scope"}
    assert _bring(world.client(world.doctor), world, file).status_code == 403
