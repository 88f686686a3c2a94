"""What the database refuses for a reason that waiting does not mend."""

from sqlalchemy import select, text

from server.db import db
from server.rounds.models import RoundNote
from server.sync.models import LedgerEntry
from tests.factories.phone import outcomes
from tests.factories.world import World

_FUNCTION = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = 'no'; END $$
"""
_TRIGGERS = {
    "postgresql": [
        _FUNCTION,
        "CREATE TRIGGER refusing BEFORE INSERT ON round_notes FOR EACH ROW EXECUTE FUNCTION refuse()",
    ],
    "sqlite": [
        "CREATE TRIGGER refusing BEFORE INSERT ON round_notes BEGIN SELECT RAISE(ABORT, 'no'); END",
    ],
}


def _refuse_notes(world: World) -> None:
    with world.app.app_context(), db.engine.begin() as connection:
        for statement in _TRIGGERS[connection.dialect.name]:
            connection.execute(text(statement))


def test_an_entry_that_the_database_refuses_is_kept_as_refused_and_its_neighbours_are_stored(
    real_world: World,
) -> None:
    _refuse_notes(real_world)
    phone = real_world.phone(real_world.doctor)
    phone.check_in(real_world.home, real_world.poster)
    phone.say("note", {"text": "门口在修路"})
    phone.record("blood_pressure", real_world.ada, {"sbp": 138, "dbp": 82})
    results = phone.sync()
    assert outcomes(results) == ["stored", "internal", "stored"]
    assert results[1]["outcome"] == "refused"
    (kept,) = real_world.rows(select(LedgerEntry).where(LedgerEntry.kind == "note"))
    assert (kept.outcome, kept.code) == ("refused", "internal")
    assert not real_world.rows(select(RoundNote))
