"""A session that somebody ended opens no door of the ledger, the trail, the kiosks and the phones."""

from typing import Any

import pytest
from sqlalchemy import select

from server import clock
from server.accounts.models import Account
from server.auth.roles import Role
from server.web.schemas import instant_text
from tests.factories.client import Client
from tests.factories.phone import outcomes
from tests.factories.world import NOW, World
from tests.features.ledger.desk import Desk
from tests.features.sync.county import counts

DOORS = """
GET  /sync
POST /sync
GET  /ledger
GET  /ledger/{ledger}
POST /ledger/{ledger}/repair
POST /sync/imports
POST /rounds/{round}/unlock
GET  /devices
GET  /audit
GET  /audit/people
GET  /audit/chains
GET  /audit/chains/{hospital}/file
GET  /audit/recipients
GET  /kiosks
POST /kiosks/invitations
DELETE /kiosks/{home}
POST /institutions/{home}/location
POST /accounts/{account}/enable
"""


def _ask(client: Client, method: str, path: str, body: Any) -> tuple[int, str]:
    answer = client.raw(method, f"/api/v1{path}", json=body, headers={"X-Xunyue": "1"})
    return answer.status_code, answer.get_json()["error"]["code"]


@pytest.mark.parametrize("how", ["disabled", "password reset"])
def test_an_ended_session_opens_nothing_and_changes_nothing(world: World, how: str) -> None:
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster, method="postre")
    assert outcomes(phone.sync()) == ["invalid"]
    (row,) = Desk(world).refused()
    colleague = world.client(world.person("colleague", world.hospital, Role.MANAGER))
    stolen = world.client(world.manager)
    (account,) = world.rows(select(Account.id).where(Account.login == world.manager))
    path, body = ("disable", {}) if how == "disabled" else ("password", {"password": "another horse"})
    with clock.fixed(NOW):
        assert colleague.post(f"/accounts/{account}/{path}", body).status_code in (200, 204)
        before = counts(world)
        ids = {
            "ledger": row["id"],
            "round": phone.round_id,
            "hospital": world.hospital.id,
            "home": world.home.id,
            "account": account,
        }
        bodies: dict[str, Any] = {
            "/ledger/{ledger}/repair": {"payload": {**row["content"]["payload"], "method": "poster"}},
            "/rounds/{round}/unlock": {"until": instant_text(NOW), "reason": "x"},
            "/kiosks/invitations": {"institution_id": str(world.home.id), "name": "x"},
        }
        got = {
            door: _ask(stolen, door.split()[0], door.split()[1].format(**ids), bodies.get(door.split()[1]))
            for door in DOORS.strip().splitlines()
        }
    assert set(got.values()) == {(401, "revoked")}, got
    assert counts(world) == before
