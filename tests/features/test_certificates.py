"""A day is judged by any certificate that covers it, and again when one is filed, renewed or corrected."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from server import clock
from server.accounts.models import Account, CertificateRow, Clinician
from server.auth.roles import Role
from server.db import db
from server.fulfilment import rebuild
from server.organisations.models import InstitutionRevision
from server.rounds.models import ServiceRecord
from tests.factories.world import World

LAPSED = (date(2020, 1, 1), date(2026, 5, 11))
TODAY = (date(2020, 1, 1), date(2026, 5, 12))


def _nurse(world: World, certified: tuple[date, date] | None) -> str:
    return world.person("nurse", world.hospital, Role.CLINICIAN, certified=certified)


def _file(world: World, first: str, last: str, at: datetime, number: str = "110nurse") -> None:
    with clock.fixed(at):
        nurse = world.rows(select(Account.id).where(Account.login == "nurse"))[0]
        filed = {"number": number, "category": "nurse", "valid_from": first, "valid_until": last}
        reply = world.client(world.manager).post(f"/accounts/{nurse}/certificate", filed)
    assert reply.status_code == 200, reply.get_json()


def _verdicts(world: World, login: str = "nurse") -> set[str | None]:
    """Of all lines of that clinician, which there are some of."""
    by_login = ServiceRecord.performer_id.in_(select(Account.id).where(Account.login == login))
    lines = world.rows(select(ServiceRecord).where(by_login))
    assert lines
    return {line.not_counted for line in lines}


def _reported(world: World, at: datetime) -> dict[str, int]:
    """What the rates of the open windows count, by commitment; the same from scratch."""
    with clock.fixed(at):
        page = world.client(world.manager).json(f"/agreements/{world.agreement.id}")
    with world.app.app_context():
        drift = [each for one in rebuild.check(db.session(), None, at) for each in one.differences]
        db.session.rollback()
    assert drift == []
    return {one["key"]: one["open"]["reported"] for one in page["commitments"]}


def test_a_visit_of_the_old_certificate_counts_though_it_arrives_after_the_renewal(world: World) -> None:
    _nurse(world, TODAY)
    phone = world.phone("nurse")
    phone.check_in(world.home, world.poster)
    phone.record("blood_pressure", world.ada, {"sbp": 138, "dbp": 82})
    phone.check_out(world.home)
    later = world.now + timedelta(hours=20)
    _file(world, "2026-05-13", "2031-05-12", later)
    assert {each["outcome"] for each in phone.sync(now=later + timedelta(hours=1))} == {"stored"}
    assert _verdicts(world) == {None}
    assert _reported(world, later + timedelta(hours=2)) == {"bp": 1, "rounds": 1}


@pytest.mark.parametrize("before", [LAPSED, None])
def test_a_certificate_filed_late_makes_the_days_count_that_it_covers(
    world: World, before: tuple[date, date] | None
) -> None:
    _nurse(world, before)
    phone, ids = world.visit("nurse", readings=[world.ada])
    at = world.now + timedelta(hours=2)
    assert _verdicts(world) == {"certificate_expired" if before else "no_certificate"}
    assert _reported(world, at) == {"bp": 0, "rounds": 0}
    phone.pull()
    _file(world, "2026-05-12", "2031-05-11", at)
    assert _verdicts(world) == {None}
    assert _reported(world, at) == {"bp": 1, "rounds": 1}
    shown = {row["id"]: row["not_counted"] for row in phone.pull()["lines"]}
    assert shown == {str(line): None for line in ids.values()}


def test_a_shortened_certificate_takes_away_what_it_no_longer_covers(world: World) -> None:
    """The doctor's own visit of the day, under a certificate of hers, stays."""
    _nurse(world, TODAY)
    world.visit("nurse", readings=[world.ada])
    at = world.now + timedelta(hours=2)
    assert _reported(world, at) == {"bp": 1, "rounds": 1}
    _file(world, "2020-01-01", "2026-05-11", at)
    assert _verdicts(world) == {"certificate_expired"}
    assert _reported(world, at) == {"bp": 0, "rounds": 0}
    world.visit(at=at, readings=[world.ben])
    assert _reported(world, at + timedelta(hours=2)) == {"bp": 1, "rounds": 1}
    _file(world, "2020-01-01", "2026-05-10", at + timedelta(hours=2))
    assert (_verdicts(world), _verdicts(world, world.doctor)) == ({"certificate_expired"}, {None})
    assert _reported(world, at + timedelta(hours=2)) == {"bp": 1, "rounds": 1}


def test_what_is_judged_as_before_is_no_news_to_phones(world: World) -> None:
    _nurse(world, TODAY)
    world.visit("nurse", readings=[world.ada])
    held = select(InstitutionRevision.value).where(InstitutionRevision.institution_id == world.home.id)
    before = world.rows(held)
    _file(world, "2026-05-13", "2031-05-12", world.now + timedelta(hours=2))
    assert world.rows(held) == before


def test_the_newest_is_shown_and_a_mistaken_first_day_is_set_right(world: World) -> None:
    _nurse(world, TODAY)
    _file(world, "2062-05-13", "2071-05-12", world.now, "7")
    _file(world, "2026-05-13", "2071-05-12", world.now, "7")
    _file(world, "2015-01-01", "2019-12-31", world.now, "3")
    nurse = select(Account.id).where(Account.login == "nurse").scalar_subquery()
    periods = world.rows(select(CertificateRow).where(CertificateRow.account_id == nurse))
    assert sorted((each.valid_from, each.number) for each in periods) == [
        (date(2015, 1, 1), "3"),
        (date(2020, 1, 1), "110nurse"),
        (date(2026, 5, 13), "7"),
    ]
    (shown,) = world.rows(select(Clinician).where(Clinician.account_id == nurse))
    assert (shown.certificate_number, shown.valid_until) == ("7", date(2071, 5, 12))
