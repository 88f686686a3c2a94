"""Two clinicians' phones, two of staff, and a server: whatever goes wrong between them, every entry that was
acknowledged is there exactly once, every other one is still on its phone, and nothing else is anywhere."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, select

from server import clock
from server.agreements.models import Agreement
from server.app import build, settle
from server.auth.roles import Role
from server.db import db
from server.fulfilment import rebuild
from server.sync.keeping import KEPT_APART
from server.sync.models import Device, LedgerEntry
from server.web.application import Application
from tests.factories.client import Client
from tests.factories.phone import Entry
from tests.factories.world import World
from tests.features.sync.county import counts
from tests.features.sync.expected import assert_holds, expected
from tests.features.sync.handset import Handset, Visited
from tests.features.sync.reasons import assert_refused_with_good_reason

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SKEWS = [timedelta(0), timedelta(seconds=29), HOUR, -HOUR, DAY, -DAY]
FATES = ["well", "well", "well", "reply_lost", "reply_lost", "request_lost", "cut_off", "twice", "late"]
# What rounds change. All else must stay as it was; windows and what stands above are asked of the engine.
CHANGED = {
    *("ledger_entries", "rounds", "service_records", "record_versions", "round_notes", "positions"),
    *(
        "confirmation_acts",
        "audit_entries",
        "devices",
        "obligations",
        "commitment_windows",
        "account_sessions",
    ),
    *("agreement_periods", "agreement_categories", "region_periods", "region_categories", "stale_agreements"),
    *("agreements", "commitments", "commitment_terms", "changed_agreements"),
}
ORDERS = st.none() | st.lists(st.integers(0, 9), min_size=1, max_size=6)
WHICH, PICK = st.integers(0, 1), st.integers(0, 9)
ACT = st.sampled_from(["check_in", *["record"] * 4, "correct", "correct", "withdraw", "note", "check_out"])
ACTS = st.lists(st.tuples(ACT, PICK, PICK), min_size=2, max_size=8)
WORDS = st.lists(
    st.tuples(st.sampled_from(["confirm", "dispute"]), PICK, st.integers(0, 2)), min_size=1, max_size=3
)
REQUESTS = st.lists(
    st.tuples(st.integers(0, 3), ORDERS, st.sampled_from(FATES), st.integers(0, 10_000)),
    min_size=2,
    max_size=6,
)


@dataclass(frozen=True)
class Stage:
    """The county, the connection its sessions share, browsers of the people, and another server's start."""

    world: World
    connection: Connection
    clients: dict[str, Client]
    rebuilt: Callable[[], Application]


@pytest.fixture(scope="module")
def stage(county: tuple[World, Connection]) -> Stage:
    world, connection = county
    with clock.fixed(world.now):
        nurse = world.person("nurse", world.hospital, Role.CLINICIAN)
        second = world.person("second-staff", world.home, Role.CARE_STAFF)
        people = (world.doctor, nurse, world.staff, second, world.manager)
        clients = {login: world.client(login) for login in people}

    def rebuilt() -> Application:
        app = build(world.app.settings)
        app.testing = True
        with app.app_context():
            db.engine.dispose()
            cast(dict[str | None, Any], db.engines)[None] = connection
        return app

    return Stage(world, connection, clients, rebuilt)


class TwoPhones(RuleBasedStateMachine):
    """`answers` are the last outcomes the server gave, whether or not the phone heard them; `stored` are
    entries in the order in which it stored them; `wire` are requests that are still to arrive."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage, self.world, self.app = stage, stage.world, stage.world.app
        self.savepoint = stage.connection.begin_nested()
        self.now = stage.world.now
        people = [Handset(client, login, self.now) for login, client in stage.clients.items()]
        *self.phones, self.manager = people
        self.answers: dict[str, str] = {}
        self.stored: dict[str, Entry] = {}
        self.wire: list[tuple[Handset, list[str], bytes]] = []
        self.senseless: set[str] = set()
        self.untouched = self._untouched()
        self.settled = True

    def teardown(self) -> None:
        try:
            self._all_is_well_again()
        finally:
            self.world.app = self.app
            self.savepoint.rollback()

    # What people say

    @rule(which=WHICH, acts=ACTS)
    def work(self, which: int, acts: list[tuple[str, int, int]]) -> None:
        """A clinician says some things in a row; what makes no sense on the screen is not on it."""
        for act, pick, value in acts:
            self.now += MINUTE
            phone = self.phones[which]
            phone.look_at_clock(self.now)
            if act == "check_in" or phone.visit is None:
                phone.arrive(self.world.home, self.world.poster if pick % 2 else None)
            else:
                getattr(self, f"_{act}")(phone, phone.visit, pick, value)

    def _record(self, phone: Handset, visit: Visited, pick: int, value: int) -> None:
        """One in ten is of a patient who cannot be alive."""
        if not visit.left:
            subject = self.world.ada if pick % 2 else self.world.ben
            form = {"sbp": 999 if value == 9 else 120 + value, "dbp": 70}
            line = phone.record("blood_pressure", subject, form, **phone.why_late())
            if value == 9:
                self.senseless.add(str(line))
            else:
                visit.lines[line] = 1

    def _correct(self, phone: Handset, visit: Visited, pick: int, value: int) -> None:
        readings = [each for each in visit.alive if each != phone.round_id]
        readings = [each for each in readings if str(each) in phone.frozen] or readings
        if readings:
            phone.correct(readings[pick % len(readings)], {"sbp": 150 + value, "dbp": 90})

    def _withdraw(self, phone: Handset, visit: Visited, pick: int, _value: int) -> None:
        """A reading, or a visit that is over."""
        lines = [each for each in visit.alive if each != phone.round_id or visit.left]
        if lines:
            phone.withdraw(lines[pick % len(lines)])

    def _note(self, phone: Handset, _visit: Visited, _pick: int, value: int) -> None:
        phone.say("note", {"text": f"{value}"})

    def _check_out(self, phone: Handset, visit: Visited, pick: int, _value: int) -> None:
        if not visit.left:
            phone.leave(self.world.home, "一切如常" if pick % 2 else None)

    @rule(which=WHICH, words=WORDS, first_look=st.booleans())
    def say_of_lines(self, which: int, words: list[tuple[str, int, int]], first_look: bool) -> None:
        """Staff confirm and dispute what they saw, which may have been corrected since they looked."""
        phone = self.phones[2 + which]
        if first_look or not phone.seen:
            self._signed_in(phone)
            phone.hear_of_rounds(phone.pull(now=self.now)["lines"])
        for act, pick, few in words if phone.seen else ():
            self.now += MINUTE
            phone.look_at_clock(self.now)
            round_id = list(phone.seen)[pick % len(phone.seen)]
            lines = dict(list(phone.seen[round_id].items())[few:])
            if lines and act == "confirm":
                phone.confirm(round_id, lines)
            elif lines:
                phone.dispute(round_id, lines)

    # What becomes of it on the way

    @rule(requests=REQUESTS)
    def send(self, requests: list[tuple[int, Sequence[int] | None, str, int]]) -> None:
        for who, order, fate, cut in requests:
            phone = self.phones[who]
            if chosen := phone.choose(order):
                self.now += timedelta(seconds=10)
                self._carry(phone, chosen, phone.request(self.now, chosen), fate, cut)

    def _carry(self, phone: Handset, chosen: list[str], request: bytes, fate: str, cut: int) -> None:
        if fate == "late":
            self.wire.append((phone, chosen, request))
        elif fate == "cut_off":
            answer = self._post(phone, request[: -1 - cut % (len(request) - 1)])
            assert answer.status_code in (401, 422), answer.text
        elif fate != "request_lost":
            results = self._arrives(phone, chosen, request)
            if fate == "twice":
                results = self._arrives(phone, chosen, request)
            if fate != "reply_lost" and results is not None:
                phone.hear(results)

    @precondition(lambda self: self.wire)
    @rule(pick=PICK)
    def arrive_late(self, pick: int) -> None:
        """The network kept a request; the phone has long given it up."""
        self._arrives(*self.wire.pop(pick % len(self.wire)))

    def _post(self, phone: Handset, request: bytes) -> Any:
        with clock.fixed(self.now):
            return phone.client.post_bytes("/sync", request, **{"Content-Type": "application/json"})

    def _arrives(self, phone: Handset, chosen: list[str], request: bytes) -> list[dict[str, Any]] | None:
        """The server answers; None where nobody is signed in any more, and nothing was read."""
        answer = self._post(phone, request)
        if answer.status_code == 401:
            self._signed_in(phone)
            return None
        assert answer.status_code == 200, answer.text
        results: list[dict[str, Any]] = answer.get_json()["results"]
        assert [result["id"] for result in results] == chosen
        for result in results:
            self._answered(phone, result["id"], result)
        self.settled = False
        return results

    def _answered(self, phone: Handset, id_: str, result: dict[str, Any]) -> None:
        assert result["outcome"] in (("duplicate",) if id_ in self.stored else ("stored", "refused")), result
        if result["outcome"] == "stored":
            self.stored[id_] = phone.told[id_]
        self.answers[id_] = result["code"] or "stored"

    def _signed_in(self, phone: Handset) -> None:
        """Whoever was away for long signs in again, in a browser that this run alone has."""
        with clock.fixed(self.now):
            if phone.client.get("/session").status_code == 401:
                phone.client = self.world.client(phone.login)

    # What happens to phones, server, time and agreements

    @rule(who=st.integers(0, 3), skew=st.none() | st.sampled_from(SKEWS))
    def restart_or_set_clock(self, who: int, skew: timedelta | None) -> None:
        if skew is None:
            self.phones[who].restart()
        else:
            self.phones[who].set_clock(skew)

    @rule(what=st.sampled_from(["restart_server", "terminate", "renew", 1, 1, 2, 8, 40]))
    def time_goes_by(self, what: str | int) -> None:
        if isinstance(what, int):
            self.now += what * DAY
        else:
            getattr(self, f"_{what}")()

    def _restart_server(self) -> None:
        self.world.app = self.stage.rebuilt()
        for phone in (*self.phones, self.manager):
            phone.client = phone.client.at(self.world.app)

    def _agreements(self) -> list[Agreement]:
        return self.world.rows(
            select(Agreement).where(Agreement.institution_id == self.world.home.id).order_by(Agreement.starts)
        )

    def _terminate(self) -> None:
        agreement = self._agreements()[-1]
        on = clock.local_day(self.now, "Asia/Shanghai") + timedelta(days=1)
        if agreement.state == "active" and agreement.starts <= on <= agreement.ends:
            self._signed_in(self.manager)
            action = {"action": "terminate", "on": on.isoformat()}
            with clock.fixed(self.now):
                answer = self.manager.client.post(f"/agreements/{agreement.id}/actions", action)
            assert answer.status_code == 200, answer.text
            self.settled = False

    def _renew(self) -> None:
        today = clock.local_day(self.now, "Asia/Shanghai")
        agreements = self._agreements()
        if agreements[-1].last_day < today:
            with clock.fixed(self.now):
                number = f"签-{len(agreements) + 1}"
                self.world.agree(number=number, starts=today, ends=today + timedelta(days=200))
            self.settled = False

    # What must be so after every step

    @invariant()
    def every_entry_is_where_it_belongs(self) -> None:
        if self.settled:
            return
        self.settled = True
        ledger = self.world.rows(select(LedgerEntry))
        assert {str(row.entry_id): row.code or row.outcome for row in ledger} == self.answers
        assert len(ledger) == len(self.answers)
        for row in ledger:
            assert json.loads(row.content) == self._as_kept(str(row.entry_id))
        for phone in self.phones:
            assert phone.acknowledged <= self.stored.keys()
            assert phone.told.keys() - phone.acknowledged == phone.outbox.keys()
        assert_holds(self.world, expected(self.stored.values()))
        self._assert_windows()

    def _as_kept(self, id_: str) -> Entry:
        """As it was frozen, coordinates apart."""
        (entry,) = (json.loads(phone.frozen[id_]) for phone in self.phones if id_ in phone.frozen)
        if entry["payload"].get("position"):
            entry["payload"]["position"] = KEPT_APART
        return cast(Entry, entry)

    def _assert_windows(self) -> None:
        ids = [agreement.id for agreement in self._agreements()]
        with self.world.app.app_context():
            for progress in rebuild.check(db.session(), ids, self.now):
                assert (list(progress.differences), progress.waiting) == ([], 0)
            db.session.rollback()

    def _untouched(self) -> dict[str, int]:
        return {table: rows for table, rows in counts(self.world).items() if table not in CHANGED}

    # In the end

    def _all_is_well_again(self) -> None:
        """Signal everywhere, clocks right, what was kept on the way there; and no entry in the future."""
        self.now += 3 * DAY
        for who, phone in enumerate(self.phones):
            phone.set_clock(timedelta(0))
            phone.restart()
            self._signed_in(phone)
            self.send([(who, None, "well", 0)])
        while self.wire:
            self.arrive_late(0)
        for who, phone in enumerate(self.phones):
            phone.restart()
            self.send([(who, None, "well", 0)])
        with clock.fixed(self.now), self.world.app.app_context():
            settle(self.world.app)
        self.settled = False
        self.every_entry_is_where_it_belongs()
        assert self._untouched() == self.untouched
        devices = [(row.account_id, row.device_id) for row in self.world.rows(select(Device))]
        assert len(devices) == len(set(devices)) <= len(self.phones)
        assert_refused_with_good_reason(self.world, self._agreements(), self.senseless)


def test_nothing_is_lost_doubled_or_left_behind(stage: Stage, database_kind: str) -> None:
    """Many runs on SQLite, some on PostgreSQL: what differs between them is tested elsewhere too."""

    class Staged(TwoPhones):
        def __init__(self) -> None:
            super().__init__(stage)

    run_state_machine_as_test(
        Staged,
        settings=settings(
            max_examples=20 if database_kind == "sqlite" else 6,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
