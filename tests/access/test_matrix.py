"""Who gets what answer from which route: every route, every role, own things and another county's."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from server import clock
from server.accounts.models import Account, AccountSession
from server.agreements.models import Amendment
from server.app import settle
from server.auth.roles import OrganisationKind, Role
from server.demands.models import Demand
from server.fulfilment.models import Obligation
from server.ids import new_id
from server.kiosks.models import Kiosk
from server.organisations.models import Organisation
from server.photos.models import Photo
from server.referrals.models import Referral
from server.residents.models import Resident
from server.rounds.models import Round
from server.sync.models import LedgerEntry
from server.web.schemas import instant_text
from tests.access.bodies import kiosks, people_and_places, public_key
from tests.access.table import ROLES, ROWS
from tests.factories.client import PASSWORD, Client
from tests.factories.phone import Phone
from tests.factories.trail import seal_once
from tests.factories.world import NOW, World

CLOSED = {"from": "2026-06-01", "to": "2026-06-03", "reason": "消杀"}
THINGS = (
    "session_id institution_id round_id line_id agreement_id commitment_id start obligation_id account_id "
    "referral_id photo_id resident_id demand_id published_id kiosk_id ledger_id amendment_id organisation_id"
).split()


@dataclass(frozen=True)
class Things:
    """The ids that routes name, of one county; `session_id` is filled in by role."""

    ids: dict[str, str]

    def path(self, rule: str, session_id: str) -> str:
        for name, value in {**self.ids, "session_id": session_id}.items():
            rule = rule.replace(f"<{name}>", value)
        return rule


@dataclass(frozen=True)
class County:
    world: World
    logins: dict[str, str | None]
    clients: dict[str, Client]
    own: Things
    foreign: Things

    def client(self, role: str, rule: str) -> Client:
        """The role's browser; one of its own where the request ends the session."""
        ends_it = "/session" in rule
        return self.world.client(self.logins[role]) if ends_it else self.clients[role]


def _account(world: World, login: str) -> str:
    (account,) = world.rows(select(Account).where(Account.login == login))
    return str(account.id)


def _things(world: World, agreement: Any, home: Any, poster: Any, doctor: str, resident: Resident) -> Things:
    phone: Phone = world.phone(doctor)
    round_id = phone.check_in(home, poster)
    phone.check_out(home)
    assert [result["outcome"] for result in phone.sync()] == ["stored", "stored"]
    commitment = world.commitment_id("rounds", agreement)
    (obligation,) = world.rows(
        select(Obligation).where(Obligation.commitment_id == commitment, Obligation.reported == 1)
    )
    (hospital,) = world.rows(select(Organisation).where(Organisation.id == agreement.medical_id))
    return Things(
        {
            "institution_id": str(home.id),
            "organisation_id": str(hospital.id),
            "round_id": str(round_id),
            "line_id": str(round_id),
            "photo_id": _photo(world, round_id, doctor),
            "agreement_id": str(agreement.id),
            "commitment_id": str(commitment),
            "start": obligation.start.isoformat(),
            "obligation_id": str(obligation.id),
            "account_id": _account(world, world.person(f"colleague of {doctor}", hospital, Role.CLINICIAN)),
            "resident_id": str(resident.id),
            "demand_id": _demand(world, agreement, doctor),
            "referral_id": _referral(world, agreement, doctor, resident),
            "published_id": _published(world, agreement),
            "kiosk_id": _kiosk(world, home, doctor),
            "ledger_id": str(_ledgered(world, round_id)),
            "amendment_id": _amendment(world, agreement),
        }
    )


def _photo(world: World, line: UUID, doctor: str) -> str:
    """A photo of the visit, as if its form had named it."""
    photo = new_id()
    key_id, sealed = world.app.keyring.seal_photo(photo, b"a picture")
    (by,) = world.rows(select(Account.id).where(Account.login == doctor))
    kept = {"digest": "", "key_id": key_id, "sealed": sealed, "received_at": NOW}
    with world.work() as session:
        session.add(Photo(id=photo, record_id=line, by_id=by, **kept))
    return str(photo)


def _published(world: World, agreement: Any) -> str:
    """January of the agreement's county."""
    own = agreement.id == world.agreement.id
    client = world.client(world.regulator if own else world.other["regulator"])
    answer = client.post("/published", {"period": "2026-01"})
    assert answer.status_code == 201, answer.text
    with world.app.app_context():
        settle(world.app)
    return str(answer.get_json()["id"])


def _amendment(world: World, agreement: Any) -> str:
    """Days without service that the hospital proposed."""
    row = Amendment(
        id=new_id(),
        agreement_id=agreement.id,
        number="",
        given_on=NOW.date(),
        since=NOW.date(),
        terms=[],
        suspensions=[CLOSED],
        proposed_by_id=agreement.medical_id,
        proposed_at=NOW,
    )
    with world.work() as session:
        session.add(row)
    return str(row.id)


def _ledgered(world: World, round_id: UUID) -> UUID:
    """Its check-in's row of the ledger: it was taken, so that there is nothing to repair."""
    row: UUID = world.rows(
        select(LedgerEntry.id).where(LedgerEntry.round_id == round_id, LedgerEntry.kind == "check_in")
    )[0]
    return row


def _kiosk(world: World, home: Organisation, enrolled_by: str) -> str:
    seen = {"enrolled_at": NOW, "enrolled_by_id": UUID(_account(world, enrolled_by)), "last_seen_at": NOW}
    named = {"name": "前台", "device_name": "tablet", "public_key": public_key()}
    with world.work() as session:
        kiosk = Kiosk(id=new_id(), institution_id=home.id, **named, **seen)
        session.add(kiosk)
    return str(kiosk.id)


def _demand(world: World, agreement: Any, doctor: str) -> str:
    """A request that was answered: nobody can answer it again or take it back."""
    (by,) = world.rows(select(Account.id).where(Account.login == doctor))
    said = {"asked_at": NOW, "asked_by_id": by, "answered_at": NOW, "answered_by_id": by}
    parties = {"institution_id": agreement.institution_id, "medical_id": agreement.medical_id}
    with world.work() as session:
        demand = Demand(id=new_id(), service="green_channel_emergency", **parties, **said)
        session.add(demand)
    return str(demand.id)


def _referral(world: World, agreement: Any, doctor: str, resident: Resident) -> str:
    """One that goes on, to the agreement's own hospital."""
    (by,) = world.rows(select(Account.id).where(Account.login == doctor))
    parties = {"sender_id": agreement.medical_id, "receiver_id": agreement.medical_id}
    when = dict.fromkeys(("requested_at", "received_at", "asked_at", "changed_at"), NOW)
    with world.work() as session:
        referral = Referral(
            id=new_id(),
            institution_id=agreement.institution_id,
            subject_id=resident.id,
            service="referral_up",
            direction="up",
            form={},
            requested_by_id=by,
            state="requested",
            **parties,
            **when,
        )
        session.add(referral)
    return str(referral.id)


@pytest.fixture(scope="module")
def county(standing_world: World) -> County:
    world = standing_world
    with clock.fixed(NOW):
        rival = world.organisation(OrganisationKind.MEDICAL, "同县另一医院")
        logins: dict[str, str | None] = {
            "nobody": None,
            "doctor": world.doctor,
            "staff": world.staff,
            "manager": world.manager,
            "home": world.home_manager,
            "regulator": world.regulator,
            "rival": world.person("rival", rival, Role.MANAGER),
            "admin": world.person("admin", world.hospital, Role.SYSTEM_ADMIN),
        }
        other = world.other
        own = _things(world, world.agreement, world.home, world.poster, world.doctor, world.ada)
        foreign = _things(
            world, other["agreement"], other["home"], other["poster"], other["doctor"], other["resident"]
        )
        clients = {role: world.client(login) for role, login in logins.items()}
        seal_once(world.app)
    return County(world, logins, clients, own, foreign)


def _session_of(world: World, login: str) -> str:
    """A session of its own for this purpose, on another device."""
    client = world.client(login)
    (current,) = [each for each in client.json("/sessions")["sessions"] if each["current"]]
    return str(current["id"])


def _own_account(county: County, login: str | None) -> str:
    (found,) = county.world.rows(select(Account.id).where(Account.login == (login or county.world.staff)))
    return str(found)


def _body(method: str, rule: str, county: County, login: str | None) -> Any:
    if method != "POST":
        return None
    clinician = {"organisation_id": str(county.world.hospital.id), "role": "clinician"}
    return {
        **people_and_places(login, clinician),
        **kiosks(str(county.world.home.id)),
        "/accounts/<account_id>/memberships": {**clinician, "role": "manager"},
        "/accounts/<account_id>/memberships/end": clinician,
        "/published": {"period": "2026-02"},
        "/standing/past-days": {"as_of": "2026-02-01"},
        "/ledger/<ledger_id>/repair": {},
        "/rounds/<round_id>/unlock": {"until": instant_text(NOW + timedelta(days=3)), "reason": "纸质记录"},
        "/session": {"login": login or county.world.staff, "password": PASSWORD},
        "/residents/views": {"account_id": _own_account(county, login), "views": []},
        "/sync": {
            "protocol": 1,
            "device_id": str(county.world.home.id),
            "sent_at": instant_text(NOW),
            "entries": [],
        },
        "/calendar-link": {"language": "zh-CN"},
        "/sync/read": {},
        "/agreements": {
            "number": f"新-{login}",
            "medical_id": str(county.world.hospital.id),
            "institution_id": str(county.world.home.id),
            "starts": "2026-06-01",
            "ends": "2027-05-31",
        },
        "/agreements/preview": {
            "starts": "2026-06-01",
            "ends": "2027-05-31",
            "commitment": {
                "clause": {"services": ["round"], "per": "week"},
                "terms": [{"from": "2026-06-01", "count": 1}],
            },
        },
        "/agreements/<agreement_id>/actions": {"action": "sign", "on": "2026-06-01"},
        "/agreements/<agreement_id>/amendments": {"given_on": "2026-05-12", "suspensions": [CLOSED]},
        "/agreements/<agreement_id>/suspensions": CLOSED,
        "/agreements/<agreement_id>/amendments/<amendment_id>/actions": {"action": "withdraw"},
        "/demands": {
            "institution_id": str(county.world.home.id),
            "medical_id": str(county.world.hospital.id),
            "service": "round",
        },
        "/demands/<demand_id>/answer": {},
        "/lines/<line_id>/rulings": {"version": 2, "verdict": "void", "text": "已核对"},
    }.get(rule)


def _ask(county: County, role: str, method: str, rule: str, things: Things, session_id: str) -> TestResponse:
    return county.client(role, rule).raw(
        method,
        f"/api/v1{things.path(rule, session_id)}",
        **_sent(method, rule, county, county.logins[role], things),
    )


def _sent(method: str, rule: str, county: County, login: str | None, things: Things) -> dict[str, Any]:
    if method == "PUT":  # an empty picture of a record
        named = {"line_id": things.ids["line_id"]}
        return {"query_string": named, "headers": {"X-Xunyue": "1", "Content-Type": "image/jpeg"}}
    return {"json": _body(method, rule, county, login), "headers": {"X-Xunyue": "1"}}


@pytest.mark.parametrize(("method", "rule", "statuses"), ROWS, ids=[f"{row[0]} {row[1]}" for row in ROWS])
def test_answers_by_role(county: County, method: str, rule: str, statuses: list[str]) -> None:
    world = county.world
    names_a_thing = any(f"<{name}>" in rule for name in THINGS)
    with clock.fixed(NOW):
        strangers = _session_of(world, world.other["manager"]) if "<session_id>" in rule else ""
        got: dict[str, list[str]] = {}
        expected: dict[str, list[str]] = {}
        for role, status in zip(ROLES, statuses, strict=True):
            login = county.logins[role]
            mine = _session_of(world, login) if login and "<session_id>" in rule else strangers
            own = _ask(county, role, method, rule, county.own, mine)
            got[role], expected[role] = [str(own.status_code)], [status]
            if names_a_thing:
                theirs = _ask(county, role, method, rule, county.foreign, strangers)
                got[role].append(str(theirs.status_code))
                expected[role].append(status if status in ("401", "403") else "404")
    assert got == expected


def test_every_route_has_a_line(county: County) -> None:
    rules = {
        (method, _plain(rule.rule))
        for rule in county.world.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/")
    }
    assert rules == {(method, f"/api/v1{rule}") for method, rule, _ in ROWS}


def _plain(rule: str) -> str:
    return rule.replace("<uuid:", "<")


@pytest.mark.parametrize(
    "path",
    [
        "/accounts",
        "/agreements",
        "/at-risk",
        "/audit",
        "/audit/chains",
        "/demands",
        "/devices",
        "/institutions",
        "/kiosks",
        "/organisations",
        "/published",
        "/standing",
        "/sync",
    ],
)
def test_lists_name_nothing_of_another_county(county: County, path: str) -> None:
    world = county.world
    seen: set[str] = set()
    foreign = [*county.foreign.ids.values(), world.other["resident"].name, world.other["hospital"].name]
    foreign.remove(county.foreign.ids["start"])
    with clock.fixed(NOW):
        for role, client in county.clients.items():
            answer = client.get(path)
            assert [thing for thing in foreign if thing in answer.text] == [], role
            seen.update(role for thing in county.own.ids.values() if thing in answer.text)
    assert len(seen) >= 2, "the own county must be seen for this to say anything"
    assert "rival" not in seen


def test_a_session_is_its_owners_alone(county: County) -> None:
    """Not even the manager of the same institution ends somebody's session; the session lives on."""
    world = county.world
    with clock.fixed(NOW):
        doctors = Client(world.app)
        doctors.sign_in(world.doctor)
        mine = _current(doctors)
        assert world.client(world.manager).delete(f"/sessions/{mine}").status_code == 404
        assert doctors.get("/session").status_code == 200
    (row,) = world.rows(select(AccountSession).where(AccountSession.id == UUID(mine)))
    assert row.revoked_at is None


def _current(client: Client) -> str:
    return next(str(each["id"]) for each in client.json("/sessions")["sessions"] if each["current"])


def test_the_foreign_things_are_there(county: County) -> None:
    """404 above means out of reach, not missing: their own people get them."""
    world = county.world
    with clock.fixed(NOW):
        theirs = world.client(world.other["manager"])
        for path in ("/rounds/<round_id>", "/agreements/<agreement_id>", "/obligations/<obligation_id>"):
            assert theirs.get(county.foreign.path(path, "")).status_code == 200, path
    assert len(world.rows(select(Round))) == 2
