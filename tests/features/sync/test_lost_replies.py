"""Whatever the network loses, repeats or turns round: in the end the server has what the phone said, once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

import pytest
from hypothesis import given, settings, strategies as st
from sqlalchemy import Connection, select

from server.ids import new_id
from server.rounds.models import RecordVersion, Round, RoundNote, ServiceRecord
from server.sync.models import LedgerEntry
from tests.factories.client import Client
from tests.factories.phone import Entry, Phone
from tests.factories.world import World

County = tuple[World, Connection]
Step = tuple[Literal["record", "amend", "void", "note", "send"], int]


@dataclass
class Said:
    """What a clinician has told the phone: values of each line, version by version, and the notes."""

    values: dict[UUID, list[int]] = field(default_factory=dict)
    void: set[UUID] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    @property
    def alive(self) -> list[UUID]:
        return [line for line in self.values if line not in self.void]


@dataclass(frozen=True)
class Network:
    """How one send fares: which entries go, in which order, and whether its answer comes back."""

    order: Sequence[int]
    doubled: bool
    answer_lost: bool

    def batch(self, waiting: Sequence[Entry]) -> list[Entry]:
        chosen = [waiting[place % len(waiting)] for place in self.order] if waiting else []
        return [*chosen, *chosen] if self.doubled else chosen


NETWORK = st.builds(
    Network, st.lists(st.integers(0, 30), min_size=1, max_size=8), st.booleans(), st.booleans()
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["record", "record", "amend", "void", "note", "send", "send"]), st.integers(0, 9)
    ),
    min_size=3,
    max_size=14,
)


@pytest.fixture(scope="module")
def doctor(county: County) -> Client:
    return county[0].client(county[0].doctor)


@contextmanager
def _rolled_back(connection: Connection) -> Iterator[None]:
    savepoint = connection.begin_nested()
    try:
        yield
    finally:
        savepoint.rollback()


@settings(max_examples=12, deadline=None)
@given(steps=STEPS, data=st.data())
def test_what_the_phone_said_is_there_exactly_once(
    county: County, doctor: Client, steps: list[Step], data: st.DataObject
) -> None:
    world, connection = county
    with _rolled_back(connection):
        phone = Phone(doctor, new_id(), world.now)
        said = Said()
        phone.check_in(world.home, world.poster)
        everything = list(phone.waiting)
        for act, choice in steps:
            if act == "send":
                _send(phone, data.draw(NETWORK))
            else:
                _say(phone, said, world, act, choice)
                everything.append(phone.waiting[-1])
        phone.check_out(world.home)
        everything.append(phone.waiting[-1])
        _send(phone, data.draw(NETWORK))
        _send_until_acknowledged(phone)
        _assert_the_same(world, phone, said, everything)


def _say(phone: Phone, said: Said, world: World, act: str, choice: int) -> None:
    value = 120 + len(phone.waiting) + choice
    if act == "note":
        said.notes.append(f"{value}")
        phone.say("note", {"text": f"{value}"})
    elif act == "record" or not said.alive:
        line = phone.record("blood_pressure", world.ada, {"sbp": value, "dbp": 70})
        said.values[line] = [value]
    else:
        line = said.alive[choice % len(said.alive)]
        seen = len(said.values[line])
        said.values[line].append(value if act == "amend" else said.values[line][-1])
        if act == "amend":
            phone.amend(line, seen, {"sbp": value, "dbp": 70})
        else:
            said.void.add(line)
            phone.void(line, seen)


def _send(phone: Phone, network: Network) -> None:
    """What is acknowledged waits no more; what was refused for its order waits for another turn."""
    response = phone.send(network.batch(phone.waiting))
    assert response.status_code == 200, response.text
    if not network.answer_lost:
        _acknowledge(phone, response.get_json()["results"])


def _acknowledge(phone: Phone, results: list[dict[str, Any]]) -> None:
    done = {result["id"] for result in results if result["outcome"] in ("stored", "duplicate")}
    phone.waiting = [entry for entry in phone.waiting if entry["id"] not in done]


def _send_until_acknowledged(phone: Phone) -> None:
    _send(phone, Network(range(len(phone.waiting)), doubled=False, answer_lost=False))
    assert phone.waiting == []


def _assert_the_same(world: World, phone: Phone, said: Said, everything: list[Entry]) -> None:
    assert [row.id for row in world.rows(select(Round))] == [phone.round_id]
    assert sorted(note.text for note in world.rows(select(RoundNote))) == sorted(said.notes)
    lines = {row.id: row for row in world.rows(select(ServiceRecord))}
    visit = lines.pop(phone.round_id)
    assert (visit.version, visit.minutes) == (2, len(everything) - 1)
    assert {id_: (row.version, row.form["sbp"], row.state) for id_, row in lines.items()} == {
        id_: (len(values), values[-1], "void" if id_ in said.void else "pending")
        for id_, values in said.values.items()
    }
    versions = world.rows(select(RecordVersion).order_by(RecordVersion.version))
    for id_, values in said.values.items():
        kept = values if lines[id_].version > 1 else []  # of what nobody changed the line itself says it
        assert [row.form["sbp"] for row in versions if row.record_id == id_] == kept
    ledger = world.rows(select(LedgerEntry))
    assert {str(row.entry_id) for row in ledger} == {entry["id"] for entry in everything}
    assert [row.outcome for row in ledger] == ["stored"] * len(everything)
