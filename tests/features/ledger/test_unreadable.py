"""What waited and cannot be read any more holds up nobody else of its round."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from server.sync.models import LedgerEntry
from tests.factories.client import field_errors
from tests.factories.phone import Phone, outcomes
from tests.factories.sealer import Sealer, account_of
from tests.factories.world import World
from tests.features.ledger.desk import Desk


def _refused_round(world: World) -> Phone:
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster, method="postre")
    line = phone.record("blood_pressure", world.ada, {"sbp": 138, "dbp": 82})
    phone.amend(line, 1, {"sbp": 139, "dbp": 82})
    phone.check_out(world.home)
    assert outcomes(phone.sync()) == ["invalid", "unknown_round", "unknown_round", "unknown_round"]
    return phone


def test_a_row_whose_sealing_key_was_removed_is_named_and_passed_over(world: World) -> None:
    phone = _refused_round(world)
    record = phone.waiting[1]
    is_lost = LedgerEntry.entry_id == UUID(record["id"])
    sealed = Sealer(world.app.keyring, account_of(world, world.doctor)).seal(record)
    sealed["sealed"]["key"] = "00000000"
    with world.work() as session:
        session.execute(update(LedgerEntry).where(is_lost).values(content=json.dumps(sealed)))
    desk = Desk(world)
    (row,) = [each for each in desk.refused() if each["kind"] == "check_in"]
    mended = {**row["content"]["payload"], "method": "poster"}
    answer = desk.repair(row["id"], mended, now=world.now + timedelta(days=1))
    assert answer.status_code == 200, answer.text
    judged = answer.get_json()["judged"]
    assert [(each["kind"], each["outcome"], each["code"]) for each in judged] == [
        ("check_in", "stored", None),
        ("record", "refused", "unreadable_seal"),
        ("amend", "refused", "unknown_line"),  # of what nobody can read
        ("check_out", "stored", None),
    ]
    assert (judged[1]["entry_id"], bool(judged[1]["message"])) == (record["id"], True)
    (kept,) = world.rows(select(LedgerEntry).where(is_lost))
    assert (kept.outcome, kept.code) == ("refused", "unknown_round")


def test_what_nests_too_deep_is_refused_alone_and_the_ledger_can_be_read(world: World) -> None:
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster)
    phone.say("note", {"text": _nested(29)})  # below the entry and its payload 31 deep: wrong, not too deep
    phone.say("note", {"text": _nested(700)})
    phone.say("note", {"text": "a"}, extra=_nested(33))
    phone.say("note", {"text": "taken"})
    sealed = Sealer(world.app.keyring, account_of(world, world.doctor)).seal(phone.waiting[2])
    phone.waiting[2] = sealed
    results = phone.send(phone.waiting).get_json()["results"]
    assert outcomes(results) == ["stored", "invalid", "invalid", "invalid", "stored"]
    assert [result["fields"] for result in results[1:4]] == [
        [{"path": "payload.text", "code": "not_text"}],
        [{"path": "payload.text", "code": "too_deep", "limit": 32}],
        [{"path": "entries[3].extra[0]", "code": "too_deep", "limit": 32}],
    ]
    rows = {row["entry_id"]: row for row in Desk(world).refused()}
    deep = rows[sealed["id"]]
    assert json.dumps(deep["content"]["payload"]["text"]) == "[" * 30 + '"not kept"' + "]" * 30
    answer = Desk(world).repair(deep["id"], {"text": _nested(600)}, now=phone.clock)
    assert field_errors(answer) == {"payload.text": "too_deep"}
    assert Desk(world).repair(deep["id"], {"text": "mended"}, now=phone.clock).status_code == 200


def _nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth - 1):
        value = [value]
    return value
