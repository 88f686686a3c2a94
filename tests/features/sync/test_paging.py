"""Pages of 500 rows that may split an institution: whatever changes in between, nothing is skipped."""

import gzip
import json
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import select

from server import clock
from server.ids import new_id
from server.residents.models import Resident, Stay
from server.sync import cap, working_set
from tests.factories.phone import Phone
from tests.factories.world import NOW, World
from tests.features.sync.county import served_home, working

PAGE = 7
WHAT = st.sampled_from(["add", "change", "leave", "visit"])
CHANGES = st.lists(st.tuples(WHAT, st.integers(0, 30)), max_size=5)


class Held:
    """What a phone holds, page by page, as ours keeps it."""

    def __init__(self, phone: Phone) -> None:
        self.phone = phone
        self.cursor: str | None = None
        self.rows: dict[str, dict[str, Any]] = {"residents": {}, "owed": {}, "rounds": {}, "lines": {}}

    def read(self) -> bool:
        """One page; whether there is more."""
        page = self.phone.pull(self.cursor)
        cleared = {*page["snapshots"], *page["forget"]}
        assert sum(len(page[kind]) for kind in (*self.rows, "institutions")) <= PAGE
        for kind, held in self.rows.items():
            for id_ in [id_ for id_, row in held.items() if row["institution_id"] in cleared]:
                del held[id_]
            held.update({row["id"]: row for row in page[kind]})
            for id_ in page["removals"][kind]:
                held.pop(id_, None)
        self.cursor = page["cursor"]
        more: bool = page["more"]
        return more

    def read_all(self) -> None:
        for _ in range(500):
            if not self.read():
                return
        raise AssertionError("no end of pages")


def _change(world: World, home: UUID, what: str, number: int) -> None:
    if what == "visit":
        world.visit(readings=[world.ada])
        return
    with working(world) as session:
        others = (Resident.institution_id == home) & (Resident.id != world.ada.id)  # who is visited stays
        people = session.scalars(select(Resident).where(others).order_by(Resident.id)).all()
        one = people[number % len(people)]
        if what == "add":
            session.add(_person(home, number))
        elif what == "change":
            one.bed = f"{number}-9"
        else:
            one.bed = "left"
            for stay in session.scalars(select(Stay).where(Stay.resident_id == one.id)):
                stay.ends = stay.starts


def _person(home: UUID, number: int) -> Resident:
    """Ids of people are spread, so that some that are added lie before what was read."""
    named = {"id": UUID(int=new_id().int ^ (number % 8 << 121)), "name": f"张{number}", "search": ""}
    return Resident(
        institution_id=home,
        **named,
        sex="male",
        born=date(1940, 1, 1),
        created_at=NOW,
        stays=[Stay(starts=date(2025, 1, 1))],
    )


def _read_meanwhile(world: World, changes: list[list[tuple[str, int]]]) -> tuple[Held, Held]:
    """A phone that read a page before each group of changes, and one that read all after them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(working_set, "PAGE_ROWS", PAGE)
        with working(world) as session:
            session.add_all(_person(world.home.id, number) for number in range(20))
        held, fresh = (Held(world.phone(world.doctor)) for _ in range(2))
        for between in changes:
            held.read()
            for what, number in between:
                _change(world, world.home.id, what, number)
        held.read_all()
        fresh.read_all()
    return held, fresh


@given(changes=st.lists(CHANGES, min_size=1, max_size=6))
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
def test_paging_with_changes_in_between_ends_with_what_a_fresh_phone_reads(
    county: tuple[World, Any], changes: list[list[tuple[str, int]]]
) -> None:
    world, connection = county
    savepoint = connection.begin_nested()
    try:
        held, fresh = _read_meanwhile(world, changes)
    finally:
        savepoint.rollback()
    assert {kind: rows.keys() for kind, rows in held.rows.items()} == {
        kind: rows.keys() for kind, rows in fresh.rows.items()
    }
    assert held.rows == fresh.rows


def test_homes_read_together_are_each_read_since_their_own_mark(world: World) -> None:
    third = served_home(world, "三院")
    phone = world.phone(world.doctor)
    with working(world) as session:
        session.add_all(_person(home, number) for home in (world.home.id, third.id) for number in range(2))
    for _ in range(3):  # from now on the marks of the two are apart
        _change(world, third.id, "add", 1)
    cursor = phone.pull()["cursor"]
    for home in (world.home.id, third.id):
        _change(world, home, "change", 1)
    page = phone.pull(cursor)
    assert page["snapshots"] == []
    changed = {(each["institution_id"], each["bed"]) for each in page["residents"]}
    assert changed == {(str(world.home.id), "1-9"), (str(third.id), "1-9")}
    assert len(page["residents"]) == 2


def test_an_institution_that_leaves_the_scope_half_read_is_forgotten(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working_set, "PAGE_ROWS", 2)
    phone = world.phone(world.doctor)
    first = phone.pull()
    assert first["snapshots"] == [str(world.home.id)]
    third = served_home(world, "三院")
    page = phone.client.json(f"/sync?cursor={first['cursor']}&institutions={third.id}")
    assert page["forget"] == [str(world.home.id)]
    assert page["snapshots"] == [str(third.id)]
    nothing = phone.client.json(f"/sync?cursor={first['cursor']}&institutions={new_id()}")
    assert (nothing["forget"], nothing["snapshots"]) == ([str(world.home.id)], [])


def test_more_than_a_phone_can_hold_is_refused_with_what_to_narrow(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    third = served_home(world, "三院")
    with working(world) as session:
        session.add_all(_person(third.id, number) for number in range(30))
    monkeypatch.setattr(cap, "MAX_ROWS", 30)
    client = world.client(world.doctor)
    answer = client.get("/sync")
    assert answer.status_code == 422
    error = answer.get_json()["error"]
    assert (error["code"], error["details"]["limit"]) == ("too_many_rows", 30)
    assert error["message"]
    largest, *_ = error["details"]["institutions"]
    assert sum(each["rows"] for each in error["details"]["institutions"]) == error["details"]["rows"]
    monkeypatch.setattr(cap, "MAX_ROWS", largest["rows"])
    page = client.json(f"/sync?institutions={largest['id']}")
    assert page["snapshots"] == [largest["id"]]
    assert client.get("/sync?institutions=x").status_code == 422


def test_the_cap_holds_for_what_comes_to_a_phone_that_holds_something_already(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = world.phone(world.doctor)
    with clock.fixed(NOW):
        held = phone.client.json("/sync")
        monkeypatch.setattr(working_set, "PAGE_ROWS", 5)
        monkeypatch.setattr(cap, "MAX_ROWS", 40)
        with working(world) as session:
            session.add_all(_person(world.home.id, number) for number in range(60))
        first = phone.client.json(f"/sync?cursor={held['cursor']}")
        assert (first["snapshots"], first["more"]) == ([], True)
        second = phone.client.get(f"/sync?cursor={first['cursor']}")
    assert second.get_json()["error"]["code"] == "too_many_rows"
    (narrow,) = second.get_json()["error"]["details"]["institutions"]
    assert (narrow["name"], narrow["rows"] > 40) == (world.home.name, True)


def test_what_came_bit_by_bit_is_counted_once_a_day(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client = world.client(world.doctor)
    with clock.fixed(NOW):
        cursor = client.json("/sync")["cursor"]
        monkeypatch.setattr(cap, "MAX_ROWS", 1)
        assert client.json(f"/sync?cursor={cursor}")["more"] is False
    with clock.fixed(NOW + timedelta(days=1)):
        answer = client.get(f"/sync?cursor={cursor}")
    assert answer.get_json()["error"]["code"] == "too_many_rows"


def test_a_page_comes_zipped_to_whoever_takes_it_so(world: World) -> None:
    client = world.client(world.doctor)
    plain = client.get("/sync")
    zipped = client.get("/sync", **{"Accept-Encoding": "gzip, br"})
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in zipped.headers["Vary"]
    assert len(zipped.data) < len(plain.data) / 2
    assert json.loads(gzip.decompress(zipped.data))["residents"] == plain.get_json()["residents"]
