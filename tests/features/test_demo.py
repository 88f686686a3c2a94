"""The demo county: the same from the same seed, and with everything in it that people should see."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from server import clock
from server.accounts.models import Account, Clinician
from server.agreements.models import Agreement, Commitment, Suspension
from server.app import build
from server.confirmation.models import ConfirmationAct
from server.db import Base, db
from server.demo import county, service
from server.fulfilment.models import FIGURES, Obligation
from server.organisations.models import Organisation
from server.residents.models import Condition, Resident, Stay
from server.rounds.models import Round, ServiceRecord
from server.web.application import Application
from tests.conftest import settings_for
from tests.factories.client import Client

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
# What the county says to people. Ids that phones made come from the seed, too; the server's own do not, nor
# do its keys, and what is sealed, hashed or signed with them.
CONTENT: tuple[Any, ...] = (
    select(Organisation.kind, Organisation.name, Organisation.latitude, Organisation.created_at),
    select(Account.login, Account.name, Account.created_at),
    select(Clinician.certificate_number, Clinician.category, Clinician.valid_from, Clinician.valid_until),
    select(Resident.name, Resident.search, Resident.sex, Resident.born, Resident.bed, Resident.consented_on),
    select(Resident.name, Resident.bed, Stay.starts, Stay.ends, Stay.reason).join(Stay.resident),
    select(Resident.name, Resident.bed, Condition.code, Condition.since).join(Condition.resident),
    select(Agreement.number, Agreement.state, Agreement.signed_on, Agreement.starts, Agreement.ends),
    select(Suspension.starts, Suspension.ends, Suspension.reason),
    select(Round.id, Round.on, Round.checked_in_at, Round.minutes, Round.grade, Round.grade_reasons),
    select(
        *(ServiceRecord.id, ServiceRecord.service, ServiceRecord.on, ServiceRecord.state),
        *(ServiceRecord.outcome, ServiceRecord.form, ServiceRecord.urgent, ServiceRecord.not_counted),
    ),
    select(ConfirmationAct.record_id, ConfirmationAct.act, ConfirmationAct.at, ConfirmationAct.reason),
    select(
        Commitment.key, Obligation.start, Obligation.end, *(getattr(Obligation, name) for name in FIGURES)
    ).join(Obligation.commitment),
)


def _made(folder: Path, seed: int, weeks: int) -> Application:
    """A county in a database and with keys of its own, as of `NOW`."""
    folder.mkdir()
    app = build(settings_for(f"sqlite:///{folder / 'demo.db'}", folder))
    with app.app_context(), clock.fixed(NOW):
        Base.metadata.create_all(db.engine)
        service.create(app, seed, weeks=weeks)
    return app


def _digest(app: Application) -> str:
    digest = hashlib.sha256()
    with app.app_context():
        for statement in CONTENT:
            rows = sorted(repr(tuple(row)) for row in db.session.execute(statement))
            assert rows, statement
            digest.update("\n".join(rows).encode())
        db.engine.dispose()
    return digest.hexdigest()


def test_the_same_seed_makes_the_same_county(tmp_path: Path) -> None:
    """With other keys, too; another seed makes another."""
    digests = [_digest(_made(tmp_path / f"{seed}-{turn}", seed, 4)) for turn, seed in enumerate((1, 1, 2))]
    assert digests[0] == digests[1]
    assert digests[2] != digests[0]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    app = _made(tmp_path_factory.mktemp("demo") / "whole", 1, 26)
    yield app
    with app.app_context():
        db.engine.dispose()


def test_everything_that_people_should_see_is_there(demo: Application) -> None:
    with demo.app_context():
        rounds = db.session.scalars(select(Round)).all()
        lines = db.session.scalars(select(ServiceRecord)).all()
        weekly = db.session.scalars(
            select(Obligation).join(Obligation.commitment).where(Commitment.key == "rounds")
        ).all()
        closures = db.session.scalars(select(Suspension)).all()
        moved_out = db.session.scalars(select(Stay).where(Stay.ends.is_not(None))).all()
    states = Counter(line.state for line in lines)
    assert states["confirmed"] > states["pending"] > 0
    assert states["disputed"] >= 3
    assert {"C", "D"} == {each.grade for each in rounds}
    assert any(each.method == "manual" for each in rounds)
    assert any(line.urgent for line in lines)
    assert {line.not_counted for line in lines} == {None, "certificate_expired"}
    assert {line.outcome for line in lines} >= {"done", "declined"}
    assert any(line.service == "green_channel_emergency" for line in lines)
    due = [row for row in weekly if row.deadline < NOW.date() and row.promised]
    assert any(row.confirmed == 0 for row in due), "weeks without a round"
    assert any(row.confirmed_late for row in due), "weeks made good late"
    assert closures, "a week in which one home was closed"
    assert any(row.reported > row.confirmed for row in weekly), "rounds that nobody confirmed"
    assert moved_out
    assert max(each.on for each in rounds) < NOW.date()


@pytest.mark.parametrize(
    ("login", "path"),
    [("manager", "/agreements"), ("health", "/agreements"), ("doctor", "/sync"), ("staff", "/sync")],
)
def test_everybody_can_sign_in_and_has_something_to_see(demo: Application, login: str, path: str) -> None:
    client = Client(demo)
    with clock.fixed(NOW):
        assert client.sign_in(login, county.PASSWORD).status_code == 200
        page = client.json(path)
    if path == "/sync":
        assert page["residents"]
        assert page["owed"]
        assert page["rounds"]
    else:
        rates = [each["confirmed_rate"] for each in page["agreements"]]
        assert len(rates) == {"manager": 2, "health": 3}[login]
        assert all("0.3" < rate < "1.0000" for rate in rates)
        assert rates == sorted(rates)
