"""A county in which every screen has something to show: each kind of thing once."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from server import clock
from server.auth.roles import OrganisationKind, Role
from server.fulfilment.models import Obligation
from server.ids import new_id
from server.organisations.models import Organisation
from server.sync.models import LedgerEntry
from tests.factories.kiosk import Kiosk, invite
from tests.factories.phone import Phone, outcomes
from tests.factories.world import PRESSURE_TWICE, WEEKLY_ROUND, World

_GREEN = "green_channel_emergency"
_ON_DEMAND: dict[str, Any] = {"kind": "on_demand", "services": [_GREEN], "respond_within_minutes": 30}
_DAY = timedelta(days=1)


class Everything:
    """Makes it; `ids` are what the addresses of the screens need, by the words in `test_accessibility`."""

    def __init__(self, world: World) -> None:
        self.world, self.now = world, clock.now()
        self.ids: dict[str, str] = {"home": str(world.home.id), "ada": str(world.ada.id)}
        self._agreements()
        self._rounds()
        self._referrals()
        self._calls()
        self._refused()
        self._published()
        self._people()
        self._find()

    def _agreements(self) -> None:
        """One of many months, so that windows are over and a quarter is published; to be amended."""
        starts = (self.now - 200 * _DAY).date()
        clauses = (("rounds", WEEKLY_ROUND, 1), ("bp", PRESSURE_TWICE, 2), ("green", _ON_DEMAND, 1))
        self.long = self.world.agree(number="签-长", starts=starts, clauses=clauses)
        self.ids["agreement"] = str(self.long.id)
        self.ids["commitment"] = str(self.world.commitment_id("bp", self.long))
        term = {
            "commitment_id": self.ids["commitment"],
            "from": str((self.now + 20 * _DAY).date()),
            "count": 3,
        }
        proposed = {"number": "补-1", "given_on": str(self.now.date()), "terms": [term]}
        manager = self.world.client(self.world.manager)
        assert manager.post(f"/agreements/{self.long.id}/amendments", proposed).status_code == 201

    def _rounds(self) -> None:
        """Confirmed, disputed, under way, and one with an urgent value that nobody followed up."""
        world = self.world
        self._visit(self.now - 150 * _DAY, confirmed=True)
        urgent = self._phone(world.doctor, self.now - 20 * _DAY)
        urgent.check_in(world.home, world.poster)
        urgent.record("blood_pressure", world.ben, {"sbp": 190, "dbp": 100})
        urgent.check_out(world.home)
        self._sent(urgent)
        self.ids["record"] = self._visit(self.now - 2 * _DAY, confirmed=True)[world.ada.name]
        stands = self._visit(self.now - timedelta(hours=30), disputed=True)
        doctor = self._phone(world.doctor, self.now - timedelta(hours=20))
        doctor.uphold(UUID(stands["round"]), UUID(stands[world.ada.name]), 1)
        self._sent(doctor)
        closed = self._visit(self.now - timedelta(hours=5), disputed=True)
        self.ids |= {"closed": closed["round"], "disputed": closed[world.ada.name]}
        self._going_on = self._phone(world.doctor, self.now - timedelta(minutes=50))
        self.ids["open"] = str(self._going_on.check_in(world.home, world.poster))
        line = self._going_on.record("blood_pressure", world.ada, {"sbp": 186, "dbp": 96})
        self.ids["line"] = str(line)
        self._going_on.amend(line, 1, {"sbp": 182, "dbp": 96})
        self._going_on.record("capillary_glucose", world.ben, {}, outcome="absent")
        self._sent(self._going_on)

    def measure_as_a_colleague(self) -> None:
        """A second clinician joins the round that is open, and measures Ben's pressure."""
        colleague = self._phone("second-doctor", self.now - timedelta(minutes=20))
        colleague.join(self.world.home, self._going_on)
        colleague.record("blood_pressure", self.world.ben, {"sbp": 128, "dbp": 78})
        self._sent(colleague)

    def _visit(self, at: datetime, *, confirmed: bool = False, disputed: bool = False) -> dict[str, str]:
        with clock.fixed(at):
            phone, lines = self.world.visit(at=at, readings=[self.world.ada])
        staff = self._phone(self.world.staff, at + timedelta(hours=2))
        if confirmed:
            staff.confirm(phone.round_id, {line: 2 if name == "round" else 1 for name, line in lines.items()})
        if disputed:
            staff.dispute(phone.round_id, {lines[self.world.ada.name]: 1}, "not_done", "护理记录里没有")
        self._sent(staff)
        return {name: str(line) for name, line in lines.items()}

    def _referrals(self) -> None:
        """One waits for an answer, one ended and may be sent back; both come to the doctor's own hospital."""
        self.ids["referral"] = str(self._refer(self.world.ben, self.now - timedelta(minutes=12)))
        ended = self._refer(self.world.ada, self.now - 3 * _DAY)
        self.ids["ended"] = str(ended)
        steps: tuple[tuple[str, dict[str, Any]], ...] = (
            ("referral_accept", {"reason": None}),
            ("referral_family", {"name": "王小明", "relation": "儿子"}),
            ("referral_depart", {}),
            ("referral_arrive", {}),
            ("referral_close", {"outcome": "admitted"}),
        )
        phone = self._phone(self.world.doctor, self.now - 3 * _DAY + timedelta(minutes=9))
        for kind, said in steps:
            payload = {"referral_id": str(ended), "text": None, **said}
            phone.say(kind, payload, round_id=str(ended), elapsed_ms=None)
        self._sent(phone)

    def _refer(self, resident: Any, at: datetime) -> UUID:
        form = {
            "indication": "stroke",
            "condition": "左侧肢体无力",
            "destination": "partner_emergency",
            "transport": "ambulance_120",
            "family_told": False,
        }
        payload: dict[str, Any] = {
            "institution_id": str(self.world.home.id),
            "subject_id": str(resident.id),
            "receiver_id": str(self.world.hospital.id),
            **dict.fromkeys(("reading_id", "from_id", "demand_id")),
            "service": _GREEN,
            "form": form,
            "form_version": 1,
            "unusual": [],
        }
        phone = self._phone(self.world.doctor, at)
        made = new_id()
        phone.say("referral_request", payload, id=str(made), round_id=str(made), elapsed_ms=None)
        self._sent(phone)
        return made

    def _calls(self) -> None:
        """One that waits, one that was taken back."""
        world = self.world
        staff = world.client(world.staff)
        for withdrawn in (True, False):
            body = {
                "id": str(new_id()),
                "institution_id": str(world.home.id),
                "medical_id": str(world.hospital.id),
                "service": _GREEN,
                "resident_id": str(world.ben.id),
                "note": "胸痛",
            }
            assert staff.post("/demands", body).status_code == 201
            if withdrawn:
                assert staff.post(f"/demands/{body['id']}/withdraw").status_code == 200

    def _refused(self) -> None:
        """A check-in by an unknown method, on a phone silent since; and one that comes too late."""
        for days, method in ((3, "postre"), (100, "poster")):
            at = self.now - days * _DAY
            phone = self._phone(self.world.doctor, at)
            phone.check_in(self.world.home, self.world.poster, method=method)
            phone.check_out(self.world.home)
            sent = at + timedelta(hours=1) if days < 95 else self.now
            assert "stored" not in outcomes(phone.sync(now=sent))

    def _published(self) -> None:
        """The quarter that ended last, frozen by the worker in a moment."""
        number = (self.now.month - 1) // 3
        period = f"{self.now.year}-Q{number}" if number else f"{self.now.year - 1}-Q4"
        made = self.world.client(self.world.regulator).post("/published", {"period": period})
        assert made.status_code == 201, made.text
        self.ids["published"] = made.get_json()["id"]

    def _people(self) -> None:
        """Nobody has anything to do with these places yet: whoever works there sees empty screens."""
        world = self.world
        hospital = world.organisation(OrganisationKind.MEDICAL, "新院区", region="999903")
        home = world.organisation(OrganisationKind.CARE, "新养老院", region="999903")
        bureau = world.organisation(OrganisationKind.REGULATOR, "新区卫健局", region="999903")
        world.person("newcomer", hospital, Role.CLINICIAN)
        places: tuple[tuple[Organisation, Role], ...] = (
            (hospital, Role.MANAGER),
            (home, Role.CARE_STAFF),
            (bureau, Role.REGULATOR),
            (hospital, Role.SYSTEM_ADMIN),
            (hospital, Role.AUDIT_ADMIN),
        )
        for place, role in places:
            world.grant("newcomer", place, role)
        world.person("officer", world.hospital, Role.SECURITY_ADMIN)
        address = {"address": "archive@example.cn"}
        recipients = f"/audit/recipients/{world.hospital.id}"
        assert world.client(world.manager).post(recipients, address).status_code in (200, 201, 204)
        screen = Kiosk(world.client())
        assert screen.enrol(invite(world, self.now, name="一楼大厅")).status_code == 201

    def _find(self) -> None:
        """What the server named."""
        rows = self.world.rows(select(LedgerEntry).where(LedgerEntry.kind == "check_in"))
        refused = {row.code: str(row.id) for row in rows if row.code}
        self.ids |= {"entry": refused["invalid"], "late_entry": refused["too_old"]}
        commitment = UUID(self.ids["commitment"])
        obligations = self.world.rows(select(Obligation).where(Obligation.commitment_id == commitment))
        mine = next(each for each in obligations if each.subject_id == self.world.ada.id)
        self.ids |= {"obligation": str(mine.id), "start": str(mine.start), "token": self.world.poster.token}

    def _phone(self, login: str, at: datetime) -> Phone:
        return self.world.phone(login, at=at)

    def _sent(self, phone: Phone) -> None:
        results = phone.sync(now=phone.clock + timedelta(minutes=1))
        assert set(outcomes(results)) == {"stored"}, results
