"""A small county made through the product's services: one agreement at work, and another county as noise.

Every argument can be overridden; nothing is random. `world.doctor` and the like are logins;
`world.client(login)` is a signed-in browser, `world.phone(login)` a phone that sends entries.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from server import clock
from server.accounts.models import Account
from server.accounts.service import Certificate, create_account, file_certificate, grant
from server.agreements.models import Agreement
from server.agreements.service import NewAgreement, Promise, draft_agreement, move_agreement
from server.audit.models import AuditEntry
from server.auth.roles import OrganisationKind, Role
from server.checkin.models import Poster
from server.checkin.service import issue_poster
from server.db import begin_write, db
from server.ids import new_id
from server.organisations.models import Organisation
from server.organisations.service import create_organisation
from server.residents.models import Resident
from server.residents.service import NewResident, move_in, move_out
from server.web.application import Application
from tests.factories.client import PASSWORD, Client
from tests.factories.phone import Phone

# A Tuesday morning in Hangzhou, in the middle of a quarter.
NOW = datetime(2026, 5, 12, 1, 30, tzinfo=UTC)
STARTS, ENDS = date(2026, 1, 1), date(2026, 12, 31)
WEEKLY_ROUND: dict[str, Any] = {"services": ["round"], "per": "week"}
PRESSURE_TWICE: dict[str, Any] = {
    "services": ["blood_pressure"],
    "scope": "resident",
    "per": "quarter",
    "min_gap_days": 14,
    "eligible": {"min_age": 65},
}


class World:
    """Hospital, care home with two residents, an agreement of two clauses, and people of each role."""

    def __init__(
        self, app: Application, now: datetime = NOW, *, starts: date = STARTS, ends: date = ENDS
    ) -> None:
        self.app = app
        self.now = now
        self.term = (starts, ends)
        with clock.fixed(self.now):
            self.hospital = self.organisation(OrganisationKind.MEDICAL, "城关卫生服务中心")
            self.home = self.organisation(OrganisationKind.CARE, "颐养园", latitude=30.25, longitude=120.15)
            self.bureau = self.organisation(OrganisationKind.REGULATOR, "卫健局")
            self.poster = self.issue_poster(self.home)
            self.doctor = self.person("doctor", self.hospital, Role.CLINICIAN)
            self.staff = self.person("staff", self.home, Role.CARE_STAFF)
            self.manager = self.person("manager", self.hospital, Role.MANAGER)
            self.home_manager = self.person("home-manager", self.home, Role.MANAGER)
            self.regulator = self.person("regulator", self.bureau, Role.REGULATOR)
            self.ada = self.resident(name="王秀英", born=date(1945, 3, 2), bed="101-1")
            self.ben = self.resident(name="李建国", born=date(1950, 8, 9), bed="102-1")
            self.agreement = self.agree()
            self.other = self._noise()

    def _noise(self) -> dict[str, Any]:
        """Another county with the same things in it: nothing of it may ever be seen from here."""
        hospital = self.organisation(OrganisationKind.MEDICAL, "外县医院", region="999902")
        home = self.organisation(
            OrganisationKind.CARE, "外县敬老院", region="999902", latitude=31.0, longitude=121.0
        )
        bureau = self.organisation(OrganisationKind.REGULATOR, "外县卫健局", region="999902")
        return {
            "hospital": hospital,
            "home": home,
            "poster": self.issue_poster(home),
            "resident": self.resident(home, name="赵外人", bed="9-9"),
            "agreement": self.agree(hospital, home, number="外-1"),
            "doctor": self.person("other-doctor", hospital, Role.CLINICIAN),
            "staff": self.person("other-staff", home, Role.CARE_STAFF),
            "manager": self.person("other-manager", hospital, Role.MANAGER),
            "regulator": self.person("other-regulator", bureau, Role.REGULATOR),
        }

    def on(self, app: Application) -> "World":
        """The same county for an application that has it in its database; what is set on it stays there."""
        return deepcopy(self, {id(self.app): app})

    @contextmanager
    def work(self) -> Iterator[Session]:
        """A session with effects and commit at its end, as in a request; what it loads stays readable."""
        with self.app.app_context():
            session = db.session()
            begin_write(session)  # in a county that is being served the worker writes too
            yield session
            self.app.finish()

    def organisation(
        self, kind: OrganisationKind, name: str, *, region: str = "999901", **fields: Any
    ) -> Organisation:
        with self.work() as session:
            return create_organisation(session, None, kind, name, region, clock.now(), **fields)

    def person(
        self,
        login: str,
        organisation: Organisation,
        role: Role,
        *,
        certified: tuple[date, date] | None = (date(2020, 1, 1), date(2030, 1, 1)),
    ) -> str:
        """A person with one role; a clinician has a certificate of that period (None: has none)."""
        with self.work() as session:
            account = create_account(session, None, login, f"{login} 先生", PASSWORD, clock.now())
            grant(session, None, account, organisation.id, role, self.now)
            if role == Role.CLINICIAN and certified:
                certificate = Certificate(f"110{login}", "physician", *certified)
                file_certificate(session, None, account, certificate, clock.now())
        return login

    def grant(
        self, login: str, organisation: Organisation, role: Role, *, at: datetime | None = None
    ) -> None:
        with self.work() as session:
            account = session.scalars(select(Account).where(Account.login == login)).one()
            grant(session, None, account, organisation.id, role, at or self.now)

    def resident(
        self,
        institution: Organisation | None = None,
        *,
        name: str = "张翠花",
        sex: str = "female",
        born: date = date(1948, 6, 1),
        bed: str = "100-1",
        moved_in: date = date(2025, 6, 1),
        conditions: Sequence[tuple[str, date]] = (),
        identity_number: str | None = None,
    ) -> Resident:
        new = NewResident(name, sex, born, bed, moved_in, identity_number, tuple(conditions))
        with self.work() as session:
            return move_in(session, None, (institution or self.home).id, new, self.app.keyring, clock.now())

    def move_out(self, resident: Resident, on: date, reason: str = "回家") -> None:
        with self.work() as session:
            found = session.scalars(
                select(Resident).where(Resident.id == resident.id).options(selectinload(Resident.stays))
            ).one()
            move_out(session, None, found, on, reason, clock.now())

    def agree(
        self,
        hospital: Organisation | None = None,
        home: Organisation | None = None,
        *,
        number: str = "签-1",
        starts: date | None = None,
        ends: date | None = None,
        clauses: Sequence[tuple[str, dict[str, Any], int]] = (
            ("rounds", WEEKLY_ROUND, 1),
            ("bp", PRESSURE_TWICE, 2),
        ),
        active: bool = True,
    ) -> Agreement:
        starts, ends = starts or self.term[0], ends or self.term[1]
        promises = tuple(
            Promise(key, f"{key} 条款", key, clause, ((starts, count),)) for key, clause, count in clauses
        )
        parties = ((hospital or self.hospital).id, (home or self.home).id)
        new = NewAgreement(number, *parties, starts, ends, promises=promises)
        with self.work() as session:
            made = draft_agreement(session, None, new, clock.now())
            if active:
                move_agreement(session, None, made, "sign", starts, clock.now())
                move_agreement(session, None, made, "activate", starts, clock.now())
            return made

    def commitment_id(self, key: str, agreement: Agreement | None = None) -> UUID:
        return next(one.id for one in (agreement or self.agreement).commitments if one.key == key)

    def issue_poster(self, institution: Organisation) -> Poster:
        with self.work() as session:
            return issue_poster(session, None, institution.id, self.app.keyring, clock.now())

    def rows(self, statement: Select[Any]) -> list[Any]:
        """What the database has now: rows of a select of entities."""
        with self.app.app_context():
            return list(db.session.scalars(statement))

    def trail(self, tag: str, subject: str | UUID) -> list[AuditEntry]:
        """What the trail says was done to something, oldest first."""
        about = (AuditEntry.tag == tag, AuditEntry.subject_id == UUID(str(subject)))
        return self.rows(select(AuditEntry).where(*about).order_by(AuditEntry.id))

    def client(self, login: str | None = None) -> Client:
        """A browser, signed in as `login` (None: nobody)."""
        client = Client(self.app)
        if login:
            assert client.sign_in(login).status_code == 200
        return client

    def phone(self, login: str, *, at: datetime | None = None) -> Phone:
        return Phone(self.client(login), new_id(), at or self.now)

    def visit(
        self, login: str | None = None, *, at: datetime | None = None, readings: Sequence[Resident] = ()
    ) -> tuple[Phone, dict[str, UUID]]:
        """A finished round with a blood pressure for each of `readings`, synced; ids of its lines by name.

        `round` is the visit itself, a reading is named by its resident's name.
        """
        phone = self.phone(login or self.doctor, at=at)
        ids = {"round": phone.check_in(self.home, self.poster)}
        for resident in readings:
            ids[resident.name] = phone.record("blood_pressure", resident, {"sbp": 138, "dbp": 82})
        phone.check_out(self.home)
        results = phone.sync(now=(at or self.now) + timedelta(hours=1))
        assert [result["outcome"] for result in results] == ["stored"] * len(results), results
        return phone, ids
