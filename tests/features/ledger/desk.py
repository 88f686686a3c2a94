"""A manager at the ledger."""

from datetime import datetime
from typing import Any

from werkzeug.test import TestResponse

from server import clock
from tests.factories.client import Client
from tests.factories.world import World


class Desk:
    def __init__(self, world: World, login: str | None = None) -> None:
        self.client: Client = world.client(login or world.manager)

    def entries(self, **wanted: Any) -> list[dict[str, Any]]:
        query = "&".join(f"{name}={value}" for name, value in wanted.items())
        found: list[dict[str, Any]] = self.client.json(f"/ledger?{query}")["entries"]
        return found

    def received(self, ledger_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.json(f"/ledger/{ledger_id}")
        return found

    def refused(self) -> list[dict[str, Any]]:
        return self.entries(outcome="refused")

    def repair(self, ledger_id: str, payload: Any = None, *, now: datetime) -> TestResponse:
        body = {} if payload is None else {"payload": payload}
        with clock.fixed(now):
            return self.client.post(f"/ledger/{ledger_id}/repair", body)


def error(answer: TestResponse) -> str:
    code: str = answer.get_json()["error"]["code"]
    return code
