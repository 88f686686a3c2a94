"""What waited and cannot be read any more holds up nobody else of its round."""

import json
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from server.sync.models import LedgerEntry
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
