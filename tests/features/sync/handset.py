"""A phone as the app is: it freezes what it sends, and forgets nothing before it heard that it is kept."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from server.ids import new_id
from server.organisations.models import Organisation
from server.web.schemas import instant_text
from tests.factories.client import Client
from tests.factories.phone import Entry, Phone

_NEARLY_LATE = timedelta(days=6)


@dataclass
class Visited:
    """A round as the phone knows it: the version that each line has when all is said."""

    began: datetime
    lines: dict[UUID, int] = field(default_factory=dict)
    void: set[UUID] = field(default_factory=set)
    left: bool = False

    @property
    def alive(self) -> list[UUID]:
        return [line for line in self.lines if line not in self.void]


class Handset(Phone):
    """`skew` is its clock minus the truth. `outbox` are entries nobody acknowledged, in the order said;
    `frozen` is the text of those that were tried to send, which from then on is sent as it is. `told` are
    all that were ever said, as they were in the end; `seen` are versions of lines as the server showed
    them."""

    def __init__(self, client: Client, login: str, at: datetime) -> None:
        super().__init__(client, new_id(), at)
        self.login = login
        self.skew = timedelta(0)
        self.told: dict[str, Entry] = {}
        self.outbox: dict[str, Entry] = {}
        self.frozen: dict[str, str] = {}
        self.in_flight: set[str] = set()
        self.acknowledged: set[str] = set()
        self.visit: Visited | None = None
        self.seen: dict[UUID, dict[UUID, int]] = {}

    def look_at_clock(self, truth: datetime) -> None:
        """The next thing is said at this moment."""
        self.clock = truth + self.skew - timedelta(minutes=1)

    def set_clock(self, skew: timedelta) -> None:
        """Somebody sets the wall clock; what is counted since check-in knows nothing of it."""
        self.began += skew - self.skew
        if self.visit:
            self.visit.began += skew - self.skew
        self.skew = skew

    def say(self, kind: str, payload: dict[str, Any], **overrides: Any) -> UUID:
        id_ = super().say(kind, payload, **overrides)
        entry = self.waiting.pop()
        self.outbox[str(id_)] = self.told[str(id_)] = entry
        return id_

    def arrive(self, home: Organisation, poster: Any) -> None:
        self.check_in(home, poster)
        self.visit = Visited(self.began, {self.round_id: 1})

    def leave(self, home: Organisation, note: str | None) -> None:
        assert self.visit
        self.check_out(home, note)
        self.visit.left = True
        self.visit.lines[self.round_id] += 1

    def why_late(self) -> dict[str, Any]:
        """A reason, asked for where by this phone's clock it is a week after the visit, or soon will be."""
        assert self.visit
        late = self.clock - self.visit.began > _NEARLY_LATE
        return {"late_reason": "phone_problem", "late_text": None} if late else {}

    def correct(self, line: UUID, form: dict[str, Any]) -> None:
        """What was never tried to send is changed in place; anything else by saying so."""
        assert self.visit
        if str(line) in self.outbox and str(line) not in self.frozen and self.visit.lines[line] == 1:
            self.outbox[str(line)]["payload"]["form"] = form
        else:
            self.amend(line, self.visit.lines[line], form, **self.why_late())
            self.visit.lines[line] += 1

    def withdraw(self, line: UUID) -> None:
        assert self.visit
        seen = {"line_id": str(line), "version": self.visit.lines[line]}
        self.say("void", {**seen, "reason": "entered_twice", "reason_text": None, **self.why_late()})
        self.visit.lines[line] += 1
        self.visit.void.add(line)

    def choose(self, order: Sequence[int] | None) -> list[str]:
        """Ids to send: all that are not on their way, or some of them in some order. With nothing else to
        send, the phone gives up waiting for an answer."""
        if self.outbox.keys() == self.in_flight:
            self.in_flight.clear()
        free = [id_ for id_ in self.outbox if id_ not in self.in_flight]
        return free if order is None or not free else [free[place % len(free)] for place in order]

    def request(self, truth: datetime, chosen: Sequence[str]) -> bytes:
        """Freeze these entries and write them down as a request."""
        for id_ in chosen:
            self.frozen.setdefault(id_, json.dumps(self.outbox[id_]))
        self.in_flight.update(chosen)
        envelope = {
            "protocol": 1,
            "device_id": str(self.device_id),
            "device_name": "test phone",
            "sent_at": instant_text(truth + self.skew),
        }
        entries = ",".join(self.frozen[id_] for id_ in chosen)
        return f'{json.dumps(envelope)[:-1]}, "entries": [{entries}]}}'.encode()

    def restart(self) -> None:
        """Killed and opened again: what was on its way waits again, under its id and with its content."""
        self.in_flight.clear()

    def hear(self, results: Sequence[dict[str, Any]]) -> None:
        """An answer came: what is stored or a duplicate waits no more, all else does."""
        for result in results:
            self.in_flight.discard(result["id"])
            if result["outcome"] in ("stored", "duplicate"):
                self.outbox.pop(result["id"], None)
                self.acknowledged.add(result["id"])

    def hear_of_rounds(self, lines: Sequence[dict[str, Any]]) -> None:
        """What the server shows of the lines of rounds."""
        self.seen = {}
        for line in lines:
            if line["state"] != "void":
                self.seen.setdefault(UUID(line["round_id"]), {})[UUID(line["id"])] = line["version"]
