"""What people wrote in their own words may name residents: regulators do not get it."""

import json
from datetime import timedelta

from server import clock
from server.auth.roles import Role
from tests.factories.world import World

SECRET = "王秀英家属来访"


def test_no_free_text_and_no_urgent_code_reaches_a_regulator(world: World) -> None:
    with clock.fixed(world.now):
        phone = world.phone(world.doctor)
        said = {"reason": "other", "reason_text": SECRET}
        round_id = phone.check_in(world.home, None, **said)
        line = phone.record("blood_pressure", world.ada, {"sbp": 190, "dbp": 100, "note": SECRET})
        phone.check_out(world.home, note=SECRET)
        assert {result["outcome"] for result in phone.sync()} == {"stored"}
        staff = world.phone(world.staff, at=world.now + timedelta(hours=1))
        staff.dispute(round_id, {line: 1}, reason="other", text=SECRET)
        assert staff.sync()[0]["outcome"] == "stored"

    pages = (f"/rounds/{round_id}", f"/lines/{line}")
    # Also for a regulator who works in a home elsewhere.
    world.grant(world.regulator, world.other["home"], Role.CARE_STAFF)
    with clock.fixed(world.now + timedelta(hours=2)):
        seen = [json.dumps(world.client(world.regulator).json(page), ensure_ascii=False) for page in pages]
        whole = [json.dumps(world.client(world.manager).json(page), ensure_ascii=False) for page in pages]
    assert all(SECRET in page and "sbp_urgent" in page for page in whole)
    assert not any(SECRET in page or "sbp_urgent" in page or "王秀英" in page for page in seen)
