"""A phone: makes entries with a clock of its own, and sends them through the one door."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from werkzeug.test import TestResponse

from server import clock
from server.checkin.models import Poster
from server.checkin.rules import RoundCode, step_of
from server.ids import new_id
from server.organisations.models import Organisation
from server.residents.models import Resident
from server.web.schemas import instant_text
from tests.factories.client import Client

Entry = dict[str, Any]
NEAR = (0.0003, 0.0003)  # degrees: some 40 m away


class Phone:
    """`clock` moves on a minute with every entry; `waiting` are entries not acknowledged yet."""

    def __init__(self, client: Client, device_id: UUID, at: datetime) -> None:
        self.client = client
        self.device_id = device_id
        self.clock = at
        self.began = at
        self.round_id = new_id()
        self.counts = True  # the time since check-in: only where the round was begun here
        self.waiting: list[Entry] = []

    def say(self, kind: str, payload: dict[str, Any], **overrides: Any) -> UUID:
        """Freeze an entry; anything of its envelope can be overridden. Returns its id."""
        self.clock += timedelta(minutes=1)
        elapsed = int((self.clock - self.began).total_seconds() * 1000)
        entry = {
            "id": str(new_id()),
            "kind": kind,
            "round_id": str(self.round_id),
            "at": instant_text(self.clock),
            "elapsed_ms": elapsed if self.counts else None,
            "payload": payload,
            **overrides,
        }
        self.waiting.append(entry)
        return UUID(entry["id"])

    def check_in(self, home: Organisation, poster: Poster | None, **payload: Any) -> UUID:
        """Start a round by the poster with a fix at the door (None: by hand). Returns the round's id."""
        self.round_id, self.began = new_id(), self.clock + timedelta(minutes=1)
        self.counts = True
        said: dict[str, Any] = {
            "institution_id": str(home.id),
            "method": "poster" if poster else "manual",
            "token": poster.token if poster else None,
            "short_code": None,
            "reason": None if poster else "poster_missing",
            "reason_text": None,
            "position": fix(home),
            "position_problem": None,
        }
        self.say("check_in", {**said, **payload})
        return self.round_id

    def record(
        self,
        service: str,
        subject: Resident | None,
        form: dict[str, Any],
        *,
        outcome: str = "done",
        **payload: Any,
    ) -> UUID:
        said: dict[str, Any] = {
            "service": service,
            "subject_id": str(subject.id) if subject else None,
            "outcome": outcome,
            "form": form,
            "form_version": 1,
            "unusual": [],
        }
        return self.say("record", {**said, **payload})

    def amend(
        self, line: UUID, seen: int, form: dict[str, Any], *, reason: str = "wrong_value", **payload: Any
    ) -> UUID:
        said: dict[str, Any] = {
            "line_id": str(line),
            "version": seen,
            "reason": reason,
            "reason_text": None,
            "outcome": "done",
            "form": form,
            "form_version": 1,
            "unusual": [],
        }
        return self.say("amend", {**said, **payload})

    def void(self, line: UUID, seen: int, reason: str = "entered_twice", text: str | None = None) -> UUID:
        payload = {"line_id": str(line), "version": seen, "reason": reason, "reason_text": text}
        return self.say("void", payload)

    def check_out(self, home: Organisation, note: str | None = None) -> UUID:
        return self.say("check_out", {"position": fix(home), "position_problem": None, "note": note})

    def confirm(self, round_id: UUID, lines: dict[UUID, int]) -> UUID:
        return self.say("confirm", {"lines": _seen(lines)}, round_id=str(round_id), elapsed_ms=None)

    def dispute(
        self, round_id: UUID, lines: dict[UUID, int], reason: str = "not_done", text: str | None = None
    ) -> UUID:
        payload = {"lines": _seen(lines), "reason": reason, "text": text}
        return self.say("dispute", payload, round_id=str(round_id), elapsed_ms=None)

    def join(self, home: Organisation, first: "Phone", **payload: Any) -> UUID:
        """Take part in the round that another phone is in, by the code it shows now."""
        self.round_id, self.counts = first.round_id, False
        at = self.clock + timedelta(minutes=1)
        code = RoundCode(first.round_id, step_of(at), home.id, first.began)
        said = {
            "institution_id": str(home.id),
            "token": code.text,
            "position": fix(home),
            "position_problem": None,
        }
        return self.say("join", {**said, **payload})

    def uphold(
        self, round_id: UUID, line: UUID, seen: int, reason: str = "done_as_recorded", text: str | None = None
    ) -> UUID:
        payload = {"line_id": str(line), "version": seen, "reason": reason, "text": text}
        return self.say("answer", payload, round_id=str(round_id), elapsed_ms=None)

    def send(self, entries: list[Entry], *, now: datetime | None = None, **envelope: Any) -> TestResponse:
        """One request with these entries, at `now` by everybody's clock."""
        at = now or self.clock
        body = {
            "protocol": 1,
            "device_id": str(self.device_id),
            "device_name": "test phone",
            "sent_at": instant_text(at),
            "entries": entries,
            **envelope,
        }
        with clock.fixed(at):
            return self.client.post("/sync", body)

    def sync(self, *, now: datetime | None = None) -> list[dict[str, Any]]:
        """Send what waits; what is stored or a duplicate waits no more. Returns the results."""
        response = self.send(self.waiting, now=now)
        assert response.status_code == 200, response.text
        results: list[dict[str, Any]] = response.get_json()["results"]
        done = {result["id"] for result in results if result["outcome"] in ("stored", "duplicate")}
        self.waiting = [entry for entry in self.waiting if entry["id"] not in done]
        return results

    def pull(self, cursor: str | None = None, *, now: datetime | None = None) -> dict[str, Any]:
        """One page of the working set."""
        with clock.fixed(now or self.clock):
            page: dict[str, Any] = self.client.json(f"/sync?cursor={cursor}" if cursor else "/sync")
        return page


def fix(home: Organisation, accuracy_m: float = 12) -> dict[str, Any]:
    return {
        "latitude": (home.latitude or 0) + NEAR[0],
        "longitude": (home.longitude or 0) + NEAR[1],
        "accuracy_m": accuracy_m,
        "datum": "WGS-84",
    }


def _seen(lines: dict[UUID, int]) -> list[dict[str, Any]]:
    return [{"line_id": str(line), "version": version} for line, version in lines.items()]


def outcomes(results: list[dict[str, Any]]) -> list[str]:
    """What became of each entry: `stored`, `duplicate`, `busy`, or the code it was refused with."""
    return [result["code"] if result["outcome"] == "refused" else result["outcome"] for result in results]
